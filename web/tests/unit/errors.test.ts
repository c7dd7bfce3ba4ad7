import { describe, expect, test } from 'vitest'
import { ApiError, asApiError, errorOf, faultsOf } from '../../src/api/errors'

describe('faults', () => {
  test('of nested lists name their field', () => {
    const body = { errors: { data: { 0: { vehicle: { licence_plate: ['Too short.'] } } } } }
    expect(faultsOf(body)).toEqual([{ field: 'vehicle.licence_plate', text: 'Too short.' }])
  })

  test('about the whole call have no field', () => {
    expect(faultsOf({ errors: { '': ['No.'] } })).toEqual([{ field: '', text: 'No.' }])
    expect(faultsOf({ errors: { url: ['No.'] } })).toEqual([{ field: '', text: 'No.' }])
  })

  test('of a filter', () => {
    expect(faultsOf({ errors: { p: { 0: ['Not a valid integer.'] } } })).toEqual([
      { field: 'p', text: 'Not a valid integer.' },
    ])
  })

  test('of an answer that is none are none', () => {
    for (const body of [undefined, null, '', '<html>', { errors: null }])
      expect(faultsOf(body)).toEqual([])
  })
})

describe('the kind of an error', () => {
  test.each([
    [400, 'refused'],
    [401, 'signed-out'],
    [403, 'forbidden'],
    [404, 'missing'],
    [409, 'refused'],
    [429, 'busy'],
    [500, 'broken'],
    [502, 'offline'],
    [503, 'busy'],
  ])('of %i is %s', (status, kind) => {
    expect(errorOf(status, undefined, new Headers()).kind).toBe(kind)
  })

  test('with the wait that the registry asks for', () => {
    expect(errorOf(429, undefined, new Headers({ 'Retry-After': '12' })).retryAfter_s).toBe(12)
    expect(errorOf(429, undefined, new Headers()).retryAfter_s).toBeUndefined()
  })

  test('of a network fault is offline', () => {
    expect(asApiError(new TypeError('Failed to fetch')).kind).toBe('offline')
    expect(() => asApiError(new RangeError('a fault of ours'))).toThrow(RangeError)
  })

  test('tells whether a later try may succeed', () => {
    expect(new ApiError('offline').isPassing).toBe(true)
    expect(new ApiError('forbidden').isPassing).toBe(false)
  })
})
