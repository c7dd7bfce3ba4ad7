/**
 * Weight and work of the first view of each page: bytes over the wire without a cache, and CPU time of scripts. Bytes are
 * those of the compressed files (gzip); heads of answers, which are no scripts, do not count.
 *
 *     REGISTRY=http://127.0.0.1:PORT REGISTRY_KEY=KEY npm run measure
 *
 * Each page is loaded five times; the row is the run with the middle CPU time. CPU time is the thread's own, so that other
 * work on the machine counts little.
 */
import { chromium } from 'playwright-core'
import { PASSWORD, setPasswords } from './passwords.mjs'
import { serve } from './serve.mjs'

const RUNS = 5

const { REGISTRY, REGISTRY_KEY } = process.env
const server = await serve(REGISTRY)
await setPasswords(REGISTRY, REGISTRY_KEY)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
})
const context = await browser.newContext({
  viewport: { width: 1280, height: 800 },
  locale: 'fr-FR',
})
const page = await context.newPage()
const devtools = await context.newCDPSession(page)
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
await devtools.send('Network.enable')
await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })

const heads = new Map()
let bytes = {}
devtools.on('Network.responseReceived', ({ requestId, response }) => heads.set(requestId, response))
devtools.on('Network.loadingFinished', (event) => {
  const head = heads.get(event.requestId)
  const kind = head?.url.match(/\.(js|css)$/)?.[1] ?? 'other'
  bytes[kind] = (bytes[kind] ?? 0) + event.encodedDataLength - (head?.encodedDataLength ?? 0)
})

async function script_ms() {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find((metric) => metric.name === 'ScriptDuration').value * 1_000
}

async function measure(name, path) {
  const runs = []
  for (let i = 0; i < RUNS; i += 1) {
    await page.goto('about:blank')
    bytes = {}
    const before = await script_ms()
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
    runs.push({ ...bytes, script: (await script_ms()) - before })
  }
  runs.sort((a, b) => a.script - b.script)
  const { js, css, script } = runs[Math.floor(RUNS / 2)]
  const kB = (value) => `${(value / 1_000).toFixed(1)} kB`
  console.log(`| ${name} | ${kB(js)} | ${kB(css)} | ${script.toFixed(0)} ms |`)
}

const first = async () => await page.locator('tbody tr a').first().getAttribute('href')

console.log('| page | scripts | styles | CPU of scripts |\n|---|---|---|---|')
await measure('sign-in', '/console/')
await page.getByLabel('E-mail').fill('admin@demo.invalid')
await page.getByLabel('Mot de passe').fill(PASSWORD)
await page.getByRole('button', { name: 'Se connecter' }).click()
await page.getByRole('heading', { level: 1, name: 'Accueil' }).waitFor()
await measure('home', '/console/')
await measure('hails', '/console/hails')
await measure('a hail', await first())
await measure('taxis', '/console/taxis?operator=blue@demo.invalid')
await measure('a taxi', await first())
await measure('requests', '/console/sessions')
await measure('statistics', '/console/statistics')
await measure('statistics: refusals', '/console/statistics/refusals')
await measure('statistics: maps', '/console/statistics/map')
await measure('activity log', '/console/activity')
await measure('accounts', '/console/accounts')
await measure('account', '/console/account')
await browser.close()
server.stop()
