import { expect, test } from 'vitest'
import page from '../../../docs/hail.md?raw'
import type { HailStatus, Transition } from '../../src/api/types'
import { actors, isOpen, laps, limits, statuses } from '../../src/console/hail'
import { steps } from '../../src/console/integration/steps'

/** Rows of the table in `docs/hail.md`, which the server's rules are written to. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
  .map(([, from = '', to = '', by = '', after = '']) => ({ from, to, by, after }))

const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3_600 }

test('time limits are those of the server', () => {
  const theirs = Object.fromEntries(
    rows
      .filter(({ by }) => by === 'time limit')
      .map(({ from, to, after }) => {
        const [count = '', unit = ''] = after.split(' ')
        return [from, { after_s: Number(count) * (SECONDS[unit] ?? Number.NaN), becomes: to }]
      }),
  )
  expect(limits).toEqual(theirs)
})

test('parties are those of the server', () => {
  for (const { to, by } of rows) {
    const actor = by === 'time limit' ? 'registry' : by
    expect(`${to} by ${actors[to as HailStatus]}`).toBe(`${to} by ${actor}`)
  }
})

test('steps of both sides are those of the server', () => {
  const theirs = new Set(
    rows
      .filter(({ by }) => by === 'client' || by === 'operator')
      .map((row) => `${row.by}: ${row.from} to ${row.to}`),
  )
  const ours = Object.entries(steps).flatMap(([from, sides]) =>
    Object.entries(sides).flatMap(([side, all]) => all.map((to) => `${side}: ${from} to ${to}`)),
  )
  expect(new Set(ours)).toEqual(theirs)
})

test('all statuses of the server are known', () => {
  const theirs = new Set(['received', ...rows.map(({ to }) => to)])
  expect(new Set(statuses)).toEqual(theirs)
  expect(isOpen('received')).toBe(true)
  expect(isOpen('finished')).toBe(false)
})

test('a lap is the time since the step before, with its limit', () => {
  const step = (from: string | null, to: string, timestamp: string): Transition =>
    ({ from_status: from, to_status: to, timestamp, user: null, reason: null }) as Transition
  const [first, second] = laps([
    step(null, 'received', '2024-02-29T12:00:00+00:00'),
    step('received', 'failure', '2024-02-29T12:00:10+00:00'),
  ])
  expect(first).toMatchObject({ to: 'received', took_ms: undefined, limit_s: undefined })
  expect(second).toMatchObject({ to: 'failure', took_ms: 10_000, limit_s: 10 })
})
