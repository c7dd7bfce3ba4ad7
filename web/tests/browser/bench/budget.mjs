/** The budgets of the console, and how measurements are compared with them. As plain functions. */

/** Most that a page may take, each by its name in the report. */
export const BUDGETS = {
  /** Scripts before the map, in bytes as gzip packs them. */
  scripts_bytes: 60_000,
  /** From the start of the first view until a reader can use it. */
  interactive_ms: 500,
  /** CPU time of scripts until then. */
  script_ms: 60,
  /** Main thread of the live map with ten thousand taxis, a second. */
  map_ms: 15,
}

/** The middle of some numbers; of an even count the upper one of the two, which is the stricter. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** The medians of runs, name by name; a name that a run lacks is nothing there. */
export function medians(runs) {
  const names = new Set(runs.flatMap((run) => Object.keys(run)))
  return Object.fromEntries(
    [...names].map((name) => [name, median(runs.map((run) => run[name] ?? 0))]),
  )
}

/** The budgets that figures exceed. */
export function missed(figures) {
  return Object.keys(BUDGETS).filter((name) => figures[name] > BUDGETS[name])
}

const kB = (bytes) => (bytes === undefined ? '' : `${(bytes / 1_000).toFixed(1)} kB`)
const ms = (value) => (value === undefined ? '' : `${value.toFixed(0)} ms`)

/** A map that comes after the first view: no budget, but nothing that is hidden. */
const later = ({ map_at_ms, map_script_ms, map_held_ms }) =>
  map_at_ms === undefined ? '' : [map_at_ms, map_script_ms, map_held_ms].map(ms).join(', ')

/** All rows as one table in Markdown. */
export function table(rows) {
  const head = [
    '| page | scripts | styles | CPU of scripts | interactive | main thread a second | map: there after, CPU by then, longest hold | budget |',
    '|---|---|---|---|---|---|---|---|',
    `| *budget* | ≤ ${kB(BUDGETS.scripts_bytes)} | | ≤ ${ms(BUDGETS.script_ms)} | ≤ ${ms(BUDGETS.interactive_ms)} | ≤ ${ms(BUDGETS.map_ms)} | | |`,
  ]
  const lines = rows.map(({ page, figures }) => {
    const faults = missed(figures)
    const cells = [
      page,
      kB(figures.scripts_bytes),
      kB(figures.styles_bytes),
      ms(figures.script_ms),
      ms(figures.interactive_ms),
      ms(figures.map_ms),
      later(figures),
      faults.length ? `missed: ${faults.join(', ')}` : 'met',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [...head, ...lines].join('\n')
}
