/** Daily figures of a period and of the same days three, six and twelve months ago. */
import { api, read, readOne } from '../../api/client'
import type { Figures, PeriodFigures, Refusals } from '../../api/types'
import type { OnePart } from './choice'
import { MONTHS_AGO, monthsBefore, type Period } from './period'

export async function readFigures(period: Period, of: OnePart): Promise<PeriodFigures> {
  return await readOne(api.GET('/v1/figures', { params: { query: { ...period, ...of } } }))
}

/** Refusals of each operator or, if any are named, of these towns. */
export async function readRefusals(period: Period, town: string[] = []): Promise<Refusals[]> {
  return await read(api.GET('/v1/refusals', { params: { query: { ...period, town } } }))
}

export interface ComparedFigures {
  now: PeriodFigures
  /** Totals of the period, and of three, six and twelve months ago. */
  totals: Figures[]
}

export async function readCompared(period: Period, of: OnePart): Promise<ComparedFigures> {
  const periods = [period, ...MONTHS_AGO.map((months) => monthsBefore(period, months))]
  const [now, ...past] = await Promise.all(periods.map((one) => readFigures(one, of)))
  if (!now) throw new Error('no period was asked for')
  return { now, totals: [now.total, ...past.map(({ total }) => total)] }
}
