import { expect, test } from 'vitest'
import { Fleet, hidden, type MapTaxis, OLD, STRIDE } from '../../src/map/fleet'
import * as mercator from '../../src/map/mercator'

interface Row {
  id: string
  plate?: string
  lon?: number
  status?: string
  age_s?: number
}

function answer(at: number, ...rows: Row[]): MapTaxis {
  return {
    at,
    operators: [{ id: 1, email: 'op@example.org', name: null }],
    id: rows.map(({ id }) => id),
    plate: rows.map(({ id, plate }) => plate ?? id),
    lon: rows.map(({ lon }) => lon ?? 2),
    lat: rows.map(() => 48),
    status: rows.map(({ status }) => status ?? 'free'),
    age_s: rows.map(({ age_s }) => age_s ?? 0),
    operator: rows.map(() => 1),
  }
}

const ids = (taxis: { id: string }[]) => taxis.map(({ id }) => id).join()

test('a part of an answer changes what it names, a whole one also drops what it lacks', () => {
  const fleet = new Fleet()
  fleet.take(answer(100, { id: 'b' }, { id: 'c' }, { id: 'a' }), 0, false)
  expect(ids(fleet.show(() => true))).toBe('a,b,c')
  fleet.take(answer(102, { id: 'b', status: 'occupied' }), 0, true)
  expect(fleet.size).toBe(3)
  expect(fleet.get('b')?.status).toBe('occupied')
  fleet.take(answer(104, { id: 'c' }, { id: 'd' }), 0, false)
  expect(ids(fleet.show(() => true))).toBe('c,d')
  expect(fleet.get('b')).toBeUndefined()
  expect(fleet.numberOf('d')).toBe(1)
})

test('a taxi glides from where it is seen to its new place, also in the middle of a glide', () => {
  const fleet = new Fleet()
  const x = mercator.x
  const at = (now_ms: number) => fleet.placeAt(fleet.numberOf('a') ?? -1, now_ms).x
  fleet.take(answer(100, { id: 'a', lon: 2 }), 0, false)
  expect(at(0)).toBeCloseTo(x(2), 9)
  fleet.take(answer(104, { id: 'a', lon: 2.004 }), 1_000, true)
  expect(at(1_000)).toBeCloseTo(x(2), 9)
  expect(at(3_000)).toBeCloseTo(x(2.002), 9)
  expect(at(9_000)).toBeCloseTo(x(2.004), 9)
  fleet.take(answer(106, { id: 'a', lon: 2.006 }), 3_000, true)
  expect(at(3_000)).toBeCloseTo(x(2.002), 9)
  expect(at(5_000)).toBeCloseTo(x(2.006), 9)
})

test('a taxi that reports from another town jumps', () => {
  const fleet = new Fleet()
  fleet.take(answer(100, { id: 'a', lon: 2 }), 0, false)
  fleet.take(answer(104, { id: 'a', lon: 4 }), 1_000, true)
  expect(fleet.placeAt(0, 1_000).x).toBeCloseTo(mercator.x(4), 7)
})

test('the filter and the age of a report decide how a taxi looks', () => {
  const fleet = new Fleet()
  fleet.take(
    answer(
      1_000,
      { id: 'a', status: 'off' },
      { id: 'b', age_s: 121 },
      { id: 'c', status: 'occupied' },
    ),
    0,
    false,
  )
  const shown = fleet.show(({ id }) => id !== 'c')
  expect(ids(shown)).toBe('a,b')
  const looks = [0, 1, 2].map((number) => fleet.glides[number * STRIDE + 6])
  expect(looks).toEqual([4, OLD, hidden(3)])
})

test('a click finds the nearest taxi that is shown', () => {
  const fleet = new Fleet()
  fleet.take(answer(100, { id: 'a', lon: 2 }, { id: 'b', lon: 2.001 }), 0, false)
  const place = { x: mercator.x(2.0009), y: mercator.y(48) }
  const near = () => fleet.nearest(place, mercator.x(2.01) - mercator.x(2), 0)?.id
  fleet.show(() => true)
  expect(near()).toBe('b')
  fleet.show(({ id }) => id === 'a')
  expect(near()).toBe('a')
  fleet.show(() => false)
  expect(near()).toBeUndefined()
  fleet.show(() => true)
  expect(fleet.nearest(place, 1e-9, 0)).toBeUndefined()
})

test('ten thousand taxis are kept, each under its id', () => {
  const fleet = new Fleet()
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ id: `t${i}`, lon: 2 + i / 1e5 }))
  fleet.take(answer(100, ...rows), 0, false)
  fleet.show(() => true)
  for (const { id, lon } of rows) {
    const number = fleet.numberOf(id) ?? -1
    expect(fleet.at(number)?.id).toBe(id)
    expect(Math.abs(fleet.placeAt(number, 0).x - mercator.x(lon))).toBeLessThan(1e-9)
  }
})
