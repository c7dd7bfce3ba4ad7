/**
 * Words of people, in French and English.
 *
 * Every language has the type of the French one, so a missing or superfluous word is a type error. A browser loads one
 * language only.
 */
export type { Language } from './language'
export { languageOf, otherLanguage } from './language'
export { chosenLanguage, common, loadPart, loadWords, pages, part, words } from './now.svelte'
export { type PartName, sources } from './parts'
export type Words = typeof import('./fr').fr
