import { describe, expect, test } from 'vitest'
import { address, fill, match } from '../../src/router/match'

describe('match', () => {
  test('finds the parts in braces, decoded', () => {
    expect(match('/console/hails/{id}', '/console/hails/a%20b')).toEqual({ id: 'a b' })
    expect(match('/console/', '/console')).toEqual({})
  })

  test('refuses other paths', () => {
    expect(match('/console/hails/{id}', '/console/hails')).toBeUndefined()
    expect(match('/console/hails', '/console/taxis')).toBeUndefined()
  })

  test('takes a broken escape as it is', () => {
    expect(match('/console/hails/{id}', '/console/hails/%E0')).toEqual({ id: '%E0' })
  })
})

test('fill escapes what it fills in', () => {
  expect(fill('/taxis/{id}/history', { id: 'a/b' })).toBe('/taxis/a%2Fb/history')
})

test('an address leaves out what is empty, and repeats lists', () => {
  expect(address('/hails', { status: ['a', 'b'], id: '', taxi: undefined })).toBe(
    '/hails?status=a&status=b',
  )
  expect(address('/hails', {})).toBe('/hails')
  expect(address('/hails', { customer_id: 'a&b=c' })).toBe('/hails?customer_id=a%26b%3Dc')
})
