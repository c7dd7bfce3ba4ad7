/** Colours of states. Words say the same; a state without a colour is a type error. */
import type { HailStatus, TaxiStatus } from '../api/types'
import type { Tone } from '../ui/Badge.svelte'

export const hailTones: Record<HailStatus, Tone> = {
  received: 'busy',
  sent_to_operator: 'busy',
  received_by_operator: 'busy',
  received_by_taxi: 'busy',
  accepted_by_taxi: 'busy',
  accepted_by_customer: 'busy',
  customer_on_board: 'busy',
  finished: 'good',
  failure: 'bad',
  declined_by_taxi: 'wait',
  incident_taxi: 'bad',
  timeout_taxi: 'bad',
  declined_by_customer: 'calm',
  incident_customer: 'wait',
  timeout_customer: 'wait',
  timeout_accepted_by_customer: 'bad',
}

export const taxiTones: Record<TaxiStatus, Tone> = {
  free: 'good',
  answering: 'wait',
  oncoming: 'busy',
  occupied: 'busy',
  off: 'calm',
}
