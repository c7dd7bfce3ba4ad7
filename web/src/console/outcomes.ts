/** Ends of hails, in the groups that figures show. */

/** Ended hails by what became of them, in the order of the chart. */
export const OUTCOMES = {
  finished: ['finished'],
  customer: ['declined_by_customer', 'incident_customer', 'timeout_customer'],
  taxi: ['declined_by_taxi', 'incident_taxi'],
  silent: ['failure', 'timeout_taxi', 'timeout_accepted_by_customer'],
} as const
export type Outcome = keyof typeof OUTCOMES

export function byOutcome(hails: Record<string, number>): Record<Outcome, number> {
  const count = (outcome: Outcome) =>
    OUTCOMES[outcome].reduce((sum, status) => sum + (hails[status] ?? 0), 0)
  return {
    finished: count('finished'),
    customer: count('customer'),
    taxi: count('taxi'),
    silent: count('silent'),
  }
}
