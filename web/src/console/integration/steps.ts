/**
 * Steps that each side of a hail may take. The rules are the server's; a test compares this table with `docs/hail.md`,
 * which is generated from them.
 */
import type { HailStatus } from '../../api/types'
import type { Side } from './exchanges.svelte'

export const steps: Partial<Record<HailStatus, Partial<Record<Side, HailStatus[]>>>> = {
  received: { client: ['declined_by_customer'] },
  received_by_operator: { client: ['declined_by_customer'], operator: ['received_by_taxi'] },
  received_by_taxi: {
    client: ['declined_by_customer', 'incident_customer'],
    operator: ['accepted_by_taxi', 'declined_by_taxi', 'incident_taxi'],
  },
  accepted_by_taxi: {
    client: ['accepted_by_customer', 'declined_by_customer', 'incident_customer'],
    operator: ['incident_taxi'],
  },
  accepted_by_customer: {
    client: ['incident_customer'],
    operator: ['customer_on_board', 'incident_taxi'],
  },
  customer_on_board: {
    client: ['incident_customer'],
    operator: ['finished', 'incident_taxi'],
  },
}

/** Reasons of incidents that the API knows, by the field that takes them. */
export const reasons = {
  incident_customer: ['no_show', 'mud_river', 'parade', 'earthquake', 'no_specs'],
  incident_taxi: ['no_show', 'address', 'traffic', 'breakdown', 'traffic_jam', 'garbage_truck'],
} as const

export type Incident = keyof typeof reasons

export function isIncident(status: HailStatus): status is Incident {
  return status in reasons
}
