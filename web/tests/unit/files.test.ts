import { expect, test } from 'vitest'
import { isTooMuch, MOST_FILES, MOST_MIB, named, sizeOf, together } from '../../src/console/files'

function file(name: string, size = 1, path = ''): File {
  const made = new File(['x'.repeat(size)], name)
  Object.defineProperty(made, 'webkitRelativePath', { value: path })
  return made
}

test('files of a folder keep their paths, and what systems hide is left out', () => {
  const all = named([
    file('zone.yaml', 1, 'mine/zupc/lyon/zone.yaml'),
    file('.DS_Store', 1, 'mine/.DS_Store'),
    file('head', 1, 'mine/.git/head'),
    file('ads.csv'),
  ])
  expect(all.map(({ name }) => name)).toEqual(['mine/zupc/lyon/zone.yaml', 'ads.csv'])
})

test('of two files of one name, the one that was chosen last counts', () => {
  const before = named([file('b.csv', 1), file('a.csv', 1)])
  const after = together(before, named([file('b.csv', 5)]))
  expect(after.map(({ name }) => name)).toEqual(['a.csv', 'b.csv'])
  expect(sizeOf(after)).toBe(6)
})

test('too many files and too large ones are known before they are sent', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `${i}`, file: file('a') }))
  expect(isTooMuch(many(MOST_FILES))).toBe(false)
  expect(isTooMuch(many(MOST_FILES + 1))).toBe(true)
  const large = { name: 'a', file: { size: MOST_MIB * 1024 * 1024 + 1 } as File }
  expect(isTooMuch([large])).toBe(true)
})
