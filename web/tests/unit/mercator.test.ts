import { expect, test } from 'vitest'
import { placeIn } from '../../src/console/place'
import {
  around,
  type Box,
  busiest,
  circle,
  latOf,
  lonOf,
  snapped,
  x,
  y,
} from '../../src/map/mercator'

test('a place comes back from the map', () => {
  for (const [lon, lat] of [
    [2.3522, 48.8566],
    [-61.5, 16.2],
    [55.5, -21.1],
  ] as const) {
    expect(lonOf(x(lon))).toBeCloseTo(lon, 9)
    expect(latOf(y(lat))).toBeCloseTo(lat, 9)
  }
  expect([x(0), y(0)]).toEqual([0.5, 0.5])
})

test('a circle is as wide as it is high on the ground', () => {
  const ring = circle({ lon: 2.35, lat: 48.86 }, 500)
  const [west, south, east, north] = around(ring.map(([lon, lat]) => ({ lon, lat }))) as Box
  const metres = 111_195
  expect((north - south) * metres).toBeCloseTo(1_000, 0)
  expect((east - west) * metres * Math.cos((48.86 * Math.PI) / 180)).toBeCloseTo(1_000, 0)
})

test('the snapped box holds the view and stays the same while one moves a little', () => {
  for (const moved of [0, 0.001, 0.01]) {
    const view: Box = [2.25 + moved, 48.8, 2.45 + moved, 48.92]
    const [west, south, east, north] = snapped(view)
    expect(west <= view[0] && south <= view[1] && east >= view[2] && north >= view[3]).toBe(true)
    expect(snapped(view)).toEqual(snapped([2.25, 48.8, 2.45, 48.92]))
  }
  expect(snapped([-180, -85, 180, 85])).toEqual([-180, -90, 180, 90])
})

test('the first view is of the busiest city and its surroundings', () => {
  const at = (lon: number, lat: number, taxis: number) =>
    Array.from({ length: taxis }, (_, i) => ({ lon: lon + i / 1e4, lat }))
  const paris = [...at(2.3, 48.86, 20), ...at(2.55, 48.9, 5)]
  const [west, south, east, north] = busiest([...at(4.83, 45.75, 15), ...paris]) as Box
  expect([west, south, north]).toEqual([2.3, 48.86, 48.9])
  expect(east).toBeCloseTo(2.5504, 9)
  expect(busiest([])).toBeUndefined()
})

test('an address names a place with points or commas, or none', () => {
  const named = (text: string) => placeIn(new URLSearchParams(text))
  expect(named('lon=2,35&lat=48.86')).toEqual({ lon: 2.35, lat: 48.86 })
  for (const text of ['', 'lon=2', 'lon=x&lat=48', 'lon=181&lat=48']) {
    expect(named(text)).toBeUndefined()
  }
})
