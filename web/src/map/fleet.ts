/**
 * The taxis of a live map: their newest reports, and where each glides to.
 *
 * Fields stand in arrays by the number of the taxi, so that ten thousand taxis are read and drawn without making an
 * object for each. No other module writes them.
 */
import type { TaxiStatus } from '../api/types'
import * as mercator from './mercator'

/** The answer of `GET /v1/map/taxis`. */
export interface MapTaxis {
  at: number
  operators: { id: number; email: string; name: string | null }[]
  id: string[]
  plate: string[]
  lon: number[]
  lat: number[]
  status: string[]
  age_s: number[]
  operator: number[]
}

export interface Operator {
  id: number
  email: string
  name: string
}

/** One taxi, for lists. */
export interface MapTaxi {
  id: string
  plate: string
  status: string
  operator: number
  lon: number
  lat: number
  /** Time of its newest report, in seconds since 1970. */
  at_s: number
}

/** Numbers that the shader reads of each taxi: from, to, start, speed and look. */
export const STRIDE = 7

export const STATUSES: TaxiStatus[] = ['free', 'answering', 'oncoming', 'occupied', 'off']
/** The look of a taxi that a filter hides, and the other way round: below zero, it still tells the status. */
export const hidden = (look: number) => -1 - look
/** Added to the look of a taxi that searches no longer show, because its report is old. */
export const OLD = 8
/** Age in seconds from which searches no longer show a taxi: `POSITION_LIFE_S` in the registry. */
export const LIFE_S = 120
/** A taxi that is farther from its last place than this, as a part of the world, jumps: 2 km at the equator. */
const JUMP = 5e-5
/** Shortest and longest glide in milliseconds: reports come every few seconds. */
const GLIDE_MS = [800, 8_000] as const
const START_CAPACITY = 1_024

export class Fleet {
  /** Second of the registry's newest answer. */
  at_s = 0
  readonly operators = new Map<number, Operator>()
  /** Place on the map that the shader's numbers are counted from, so that they are exact to a centimetre. */
  origin: { x: number; y: number } | undefined
  /** {@link STRIDE} numbers for each taxi. */
  glides = new Float32Array(START_CAPACITY * STRIDE)
  #taxis: MapTaxi[] = []
  #numbers = new Map<string, number>()
  #isInOrder = true

  get size(): number {
    return this.#taxis.length
  }

  /** Number of a taxi, below {@link size}; it may change when taxis go. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  get(id: string): MapTaxi | undefined {
    return this.#taxis[this.#numbers.get(id) ?? -1]
  }

  at(number: number): MapTaxi | undefined {
    return this.#taxis[number]
  }

  /** All taxis, those of the lowest plate first. */
  inOrder(): readonly MapTaxi[] {
    if (!this.#isInOrder) {
      const order = [...this.#taxis.keys()]
      const plate = (number: number) => this.#taxis[number]?.plate ?? ''
      order.sort((a, b) => (plate(a) < plate(b) ? -1 : plate(a) > plate(b) ? 1 : 0))
      this.#reorder(order)
      this.#isInOrder = true
    }
    return this.#taxis
  }

  /** Takes an answer; `now_ms` is the page's own clock. Without `isPart`, taxis that it lacks are gone. */
  take(answer: MapTaxis, now_ms: number, isPart: boolean): void {
    this.at_s = answer.at
    for (const { id, email, name } of answer.operators) {
      this.operators.set(id, { id, email, name: name || email })
    }
    if (!isPart) this.#keep(new Set(answer.id))
    for (const [i, id] of answer.id.entries()) {
      this.#put(
        {
          id,
          plate: answer.plate[i] ?? '',
          status: answer.status[i] ?? 'off',
          operator: answer.operator[i] ?? 0,
          lon: answer.lon[i] ?? 0,
          lat: answer.lat[i] ?? 0,
          at_s: answer.at - (answer.age_s[i] ?? 0),
        },
        now_ms,
      )
    }
  }

  /** Shows the taxis that a filter lets through, and returns them in the order of their plates. */
  show(passes: (taxi: MapTaxi) => boolean): MapTaxi[] {
    const shown: MapTaxi[] = []
    for (const [number, taxi] of this.inOrder().entries()) {
      const isShown = passes(taxi)
      if (isShown) shown.push(taxi)
      const look = this.#look(taxi)
      this.glides[number * STRIDE + 6] = isShown ? look : hidden(look)
    }
    return shown
  }

  /** The place of a taxi on the map at this moment of its glide. */
  placeAt(number: number, now_ms: number): { x: number; y: number } {
    const { glides, origin = { x: 0, y: 0 } } = this
    const i = number * STRIDE
    const of = (field: number) => glides[i + field] ?? 0
    const part = Math.min(Math.max((now_ms - of(4)) * of(5), 0), 1)
    return {
      x: origin.x + of(0) + (of(2) - of(0)) * part,
      y: origin.y + of(1) + (of(3) - of(1)) * part,
    }
  }

  /** The shown taxi nearest to a place, at most so far from it. */
  nearest(place: { x: number; y: number }, within: number, now_ms: number): MapTaxi | undefined {
    let best: MapTaxi | undefined
    let least = within
    for (const [number, taxi] of this.#taxis.entries()) {
      if ((this.glides[number * STRIDE + 6] ?? -1) < 0) continue
      const at = this.placeAt(number, now_ms)
      const far = Math.hypot(at.x - place.x, at.y - place.y)
      if (far <= least) {
        least = far
        best = taxi
      }
    }
    return best
  }

  #look(taxi: MapTaxi): number {
    const status = Math.max(STATUSES.indexOf(taxi.status as TaxiStatus), 0)
    return this.at_s - taxi.at_s > LIFE_S ? status + OLD : status
  }

  #put(taxi: MapTaxi, now_ms: number): void {
    const x = mercator.x(taxi.lon)
    const y = mercator.y(taxi.lat)
    this.origin ??= { x, y }
    const toX = x - this.origin.x
    const toY = y - this.origin.y
    const known = this.#numbers.get(taxi.id)
    const old = known === undefined ? undefined : this.#taxis[known]
    if (known === undefined || old === undefined) {
      const number = this.#taxis.length
      this.#taxis.push(taxi)
      this.#numbers.set(taxi.id, number)
      this.#grow(number + 1)
      this.glides.set([toX, toY, toX, toY, 0, 0, this.#look(taxi)], number * STRIDE)
      this.#isInOrder = false
      return
    }
    if (old.plate !== taxi.plate) this.#isInOrder = false
    this.#taxis[known] = taxi
    const i = known * STRIDE
    if (old.lon === taxi.lon && old.lat === taxi.lat) return
    const from = this.placeAt(known, now_ms)
    const isJump = Math.hypot(x - from.x, y - from.y) > JUMP
    const [fromX, fromY] = isJump ? [toX, toY] : [from.x - this.origin.x, from.y - this.origin.y]
    const long = (taxi.at_s - old.at_s) * 1_000
    const glide_ms = Math.min(Math.max(long, GLIDE_MS[0]), GLIDE_MS[1])
    this.glides.set([fromX, fromY, toX, toY, now_ms, 1 / glide_ms], i)
  }

  /** Drops the taxis that are not among these. */
  #keep(ids: Set<string>): void {
    const order = [...this.#taxis.keys()].filter((number) => ids.has(this.#taxis[number]?.id ?? ''))
    if (order.length < this.#taxis.length) this.#reorder(order)
  }

  #reorder(order: number[]): void {
    const { glides } = this
    const taxis = this.#taxis
    this.glides = new Float32Array(glides.length)
    this.#taxis = []
    this.#numbers.clear()
    for (const [number, old] of order.entries()) {
      const taxi = taxis[old]
      if (!taxi) continue
      this.#taxis.push(taxi)
      this.#numbers.set(taxi.id, number)
      this.glides.set(glides.subarray(old * STRIDE, (old + 1) * STRIDE), number * STRIDE)
    }
  }

  #grow(taxis: number): void {
    if (taxis * STRIDE <= this.glides.length) return
    const larger = new Float32Array(this.glides.length * 2)
    larger.set(this.glides)
    this.glides = larger
  }
}
