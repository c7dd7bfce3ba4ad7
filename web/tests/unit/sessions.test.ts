import { expect, test, vi } from 'vitest'
import type { Session, SessionFilter } from '../../src/api/types'
import { type Days, daysOf } from '../../src/console/days'
import { wishOf } from '../../src/console/inspection'
import { collect, outcomeOf, questionOf, reachOf } from '../../src/console/sessions'

const session = (id: string, at: string, ...statuses: string[]): Session =>
  ({
    session_id: id,
    customer_id: `Customer-${id}`,
    added_at: at,
    hails: statuses.map((status, i) => ({ id: `${id}${i}`, status })),
  }) as unknown as Session
const of = (...statuses: string[]) => outcomeOf(session('a', '2024-02-29T12:00:00', ...statuses))

test('a request ended with a ride, or its last hail tells', () => {
  expect(of('declined_by_taxi', 'finished')).toBe('ride')
  expect(of('finished', 'declined_by_customer')).toBe('ride')
  expect(of('timeout_taxi', 'received_by_taxi')).toBe('open')
  expect(of('finished', 'received_by_taxi')).toBe('open')
  expect(of('declined_by_taxi', 'declined_by_customer')).toBe('customer')
  expect(of('declined_by_customer', 'timeout_taxi')).toBe('none')
  expect(of('failure')).toBe('none')
})

test('the registry is asked what the address asks', () => {
  vi.stubEnv('TZ', 'Europe/Paris')
  const of = (query: string) => {
    const search = new URLSearchParams(query)
    return questionOf(search, daysOf(search))
  }
  expect(of('')).toEqual({})
  expect(of('outcome=ride&outcome=open&customer_id=ada&moteur=app&p=3&other=1')).toEqual({
    outcome: ['ride', 'open'],
    customer_id: ['ada'],
    moteur: ['app'],
  })
  expect(of('from=2026-11-30&to=2026-11-30')).toEqual({
    since: '2026-11-29T23:00:00.000Z',
    until: '2026-11-30T23:00:00.000Z',
  })
  vi.unstubAllEnvs()
})

test('outcomes and operators are looked for in a period that can be read', () => {
  const reach = (filter: SessionFilter, days: Days = {}) => reachOf(filter, days, '2026-11-30')
  expect(reach({})).toBe('any')
  expect(reach({ moteur: ['app'] }, { from: '2020-01-01' })).toBe('any')
  expect(reach({ outcome: ['none'] })).toBe('last')
  expect(reach({ outcome: ['none'] }, { to: '2026-06-30' })).toBe('last')
  expect(reach({ operateur: ['blue'], customer_id: ['ada'] })).toBe('any')
  expect(reach({ outcome: ['none'] }, { from: '2026-08-31' })).toBe('any')
  expect(reach({ outcome: ['none'] }, { from: '2026-08-30' })).toBe('too-long')
  expect(reach({ outcome: ['none'] }, { from: '2026-08-30', to: '2027-12-31' })).toBe('too-long')
  expect(reach({ outcome: ['none'] }, { from: '2026-01-01', to: '2026-03-01' })).toBe('any')
})

test('all pages are read, each request once, and no more than may be', async () => {
  const pages = [
    [
      session('d', '2024-02-29T12:00:00', 'finished'),
      session('c', '2024-02-29T11:00:00', 'failure'),
    ],
    // A new request has pushed the last one of the first page on.
    [
      session('c', '2024-02-29T11:00:00', 'failure'),
      session('b', '2024-02-27T11:00:00', 'finished'),
    ],
    [session('a', '2024-02-01T11:00:00', 'finished')],
  ]
  const read = async (page: number) => ({ rows: pages[page - 1] ?? [], pages: pages.length })
  const ids = (sessions: Session[]) => sessions.map(({ session_id }) => session_id).join('')
  const whole = await collect(read, 9)
  expect([ids(whole.sessions), whole.isCut]).toEqual(['dcba', false])
  const part = await collect(read, 2)
  expect([ids(part.sessions), part.isCut]).toEqual(['dcb', true])
})

test('the first page of a list says how many there are, and the others are read together', async () => {
  const asked: number[] = []
  const answers: (() => void)[] = []
  const read = (page: number) => {
    asked.push(page)
    return new Promise<{ rows: Session[]; pages: number }>((resolve) => {
      // One more page has come when the last one answers.
      const pages = page < 3 ? 3 : 4
      answers.push(() => resolve({ rows: [session(`${page}`, '2024-02-29T12:00:00')], pages }))
    })
  }
  const answer = async () => {
    for (const one of answers.splice(0)) one()
    await new Promise((resolve) => setTimeout(resolve))
  }
  const all = collect(read, 9)
  expect(asked).toEqual([1])
  await answer()
  expect(asked).toEqual([1, 2, 3])
  await answer()
  expect(asked).toEqual([1, 2, 3, 4])
  await answer()
  expect(await all).toMatchObject({ isCut: false, sessions: { length: 4 } })
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
