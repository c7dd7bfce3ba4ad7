/**
 * Days as their reader counts them, in the zone of the browser: the day on which clocks change has 23 or 25 hours. As
 * plain functions.
 */

/** Names in the address of a list. */
export const FROM = 'from'
export const TO = 'to'

/** First and last day, as `2024-02-29`; either may be open. */
export interface Days {
  from?: string
  to?: string
}

/** The days that an address asks for, in order. A day that is wrong is passed over. */
export function daysOf(query: URLSearchParams): Days {
  const [from, to] = [FROM, TO]
    .map((name) => query.get(name))
    .map((day) => (isDay(day) ? day : undefined))
  if (from && to) return from <= to ? { from, to } : { from: to, to: from }
  return { ...(from && { from }), ...(to && { to }) }
}

/** The moments between which these days lie, as the registry is asked: the first, and the first that is too late. */
export function momentsOf({ from, to }: Days): { since?: string; until?: string } {
  return {
    ...(from && { since: begin(from, 0).toISOString() }),
    ...(to && { until: begin(to, 1).toISOString() }),
  }
}

/** The day of a moment, as `<input type="date">` has it. */
export function dayAt(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The first moment of the day so many days later. It is not 00:00 where clocks are put forward at midnight. */
function begin(day: string, later: number): Date {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + later)
}

/** True for a day of the calendar from 1900 on: others are half typed. */
export function isDay(text: string | null): text is string {
  if (text === null || !/^(19|[2-9]\d)\d\d-\d\d-\d\d$/.test(text)) return false
  const at = new Date(`${text}T12:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
