/** All pages: address, roles that see it, place in the menu. The menu and the jump box are made of this list. */
import type { Component } from 'svelte'
import { session } from '../api/session.svelte'
import type { Role } from '../api/types'
import { match, type Params } from '../router/match'
import type { IconName } from '../ui/icons'
import { type Language, loadPart, type PartName, sources, type Words } from '../words'
import {
  ACCOUNT,
  ACCOUNTS,
  ACTIVITY,
  FOLLOW_UP,
  HAILS,
  HOME,
  IMPORT,
  INSPECTION,
  INTEGRATION,
  MAP,
  NEW_TAXI,
  RETURN,
  SECTIONS,
  SESSIONS,
  type SectionName,
  STATISTICS,
  TAXIS,
  WELCOME,
  ZONES,
} from './paths'

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
  words?: PartName | PartName[]
  /** True if nobody needs to be signed in: the page brings its own frame. */
  isOpen?: boolean
}

export interface Page extends Extras {
  path: string
  /** Roles of which one is enough; none: everybody. */
  roles: Role[]
  load: () => Promise<{ default: Component<Record<string, string>> }>
}

/** The parts of an address become the arguments of its page, which names its own. */
type Loads = () => Promise<{ default: Component<never> }>

function page(path: string, roles: Role[], load: Loads, extras: Extras = {}): Page {
  return { path, roles, load: load as Page['load'], ...extras }
}

export * from './paths'

/** The pages of statistics, with their words beside those of all of them. */
const statistics: Record<SectionName, [Loads, ...PartName[]]> = {
  overview: [() => import('./pages/statistics/Overview.svelte'), 'home'],
  taxis: [() => import('./pages/statistics/Taxis.svelte'), 'counts'],
  hails: [() => import('./pages/statistics/Hails.svelte'), 'counts'],
  searches: [() => import('./pages/statistics/Searches.svelte'), 'counts'],
  groups: [() => import('./pages/statistics/Groups.svelte'), 'counts'],
  map: [() => import('./pages/statistics/Map.svelte'), 'heat'],
  quality: [() => import('./pages/statistics/Quality.svelte'), 'counts', 'home'],
  refusals: [() => import('./pages/statistics/Refusals.svelte'), 'refusals'],
}

export const list: Page[] = [
  page(HOME, [], () => import('./pages/Home.svelte'), {
    menu: { name: 'home', icon: 'home', group: 'watch' },
    words: ['home', 'hails'],
  }),
  page(MAP, ['admin', 'operateur', 'groupement'], () => import('./pages/Map.svelte'), {
    menu: { name: 'map', icon: 'map', group: 'watch' },
    words: ['map', 'taxis'],
  }),
  page(TAXIS, ['admin', 'operateur'], () => import('./pages/Taxis.svelte'), {
    menu: { name: 'taxis', icon: 'taxi', group: 'watch' },
    words: ['taxis', 'home'],
  }),
  page(NEW_TAXI, ['admin', 'operateur'], () => import('./pages/TaxiForm.svelte'), {
    words: ['taxiForm', 'taxis', 'hails'],
  }),
  page(`${TAXIS}/{id}/edit`, ['admin', 'operateur'], () => import('./pages/TaxiForm.svelte'), {
    words: ['taxiForm', 'taxis', 'hails'],
  }),
  page(`${TAXIS}/{id}`, ['admin', 'operateur', 'groupement'], () => import('./pages/Taxi.svelte'), {
    words: ['taxis', 'hails'],
  }),
  page(HAILS, ['admin', 'operateur', 'moteur'], () => import('./pages/Hails.svelte'), {
    menu: { name: 'hails', icon: 'hail', group: 'watch' },
    words: 'hails',
  }),
  page(`${HAILS}/{id}`, ['admin', 'operateur', 'moteur'], () => import('./pages/Hail.svelte'), {
    words: ['hails', 'taxis'],
  }),
  page(SESSIONS, ['admin', 'moteur'], () => import('./pages/Sessions.svelte'), {
    menu: { name: 'sessions', icon: 'search', group: 'watch' },
    words: 'sessions',
  }),
  page(FOLLOW_UP, ['admin', 'moteur'], () => import('./pages/FollowUp.svelte'), {
    menu: { name: 'follow', icon: 'phone', group: 'watch' },
    words: 'sessions',
  }),
  page(INSPECTION, ['inspector'], () => import('./pages/Inspection.svelte'), {
    menu: { name: 'inspect', icon: 'shield', group: 'watch' },
    words: 'inspection',
  }),
  ...SECTIONS.map(({ name, roles }, i) => {
    const [load, ...words] = statistics[name]
    return page(i === 0 ? STATISTICS : `${STATISTICS}/${name}`, [...roles], load, {
      words: ['statistics', ...words],
      ...(i === 0 && { menu: { name: 'figures', icon: 'chart', group: 'watch' } }),
    })
  }),
  page(ZONES, ['admin', 'operateur', 'moteur'], () => import('./pages/Territory.svelte'), {
    menu: { name: 'zones', icon: 'zone', group: 'watch' },
    words: 'map',
  }),
  page(IMPORT, ['admin'], () => import('./pages/Import.svelte'), {
    words: ['territoryImport', 'map'],
  }),
  page(ACCOUNTS, [], () => import('./pages/Accounts.svelte'), {
    // Any account may be a manager; these mostly are.
    menu: {
      name: 'accounts',
      icon: 'people',
      group: 'run',
      roles: ['admin', 'groupement', 'editeur'],
    },
    words: 'accounts',
  }),
  page(`${ACCOUNTS}/{id}`, [], () => import('./pages/ManagedAccount.svelte'), {
    words: 'accounts',
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
    words: ['entrance', 'testCall'],
  }),
  page(RETURN, [], () => import('./pages/Return.svelte'), { words: 'entrance', isOpen: true }),
  page(WELCOME, [], () => import('./pages/Welcome.svelte'), { words: 'entrance', isOpen: true }),
]

/** The page that an address names, with the parts of the address. */
export function pageOf(path: string): { page: Page; params: Params } | undefined {
  for (const page of list) {
    const params = match(page.path, path)
    if (params) return { page, params }
  }
  return undefined
}

const wordsOf = ({ words }: Page): PartName[] => [words ?? []].flat()

/** Loads a page and its words. */
export async function loadPage(page: Page): ReturnType<Page['load']> {
  const [loaded] = await Promise.all([page.load(), ...wordsOf(page).map(loadPart)])
  return loaded
}

/** Begins to fetch the files that an address shows, before the registry has said whether the reader may see it. */
export function fetchAhead(path: string, language: Language): void {
  const page = pageOf(path)?.page
  if (!page || page.isOpen) return
  const words = wordsOf(page).map((name) => sources[name][language]())
  // They are asked for again where they are needed, and a fault is told there.
  Promise.all([page.load(), ...words]).catch(() => undefined)
}

/** The page on which one begins: the only one of an inspector, which the law keeps from all others. */
export function home(): string {
  return session.has('inspector') ? INSPECTION : HOME
}

if (import.meta.env.DEV) {
  list.push(page('/console/ui', [], () => import('./pages/Ui.svelte'), { isOpen: true }))
}
