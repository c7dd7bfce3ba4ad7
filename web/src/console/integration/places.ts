/** Distances around a customer, on a plane: exact to a centimetre within a kilometre. */

export interface Point {
  lon: number
  lat: number
}

/** Metres east and north of a place. */
export interface Offset {
  east_m: number
  north_m: number
}

const METRES_A_DEGREE = 111_195
/** Decimals of a degree that are sent: a metre. */
const DECIMALS = 5

function metresEast(lat: number): number {
  return METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180)
}

export function offset(from: Point, to: Point): Offset {
  return {
    east_m: (to.lon - from.lon) * metresEast(from.lat),
    north_m: (to.lat - from.lat) * METRES_A_DEGREE,
  }
}

export function moved(from: Point, { east_m, north_m }: Offset): Point {
  return {
    lon: rounded(from.lon + east_m / metresEast(from.lat)),
    lat: rounded(from.lat + north_m / METRES_A_DEGREE),
  }
}

export function distance_m({ east_m, north_m }: Offset): number {
  return Math.hypot(east_m, north_m)
}

function rounded(degrees: number): number {
  return Number(degrees.toFixed(DECIMALS))
}

/** Reads what somebody typed, with a comma or a point. */
export function readDegrees(text: string, most: number): number | undefined {
  const degrees = Number(text.trim().replace(',', '.'))
  return text.trim() !== '' && Math.abs(degrees) <= most ? degrees : undefined
}
