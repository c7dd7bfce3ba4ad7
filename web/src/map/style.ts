/** The map's style: drawn from the registry's own territory, without tiles, without font files. */
import type { FilterSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { Theme } from './theme'

/** Parts of the territory that the reader may switch off. */
export const LAYERS = ['towns', 'zones', 'exclusions', 'ranks'] as const
export type LayerName = (typeof LAYERS)[number]

/** Sources of the style: those of the territory, labels of towns, the customer's circle, and what is chosen in a list. */
export const SOURCES = [...LAYERS, 'labels', 'customer', 'chosen'] as const
export type SourceName = (typeof SOURCES)[number]

/** Layers that belong to a switch. */
export const LAYERS_OF: Record<LayerName, string[]> = {
  towns: ['towns-line', 'labels'],
  zones: ['zones-fill', 'zones-line'],
  exclusions: ['exclusions-fill', 'exclusions-line'],
  ranks: ['ranks', 'ranks-area', 'ranks-name'],
}

/** Fonts of the reader's system: without a `glyphs` address MapLibre draws letters with them. */
const FONT = ['system-ui', 'sans-serif']

const isPoint: FilterSpecification = ['==', ['geometry-type'], 'Point']
const isShape = ['!', isPoint] as unknown as FilterSpecification

interface Mark {
  /** Opacity of the surface. */
  opacity: number
  /** Width of its border, in pixels. */
  width: number
  /** Radius of a point, and its colours. */
  radius: number
  fill: string
  edge: string
  edgeWidth: number
}

/** A surface with its border, and a point: what is marked on the map. */
function marked(source: SourceName, colour: string, mark: Mark): LayerSpecification[] {
  return [
    {
      id: `${source}-fill`,
      type: 'fill',
      source,
      filter: isShape,
      paint: { 'fill-color': colour, 'fill-opacity': mark.opacity },
    },
    {
      id: `${source}-line`,
      type: 'line',
      source,
      filter: isShape,
      paint: { 'line-color': colour, 'line-width': mark.width },
    },
    {
      id: `${source}-point`,
      type: 'circle',
      source,
      filter: isPoint,
      paint: {
        'circle-radius': mark.radius,
        'circle-color': mark.fill,
        'circle-stroke-color': mark.edge,
        'circle-stroke-width': mark.edgeWidth,
      },
    },
  ]
}

/** Layers from the ground up. */
export function layers(theme: Theme): LayerSpecification[] {
  const text = (size: number) => ({
    'text-field': ['get', 'name'] as unknown as string,
    'text-font': FONT,
    'text-size': size,
    'text-max-width': 8,
  })
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': theme.sea } },
    {
      id: 'towns-fill',
      type: 'fill',
      source: 'towns',
      paint: {
        'fill-color': [
          'match',
          ['get', 'tint'],
          ...theme.land.flatMap((colour, tint) => [tint, colour]),
          theme.land[0],
        ] as unknown as string,
      },
    },
    {
      id: 'zones-fill',
      type: 'fill',
      source: 'zones',
      paint: { 'fill-color': theme.zone, 'fill-opacity': 0.06 },
    },
    {
      id: 'exclusions-fill',
      type: 'fill',
      source: 'exclusions',
      paint: { 'fill-color': theme.exclusion, 'fill-opacity': 0.16 },
    },
    {
      id: 'towns-line',
      type: 'line',
      source: 'towns',
      paint: { 'line-color': theme.border, 'line-width': 1 },
    },
    {
      id: 'zones-line',
      type: 'line',
      source: 'zones',
      paint: { 'line-color': theme.zone, 'line-width': 1.6, 'line-opacity': 0.8 },
    },
    {
      id: 'exclusions-line',
      type: 'line',
      source: 'exclusions',
      paint: { 'line-color': theme.exclusion, 'line-width': 1.6, 'line-dasharray': [3, 2] },
    },
    {
      id: 'ranks-area',
      type: 'fill',
      source: 'ranks',
      filter: isShape,
      paint: { 'fill-color': theme.rank, 'fill-opacity': 0.5 },
    },
    {
      id: 'ranks',
      type: 'circle',
      source: 'ranks',
      filter: isPoint,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2, 15, 6],
        'circle-color': theme.halo,
        'circle-stroke-color': theme.rank,
        'circle-stroke-width': 2,
      },
    },
    ...marked('chosen', theme.customer, {
      opacity: 0.1,
      width: 2.5,
      radius: 9,
      fill: theme.rank,
      edge: theme.customer,
      edgeWidth: 3,
    }),
    {
      id: 'labels',
      type: 'symbol',
      source: 'labels',
      layout: text(12),
      paint: { 'text-color': theme.ink, 'text-halo-color': theme.halo, 'text-halo-width': 1.4 },
    },
    {
      id: 'ranks-name',
      type: 'symbol',
      source: 'ranks',
      minzoom: 13,
      layout: { ...text(11), 'text-anchor': 'top', 'text-offset': [0, 0.8] },
      paint: { 'text-color': theme.rank, 'text-halo-color': theme.halo, 'text-halo-width': 1.4 },
    },
    ...marked('customer', theme.customer, {
      opacity: 0.07,
      width: 2,
      radius: 6,
      fill: theme.customer,
      edge: theme.halo,
      edgeWidth: 2,
    }),
  ]
}

export function style(theme: Theme): StyleSpecification {
  const empty = {
    type: 'geojson' as const,
    data: { type: 'FeatureCollection' as const, features: [] },
  }
  return {
    version: 8,
    sources: Object.fromEntries(SOURCES.map((name) => [name, { ...empty }])),
    layers: layers(theme),
    transition: { duration: 0, delay: 0 },
  }
}
