/**
 * The map: the registry's territory, the customer's circle, and above them the canvas of the {@link Taxis}.
 *
 * This module and all of MapLibre come once the rest of a page with a map is there. Framework-free: a page gives an element
 * and functions, and calls methods.
 */
import type { Feature, FeatureCollection } from 'geojson'
import { AJAXError, type GeoJSONSource, Map as MapLibre, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import type { MapTaxi } from './fleet'
import type { Box, Place } from './mercator'
import * as mercator from './mercator'
import { LAYERS, LAYERS_OF, type LayerName, layers, type SourceName, style } from './style'
import type { Taxis } from './taxis'
import { isStill, onTheme, theme } from './theme'

setWorkerUrl(workerUrl)

/** Radius of a search, in metres: `SHOWN_WITHIN_M` in the registry. */
export const SEARCH_M = 500
/** A finger or a pointer hits a taxi that is so many pixels away. */
const HIT_PX = 16
/** Zooms at which streets around a taxi, and the circle of a search, fill the map. */
const TAXI_ZOOM = 13
const CIRCLE_ZOOM = 14
/** Wait after a movement before parts of the territory are asked for, in milliseconds. */
const REST_MS = 150

/** A layer of the territory as the registry answers it. */
export type TerritoryLayer = FeatureCollection & { left_out: number }

export interface Options {
  element: HTMLElement
  /** Name of the map for screen readers. */
  label: string
  taxis?: Taxis
  /** View at the start. */
  box?: Box | undefined
  /** Reads a layer of the territory inside a box. */
  read: (layer: LayerName, box: Box) => Promise<TerritoryLayer>
  /** A taxi was chosen. */
  onTaxi?: (taxi: MapTaxi) => void
  /** A place where no taxi is was chosen. */
  onPlace?: (place: Place) => void
  /** Numbers of features that a layer has in sight, and that are too many to draw. */
  onLeftOut?: (layer: LayerName, features: number) => void
  /** A layer could not be read. */
  onFailure?: (thrown: unknown) => void
}

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] }

export class LiveMap {
  readonly #map: MapLibre
  readonly #options: Options
  readonly #taxis: Taxis | undefined
  #chosen: string | undefined
  #stopTheme: () => void
  /** True once the style is there; MapLibre itself says no again while parts of the territory are read. */
  #isLoaded = false
  #hidden = new Set<LayerName>()
  /** The box of each layer that was asked for last. */
  #asked = new Map<LayerName, string>()
  #rest: ReturnType<typeof setTimeout> | undefined

  /** Throws if the browser cannot draw maps. */
  constructor(options: Options) {
    this.#options = options
    const colours = theme()
    this.#map = new MapLibre({
      container: options.element,
      style: style(colours),
      bounds: options.box ?? [-5.2, 41.3, 9.7, 51.1],
      fitBoundsOptions: { padding: 32, maxZoom: 15 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      renderWorldCopies: false,
      fadeDuration: 0,
      locale: { 'Map.Title': options.label },
    })
    const map = this.#map
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    this.#taxis = options.taxis
    if (this.#taxis) {
      const canvas = document.createElement('canvas')
      canvas.className = 'taxis'
      map.getCanvasContainer().append(canvas)
      this.#taxis.look(colours, isStill())
      this.#taxis.drawOn(canvas)
      map.on('render', () => this.#tellView())
    }
    map.on('load', () => {
      this.#isLoaded = true
      this.#readTerritory()
    })
    map.on('moveend', () => {
      clearTimeout(this.#rest)
      this.#rest = setTimeout(() => this.#readTerritory(), REST_MS)
    })
    map.on('click', ({ lngLat }) => this.#pick({ lon: lngLat.lng, lat: lngLat.lat }))
    map.on('error', ({ error }) => {
      if (!(error instanceof AJAXError)) options.onFailure?.(error)
    })
    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      const { lng, lat } = map.getCenter()
      options.onPlace?.({ lon: lng, lat })
    })
    this.#stopTheme = onTheme(() => this.#recolour())
  }

  /** Shows the chosen taxi, and keeps it in sight. */
  follow(id: string | undefined, at: Place | undefined): void {
    const isNew = id !== this.#chosen
    if (id === undefined || at) this.#chosen = id
    if (!at) return
    if (isNew) this.#approach(at, TAXI_ZOOM)
    else if (!this.#map.isMoving() && !this.#isInSight(at)) {
      this.#map.easeTo({ center: [at.lon, at.lat] })
    }
  }

  /** Draws the circle of a search around a customer's place, or takes it away. */
  setCustomer(place: Place | undefined): void {
    if (!place) {
      this.#set('customer', EMPTY)
      return
    }
    this.#approach(place, CIRCLE_ZOOM)
    const ring = mercator.circle(place, SEARCH_M)
    this.#set('customer', {
      type: 'FeatureCollection',
      features: [
        feature({ type: 'Polygon', coordinates: [ring] }),
        feature({ type: 'Point', coordinates: [place.lon, place.lat] }),
      ],
    })
  }

  /** Marks a zone, a town or a rank, and shows it. */
  setChosen(chosen: Feature | undefined): void {
    this.#set('chosen', chosen ? { type: 'FeatureCollection', features: [chosen] } : EMPTY)
    const box = chosen && mercator.around(mercator.corners(chosen.geometry))
    if (box) this.show(box)
  }

  show(box: Box): void {
    this.#map.fitBounds(box, { padding: 40, maxZoom: 15 })
  }

  /** Shows a place, at least so near; a place that is already well in sight stays where it is. */
  #approach(place: Place, zoom: number): void {
    if (this.#map.getZoom() >= zoom - 1 && this.#isInSight(place)) return
    this.#map.easeTo({
      center: [place.lon, place.lat],
      zoom: Math.max(this.#map.getZoom(), zoom),
    })
  }

  #isInSight({ lon, lat }: Place): boolean {
    return this.#map.getBounds().contains([lon, lat])
  }

  zoom(by: 1 | -1): void {
    if (by > 0) this.#map.zoomIn()
    else this.#map.zoomOut()
  }

  setLayers(shown: ReadonlySet<LayerName>): void {
    this.#hidden = new Set(LAYERS.filter((layer) => !shown.has(layer)))
    this.#whenLoaded(() => {
      for (const layer of LAYERS) {
        const visibility = shown.has(layer) ? 'visible' : 'none'
        for (const id of LAYERS_OF[layer]) {
          this.#map.setLayoutProperty(id, 'visibility', visibility)
        }
      }
      this.#readTerritory()
    })
  }

  stop(): void {
    clearTimeout(this.#rest)
    this.#stopTheme()
    this.#map.remove()
  }

  #whenLoaded(run: () => void): void {
    if (this.#isLoaded) run()
    else this.#map.once('load', run)
  }

  #set(name: SourceName, data: FeatureCollection): void {
    this.#whenLoaded(() => this.#map.getSource<GeoJSONSource>(name)?.setData(data))
  }

  /** Side of the world in pixels. */
  #world_px(): number {
    return 512 * 2 ** this.#map.getZoom()
  }

  #tellView(): void {
    const { lng, lat } = this.#map.getCenter()
    const { clientWidth, clientHeight } = this.#map.getContainer()
    this.#taxis?.view({
      x: mercator.x(lng),
      y: mercator.y(lat),
      world_px: this.#world_px(),
      width: clientWidth,
      height: clientHeight,
      dense: devicePixelRatio,
    })
  }

  async #pick(place: Place): Promise<void> {
    const at = { x: mercator.x(place.lon), y: mercator.y(place.lat) }
    const taxi = await this.#taxis?.nearest(at, HIT_PX / this.#world_px())
    if (taxi) this.#options.onTaxi?.(taxi)
    else this.#options.onPlace?.(place)
  }

  #recolour(): void {
    const colours = theme()
    for (const { id, paint } of layers(colours)) {
      for (const [name, value] of Object.entries(paint ?? {})) {
        this.#map.setPaintProperty(id, name as never, value as never)
      }
    }
    this.#taxis?.look(colours, isStill())
  }

  /** Reads the layers in sight, unless they are there. The land of towns is always drawn. */
  #readTerritory(): void {
    const bounds = this.#map.getBounds()
    const view: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
    const box = mercator.snapped(view)
    for (const layer of LAYERS) {
      if (this.#hidden.has(layer) && layer !== 'towns') continue
      if (this.#asked.get(layer) === box.join()) continue
      this.#asked.set(layer, box.join())
      this.#options
        .read(layer, box)
        .then((read) => {
          // The reader may have gone on in the meantime.
          if (this.#asked.get(layer) !== box.join()) return
          this.#options.onLeftOut?.(layer, read.left_out)
          this.#set(layer, read)
          if (layer === 'towns') this.#set('labels', labels(read))
        })
        .catch((thrown) => {
          this.#asked.delete(layer)
          this.#options.onFailure?.(thrown)
        })
    }
  }
}

function feature(geometry: Feature['geometry'], properties = {}): Feature {
  return { type: 'Feature', geometry, properties }
}

/** The names of towns, each at one place: a label of an area would stand in each of its tiles. */
function labels(towns: FeatureCollection): FeatureCollection {
  const features = towns.features.flatMap(({ properties }) => {
    const at: [number, number] | null = properties?.label ?? null
    return at ? [feature({ type: 'Point', coordinates: at }, { name: properties?.name })] : []
  })
  return { type: 'FeatureCollection', features }
}
