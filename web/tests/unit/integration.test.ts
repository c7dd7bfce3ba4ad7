import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../../src/api/errors'
import { curlOf } from '../../src/console/curl'
import { ask, exchanges, look } from '../../src/console/integration/exchanges.svelte'
import { distance_m, moved, offset, readDegrees } from '../../src/console/integration/places'
import { departement } from '../../src/console/integration/taxi'

vi.stubGlobal('location', { origin: 'https://registry.example' })

beforeEach(() => {
  exchanges.all = []
})

test('a point is moved by metres, and found where it was moved to', () => {
  const customer = { lon: 2.3522, lat: 48.8566 }
  const there = moved(customer, { east_m: 300, north_m: -400 })
  expect(distance_m(offset(customer, there))).toBeCloseTo(500, -1)
  expect(there.lat).toBeLessThan(customer.lat)
  expect(there.lon).toBeGreaterThan(customer.lon)
})

test('degrees are read with a comma or a point, and within their limits', () => {
  expect(readDegrees(' 48,8566 ', 90)).toBe(48.8566)
  expect(readDegrees('-2.5', 90)).toBe(-2.5)
  for (const text of ['', 'north', '91', '1 2']) expect(readDegrees(text, 90)).toBeUndefined()
})

test('the département of a town is in its code', () => {
  expect(['75056', '2A004', '97105'].map(departement)).toEqual(['75', '2A', '971'])
})

test('a command quotes what the shell would read, and names no key', () => {
  const body = JSON.stringify({ address: "rue de l'Essai" })
  const call = { method: 'POST', path: '/hails', actingAs: 'op@example.org', body }
  expect(curlOf(call)).toBe(
    `curl -s -X POST -H "X-Api-Key: $KEY" -H 'X-Logas: op@example.org' -H 'Content-Type: application/json' ` +
      `-d '{"address":"rue de l'\\''Essai"}' 'https://registry.example/hails'`,
  )
})

test('a call is noted with its answer as it came, also if it is refused', async () => {
  const refusal = '{"errors": {"data": {"0": {"lon": ["Not a valid number."]}}}}'
  vi.stubGlobal('fetch', async () => new Response(refusal, { status: 400 }))
  const call = { side: 'client', path: '/taxis', account: 'app@example.org' } as const
  const error = await ask(call).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error.about('lon')).toBe('Not a valid number.')
  expect(exchanges.of('client')).toMatchObject([
    { method: 'GET', path: '/taxis', actingAs: 'app@example.org', status: 400, answer: refusal },
  ])
  expect(exchanges.of('operator')).toEqual([])
})

test('a call without an answer is noted, and one that the page repeats is not', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('no network')
  })
  const call = { side: 'operator', path: '/geotaxi', account: undefined } as const
  await expect(ask(call)).rejects.toMatchObject({ kind: 'offline' })
  expect(exchanges.of('operator')).toMatchObject([{ status: 0, answer: '' }])
  await expect(look(call)).rejects.toMatchObject({ kind: 'offline' })
  expect(exchanges.all).toHaveLength(1)
})
