import { expect, test } from 'vitest'
import { BUDGETS, median, medians, missed, table } from '../browser/bench/budget.mjs'

test('the middle of the runs counts, for each figure by itself', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([1, 2, 3, 4])).toBe(3)
  const runs = [
    { scripts_bytes: 1, script_ms: 30 },
    { scripts_bytes: 3, script_ms: 10 },
    { scripts_bytes: 2, script_ms: 20 },
  ]
  expect(medians(runs)).toEqual({ scripts_bytes: 2, script_ms: 20 })
})

test('a budget is met up to its last byte', () => {
  expect(missed(BUDGETS)).toEqual([])
  expect(missed({ scripts_bytes: 60_001, script_ms: 60, interactive_ms: 501 })).toEqual([
    'scripts_bytes',
    'interactive_ms',
  ])
  expect(missed({ map_ms: 15.1 })).toEqual(['map_ms'])
})

test('one table shows pages and map beside their budgets', () => {
  const figures = {
    scripts_bytes: 58_100,
    styles_bytes: 7_600,
    script_ms: 34.2,
    interactive_ms: 600,
  }
  const later = { map_at_ms: 700, map_script_ms: 60, map_held_ms: 0 }
  const lines = table([
    { page: 'home', figures },
    { page: 'map', figures: { map_ms: 13 } },
    { page: 'zones', figures: { ...figures, interactive_ms: 400, ...later } },
  ]).split('\n')
  expect(lines).toHaveLength(6)
  expect(lines[3]).toBe(
    '| home | 58.1 kB | 7.6 kB | 34 ms | 600 ms |  |  | missed: interactive_ms |',
  )
  expect(lines[4]).toBe('| map |  |  |  |  | 13 ms |  | met |')
  expect(lines[5]).toContain('| 400 ms |  | 700 ms, 60 ms, 0 ms | met |')
})
