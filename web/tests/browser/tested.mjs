/**
 * The record of what was tested, for the accessibility statement: `docs/legal/tested.json` names the states of pages that
 * the stories look at, the programs, and the day of each view's last run without a fault.
 *
 * Such a run of all stories writes it if `UPDATE` is set. Any other compares what it saw.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const FILE = new URL('../../../docs/legal/tested.json', import.meta.url)
const { version: axe } = createRequire(import.meta.url)('axe-core/package.json')

const read = () => JSON.parse(readFileSync(FILE, 'utf8'))

/** Faults of the record: states that it lacks, and after a whole run those that are no more. */
export function compare(seen, isWhole) {
  const known = new Set(read().states)
  const missing = [...seen].filter((state) => !known.has(state))
  const gone = isWhole ? [...known].filter((state) => !seen.has(state)) : []
  const told = (states, what) =>
    states.length
      ? [`docs/legal/tested.json ${what} ${states.join(', ')}: run all views with UPDATE=1`]
      : []
  return [...told(missing, 'lacks'), ...told(gone, 'still names')]
}

/** Adds what was seen in these views; a run in all of them replaces the record. */
export function write(seen, names, chromium) {
  const before = names.length === 4 ? { views: {}, states: [] } : read()
  const day = new Date().toISOString().slice(0, 10)
  const views = { ...before.views, ...Object.fromEntries(names.map((name) => [name, day])) }
  const states = [...new Set([...before.states, ...seen])].sort()
  writeFileSync(FILE, `${JSON.stringify({ axe, chromium, views, states }, null, 2)}\n`)
}
