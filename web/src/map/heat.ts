/** Places on a flat picture and classes of counts, for maps that need no map library. As plain functions. */

export type LonLat = readonly [number, number]

export interface Box {
  west: number
  south: number
  east: number
  north: number
}

export interface View {
  /** Place of a point on the picture, in pixels. */
  at: (point: LonLat) => [number, number]
  /** Length of a pixel in the middle of the picture, in metres. */
  metresPerPixel: number
}

const EARTH_M = 40_075_017
/** Narrowest part that a picture shows, in degrees, so that a single point is not all of it. */
const NARROWEST = 0.02

function mercator([lon, lat]: LonLat): [number, number] {
  const y = Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))
  return [(lon + 180) / 360, 0.5 - y / (2 * Math.PI)]
}

/** The smallest box around points; `undefined` for none. */
export function boxAround(points: LonLat[]): Box | undefined {
  if (points.length === 0) return undefined
  const box = { west: 180, south: 90, east: -180, north: -90 }
  for (const [lon, lat] of points) {
    box.west = Math.min(box.west, lon)
    box.east = Math.max(box.east, lon)
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
  }
  return box
}

/** A picture of a box with a margin, by the projection of web maps. */
export function viewOf(box: Box, width: number, height: number, margin = 24): View {
  const grow = (span: number) => Math.max(0, (NARROWEST - span) / 2)
  const [dLon, dLat] = [grow(box.east - box.west), grow(box.north - box.south)]
  const [left, top] = mercator([box.west - dLon, box.north + dLat])
  const [right, bottom] = mercator([box.east + dLon, box.south - dLat])
  const scale = Math.min(
    (width - 2 * margin) / (right - left),
    (height - 2 * margin) / (bottom - top),
  )
  const [x0, y0] = [
    (width - (right - left) * scale) / 2 - left * scale,
    (height - (bottom - top) * scale) / 2 - top * scale,
  ]
  const middle = (box.north + box.south) / 2
  return {
    at: (point) => {
      const [x, y] = mercator(point)
      return [x * scale + x0, y * scale + y0]
    },
    metresPerPixel: (EARTH_M * Math.cos((middle * Math.PI) / 180)) / scale,
  }
}

export interface Label {
  name: string
  at: LonLat
}

/** Size of a letter of a name on the picture, in pixels: its mean width with some to spare, and the height of a line. */
const LETTER = { width: 7.5, height: 16 }
/** Room that a name leaves to the edge of the picture. */
const EDGE = 4

/**
 * Names with their places on a picture, in the order in which they matter: moved inwards where the edge would cut them,
 * and left out where they lie outside, are wider than the picture or would cover a name before them.
 */
export function placed(
  labels: Label[],
  at: View['at'],
  width: number,
  height: number,
): { name: string; x: number; y: number }[] {
  const all: { name: string; x: number; y: number; half: number }[] = []
  for (const label of labels) {
    const [x, y] = at(label.at)
    const half = (label.name.length * LETTER.width) / 2
    const isOutside = x < 0 || x > width || y < LETTER.height || y > height
    if (isOutside || 2 * (half + EDGE) > width) continue
    const inside = Math.min(Math.max(x, half + EDGE), width - half - EDGE)
    const covers = (one: (typeof all)[number]) =>
      Math.abs(one.x - inside) < one.half + half + EDGE && Math.abs(one.y - y) < LETTER.height
    if (!all.some(covers)) all.push({ name: label.name, x: inside, y, half })
  }
  return all.map(({ name, x, y }) => ({ name, x, y }))
}

/** The longest round length of at most some pixels, for a scale: metres, and pixels. */
export function scaleBar(metresPerPixel: number, most = 120): { metres: number; pixels: number } {
  const room = metresPerPixel * most
  const power = 10 ** Math.floor(Math.log10(room))
  const metres = ([5, 2, 1].find((n) => n * power <= room) ?? 1) * power
  return { metres, pixels: metres / metresPerPixel }
}

/** Counts from which each class begins, at most `count` classes: few counts are large, so each class is some times the one before. */
export function classesOf(counts: number[], count = 5): number[] {
  if (counts.length === 0) return []
  const low = Math.min(...counts)
  const high = Math.max(...counts)
  const steps = Array.from({ length: count }, (_, i) =>
    Math.round(low * (high / low) ** (i / count)),
  )
  return [...new Set(steps)]
}

/** The class of a count, from 0. */
export function classOf(count: number, from: number[]): number {
  return Math.max(
    0,
    from.findLastIndex((least) => count >= least),
  )
}

/** A box as the registry takes it: west, south, east and north. */
export function boxText({ west, south, east, north }: Box): string {
  return [west, south, east, north].map((degrees) => degrees.toFixed(4)).join(',')
}

/** A box of the registry's text; `undefined` if it is none. */
export function boxOf(text: string | null): Box | undefined {
  const parts = (text ?? '').split(',').map((part) => Number.parseFloat(part))
  const [west, south, east, north] = parts as [number, number, number, number]
  if (parts.length !== 4 || parts.some(Number.isNaN) || west >= east || south >= north)
    return undefined
  return { west, south, east, north }
}

/** A square of some kilometres around a point. */
export function squareAround([lon, lat]: LonLat, half_km: number): Box {
  const dLat = half_km / 111.32
  const dLon = dLat / Math.cos((lat * Math.PI) / 180)
  return { west: lon - dLon, south: lat - dLat, east: lon + dLon, north: lat + dLat }
}
