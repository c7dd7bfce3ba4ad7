/**
 * Measures the budgets of the console: `make bench-web`.
 *
 *     LETAXI=../target/release/letaxi npm run bench
 *
 * The program's demo is begun and ended; `REGISTRY` and `REGISTRY_KEY` (the administrator's) use one that runs. `RUNS` says
 * how often each page is measured (5), `MAP_RUNS` how often the map (3), for `SECONDS` (20) each with `TAXIS` (10000).
 * `ONLY=pages` or `ONLY=map` measures a part. Prints the medians as one table, and writes them with all runs to
 * `bench-web.json` in cargo's target folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { BUDGETS, missed, table } from './bench/budget.mjs'
import { measureMap } from './bench/map.mjs'
import { Pages } from './bench/pages.mjs'
import { registry } from './demo.mjs'
import { setPasswords } from './passwords.mjs'
import { serve } from './serve.mjs'

const { CARGO_TARGET_DIR, CHROMIUM = '/usr/bin/chromium', ONLY = '' } = process.env
const asked = (name, usual) => Number(process.env[name] ?? usual)
const TARGET = CARGO_TARGET_DIR ?? new URL('../../../target', import.meta.url).pathname

const demo = await registry()
const server = await serve(demo.url)
await setPasswords(demo.url, demo.key)
const browser = await chromium.launch({ executablePath: CHROMIUM })
const rows = []
try {
  if (ONLY !== 'map') rows.push(...(await pages()))
  if (ONLY !== 'pages') rows.push(await map())
} finally {
  await browser.close()
  server.stop()
  demo.stop()
}
console.log(table(rows))
mkdirSync(TARGET, { recursive: true })
const file = join(TARGET, 'bench-web.json')
const report = { chromium: browser.version(), budgets: BUDGETS, rows: rows.map(judged) }
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
console.log(`\nall runs: ${file}`)

function judged(row) {
  return { ...row, missed: missed(row.figures) }
}

/** Every page of the console but its forms for strangers, which weigh what the sign-in weighs. */
async function pages() {
  const admin = await Pages.open(browser, server.url, asked('RUNS', 5))
  await admin.measure('sign-in', '/console/')
  await admin.signIn('admin@demo.invalid')
  await admin.measure('home', '/console/')
  await admin.measure('live map', '/console/map')
  await admin.measure('hails', '/console/hails')
  await admin.measure('a hail', await admin.first())
  await admin.measure('taxis', '/console/taxis?operator=blue@demo.invalid')
  await admin.measure('a taxi', await admin.first())
  for (const [name, path] of [
    ['requests of customers', 'sessions'],
    ['customer follow-up', 'follow-up'],
    ['statistics', 'statistics'],
    ['statistics: taxis', 'statistics/taxis'],
    ['statistics: hails', 'statistics/hails'],
    ['statistics: searches', 'statistics/searches'],
    ['statistics: groups', 'statistics/groups'],
    ['statistics: maps', 'statistics/map'],
    ['statistics: quality', 'statistics/quality'],
    ['statistics: refusals', 'statistics/refusals'],
    ['territory', 'zones'],
    ['import', 'zones/import'],
    ['activity log', 'activity'],
    ['accounts', 'accounts'],
    ['integration', 'integration'],
    ['account', 'account'],
  ])
    await admin.measure(name, `/console/${path}`)
  const operator = await Pages.open(browser, server.url, admin.runs)
  await operator.signIn('blue@demo.invalid')
  await operator.measure('a new taxi', '/console/taxis/new')
  const inspector = await Pages.open(browser, server.url, admin.runs)
  await inspector.signIn('inspector@demo.invalid')
  await inspector.measure('inspection', '/console/inspection')
  return [admin, operator, inspector].flatMap((one) => one.rows)
}

function map() {
  const count = { taxis: asked('TAXIS', 10_000), seconds: asked('SECONDS', 20) }
  return measureMap(browser, server.url, { ...count, runs: asked('MAP_RUNS', 3) })
}
