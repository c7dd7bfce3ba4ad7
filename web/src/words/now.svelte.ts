/** The words in use. Reading them in a component follows a switch of the language. */
import { context } from '../api/client'
import type { Words } from './index'
import type { Language } from './language'
import { type Part, type PartName, sources } from './parts'

const CHOSEN = 'language'

type Parts = { [N in PartName]?: Part<N> }

class Now {
  language = $state<Language>('fr')
  all = $state.raw<Words>() as Words
  parts = $state.raw<Parts>({})
}

export const words = new Now()

/** Words that several pages share. */
export function common(): Words['common'] {
  return words.all.common
}

/** Words of the entrance, of one's account and of the jump box, which may be wanted on any page. */
export function pages(): Words['pages'] {
  return words.all.pages
}

/** Words of a page that come with it: the row of the page in `console/pages.ts` names them. */
export function part<N extends PartName>(name: N): Part<N> {
  const found = words.parts[name]
  if (!found) throw new Error(`the row of this page does not name the words "${name}"`)
  return found as Part<N>
}

/** Loads words that come with a page, unless they are there. */
export async function loadPart(name: PartName): Promise<void> {
  if (words.parts[name]) return
  const { language } = words
  const loaded = await sources[name][language]()
  // The reader may have switched the language in the meantime.
  if (language === words.language) words.parts = { ...words.parts, [name]: loaded }
  else await loadPart(name)
}

/** Loads a language and shows the page in it. `choose` keeps it for the next visit. */
export async function loadWords(language: Language, choose = false): Promise<void> {
  const all = language === 'fr' ? (await import('./fr')).fr : (await import('./en')).en
  const names = Object.keys(words.parts) as PartName[]
  const loaded = await Promise.all(
    names.map(async (name) => [name, await sources[name][language]()] as const),
  )
  words.all = all
  words.parts = Object.fromEntries(loaded)
  words.language = language
  context.language = language
  document.documentElement.lang = language
  if (choose) localStorage.setItem(CHOSEN, language)
}

/** The language that was chosen on an earlier visit. */
export function chosenLanguage(): string | null {
  return localStorage.getItem(CHOSEN)
}
