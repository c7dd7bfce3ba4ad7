import type { Snippet } from 'svelte'

/** A column of a table. */
export interface Column<Row> {
  name: string
  cell: Snippet<[Row]>
  /** Numbers stand at the right. */
  number?: boolean
  /** One line, of which the end may be left out: the page of the row shows all of it. */
  cut?: boolean
  /** On phones it stands beside the heading of the row, without its name: a state in words, or an action. */
  lead?: boolean
  /** On phones it has the whole width: sentences. */
  wide?: boolean
  /** On phones, a cell that says nothing is not shown. */
  isEmpty?: (row: Row) => boolean
}

/** The entries of a list of which some may be left out. */
export function present<T>(entries: (T | false)[]): T[] {
  return entries.filter((entry): entry is T => entry !== false)
}
