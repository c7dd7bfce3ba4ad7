/** The filter of a live map. */
import type { MapTaxi } from './fleet'

/** What is empty lets all taxis through. */
export interface Filter {
  operators: number[]
  statuses: string[]
  /** A part of a plate, however it is written. */
  plate: string
  /** Greatest age of the newest report, in seconds. */
  within_s: number
}

/** Plates are found however they are written. */
function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()
}

/** Tells of a taxi if the filter lets it through, at this second of the registry. */
export function passing(filter: Filter, at_s: number): (taxi: MapTaxi) => boolean {
  const operators = new Set(filter.operators)
  const statuses = new Set(filter.statuses)
  const plate = bare(filter.plate)
  const oldest = at_s - filter.within_s
  return (taxi) =>
    taxi.at_s >= oldest &&
    (operators.size === 0 || operators.has(taxi.operator)) &&
    (statuses.size === 0 || statuses.has(taxi.status)) &&
    (plate === '' || bare(taxi.plate).includes(plate))
}
