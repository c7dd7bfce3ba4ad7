/**
 * The record of what was tested, for the accessibility statement: `docs/legal/tested.json` names the states of pages that
 * the stories look at, the views, and the programs.
 *
 * A run of all stories in all views without a fault writes it if `UPDATE` is set. Any other run compares what it saw.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const FILE = new URL('../../../docs/legal/tested.json', import.meta.url)
const { version: axe } = createRequire(import.meta.url)('axe-core/package.json')

/** Faults of the record: states that it lacks, and after a whole run those that are no more. */
export function compare(seen, isWhole) {
  const known = new Set(JSON.parse(readFileSync(FILE, 'utf8')).states)
  const missing = [...seen].filter((state) => !known.has(state))
  const gone = isWhole ? [...known].filter((state) => !seen.has(state)) : []
  const told = (states, what) =>
    states.length
      ? [`docs/legal/tested.json ${what} ${states.join(', ')}: run with ONLY= UPDATE=1`]
      : []
  return [...told(missing, 'lacks'), ...told(gone, 'still names')]
}

export function write(seen, views, chromium) {
  const day = new Date().toISOString().slice(0, 10)
  const record = { day, axe, chromium, views, states: [...seen].sort() }
  writeFileSync(FILE, `${JSON.stringify(record, null, 2)}\n`)
}
