/** Periods of figures, in days of UTC as the registry counts them. As plain functions. */
import { isDay } from '../days'

export interface Period {
  /** First and last day, as `2024-02-29`. */
  since: string
  until: string
}

/** Longest period of the registry's daily figures (`docs/figures.md`). */
export const MOST_DAYS = 92
/** Lengths to choose from, in days. */
export const LENGTHS = [7, 30, 90] as const
const DEFAULT_LENGTH = 30
/** Months between a figure and those it is compared with. */
export const MONTHS_AGO = [3, 6, 12] as const

const DAY_MS = 86_400_000

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

function noon(day: string): number {
  return Date.parse(`${day}T12:00:00Z`)
}

export function addDays(day: string, days: number): string {
  return dayOf(new Date(noon(day) + days * DAY_MS))
}

/** Number of days, with the first and the last. */
export function length({ since, until }: Period): number {
  return Math.round((noon(until) - noon(since)) / DAY_MS) + 1
}

/** The last days, with the present one. */
export function lastDays(days: number, now: Date): Period {
  const until = dayOf(now)
  return { since: addDays(until, 1 - days), until }
}

/** The same number of days, some months earlier. A day that the month lacks is its last one. */
export function monthsBefore(period: Period, months: number): Period {
  const [year, month, day] = period.since.split('-').map(Number) as [number, number, number]
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate()
  const since = dayOf(new Date(Date.UTC(year, month - 1 - months, Math.min(day, last))))
  return { since, until: addDays(since, length(period) - 1) }
}

/**
 * The period that an address asks for: `days`, or `since` and `until`. It is cut to what the registry answers; a day that
 * is missing or wrong is passed over.
 */
export function periodOf(query: URLSearchParams, now: Date, most = MOST_DAYS): Period {
  const days = Number(query.get('days'))
  const wanted = LENGTHS.find((one) => one === days) ?? DEFAULT_LENGTH
  const [since, until] = [query.get('since'), query.get('until')]
  if (!isDay(since) && !isDay(until)) return lastDays(Math.min(wanted, most), now)
  const today = dayOf(now)
  const last = isDay(until)
    ? until
    : ([addDays(since as string, most - 1), today].sort()[0] as string)
  const first = isDay(since) ? since : addDays(last, 1 - Math.min(wanted, most))
  const [from, to] = first <= last ? [first, last] : [last, first]
  const earliest = addDays(to, 1 - most)
  return { since: [from, earliest].sort()[1] as string, until: to }
}

/** The months that are over, newest first, by their first day. */
export function monthsOver(count: number, now: Date): string[] {
  return Array.from({ length: count }, (_, i) =>
    dayOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1 - i, 1))),
  )
}

/** The first day after a month. */
export function afterMonth(first: string): string {
  const [year, month] = first.split('-').map(Number) as [number, number]
  return dayOf(new Date(Date.UTC(year, month, 1)))
}
