/** The part of everything that figures are asked of, as the address names it. As plain functions. */

/** Filters that all pages of statistics understand, and keep from one to the next. */
export const NAMES = [
  'days',
  'since',
  'until',
  'town',
  'departement',
  'operator',
  'group',
  'manager',
] as const

/** The code of a town in `Lyon (69123)` or `69123`; `undefined` if there is none. */
export function townCode(text: string): string | undefined {
  return /(?:^|\()\s*(\d[\dAB]\d{3})\s*\)?\s*$/i.exec(text)?.[1]?.toUpperCase()
}

/** A town as the address and the chips show it. */
export function townText({ name, insee }: { name: string; insee: string }): string {
  return `${name} (${insee})`
}

/** Texts of the address that name no town. */
export function unknownTowns(query: URLSearchParams): string[] {
  return query.getAll('town').filter((text) => !townCode(text))
}

export interface OnePart {
  town?: string
  operator?: number
}

/** The one part of daily figures: a town or an operator. Of several towns the last one counts. */
export function onePart(query: URLSearchParams): OnePart {
  const operator = Number(query.get('operator'))
  if (Number.isInteger(operator) && operator > 0) return { operator }
  const town = query
    .getAll('town')
    .map(townCode)
    .findLast((code) => code !== undefined)
  return town ? { town } : {}
}

export interface ManyParts {
  insee?: string
  departements?: string
  groups?: string
  manager?: string
}

/** The parts of the older figures, which may be several of each kind. */
export function manyParts(query: URLSearchParams): ManyParts {
  const listed = (name: string) => query.getAll(name).join(',')
  const towns = query
    .getAll('town')
    .flatMap((text) => townCode(text) ?? [])
    .join(',')
  const [departements, groups, manager] = [
    listed('departement'),
    [...query.getAll('operator'), ...query.getAll('group')].join(','),
    query.get('manager'),
  ]
  return {
    ...(towns && { insee: towns }),
    ...(departements && { departements }),
    ...(groups && { groups }),
    ...(manager && { manager }),
  }
}
