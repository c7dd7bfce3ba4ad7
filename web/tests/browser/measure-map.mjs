/**
 * Work of the page's main thread while ten thousand taxis move on the live map, in milliseconds a second.
 *
 *     REGISTRY=http://127.0.0.1:PORT REGISTRY_KEY=KEY node tests/browser/measure-map.mjs
 *
 * The positions are made here: each taxi reports every five seconds, and a page asks every two. CPU time is the thread's
 * own, so that other work on the machine counts little. The second line tells the CPU time of whole processes: the page's
 * with its workers, that of graphics (which draws by CPU where there is no graphics processor), and the browser's own.
 * `TAXIS` and `SECONDS` change the numbers.
 */
import { chromium } from 'playwright-core'
import { PASSWORD, setPasswords } from './passwords.mjs'
import { serve } from './serve.mjs'

const TAXIS = Number(process.env.TAXIS ?? 10_000)
const SECONDS = Number(process.env.SECONDS ?? 20)
const STATUSES = ['free', 'free', 'free', 'occupied', 'oncoming', 'off']

const taxis = Array.from({ length: TAXIS }, (_, i) => ({
  id: `taxi${i.toString(36).padStart(5, '0')}`,
  plate: `T${(i % 10) + 1}-${String(i).padStart(5, '0')}`,
  lon: 2.2 + 0.25 * ((i * 0.618_034) % 1),
  lat: 48.8 + 0.12 * ((i * 0.414_214) % 1),
  turn: i,
  at: 0,
}))

/** Taxis whose report is due, one step farther. */
function moved(now, since) {
  for (const taxi of taxis) {
    if (now - taxi.at < 5) continue
    taxi.at = taxi.at ? taxi.at + 5 : now - (taxi.turn % 5)
    taxi.lon += 5e-4 * Math.cos(taxi.turn + now / 60)
    taxi.lat += 3e-4 * Math.sin(taxi.turn + now / 60)
  }
  return taxis.filter(({ at }) => at >= since)
}

function answer(url) {
  const now = Math.floor(Date.now() / 1_000)
  const some = moved(now, Number(url.searchParams.get('since') ?? 0))
  const list = (of) => some.map(of)
  return {
    at: now,
    operators: [{ id: 1, email: 'many@demo.invalid', name: 'Many' }],
    id: list(({ id }) => id),
    plate: list(({ plate }) => plate),
    lon: list(({ lon }) => Number(lon.toFixed(5))),
    lat: list(({ lat }) => Number(lat.toFixed(5))),
    status: list(({ turn }) => STATUSES[turn % STATUSES.length]),
    age_s: list(({ at }) => now - at),
    operator: list(() => 1),
  }
}

const { REGISTRY, REGISTRY_KEY } = process.env
const server = await serve(REGISTRY)
await setPasswords(REGISTRY, REGISTRY_KEY)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
})
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'fr-FR' })
await page.route(
  (url) => url.pathname === '/v1/map/taxis',
  (route) => route.fulfill({ json: { data: [answer(new URL(route.request().url()))] } }),
)
await page.goto(`${server.url}/console/map`)
await page.getByLabel('E-mail').fill('admin@demo.invalid')
await page.getByLabel('Mot de passe').fill(PASSWORD)
await page.getByRole('button', { name: 'Se connecter' }).click()
await page.locator('summary', { hasText: 'Calques' }).waitFor()
await page.locator('tbody tr').first().waitFor()
await page.waitForTimeout(6_000)

const devtools = await page.context().newCDPSession(page)
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
async function work() {
  const { metrics } = await devtools.send('Performance.getMetrics')
  const of = (name) => metrics.find((metric) => metric.name === name).value * 1_000
  return { all: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration') }
}
const system = await browser.newBrowserCDPSession()
async function processes() {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo')
  const of = (type) =>
    processInfo.reduce((sum, one) => sum + (one.type === type ? one.cpuTime : 0), 0) * 1_000
  return { renderer: of('renderer'), GPU: of('GPU'), browser: of('browser') }
}
const look = async () => ({ ...(await work()), ...(await processes()) })
const before = await look()
await page.waitForTimeout(SECONDS * 1_000)
const after = await look()
const each = (name) => ((after[name] - before[name]) / SECONDS).toFixed(1)
console.log(
  `${TAXIS} taxis, ${SECONDS} s: main thread ${each('all')} ms a second, of which scripts ${each('script')}, layout ${each('layout')}`,
)
console.log(
  `processes, ms a second: page ${each('renderer')}, graphics ${each('GPU')}, browser ${each('browser')}`,
)
if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
await browser.close()
server.stop()
