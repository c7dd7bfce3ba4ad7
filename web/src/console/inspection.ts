/** Look-ups of inspectors. As plain functions. */
import type { paths } from '../api/schema'

type Answers = paths['/v1/inspections']['post']['responses'][201]['content']['application/json']
export type LookUp = Answers['data'][number]
export type FoundTaxi = LookUp['taxis'][number]

export const keys = ['plate', 'card', 'ads'] as const
/** A plate, a professional card or a licence. */
export type Key = (typeof keys)[number]

export interface Typed {
  plate: string
  card: { number: string; departement: string }
  ads: { number: string; insee: string }
  purpose: string
}

/** The look-up as the registry takes it: its purpose and the one key that was chosen. */
export function wishOf(key: Key, { plate, card, ads, purpose }: Typed): Record<string, unknown> {
  const trimmed = (parts: Record<string, string>) =>
    Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, text.trim()]))
  const value = {
    plate: plate.trim(),
    card: trimmed({ ...card, departement: departementOf(card.departement) }),
    ads: trimmed({ ...ads, insee: ads.insee.toUpperCase() }),
  }[key]
  return { purpose: purpose.trim(), [key]: value }
}

/** Départements have two digits at least: `6` is the 06. */
function departementOf(text: string): string {
  const plain = text.trim().toUpperCase()
  return /^\d$/.test(plain) ? `0${plain}` : plain
}
