/** The question of the home page: is something wrong? Its answer, made of the quality of data and the last hour. */
import type { LiveRow, Quality } from '../api/types'
import { address } from '../router/match'
import { byOutcome, type Outcome } from './outcomes'
import { HAILS, TAXIS } from './paths'

export type ProblemKind =
  | 'callsFailed'
  | 'unanswered'
  | 'silent'
  | 'stale'
  | 'outside'
  | 'swapped'
  | 'spelt'
  | 'nobody'

export interface Problem {
  kind: ProblemKind
  /** E-mail address of the operator; empty if it is about all. */
  who: string
  part: number
  whole: number
  isGrave: boolean
  /** The list in which the matter can be looked at. */
  href?: string
}

/** Shares from which a matter is worth a line; from three times as much it is grave. */
const SHARES = {
  callsFailed: 0.02,
  unanswered: 0.1,
  silent: 0.2,
  stale: 0.1,
  outside: 0.05,
  nobody: 0.5,
}
/** Fewer than this say nothing about a share. */
const FEWEST = 5

export function problems(quality: Quality[], minutes: LiveRow[], isAdmin: boolean): Problem[] {
  const all: Problem[] = []
  const add = (
    kind: keyof typeof SHARES,
    who: string,
    part: number,
    whole: number,
    href?: string,
  ) => {
    const share = whole < FEWEST ? 0 : part / whole
    if (share < SHARES[kind]) return
    const isGrave = share >= SHARES[kind] * 3
    all.push({ kind, who, part, whole, isGrave, ...(href && { href }) })
  }
  for (const one of quality) {
    const operator = isAdmin ? one.email : undefined
    const count = (name: string) => one.positions[name] ?? 0
    const hails = (...status: string[]) => address(HAILS, { status, operateur: operator })
    const taxis = address(TAXIS, { operator })
    add('callsFailed', one.email, one.calls_failed, one.calls, hails('failure'))
    add('unanswered', one.email, one.hails_unanswered, one.hails, hails('failure', 'timeout_taxi'))
    add('silent', one.email, one.taxis - one.taxis_seen, one.taxis, taxis)
    add('stale', one.email, count('stale'), count('sampled'), taxis)
    add('outside', one.email, count('outside'), count('placed'), taxis)
    for (const [kind, part] of [
      ['swapped', count('swapped')],
      ['spelt', one.plates_spelt_twice],
    ] as const) {
      if (part > 0)
        all.push({ kind, who: one.email, part, whole: part, isGrave: false, href: taxis })
    }
  }
  const { searches, nobody } = lastHour(minutes)
  add('nobody', '', nobody, searches)
  return all.sort((a, b) => Number(b.isGrave) - Number(a.isGrave))
}

export interface Hour {
  searches: number
  nobody: number
  hails: number
  outcomes: Record<Outcome, number>
  connected: number | null
  free: number | null
}

/** Sums of the last hour, and the taxis of its last sampled minute. */
export function lastHour(minutes: LiveRow[]): Hour {
  const outcomes = { finished: 0, customer: 0, taxi: 0, silent: 0 }
  let [searches, nobody] = [0, 0]
  for (const minute of minutes) {
    searches += minute.searches
    nobody += minute.nobody_in_reach
    for (const [outcome, count] of Object.entries(byOutcome(minute.hails))) {
      outcomes[outcome as Outcome] += count
    }
  }
  // The last minute may still run, without a sample of its taxis.
  const sampled = minutes.findLast((minute) => minute.connected_taxis !== null)
  return {
    searches,
    nobody,
    hails: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    connected: sampled?.connected_taxis ?? null,
    free: sampled?.free_taxis ?? null,
  }
}
