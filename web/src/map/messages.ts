/**
 * Messages between the page of a live map and the worker that holds and draws its taxis.
 *
 * The page draws ten thousand taxis no faster than it answers a key: reading, merging, filtering and drawing them is work
 * of another thread, and the page hears what it shows beside the map.
 */
import type { TaxiStatus } from '../api/types'
import type { Filter } from './filter'
import type { MapTaxi, Operator } from './fleet'
import type { Box, Place } from './mercator'
import type { Theme } from './theme'

/** What a page shows of the taxis. */
export interface Wish {
  filter: Filter
  /** Number of rows in the list. */
  rows: number
  /** Id of the chosen taxi. */
  chosen: string | undefined
}

/** The taxis as a page shows them beside its map. */
export interface Summary {
  /** Second of the registry's newest answer. */
  at_s: number
  /** Number of all taxis, and of those that the filter lets through. */
  size: number
  shown: number
  counts: Partial<Record<TaxiStatus, number>>
  /** The first of them, in the order of their plates. */
  rows: MapTaxi[]
  /** By name. */
  operators: Operator[]
  /** The chosen taxi, if it is known, and its place in its glide. */
  chosen: { taxi: MapTaxi; place: Place; isShown: boolean } | undefined
  /** A first view of the map: the region with most taxis. */
  box: Box | undefined
}

/** The part of the world that is in sight: its centre, the side of the world in pixels, and the size of the canvas. */
export interface View {
  x: number
  y: number
  world_px: number
  width: number
  height: number
  /** Pixels of the screen for each of the page. */
  dense: number
}

/** A question has one answer, with its number. */
export type Question =
  | { kind: 'take'; body: ArrayBuffer; isPart: boolean }
  | { kind: 'show'; wish: Wish }
  | { kind: 'nearest'; x: number; y: number; within: number }

export type Note =
  | { kind: 'canvas'; canvas: OffscreenCanvas }
  | { kind: 'view'; view: View }
  | { kind: 'look'; theme: Theme; isStill: boolean }

export interface Answers {
  take: Summary
  show: Summary
  nearest: MapTaxi | undefined
}

export type ToWorker = (Question & { number: number }) | Note
export type ToPage =
  | { number: number; answer: Answers[keyof Answers] }
  | { number: number; fault: string }
  /** The browser cannot draw the taxis. */
  | { undrawn: string }
