import { expect, test } from 'vitest'
import type { LiveRow, Quality } from '../../src/api/types'
import { byOutcome } from '../../src/console/outcomes'
import { lastHour, problems } from '../../src/console/problems'
import { line, ticks } from '../../src/ui/figures/scale'

const well: Quality = {
  operator: 2,
  email: 'op@example.org',
  taxis: 10,
  taxis_seen: 10,
  plates_spelt_twice: 0,
  hails: 100,
  hails_unanswered: 1,
  calls: 100,
  calls_failed: 0,
  positions: {
    sampled: 1_000,
    stale: 1,
    placed: 100,
    outside: 0,
    swapped: 0,
    fast: 0,
    standing: 0,
  },
}
const minute = (changes: Partial<LiveRow>): LiveRow => ({
  at: '2024-02-29T12:00:00',
  searches: 0,
  nobody_in_reach: 0,
  hails: {},
  connected_taxis: null,
  free_taxis: null,
  ...changes,
})

test('nothing is wrong with an operator who is well', () => {
  expect(problems([well], [], true)).toEqual([])
})

test('a matter leads to its list, grave ones first', () => {
  const found = problems(
    [{ ...well, hails_unanswered: 15, calls_failed: 50, taxis_seen: 5 }],
    [],
    true,
  )
  expect(found.map(({ kind, isGrave }) => [kind, isGrave])).toEqual([
    ['callsFailed', true],
    ['unanswered', false],
    ['silent', false],
  ])
  expect(found[0]?.href).toBe('/console/hails?status=failure&operateur=op%40example.org')
})

test('an operator needs no name in its own lists', () => {
  const [first] = problems([{ ...well, calls_failed: 50 }], [], false)
  expect(first?.href).toBe('/console/hails?status=failure')
})

test('few cases say nothing about a share', () => {
  expect(problems([{ ...well, calls: 3, calls_failed: 3 }], [], true)).toEqual([])
})

test('the last hour sums its minutes, with the taxis of the last sampled one', () => {
  const hour = lastHour([
    minute({
      searches: 3,
      nobody_in_reach: 1,
      hails: { finished: 2, failure: 1 },
      connected_taxis: 4,
      free_taxis: 2,
    }),
    minute({ searches: 1, hails: { declined_by_customer: 1 } }),
  ])
  expect(hour).toMatchObject({ searches: 4, nobody: 1, hails: 4, connected: 4, free: 2 })
  expect(hour.outcomes).toEqual({ finished: 2, customer: 1, taxi: 0, silent: 1 })
})

test('each final status has an outcome', () => {
  const final =
    'finished failure declined_by_taxi incident_taxi timeout_taxi declined_by_customer incident_customer timeout_customer timeout_accepted_by_customer'
  const all = byOutcome(Object.fromEntries(final.split(' ').map((status) => [status, 1])))
  expect(Object.values(all).reduce((sum, count) => sum + count)).toBe(9)
})

test('axes have round marks that hold all values', () => {
  expect(ticks(0)).toEqual([0, 1])
  expect(ticks(2)).toEqual([0, 1, 2])
  expect(ticks(121).at(-1)).toBeGreaterThanOrEqual(121)
  expect(ticks(33)).toEqual([0, 20, 40])
})

test('a line breaks where nothing is known', () => {
  const path = line(
    [1, null, 3],
    (i) => i,
    (value) => value,
  )
  expect(path).toBe('M0.0 1.0M2.0 3.0')
})
