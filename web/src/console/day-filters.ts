/** Filters of the days of a list, with their words: for components that show them. */
import type { Filter } from '../ui/Filters.svelte'
import { now } from '../ui/now.svelte'
import { common, words } from '../words'
import { zone } from '../words/format'
import { FROM, TO } from './days'

export function dayFilters(): Filter[] {
  return [
    { name: FROM, label: common().list.from, type: 'date' },
    { name: TO, label: common().list.to, type: 'date' },
  ]
}

/** In which zone the days are. */
export function dayNote(): string {
  return common().list.days(zone(words.language, now.hour))
}
