/**
 * Work of the page's main thread while ten thousand taxis move on the live map, in milliseconds a second.
 *
 * The positions are made here: each taxi reports every five seconds, and a page asks every two. CPU time is the thread's
 * own, so that other work on the machine counts little. Beside it stands the CPU time of whole processes: the page's with
 * its workers, that of graphics (which draws by CPU where there is no graphics processor), and the browser's own.
 */
import { signIn } from '../stories/steps.mjs'
import { medians } from './budget.mjs'

const STATUSES = ['free', 'free', 'free', 'occupied', 'oncoming', 'off']

const fleetOf = (count) =>
  Array.from({ length: count }, (_, i) => ({
    id: `taxi${i.toString(36).padStart(5, '0')}`,
    plate: `T${(i % 10) + 1}-${String(i).padStart(5, '0')}`,
    lon: 2.2 + 0.25 * ((i * 0.618_034) % 1),
    lat: 48.8 + 0.12 * ((i * 0.414_214) % 1),
    turn: i,
    at: 0,
  }))

/** Taxis whose report is due, one step farther. */
function moved(taxis, now, since) {
  for (const taxi of taxis) {
    if (now - taxi.at < 5) continue
    taxi.at = taxi.at ? taxi.at + 5 : now - (taxi.turn % 5)
    taxi.lon += 5e-4 * Math.cos(taxi.turn + now / 60)
    taxi.lat += 3e-4 * Math.sin(taxi.turn + now / 60)
  }
  return taxis.filter(({ at }) => at >= since)
}

function answer(taxis, url) {
  const now = Math.floor(Date.now() / 1_000)
  const some = moved(taxis, now, Number(url.searchParams.get('since') ?? 0))
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

/** Measures the map for some seconds: a row of the report, with a few runs one after the other. */
export async function measureMap(browser, url, { taxis: count, seconds, runs }) {
  const taxis = fleetOf(count)
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'fr-FR',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.route(
    ({ pathname }) => pathname === '/v1/map/taxis',
    (route) => route.fulfill({ json: { data: [answer(taxis, new URL(route.request().url()))] } }),
  )
  await signIn({ page, url }, 'admin@demo.invalid', '/console/map')
  await page.locator('summary', { hasText: 'Calques' }).waitFor()
  await page.locator('tbody tr').first().waitFor()
  // The first picture of the fleet is no part of its movement.
  await page.waitForTimeout(6_000)
  const look = await looking(browser, page)
  const all = []
  for (let i = 0; i < runs; i += 1) {
    const before = await look()
    await page.waitForTimeout(seconds * 1_000)
    const after = await look()
    const each = Object.keys(after).map((name) => [name, (after[name] - before[name]) / seconds])
    all.push(Object.fromEntries(each))
    console.error(`map, ${i + 1} of ${runs} …`)
  }
  await context.close()
  return { page: `live map, ${count.toLocaleString('en')} taxis`, runs: all, figures: medians(all) }
}

/** CPU time until now, in milliseconds. */
async function looking(browser, page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const system = await browser.newBrowserCDPSession()
  return async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    const of = (name) => metrics.find((metric) => metric.name === name).value * 1_000
    const { processInfo } = await system.send('SystemInfo.getProcessInfo')
    const by = (type) =>
      processInfo.reduce((sum, one) => sum + (one.type === type ? one.cpuTime : 0), 0) * 1_000
    return {
      map_ms: of('TaskDuration'),
      map_scripts_ms: of('ScriptDuration'),
      map_page_process_ms: by('renderer'),
      map_graphics_process_ms: by('GPU'),
      map_browser_process_ms: by('browser'),
    }
  }
}
