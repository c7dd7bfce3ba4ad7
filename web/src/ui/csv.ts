/** Tables as CSV files for spreadsheets, as plain functions. */
import type { Language } from '../words/language'

export type Value = string | number | null | undefined

export interface Sheet {
  columns: string[]
  rows: Value[][]
}

/** Spreadsheets run a text that begins with one of these as a formula. */
const FORMULA = /^[=+\-@\t\r]/

/**
 * The text of a CSV file (RFC 4180), as spreadsheets of the reader's language open it: in French semicolons between the
 * fields and commas in numbers. What is unknown stays empty. A text that a spreadsheet would run as a formula gets an
 * apostrophe in front; so does a phone number that begins with a plus, which would lose it otherwise.
 */
export function csv({ columns, rows }: Sheet, language: Language): string {
  const separator = language === 'fr' ? ';' : ','
  const field = (value: Value): string => {
    if (value === null || value === undefined || Number.isNaN(value)) return ''
    if (typeof value === 'number') {
      return language === 'fr' ? String(value).replace('.', ',') : String(value)
    }
    const safe = FORMULA.test(value) ? `'${value}` : value
    return /[",;\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return [columns, ...rows].map((row) => `${row.map(field).join(separator)}\r\n`).join('')
}

/** A name for a file: without accents, blanks and what systems refuse. */
export function fileName(title: string, at: Date): string {
  const plain = title.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  const name = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return `${name || 'table'}-${at.toISOString().slice(0, 10)}.csv`
}

/** Has the browser save a text. */
export function save(text: string, name: string): void {
  // Spreadsheets take a file without this mark for one of the system's old encoding.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
