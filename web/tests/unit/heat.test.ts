import { expect, test } from 'vitest'
import {
  boxAround,
  boxOf,
  boxText,
  classesOf,
  classOf,
  placed,
  scaleBar,
  squareAround,
  viewOf,
} from '../../src/map/heat'

test('a picture shows its box in full, north on top', () => {
  const box = { west: 2, south: 48, east: 3, north: 49 }
  const view = viewOf(box, 600, 400)
  const [left, top] = view.at([2, 49])
  const [right, bottom] = view.at([3, 48])
  expect(left).toBeLessThan(right)
  expect(top).toBeLessThan(bottom)
  for (const x of [left, right]) expect(x >= 24 && x <= 576).toBe(true)
  for (const y of [top, bottom]) expect(y >= 23.9 && y <= 376.1).toBe(true)
  // One of the sides is used up to the margin.
  expect(Math.max(right - left - 552, bottom - top - 352)).toBeCloseTo(0, 3)
})

test('a pixel is as long as it is: a degree of latitude has 111 km', () => {
  const view = viewOf({ west: 2, south: 48, east: 3, north: 49 }, 600, 400)
  const [, top] = view.at([2.5, 48.51])
  const [, bottom] = view.at([2.5, 48.49])
  expect(((bottom - top) * view.metresPerPixel) / 0.02 / 111_320).toBeCloseTo(1, 1)
})

test('a single point is not all of the picture', () => {
  const box = boxAround([[2.35, 48.85]])
  expect(box && viewOf(box, 600, 400).metresPerPixel).toBeGreaterThan(1)
  expect(boxAround([])).toBeUndefined()
})

test('a scale is the longest round length that has room', () => {
  expect(scaleBar(10, 120)).toEqual({ metres: 1_000, pixels: 100 })
  expect(scaleBar(3, 120)).toEqual({ metres: 200, pixels: 200 / 3 })
  expect(scaleBar(50, 120)).toEqual({ metres: 5_000, pixels: 100 })
})

test('classes grow by the same factor, and equal counts are one class', () => {
  expect(classesOf([1, 3, 100_000])).toEqual([1, 10, 100, 1_000, 10_000])
  expect(classesOf([7, 7])).toEqual([7])
  expect(classesOf([])).toEqual([])
  expect([1, 9, 10, 100_000].map((count) => classOf(count, [1, 10, 100]))).toEqual([0, 0, 1, 2])
})

test('the part of a map in an address is a box, or nothing', () => {
  const box = squareAround([2.35, 48.85], 6)
  expect(boxOf(boxText(box))?.west).toBeCloseTo(box.west, 4)
  expect((box.north - box.south) * 111.32).toBeCloseTo(12)
  for (const text of [null, '', '1,2,3', '3,2,1,4', '1,4,3,2', 'a,b,c,d'])
    expect(boxOf(text)).toBeUndefined()
})

test('names stay on the picture, and cover no other', () => {
  const at = ([lon, lat]: readonly [number, number]) => [lon, lat] as [number, number]
  const of = (...labels: [string, number, number][]) =>
    placed(
      labels.map(([name, x, y]) => ({ name, at: [x, y] as const })),
      at,
      340,
      300,
    )
  const [left, right] = of(['Saint-Germain', 2, 100], ['Villeneuve', 338, 100])
  expect(left?.x).toBeCloseTo(52.75)
  expect(right?.x).toBeCloseTo(298.5)
  // The first of two keeps its place.
  expect(of(['Paris', 100, 100], ['Gentilly', 110, 105]).map(({ name }) => name)).toEqual(['Paris'])
  expect(of(['Paris', 100, 100], ['Gentilly', 110, 130])).toHaveLength(2)
  expect(of(['Away', -1, 100], ['Above', 100, 3], ['x'.repeat(60), 100, 100])).toEqual([])
})
