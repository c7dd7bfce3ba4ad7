import { describe, expect, test } from 'vitest'
import type { Figures } from '../../src/api/types'
import { manyParts, onePart, townCode, unknownTowns } from '../../src/console/figures/choice'
import { compared, growth, isBlank, measures } from '../../src/console/figures/compare'
import { hoursOfDay, monthsOfYears } from '../../src/console/figures/hours'
import {
  addDays,
  afterMonth,
  lastDays,
  length,
  monthsBefore,
  monthsOver,
  periodOf,
} from '../../src/console/figures/period'

const NOW = new Date('2024-02-29T23:30:00Z')
const query = (text: string) => new URLSearchParams(text)

const none: Figures = {
  searches: 0,
  nobody_in_reach: 0,
  nobody_in_reach_share: null,
  nearest_distance: null,
  hails: {},
  answer_delay: null,
  approach_time: null,
  refusals: {},
  connected_hours: 0,
}

describe('periods', () => {
  test('have as many days as they say', () => {
    expect(lastDays(7, NOW)).toEqual({ since: '2024-02-23', until: '2024-02-29' })
    expect(length(lastDays(90, NOW))).toBe(90)
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01')
  })

  test('are compared with as many days, some months earlier', () => {
    const period = { since: '2024-02-23', until: '2024-02-29' }
    expect(monthsBefore(period, 3)).toEqual({ since: '2023-11-23', until: '2023-11-29' })
    expect(monthsBefore(period, 12)).toEqual({ since: '2023-02-23', until: '2023-03-01' })
    const end = { since: '2024-05-31', until: '2024-05-31' }
    expect(monthsBefore(end, 3)).toEqual({ since: '2024-02-29', until: '2024-02-29' })
  })

  test('come from the address, cut to what the registry answers', () => {
    expect(length(periodOf(query(''), NOW))).toBe(30)
    expect(length(periodOf(query('days=7'), NOW))).toBe(7)
    expect(length(periodOf(query('days=4000'), NOW))).toBe(30)
    expect(periodOf(query('since=2024-01-01&until=2024-01-31'), NOW)).toEqual({
      since: '2024-01-01',
      until: '2024-01-31',
    })
    // The wrong way round, and too long.
    expect(periodOf(query('since=2024-01-31&until=2024-01-01'), NOW).since).toBe('2024-01-01')
    expect(length(periodOf(query('since=2020-01-01&until=2024-01-31'), NOW))).toBe(92)
    // One end alone.
    expect(periodOf(query('since=2024-02-20'), NOW).until).toBe('2024-02-29')
    expect(periodOf(query('until=2024-01-30'), NOW)).toEqual({
      since: '2024-01-01',
      until: '2024-01-30',
    })
    expect(length(periodOf(query('since=yesterday'), NOW))).toBe(30)
    expect(length(periodOf(query('days=90'), NOW, 31))).toBe(31)
  })

  test('of months are those that are over', () => {
    expect(monthsOver(3, NOW)).toEqual(['2024-01-01', '2023-12-01', '2023-11-01'])
    expect(afterMonth('2023-12-01')).toBe('2024-01-01')
  })
})

describe('comparisons', () => {
  test('have no growth from nothing or from the unknown', () => {
    expect(growth(150, 100)).toBe(0.5)
    expect(growth(0, 100)).toBe(-1)
    expect(growth(5, 0)).toBeNull()
    expect(growth(5, null)).toBeNull()
    expect(growth(null, 5)).toBeNull()
  })

  test('of a period without data are unknown, and not 0', () => {
    const some = { ...none, hails: { finished: 3, timeout_ride: 1, declined_by_taxi: 4 } }
    expect(isBlank(none)).toBe(true)
    expect(isBlank(some)).toBe(false)
    expect(compared('hails', [some, none, { ...none, searches: 5 }, none])).toEqual([
      8,
      null,
      0,
      null,
    ])
    expect(compared('rideShare', [some, none, { ...none, searches: 5 }, none])).toEqual([
      0.5,
      null,
      null,
      null,
    ])
  })

  test('take refusals without a ground from all refusals', () => {
    const figures = { ...none, hails: { declined_by_taxi: 4 }, refusals: { safety: 3, none: 1 } }
    expect(measures.withoutGround(figures)).toBe(0.25)
    expect(measures.withoutGround({ ...none, searches: 1 })).toBeNull()
  })
})

describe('the part that the address names', () => {
  test('is a town by its code, however it is written', () => {
    expect(townCode('Lyon (69123)')).toBe('69123')
    expect(townCode('69123')).toBe('69123')
    expect(townCode('Ajaccio (2a004)')).toBe('2A004')
    for (const text of ['Lyon', '', '6912', '691234', 'rue 69123 Lyon'])
      expect(townCode(text), text).toBeUndefined()
    expect(unknownTowns(query('town=Lyon&town=69123'))).toEqual(['Lyon'])
  })

  test('is one for daily figures, an operator before a town', () => {
    expect(onePart(query('town=69123&operator=2'))).toEqual({ operator: 2 })
    expect(onePart(query('town=69123&town=75056'))).toEqual({ town: '75056' })
    for (const text of ['x', '-2', '1.5']) expect(onePart(query(`operator=${text}`))).toEqual({})
  })

  test('may be several for the older figures, separated by commas', () => {
    const text = 'town=Lyon+(69123)&town=75056&departement=69&operator=1&group=2&manager=3'
    expect(manyParts(query(text))).toEqual({
      insee: '69123,75056',
      departements: '69',
      groups: '1,2',
      manager: '3',
    })
    expect(manyParts(query('town=Lyon'))).toEqual({})
  })
})

test('an hour of the day without a mean is unknown', () => {
  const points = hoursOfDay({ 12: 3 }, NOW)
  expect(points).toHaveLength(24)
  expect(points.find(({ at }) => at.getUTCHours() === 12)?.values).toEqual([3])
  expect(points.filter(({ values }) => values[0] === null)).toHaveLength(23)
  const hours = points.map(({ at }) => at.getHours())
  expect(hours).toEqual([...hours].sort((a, b) => a - b))
  expect(hoursOfDay({}, NOW)).toEqual([])
})

test('months of two years stand side by side', () => {
  const points = monthsOfYears(
    [[2, 7]],
    [
      [1, 5],
      [2, 6],
    ],
    2024,
  )
  expect(points).toHaveLength(12)
  expect(points[0]?.values).toEqual([5, null])
  expect(points[1]?.values).toEqual([6, 7])
})
