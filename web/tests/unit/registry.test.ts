import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { properties, registry } from '../../src/api/registry.svelte'

const colours = {
  accent: '#1f8a55',
  hover: '#1b794b',
  on_accent: '#000000',
  ink: ['#125031', '#83bda1'] as [string, string],
  tint: ['#e9f3ee', '#192f29'] as [string, string],
}
const about = {
  name: 'Taxis de Ville',
  version: '1',
  logo: null,
  colours,
  contact: null,
  controller: null,
  privacy: null,
  accessibility: null,
}

const styles = new Map<string, string>()
const kept = new Map<string, string>()

beforeEach(() => {
  styles.clear()
  kept.clear()
  const style = {
    setProperty: (name: string, value: string) => styles.set(name, value),
    removeProperty: (name: string) => styles.delete(name),
  }
  vi.stubGlobal('document', { documentElement: { style } })
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  })
})

afterEach(() => vi.unstubAllGlobals())

const answered = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', async () => Response.json(body, { status }))

test('the accent of a registry is shown in both schemes', () => {
  expect(properties(colours)).toEqual({
    '--accent': '#1f8a55',
    '--accent-hover': '#1b794b',
    '--on-accent': '#000000',
    '--accent-ink': 'light-dark(#125031, #83bda1)',
    '--accent-tint': 'light-dark(#e9f3ee, #192f29)',
  })
  expect(Object.values(properties(null)).every((value) => value === undefined)).toBe(true)
})

test('name and colours are those of the registry, and are there at once at the next visit', async () => {
  answered(200, { data: [about] })
  await registry.ask()
  expect(registry.name).toBe('Taxis de Ville')
  expect(styles.get('--accent')).toBe('#1f8a55')
  registry.about = undefined
  registry.restore()
  expect(registry.name).toBe('Taxis de Ville')
})

test('a registry that does not answer, or a browser that keeps nonsense, breaks nothing', async () => {
  answered(503, { errors: {} })
  await registry.ask()
  kept.set('registry', '{')
  registry.restore()
  kept.set('registry', 'null')
  registry.restore()
  expect(registry.name).toBe('letaxi')
  expect(styles.size).toBe(0)
})
