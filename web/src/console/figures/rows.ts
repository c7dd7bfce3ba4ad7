/** Rows of tables of measures, in the reader's words. */
import type { Figures } from '../../api/types'
import { part, words } from '../../words'
import { distance, duration, number, percent } from '../../words/format'
import type { CompareRow } from '../parts/statistics/CompareTable.svelte'
import { compared, type MeasureName } from './compare'

/** How each measure is written. */
const KINDS: Record<MeasureName, 'count' | 'share' | 'seconds' | 'metres'> = {
  searches: 'count',
  nobody: 'share',
  nearest: 'metres',
  nearest90: 'metres',
  hails: 'count',
  rides: 'count',
  rideShare: 'share',
  refused: 'count',
  withoutGround: 'share',
  answer: 'seconds',
  answer90: 'seconds',
  approach: 'seconds',
  approach90: 'seconds',
  hours: 'count',
}

const WRITTEN = {
  count: (value: number) => number(value, words.language),
  share: (value: number) => percent(value, words.language),
  seconds: (value: number) => duration(value * 1_000, words.language),
  metres: (value: number) => distance(value, words.language),
}

export const sayCount = WRITTEN.count
export const saySeconds = WRITTEN.seconds
export const sayMetres = WRITTEN.metres

export function measureRows(names: MeasureName[], totals: Figures[]): CompareRow[] {
  return names.map((name) => ({
    key: name,
    name: part('statistics').measures[name],
    values: compared(name, totals),
    say: WRITTEN[KINDS[name]],
    isShare: KINDS[name] === 'share',
  }))
}
