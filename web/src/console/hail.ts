/**
 * The life of a hail as the console shows it: who takes a step, and how long the registry waits for the next.
 *
 * The rules are the server's (`crates/dispatch/src/hail.rs`); a test compares this file with `docs/hail.md`, which is
 * generated from them.
 */
import type { HailStatus, Transition } from '../api/types'

export type Actor = 'operator' | 'client' | 'registry'

/** Seconds after which the registry ends the wait, and the status that follows. Statuses without one are final. */
export const limits: Partial<Record<HailStatus, { after_s: number; becomes: HailStatus }>> = {
  received: { after_s: 10, becomes: 'failure' },
  received_by_operator: { after_s: 10, becomes: 'failure' },
  received_by_taxi: { after_s: 30, becomes: 'timeout_taxi' },
  accepted_by_taxi: { after_s: 30, becomes: 'timeout_customer' },
  accepted_by_customer: { after_s: 1_800, becomes: 'timeout_accepted_by_customer' },
  customer_on_board: { after_s: 7_200, becomes: 'timeout_taxi' },
}

/** Party that takes a hail to a status. */
export const actors: Record<HailStatus, Actor> = {
  received: 'client',
  sent_to_operator: 'registry',
  received_by_operator: 'registry',
  received_by_taxi: 'operator',
  accepted_by_taxi: 'operator',
  accepted_by_customer: 'client',
  customer_on_board: 'operator',
  finished: 'operator',
  failure: 'registry',
  declined_by_taxi: 'operator',
  incident_taxi: 'operator',
  timeout_taxi: 'registry',
  declined_by_customer: 'client',
  incident_customer: 'client',
  timeout_customer: 'registry',
  timeout_accepted_by_customer: 'registry',
}

/** All words that a hail may have, in the order of its life. */
export const statuses = (Object.keys(actors) as HailStatus[]).filter(
  (status) => status !== 'sent_to_operator',
)

export function isOpen(status: HailStatus): boolean {
  return status in limits
}

/** A transition with the time since the one before, and the limit that this time had. */
export interface Lap {
  to: HailStatus
  at: Date
  took_ms: number | undefined
  limit_s: number | undefined
  user: number | null
  reason: string | null
}

export function laps(transitions: Transition[]): Lap[] {
  return transitions.map((transition, i) => {
    const at = new Date(transition.timestamp)
    const before = transitions[i - 1]
    const from = transition.from_status as HailStatus | null
    return {
      to: transition.to_status as HailStatus,
      at,
      took_ms: before && at.getTime() - new Date(before.timestamp).getTime(),
      limit_s: from ? limits[from]?.after_s : undefined,
      user: transition.user ?? null,
      reason: transition.reason ?? null,
    }
  })
}

/** A number that is given instead of a phone number that is hidden. */
export const HIDDEN_PHONE = '0600000000'
