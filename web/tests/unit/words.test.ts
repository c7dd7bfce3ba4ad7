import { describe, expect, test } from 'vitest'
import { en } from '../../src/words/en'
import { ago, dateTime, duration, moment, share } from '../../src/words/format'
import { fr } from '../../src/words/fr'
import { LANGUAGES, languageOf } from '../../src/words/language'
import { sources } from '../../src/words/parts'

/** All texts of a language; functions are called with numbers in place of their arguments. */
function texts(words: unknown): string[] {
  if (typeof words === 'string') return [words]
  if (typeof words === 'function')
    return [words(...Array.from({ length: words.length }, () => '1'))]
  return Object.values(words as object).flatMap(texts)
}

/** All words of a language, also those that come with single pages. */
async function everything(language: (typeof LANGUAGES)[number]): Promise<string[]> {
  const parts = await Promise.all(Object.values(sources).map((source) => source[language]()))
  return texts([language === 'fr' ? fr : en, ...parts])
}

describe('French', () => {
  test('has a space that does not break before high punctuation', async () => {
    for (const text of await everything('fr')) expect(text).not.toMatch(/ [:;?!»]|« |\p{L}[?!;]/u)
  })
})

test('no text is empty, in any language', async () => {
  for (const language of LANGUAGES)
    for (const text of await everything(language)) expect(text.trim()).not.toBe('')
})

test('the language is the chosen one, else the first known one of the browser, else French', () => {
  expect(languageOf('en', ['fr-FR'])).toBe('en')
  expect(languageOf(null, ['de-DE', 'en-GB', 'fr'])).toBe('en')
  expect(languageOf(null, ['de'])).toBe('fr')
  expect(languageOf('xx', [])).toBe('fr')
})

describe('times of the registry', () => {
  test('without an offset are UTC', () => {
    expect(moment('2024-02-29T12:00:00').toISOString()).toBe('2024-02-29T12:00:00.000Z')
    expect(moment('2024-02-29T12:00:00.258000+00:00').toISOString()).toBe(
      '2024-02-29T12:00:00.258Z',
    )
  })

  test('lie in the past by a few words', () => {
    const now = new Date('2024-02-29T12:00:00Z')
    expect(ago(new Date('2024-02-29T11:59:56Z'), 'en', now)).toBe('4 sec. ago')
    expect(ago(new Date('2024-02-29T09:00:00Z'), 'fr', now).replace(/\s/g, ' ')).toBe('il y a 3 h')
  })

  test('of another day have that day', () => {
    const now = new Date(2024, 1, 29, 12)
    expect(dateTime(new Date(2024, 1, 28, 9, 5), 'en-GB', now)).toMatch(/28 Feb.*09:05/)
    expect(dateTime(new Date(2024, 1, 29, 9, 5), 'en-GB', now)).toBe('09:05')
  })
})

test('durations have their two largest units', () => {
  expect(duration(250, 'en')).toBe('250 ms')
  expect(duration(4_200, 'en')).toBe('4.2 sec')
  expect(duration(65_000, 'en')).toBe('1 min 5 sec')
  expect(duration(7_200_000, 'en')).toBe('2 hr')
})

test('a share of nothing is none', () => {
  expect(share(0, 0, 'en')).toBe('0%')
  expect(share(1, 30, 'en')).toBe('3.3%')
  expect(share(15, 30, 'en')).toBe('50%')
})
