import { expect, test } from 'vitest'
import { list } from '../../src/console/pages'

const sources = import.meta.glob<string>('../../src/**/*.{svelte,ts}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

function resolve(from: string, to: string): string | undefined {
  const parts = from.split('/').slice(0, -1)
  for (const part of to.split('/')) {
    if (part === '..' && parts.at(-1) !== '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  const path = parts.join('/')
  return [path, `${path}.ts`, `${path}/index.ts`].find((one) => one in sources)
}

/** Words of which a file, or one that it imports, reads the part. */
function wordsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const text = sources[file] ?? ''
  const found = new Set([...text.matchAll(/\bpart\('(\w+)'\)/g)].map(([, name]) => name as string))
  // Pages of other addresses are named in `pages.ts`, which many import for the addresses.
  if (file.endsWith('console/pages.ts')) return found
  for (const [, to] of text.matchAll(/(?:from|import) '(\.[^']+)'/g)) {
    const next = resolve(file, to as string)
    if (next) for (const name of wordsOf(next, seen)) found.add(name)
  }
  return found
}

test('each page comes with the words that it and its parts read', () => {
  expect(list.length).toBeGreaterThan(20)
  for (const { path, load, words } of list) {
    const page = load.toString().match(/pages\/[\w/]+\.svelte/)?.[0]
    const file = `../../src/console/${page}`
    expect(sources, path).toHaveProperty([file])
    const named = [words ?? []].flat()
    const missing = [...wordsOf(file)].filter((name) => !named.includes(name as never))
    expect(missing, `${path} needs these words`).toEqual([])
  }
})
