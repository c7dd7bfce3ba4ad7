import { expect, test } from 'vitest'
import type { Session } from '../../src/api/types'
import { wishOf } from '../../src/console/inspection'
import { collect, fits, outcomeOf } from '../../src/console/sessions'

const session = (id: string, at: string, ...statuses: string[]): Session =>
  ({
    session_id: id,
    customer_id: `Customer-${id}`,
    added_at: at,
    hails: statuses.map((status, i) => ({ id: `${id}${i}`, status })),
  }) as unknown as Session
const of = (...statuses: string[]) => outcomeOf(session('a', '2024-02-29T12:00:00', ...statuses))
const all = { outcomes: [], customer: '' }

test('a request ended with a ride, or its last hail tells', () => {
  expect(of('declined_by_taxi', 'finished')).toBe('ride')
  expect(of('finished', 'declined_by_customer')).toBe('ride')
  expect(of('timeout_taxi', 'received_by_taxi')).toBe('open')
  expect(of('finished', 'received_by_taxi')).toBe('open')
  expect(of('declined_by_taxi', 'declined_by_customer')).toBe('customer')
  expect(of('declined_by_customer', 'timeout_taxi')).toBe('none')
  expect(of('failure')).toBe('none')
})

test('a filter looks at the outcome and at the begin of the customer', () => {
  const one = session('7', '2024-02-29T12:00:00', 'finished')
  expect(fits(one, all)).toBe(true)
  expect(fits(one, { outcomes: ['ride'], customer: ' customer-7' })).toBe(true)
  expect(fits(one, { outcomes: ['none', 'open'], customer: '' })).toBe(false)
  expect(fits(one, { outcomes: [], customer: '7' })).toBe(false)
})

test('pages are read to the first request before the day, and no further', async () => {
  const pages = [
    [
      session('d', '2024-02-29T12:00:00', 'finished'),
      session('c', '2024-02-29T11:00:00', 'failure'),
    ],
    [
      session('c', '2024-02-29T11:00:00', 'failure'),
      session('b', '2024-02-27T11:00:00', 'finished'),
    ],
    [session('a', '2024-02-01T11:00:00', 'finished')],
  ]
  const asked: number[] = []
  const read = async (page: number) => {
    asked.push(page)
    return { rows: pages[page - 1] ?? [], pages: pages.length }
  }
  const since = new Date('2024-02-28T00:00:00Z')
  const found = await collect(read, { filter: all, since, mostPages: 9 })
  expect(found.sessions.map(({ session_id }) => session_id)).toEqual(['d', 'c'])
  expect(found.isCut).toBe(false)
  expect(asked).toEqual([1, 2])
  expect((await collect(read, { filter: all, mostPages: 9 })).sessions).toHaveLength(4)
  expect(
    await collect(read, { filter: { ...all, outcomes: ['none'] }, mostPages: 1 }),
  ).toMatchObject({
    sessions: [{ session_id: 'c' }],
    read: 2,
    isCut: true,
  })
})

test('a look-up names its purpose and one key', () => {
  const typed = {
    plate: ' ab 123 cd ',
    card: { number: ' 12 ', departement: '6' },
    ads: { number: '7', insee: '2a004' },
    purpose: ' gare ',
  }
  expect(wishOf('plate', typed)).toEqual({ purpose: 'gare', plate: 'ab 123 cd' })
  expect(wishOf('card', typed)).toEqual({
    purpose: 'gare',
    card: { number: '12', departement: '06' },
  })
  expect(wishOf('ads', typed)).toEqual({ purpose: 'gare', ads: { number: '7', insee: '2A004' } })
})
