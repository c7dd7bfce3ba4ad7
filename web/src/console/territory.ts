/** Reading the territory for maps and lists. */
import type { Feature } from 'geojson'
import { api, read, whole } from '../api/client'
import type { TerritoryLayer } from '../map/live-map'
import { around, type Box, corners } from '../map/mercator'
import type { LayerName } from '../map/style'

/** One zone, town, exclusion zone or rank of a list. */
export interface Entry {
  id: string
  name: string
  /** What the registry says of it, by the names of the API; towns of a search have none. */
  properties: Record<string, unknown>
}

/** Whole layers that are being read. */
const underWay = new Map<LayerName, Promise<TerritoryLayer>>()

/** A layer inside a box. */
export async function readLayer(layer: LayerName, box: Box): Promise<TerritoryLayer> {
  return await layerOf(layer, { bbox: box.join() })
}

/** All of a layer, once for all that ask at the same time: a list, and the first view of the map beside it. */
function readWhole(layer: LayerName): Promise<TerritoryLayer> {
  const found = underWay.get(layer)
  if (found) return found
  const reading = layerOf(layer, {}).finally(() => underWay.delete(layer))
  underWay.set(layer, reading)
  return reading
}

/** One feature with its borders; `null` if there is none of this id. */
export async function readFeature(layer: LayerName, id: string): Promise<Feature | null> {
  return (await layerOf(layer, { id })).features[0] ?? null
}

async function layerOf(layer: LayerName, query: { bbox?: string; id?: string }) {
  const call = api.GET('/v1/map/layers/{layer}', { params: { path: { layer }, query } })
  return (await whole(call)) as unknown as TerritoryLayer
}

/** The box around all zones, or else all ranks: a first view where nothing else gives one. */
export async function readExtent(): Promise<Box | undefined> {
  for (const layer of ['zones', 'ranks'] as const) {
    const { features } = await readWhole(layer)
    const box = around(features.flatMap(({ geometry }) => [...corners(geometry)]))
    if (box) return box
  }
  return undefined
}

/** The entries of a layer, sorted by name. */
export async function readEntries(layer: LayerName): Promise<Entry[]> {
  const { features } = await readWhole(layer)
  const entries = features.map(({ properties }): Entry => {
    const { id, name } = properties as { id: string; name: string }
    return { id, name, properties: properties ?? {} }
  })
  return entries.sort((a, b) => a.name.localeCompare(b.name))
}

/** Towns by the beginning of their name. */
export async function readTowns(search: string): Promise<Entry[]> {
  const towns = await read(api.GET('/towns', { params: { query: { search } } }))
  return towns.map(({ insee, name }) => ({ id: insee, name, properties: {} }))
}

/** Connected taxis of each zone: all for an admin, its own for an operator, none for others. */
export async function readCounts(): Promise<Map<string, number>> {
  const zones = await read(api.GET('/zupc/live'))
  return new Map(
    zones.flatMap(({ id, stats }): [string, number][] => {
      const own = Object.values(stats.operators ?? {})[0]
      const count = stats.total ?? own
      return typeof count === 'number' ? [[id, count]] : []
    }),
  )
}

/** A text as searches compare it: without accents, in small letters. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[-’']/g, ' ')
}
