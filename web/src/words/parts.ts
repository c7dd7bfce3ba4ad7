/**
 * Words of single pages that a browser loads with their page: one row for each.
 *
 * The French file gives the type, so a word that English lacks is a type error.
 */
import type { Language } from './language'

type Source<T> = Record<Language, () => Promise<T>>

function part<T>(fr: () => Promise<T>, en: () => Promise<NoInfer<T>>): Source<T> {
  return { fr, en }
}

export const sources = {
  taxis: part(
    async () => (await import('./fr/taxis')).taxis,
    async () => (await import('./en/taxis')).taxis,
  ),
  home: part(
    async () => (await import('./fr/home')).home,
    async () => (await import('./en/home')).home,
  ),
  hails: part(
    async () => (await import('./fr/hails')).hails,
    async () => (await import('./en/hails')).hails,
  ),
  accounts: part(
    async () => (await import('./fr/accounts')).accounts,
    async () => (await import('./en/accounts')).accounts,
  ),
  activity: part(
    async () => (await import('./fr/activity')).activity,
    async () => (await import('./en/activity')).activity,
  ),
  statistics: part(
    async () => (await import('./fr/statistics')).statistics,
    async () => (await import('./en/statistics')).statistics,
  ),
  counts: part(
    async () => (await import('./fr/counts')).counts,
    async () => (await import('./en/counts')).counts,
  ),
  heat: part(
    async () => (await import('./fr/heat')).heat,
    async () => (await import('./en/heat')).heat,
  ),
  refusals: part(
    async () => (await import('./fr/refusals')).refusals,
    async () => (await import('./en/refusals')).refusals,
  ),
  sessions: part(
    async () => (await import('./fr/sessions')).sessions,
    async () => (await import('./en/sessions')).sessions,
  ),
  inspection: part(
    async () => (await import('./fr/inspection')).inspection,
    async () => (await import('./en/inspection')).inspection,
  ),
  entrance: part(
    async () => (await import('./fr/entrance')).entrance,
    async () => (await import('./en/entrance')).entrance,
  ),
  map: part(
    async () => (await import('./fr/map')).map,
    async () => (await import('./en/map')).map,
  ),
  integration: part(
    async () => (await import('./fr/integration')).integration,
    async () => (await import('./en/integration')).integration,
  ),
  territoryImport: part(
    async () => (await import('./fr/import')).territoryImport,
    async () => (await import('./en/import')).territoryImport,
  ),
  taxiForm: part(
    async () => (await import('./fr/taxi-form')).taxiForm,
    async () => (await import('./en/taxi-form')).taxiForm,
  ),
  testCall: part(
    async () => (await import('./fr/test-call')).testCall,
    async () => (await import('./en/test-call')).testCall,
  ),
}

export type PartName = keyof typeof sources
export type Part<N extends PartName> = Awaited<ReturnType<(typeof sources)[N][Language]>>
