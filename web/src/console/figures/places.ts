/** Names and borders of zones and towns, for orientation on maps. */
import { api, read } from '../../api/client'
import type { LonLat } from '../../map/heat'

/** Borders of all zones, as rings. */
export async function zoneBorders(): Promise<LonLat[][]> {
  const zones = await read(api.GET('/zupc/live'))
  return zones.flatMap(({ geojson }) => rings(geojson.coordinates))
}

/** Zones with connected taxis, those with most first. */
export async function zoneCounts(): Promise<{ id: string; name: string; count: number | null }[]> {
  const zones = await read(api.GET('/zupc/live'))
  return zones
    .map(({ id, nom, stats }) => ({ id, name: nom, count: stats.total ?? null }))
    .sort((a, b) => (b.count ?? 0) - (a.count ?? 0))
}

/** The zone at a point, or its town; `undefined` where there is none. */
export async function placeName([lon, lat]: LonLat): Promise<string | undefined> {
  const [area] = await read(api.GET('/zupc', { params: { query: { lon, lat } } }))
  return area?.name
}

/** The rings of a polygon or of several. */
export function rings(coordinates: unknown): LonLat[][] {
  if (!Array.isArray(coordinates)) return []
  const [first] = coordinates
  if (Array.isArray(first) && typeof first[0] === 'number') return [coordinates as LonLat[]]
  return coordinates.flatMap(rings)
}
