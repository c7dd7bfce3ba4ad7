/** Colours of the map, for light and dark. The taxis' states have those of their badges. */
import type { TaxiStatus } from '../api/types'

export interface Theme {
  sea: string
  /** Tints of neighbouring towns. */
  land: string[]
  border: string
  zone: string
  exclusion: string
  rank: string
  ink: string
  halo: string
  customer: string
  ring: string
  taxis: Record<TaxiStatus, string>
}

const light: Theme = {
  sea: '#e6ebee',
  land: ['#f7f6f1', '#f2f4ee', '#f6f3ea', '#eef3f2', '#f4f1f0', '#f0f1f5'],
  border: '#c9c9c0',
  zone: '#1f4fae',
  exclusion: '#ab2118',
  rank: '#7d5200',
  ink: '#4a4f56',
  halo: '#fbfbf8',
  customer: '#17191c',
  ring: '#ffffff',
  taxis: {
    free: '#12824a',
    answering: '#c98a00',
    oncoming: '#2f66c9',
    occupied: '#5b4bb8',
    off: '#858b93',
  },
}

const dark: Theme = {
  sea: '#0c0f12',
  land: ['#1a1e22', '#1c2124', '#1e2023', '#1a2126', '#1f1f24', '#1c1e26'],
  border: '#353b43',
  zone: '#8db4ff',
  exclusion: '#ff9d94',
  rank: '#f7c457',
  ink: '#c3c8cf',
  halo: '#14171a',
  customer: '#eceef0',
  ring: '#0c0f12',
  taxis: {
    free: '#4fd08a',
    answering: '#f5b83a',
    oncoming: '#7faaff',
    occupied: '#b3a4ff',
    off: '#8a9199',
  },
}

/** The colour of a state for a legend: it follows the page's scheme. */
export function legendColour(status: TaxiStatus): string {
  return `light-dark(${light.taxis[status]}, ${dark.taxis[status]})`
}

const isDark = matchMedia('(prefers-color-scheme: dark)')
const littleMotion = matchMedia('(prefers-reduced-motion: reduce)')

export function theme(): Theme {
  return isDark.matches ? dark : light
}

/** True if the reader wants as little motion as possible. */
export function isStill(): boolean {
  return littleMotion.matches
}

/** Calls a function when the reader's wishes of colour and motion change, until the answer is called. */
export function onTheme(change: () => void): () => void {
  const wishes = [isDark, littleMotion]
  for (const wish of wishes) wish.addEventListener('change', change)
  return () => {
    for (const wish of wishes) wish.removeEventListener('change', change)
  }
}
