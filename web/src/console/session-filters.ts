/** The filters of the pages of sessions, with their words. */
import { present } from '../ui/column'
import type { Filter } from '../ui/Filters.svelte'
import { part } from '../words'
import { dayFilters } from './day-filters'
import { SESSION_OUTCOMES } from './sessions'

/** For the component that shows them; apps and operators are for admins, who see those of all. */
export function sessionFilters(isAdmin: boolean): Filter[] {
  const texts = part('sessions')
  const outcomes = SESSION_OUTCOMES.map((value) => ({ value, label: texts.outcomes[value] }))
  return present<Filter>([
    { name: 'outcome', label: texts.outcome, many: true, options: outcomes },
    ...dayFilters(),
    { name: 'customer_id', label: texts.customer, many: true },
    isAdmin && { name: 'operateur', label: texts.operatorMail, many: true },
    isAdmin && { name: 'moteur', label: texts.appMail, many: true },
  ])
}
