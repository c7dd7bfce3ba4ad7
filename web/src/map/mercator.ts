/** Web Mercator: the world as a square of side 1, with north at the top. */

import type { Geometry } from 'geojson'

export interface Place {
  lon: number
  lat: number
}

/** West, south, east and north in degrees. */
export type Box = [west: number, south: number, east: number, north: number]

export function x(lon: number): number {
  return (lon + 180) / 360
}

export function y(lat: number): number {
  const sine = Math.sin((lat * Math.PI) / 180)
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)
}

export function lonOf(x: number): number {
  return x * 360 - 180
}

export function latOf(y: number): number {
  return (Math.atan(Math.exp((1 - 2 * y) * Math.PI)) * 360) / Math.PI - 90
}

/** The smallest box around places. */
export function around(places: Iterable<Place>): Box | undefined {
  let box: Box | undefined
  for (const { lon, lat } of places) {
    box ??= [lon, lat, lon, lat]
    box = [
      Math.min(box[0], lon),
      Math.min(box[1], lat),
      Math.max(box[2], lon),
      Math.max(box[3], lat),
    ]
  }
  return box
}

/** A circle on the ground as a polygon. */
export function circle({ lon, lat }: Place, radius_m: number, corners = 72): [number, number][] {
  const north = radius_m / 111_195
  const east = north / Math.cos((lat * Math.PI) / 180)
  return Array.from({ length: corners + 1 }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)]
  })
}

/**
 * A box that holds the view with room around it, on a grid as coarse as the view is wide: moving a little asks for the
 * same box again, which the browser has kept.
 */
export function snapped([west, south, east, north]: Box): Box {
  const step = 2 ** Math.ceil(Math.log2(Math.max(east - west, north - south, 1e-3)))
  const down = (degrees: number) => Math.floor(degrees / step) * step
  return [
    Math.max(down(west), -180),
    Math.max(down(south), -90),
    Math.min(down(east) + step, 180),
    Math.min(down(north) + step, 90),
  ]
}

/** Side of the squares in which places are counted, in degrees: a large city with its surroundings. */
const CITY = 0.5

/** The box around the places of the busiest region: a first view in which single taxis are told apart. */
export function busiest(places: readonly Place[]): Box | undefined {
  const counts = new Map<string, number>()
  const square = ({ lon, lat }: Place) => [Math.floor(lon / CITY), Math.floor(lat / CITY)] as const
  let most: readonly [number, number] | undefined
  for (const place of places) {
    const at = square(place)
    const count = (counts.get(at.join()) ?? 0) + 1
    counts.set(at.join(), count)
    if (count > (counts.get(most?.join() ?? '') ?? 0)) most = at
  }
  // With the squares beside it: cities do not end at a line.
  return around(
    places.filter((place) => {
      const [column, row] = square(place)
      return most && Math.abs(column - most[0]) <= 1 && Math.abs(row - most[1]) <= 1
    }),
  )
}

/** All corners of a shape. */
export function* corners(shape: Geometry): Iterable<Place> {
  if (shape.type === 'GeometryCollection') return
  const flat = [shape.coordinates].flat(5) as number[]
  for (let i = 0; i + 1 < flat.length; i += 2) yield { lon: flat[i] ?? 0, lat: flat[i + 1] ?? 0 }
}
