import { afterEach, expect, test, vi } from 'vitest'
import { dayAt, daysOf, isDay, momentsOf } from '../../src/console/days'

afterEach(() => {
  vi.unstubAllEnvs()
})

const hours = (from: string, to: string) => {
  const { since, until } = momentsOf({ from, to })
  return (Date.parse(until as string) - Date.parse(since as string)) / 3_600_000
}

test('a day begins and ends at the midnights of its reader', () => {
  vi.stubEnv('TZ', 'Europe/Paris')
  expect(momentsOf({ from: '2026-11-30', to: '2026-11-30' })).toEqual({
    since: '2026-11-29T23:00:00.000Z',
    until: '2026-11-30T23:00:00.000Z',
  })
  vi.stubEnv('TZ', 'America/Cayenne')
  expect(momentsOf({ from: '2026-11-30' })).toEqual({ since: '2026-11-30T03:00:00.000Z' })
  expect(momentsOf({ to: '2026-12-31' })).toEqual({ until: '2027-01-01T03:00:00.000Z' })
  expect(momentsOf({})).toEqual({})
})

test('the day on which clocks change has 23 or 25 hours', () => {
  vi.stubEnv('TZ', 'Europe/Paris')
  expect(hours('2026-03-29', '2026-03-29')).toBe(23)
  expect(hours('2026-10-25', '2026-10-25')).toBe(25)
  expect(hours('2026-03-28', '2026-03-30')).toBe(71)
  expect(momentsOf({ from: '2026-10-25', to: '2026-10-25' })).toEqual({
    since: '2026-10-24T22:00:00.000Z',
    until: '2026-10-25T23:00:00.000Z',
  })
})

test('where clocks change at midnight, the day begins with its first moment', () => {
  // Put forward from 00:00 to 01:00.
  vi.stubEnv('TZ', 'Asia/Beirut')
  expect(momentsOf({ from: '2024-03-31' })).toEqual({ since: '2024-03-30T22:00:00.000Z' })
  expect(hours('2024-03-31', '2024-03-31')).toBe(23)
  // Put back from 01:00 to 00:00, which comes twice.
  vi.stubEnv('TZ', 'America/Havana')
  expect(momentsOf({ from: '2024-11-03' })).toEqual({ since: '2024-11-03T04:00:00.000Z' })
  expect(hours('2024-11-03', '2024-11-03')).toBe(25)
})

test('days of an address come in order, and wrong ones are passed over', () => {
  const of = (query: string) => daysOf(new URLSearchParams(query))
  expect(of('from=2024-02-29&to=2024-03-01')).toEqual({ from: '2024-02-29', to: '2024-03-01' })
  expect(of('from=2024-03-01&to=2024-02-29')).toEqual({ from: '2024-02-29', to: '2024-03-01' })
  expect(of('from=2023-02-29&to=yesterday')).toEqual({})
  expect(of('to=2024-02-29')).toEqual({ to: '2024-02-29' })
  expect(of('')).toEqual({})
})

test('a year that is half typed is no day yet', () => {
  expect(['0002-11-30', '0020-11-30', '0202-11-30', '2026-11-30'].map(isDay)).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('a moment is on the day of its reader', () => {
  vi.stubEnv('TZ', 'Europe/Paris')
  expect(dayAt(new Date('2026-11-29T23:30:00Z'))).toBe('2026-11-30')
})
