/** Places that people type or that stand in an address. */
import type { Place } from '../map/mercator'

/** Degrees of a text; a comma is the decimal point of the French. `NaN` if it is not a number. */
export function coordinate(text: string | null): number {
  return text?.trim() ? Number(text.trim().replace(',', '.')) : Number.NaN
}

/** The place that an address names, if it names one on the map. */
export function placeIn(query: URLSearchParams): Place | undefined {
  const place = { lon: coordinate(query.get('lon')), lat: coordinate(query.get('lat')) }
  const isPlace = Math.abs(place.lon) <= 180 && Math.abs(place.lat) <= 85.06
  return isPlace ? place : undefined
}
