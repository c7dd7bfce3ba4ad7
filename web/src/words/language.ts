/** The choice of the language, as plain functions. */

export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** The chosen language, else the first that the browser wants and we know, else French. */
export function languageOf(chosen: string | null, wanted: readonly string[]): Language {
  const known = (tag: string | null) =>
    LANGUAGES.find((language) => tag?.toLowerCase().split('-')[0] === language)
  for (const tag of [chosen, ...wanted]) {
    const found = known(tag)
    if (found) return found
  }
  return 'fr'
}

export function otherLanguage(language: Language): Language {
  return language === 'fr' ? 'en' : 'fr'
}
