/** Figures beside those of three, six and twelve months ago. As plain functions. */
import type { Figures } from '../../api/types'
import { byOutcome, type Outcome } from '../outcomes'

/** A number now, and three, six and twelve months ago; `null` where nothing is known. */
export type Compared = [number | null, number | null, number | null, number | null]

export interface Past {
  today: number | null
  three_months_ago: number | null
  six_months_ago: number | null
  twelve_months_ago: number | null
}

export function ofPast(past: Past): Compared {
  return [past.today, past.three_months_ago, past.six_months_ago, past.twelve_months_ago]
}

/** Growth since then, as a share: 0.5 is half as much again. A growth from nothing is none. */
export function growth(now: number | null, before: number | null): number | null {
  if (now === null || before === null || before === 0) return null
  return (now - before) / before
}

/** Zero as unknown: the registry gives it for a mean over nothing. */
export function known(value: number | null): number | null {
  return value === 0 ? null : value
}

/** True if nothing happened in the period, which also means that the registry may not have run yet. */
export function isBlank(figures: Figures): boolean {
  return (
    figures.searches === 0 &&
    figures.connected_hours === 0 &&
    Object.values(figures.hails).every((count) => count === 0)
  )
}

/** One number of the figures of a period; a mean or share over nothing is `null`. */
export type Measure = (figures: Figures) => number | null

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((all, count) => all + count, 0)

/** Ended hails by what became of them, with the rides whose end nobody reported. */
export function outcomes(hails: Record<string, number>): Record<Outcome | 'ride', number> {
  return { ...byOutcome(hails), ride: hails.timeout_ride ?? 0 }
}

/** Hails with a customer on board. */
const rides = (figures: Figures) =>
  (figures.hails.finished ?? 0) + (figures.hails.timeout_ride ?? 0)

/** Refusals of the driver. */
export const refused: Measure = (figures) => figures.hails.declined_by_taxi ?? 0

const over = (part: number, whole: number) => (whole === 0 ? null : part / whole)

/** The measures of a period, by name, in the order in which they are shown. */
export const measures = {
  searches: (figures) => figures.searches,
  nobody: (figures) => figures.nobody_in_reach_share,
  nearest: (figures) => figures.nearest_distance?.p50 ?? null,
  nearest90: (figures) => figures.nearest_distance?.p90 ?? null,
  hails: (figures) => sum(figures.hails),
  rides,
  rideShare: (figures) => over(rides(figures), sum(figures.hails)),
  refused,
  withoutGround: (figures) => over(figures.refusals.none ?? 0, refused(figures) ?? 0),
  answer: (figures) => figures.answer_delay?.p50 ?? null,
  answer90: (figures) => figures.answer_delay?.p90 ?? null,
  approach: (figures) => figures.approach_time?.p50 ?? null,
  approach90: (figures) => figures.approach_time?.p90 ?? null,
  hours: (figures) => figures.connected_hours,
} as const satisfies Record<string, Measure>

export type MeasureName = keyof typeof measures

/** A measure of four periods. */
export function compared(name: MeasureName, periods: Figures[]): Compared {
  const value = (i: number) => {
    const figures = periods[i]
    return figures && !isBlank(figures) ? measures[name](figures) : null
  }
  return [value(0), value(1), value(2), value(3)]
}
