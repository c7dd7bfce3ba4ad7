/** The words in use. Reading them in a component follows a switch of the language. */
import { context } from '../api/client'
import type { Words } from './index'
import type { Language } from './language'

const CHOSEN = 'language'

class Now {
  language = $state<Language>('fr')
  all = $state.raw<Words>() as Words
}

export const words = new Now()

/** Words that several pages share. */
export function common(): Words['common'] {
  return words.all.common
}

/** Words of single pages. */
export function pages(): Words['pages'] {
  return words.all.pages
}

/** Loads a language and shows the page in it. `choose` keeps it for the next visit. */
export async function loadWords(language: Language, choose = false): Promise<void> {
  words.all = language === 'fr' ? (await import('./fr')).fr : (await import('./en')).en
  words.language = language
  context.language = language
  document.documentElement.lang = language
  if (choose) localStorage.setItem(CHOSEN, language)
}

/** The language that was chosen on an earlier visit. */
export function chosenLanguage(): string | null {
  return localStorage.getItem(CHOSEN)
}
