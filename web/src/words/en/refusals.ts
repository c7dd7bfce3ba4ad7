/** English words of the statistics of refusals. */
import type { refusals as French } from '../fr/refusals'

export const refusals: typeof French = {
  note: 'A driver may refuse a hail on eight grounds (Code des transports, R3121-23).',
  title: 'Refusals',
  byGround: 'By ground',
  ground: 'Ground',
  count: 'Refusals',
  hails: 'Ended hails',
  share: 'Share refused',
  without: 'Without ground',
  main: 'First ground',
  byDay: 'Refusals by day',
  withGround: 'With a legal ground',
  byOperator: 'By operator',
  byTown: 'By town',
  chooseTowns: 'Choose one or more towns in the filters to compare them.',
  grounds: {
    outside_area: '1. Ride outside the taxi’s area',
    working_time: '2. End of the driver’s working time',
    prior_booking: '3. Prior booking',
    hailed_in_street: '4. Hailed in the street at that moment',
    queueing_at_rank: '5. Queueing at a rank',
    on_approach: '6. On approach: customer unreachable or absent, or hailed on the way',
    damage: '7. Risk of soiling or damaging the vehicle',
    safety: '8. Hygiene or safety',
    none: 'No ground given',
  },
  operator: 'Operator',
}
