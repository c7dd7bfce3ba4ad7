import { expect, test } from 'vitest'
import { csv, fileName } from '../../src/ui/csv'

test('fields are separated as spreadsheets of the language expect it', () => {
  const sheet = { columns: ['Nom', 'Part'], rows: [['Lyon', 12.5]] }
  expect(csv(sheet, 'fr')).toBe('Nom;Part\r\nLyon;12,5\r\n')
  expect(csv(sheet, 'en')).toBe('Nom,Part\r\nLyon,12.5\r\n')
})

test('quotes, separators, line ends and outer blanks are quoted', () => {
  const rows = [['a"b'], ['a;b'], ['a,b'], ['a\nb'], [' a'], ['a b']]
  expect(csv({ columns: ['x'], rows }, 'fr')).toBe(
    'x\r\n"a""b"\r\n"a;b"\r\n"a,b"\r\n"a\nb"\r\n" a"\r\na b\r\n',
  )
})

test('no text is run as a formula, and no number is taken for one', () => {
  const rows = ['=1+1', '+33611223344', '-2', '@x', '\tx', '\rx', '=a"b'].map((text) => [text])
  expect(csv({ columns: ['x'], rows }, 'en')).toBe(
    `x\r\n'=1+1\r\n'+33611223344\r\n'-2\r\n'@x\r\n'\tx\r\n"'\rx"\r\n"'=a""b"\r\n`,
  )
  expect(csv({ columns: ['=x'], rows: [[-2]] }, 'en')).toBe("'=x\r\n-2\r\n")
})

test('an unknown value stays empty, and a zero is a zero', () => {
  expect(
    csv({ columns: ['a', 'b', 'c', 'd'], rows: [[null, undefined, 0, Number.NaN]] }, 'en'),
  ).toBe('a,b,c,d\r\n,,0,\r\n')
})

test('a file has a plain name with its day', () => {
  const at = new Date('2024-02-29T12:00:00Z')
  expect(fileName('Qualité : par opérateur', at)).toBe('qualite-par-operateur-2024-02-29.csv')
  expect(fileName('…', at)).toBe('table-2024-02-29.csv')
})
