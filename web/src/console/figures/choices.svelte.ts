/** What the filters of statistics offer: operators, groups, managers, départements and towns. For admins. */
import { api, read } from '../../api/client'
import { session } from '../../api/session.svelte'
import type { Filter } from '../../ui/Filters.svelte'
import { common, part } from '../../words'
import { townText } from './choice'
import { LENGTHS } from './period'

interface Option {
  value: string
  label: string
}

const accounts = (entries: { id: number; email: string; commercial_name?: string | null }[]) =>
  entries.map(({ id, email, commercial_name }) => ({
    value: String(id),
    label: commercial_name || email,
  }))

/** Where each list comes from. */
const sources = {
  operators: async () =>
    (await read(api.GET('/v1/quality'))).map(({ operator, email }) => ({
      value: String(operator),
      label: email,
    })),
  groups: async () => accounts(await read(api.GET('/stats/groups'))),
  managers: async () => accounts(await read(api.GET('/stats/managers'))),
  departements: async () =>
    (await read(api.GET('/stats/adsmap'))).map(({ insee, name }) => ({
      value: insee,
      label: `${insee} – ${name}`,
    })),
} satisfies Record<string, () => Promise<Option[]>>

type ListName = keyof typeof sources

class Choices {
  operators = $state.raw<Option[]>([])
  groups = $state.raw<Option[]>([])
  managers = $state.raw<Option[]>([])
  departements = $state.raw<Option[]>([])
  #askedFor: number | undefined
  #asked = new Set<ListName>()

  /** Asks for lists, once for each account that one is. A list that is not to be had leaves its filter empty. */
  ask(...names: ListName[]): void {
    if (!session.has('admin')) return
    const who = session.who?.id
    if (this.#askedFor !== who) this.#asked.clear()
    this.#askedFor = who
    for (const name of names) {
      if (this.#asked.has(name)) continue
      this.#asked.add(name)
      sources[name]()
        .then((options) => {
          this[name] = options
        })
        .catch(() => {})
    }
  }
}

const choices = new Choices()

/** Most suggestions: a list that is longer is not read. */
const MOST_TOWNS = 20

export async function townsLike(typed: string): Promise<string[]> {
  const towns = await read(api.GET('/towns', { params: { query: { search: typed } } }))
  return towns.slice(0, MOST_TOWNS).map(townText)
}

/** The period of daily figures: a length, or its first and last day. */
function periodFilters(): Filter[] {
  const words = part('statistics').filters
  return [
    {
      name: 'days',
      label: words.days,
      options: LENGTHS.map((days) => ({ value: String(days), label: words.lastDays(days) })),
      empty: common().list.choose,
      without: ['since', 'until'],
    },
    { name: 'since', label: words.since, type: 'date', without: ['days'] },
    { name: 'until', label: words.until, type: 'date', without: ['days'] },
  ]
}

/** Filters of daily figures: a period, and one town or operator for admins. */
export function dailyFilters(withPart = true): Filter[] {
  const words = part('statistics').filters
  if (!session.has('admin') || !withPart) return periodFilters()
  choices.ask('operators')
  return [
    ...periodFilters(),
    { name: 'town', label: words.town, suggest: townsLike, without: ['operator'] },
    { name: 'operator', label: words.operator, options: choices.operators, without: ['town'] },
  ]
}

/** Filters of the older figures: towns, départements, operators and groups, and the account that manages them. */
export function partFilters(): Filter[] {
  const words = part('statistics').filters
  choices.ask('operators', 'groups', 'managers', 'departements')
  return [
    { name: 'town', label: words.town, suggest: townsLike, many: true },
    { name: 'departement', label: words.departement, options: choices.departements, many: true },
    { name: 'operator', label: words.operator, options: choices.operators, many: true },
    { name: 'group', label: words.group, options: choices.groups, many: true },
    { name: 'manager', label: words.manager, options: choices.managers },
  ]
}
