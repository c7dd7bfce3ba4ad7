/** Following changes: which ones make a page ask again. */
import { type Change, events } from '../api/events.svelte'

/** While changes are told, a page asks by itself only in case one was lost. */
const SELDOM_MS = 60_000

/** Milliseconds after which a page asks again, given those without told changes. */
export function every(ms: number): number {
  return events.isLive && ms ? Math.max(ms, SELDOM_MS) : ms
}

/** For `load`: asks again after changes of this kind, and of this id if there is one. */
export function told(of: 'hail' | 'taxi', id?: string): (again: () => void) => () => void {
  const concerns = (change: Change) =>
    change.of === 'all' || (change.of === of && (id === undefined || change.id === id))
  return (again) => events.on((change) => concerns(change) && again())
}
