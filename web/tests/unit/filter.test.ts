import { expect, test } from 'vitest'
import { type Filter, passing } from '../../src/map/filter'
import type { MapTaxi } from '../../src/map/fleet'

const taxi: MapTaxi = {
  id: 'a',
  plate: 'AB-123-CD',
  status: 'free',
  operator: 7,
  lon: 2,
  lat: 48,
  at_s: 900,
}
const all: Filter = { operators: [], statuses: [], plate: '', within_s: 120 }
const passes = (filter: Partial<Filter>, at_s = 1_000) => passing({ ...all, ...filter }, at_s)(taxi)

test('an empty filter lets through what has reported lately', () => {
  expect(passes({})).toBe(true)
  expect(passes({}, 1_020)).toBe(true)
  expect(passes({}, 1_021)).toBe(false)
  expect(passes({ within_s: 600 }, 1_021)).toBe(true)
})

test('a taxi must fit each part of the filter, and one of its values', () => {
  expect(passes({ statuses: ['occupied', 'free'], operators: [7] })).toBe(true)
  expect(passes({ statuses: ['occupied', 'free'], operators: [8] })).toBe(false)
  expect(passes({ statuses: ['off'], operators: [7] })).toBe(false)
})

test('a plate is found by a part of it, however it is written', () => {
  for (const plate of ['ab 123', 'B-1', '123CD', ' ']) expect(passes({ plate })).toBe(true)
  expect(passes({ plate: 'AB-124' })).toBe(false)
})
