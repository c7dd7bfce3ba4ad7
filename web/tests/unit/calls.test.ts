import { afterEach, expect, test, vi } from 'vitest'
import { callsOf } from '../../src/api/calls'

const asked: Request[] = []
function answering(...answers: Response[]) {
  asked.length = 0
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request)
    return answers.shift()
  })
  return callsOf('http://registry.invalid', (headers) => headers.set('X-Ours', '1'))
}
afterEach(() => {
  vi.unstubAllGlobals()
})

test('a path, a query and headers become a request', async () => {
  const calls = answering(Response.json({ data: [1] }), Response.json({ data: [] }))
  const query = { status: ['finished', 'failure'] as ('finished' | 'failure')[], p: 2 }
  const { data } = await calls.GET('/hails', {
    params: { query: { ...query, id: undefined } as typeof query },
  })
  expect(data).toEqual({ data: [1] })
  expect(asked[0]?.url).toBe('http://registry.invalid/hails?status=finished&status=failure&p=2')
  expect(asked[0]?.headers.get('X-Ours')).toBe('1')
  expect(asked[0]?.headers.has('Content-Type')).toBe(false)
  await calls.GET('/hails/{id}', { params: { path: { id: 'a/b é' } } })
  expect(asked[1]?.url).toBe('http://registry.invalid/hails/a%2Fb%20%C3%A9')
})

test('a body is sent as JSON, and an answer may be empty', async () => {
  const calls = answering(new Response(null, { status: 204 }))
  const body = { token: 't', password: 'ü' }
  const options = { body, headers: { 'X-Logas': 'a@b' } }
  const { data, error, response } = await calls.POST('/v1/password-links/use', options as never)
  expect([data, error, response.status]).toEqual([undefined, undefined, 204])
  expect(asked[0]?.method).toBe('POST')
  expect(asked[0]?.headers.get('Content-Type')).toBe('application/json')
  expect(asked[0]?.headers.get('X-Logas')).toBe('a@b')
  expect(await asked[0]?.json()).toEqual(body)
})

test('a refusal is told as it came, in JSON or not', async () => {
  const refusal = { errors: { '': ['no'] } }
  const calls = answering(
    Response.json(refusal, { status: 403 }),
    new Response('<html>', { status: 502 }),
  )
  expect(await calls.GET('/hails')).toMatchObject({ error: refusal })
  const broken = await calls.GET('/hails')
  expect([broken.error, broken.response.status, broken.data]).toEqual(['<html>', 502, undefined])
})

test('an answer that is to be bytes is bytes, but for a refusal', async () => {
  const bytes = new Uint8Array([1, 2])
  const calls = answering(new Response(bytes), Response.json({ errors: {} }, { status: 400 }))
  const options = { params: { query: {} }, parseAs: 'arrayBuffer' } as never
  const { data } = await calls.GET('/v1/map/taxis', options)
  expect(new Uint8Array(data as unknown as ArrayBuffer)).toEqual(bytes)
  expect(await calls.GET('/v1/map/taxis', options)).toMatchObject({ error: { errors: {} } })
})
