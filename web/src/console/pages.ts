/** All pages: address, roles that see it, place in the menu. The menu and the jump box are made of this list. */
import type { Component } from 'svelte'
import type { Role } from '../api/types'
import type { IconName } from '../ui/icons'
import type { PartName, Words } from '../words'
import { ACCOUNT, ACCOUNTS, ACTIVITY, HAILS, HOME, INTEGRATION, TAXIS } from './paths'

type Name = keyof Words['common']['nav']

interface Place {
  name: Name
  icon: IconName
  group: 'watch' | 'run'
  /** Roles that find it in the menu, where they are fewer than those that see the page. */
  roles?: Role[]
}

interface Extras {
  /** Place in the menu; a page without one is reached from another. */
  menu?: Place
  /** Words that come with the page: see `words/parts.ts`. */
  words?: PartName
  /** True if nobody needs to be signed in. */
  isOpen?: boolean
}

export interface Page extends Extras {
  path: string
  /** Roles of which one is enough; none: everybody. */
  roles: Role[]
  load: () => Promise<{ default: Component<Record<string, string>> }>
}

// The parts of an address become the arguments of its page.
// biome-ignore lint/suspicious/noExplicitAny: each page names its own.
type Loads = () => Promise<{ default: Component<any> }>

function page(path: string, roles: Role[], load: Loads, extras: Extras = {}): Page {
  return { path, roles, load, ...extras }
}

export * from './paths'

export const list: Page[] = [
  page(HOME, [], () => import('./pages/Home.svelte'), {
    menu: { name: 'home', icon: 'home', group: 'watch' },
  }),
  page(TAXIS, ['admin', 'operateur'], () => import('./pages/Taxis.svelte'), {
    menu: { name: 'taxis', icon: 'taxi', group: 'watch' },
  }),
  page(`${TAXIS}/{id}`, ['admin', 'operateur', 'groupement'], () => import('./pages/Taxi.svelte')),
  page(HAILS, ['admin', 'operateur', 'moteur'], () => import('./pages/Hails.svelte'), {
    menu: { name: 'hails', icon: 'hail', group: 'watch' },
  }),
  page(`${HAILS}/{id}`, ['admin', 'operateur', 'moteur'], () => import('./pages/Hail.svelte')),
  page(ACCOUNTS, [], () => import('./pages/Accounts.svelte'), {
    // Any account may be a manager; these mostly are.
    menu: {
      name: 'accounts',
      icon: 'people',
      group: 'run',
      roles: ['admin', 'groupement', 'editeur'],
    },
  }),
  page(ACTIVITY, ['admin'], () => import('./pages/Activity.svelte'), {
    menu: { name: 'activity', icon: 'log', group: 'run' },
    words: 'activity',
  }),
  page(INTEGRATION, ['admin', 'operateur', 'moteur'], () => import('./pages/Integration.svelte'), {
    menu: { name: 'integration', icon: 'radar', group: 'run' },
    words: 'integration',
  }),
  page(ACCOUNT, [], () => import('./pages/Account.svelte'), {
    menu: { name: 'account', icon: 'person', group: 'run' },
    words: 'testCall',
  }),
]

if (import.meta.env.DEV) {
  list.push(page('/console/ui', [], () => import('./pages/Ui.svelte'), { isOpen: true }))
}
