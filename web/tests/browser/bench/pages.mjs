/**
 * Weight and work of the first view of each page, without a cache.
 *
 * Bytes are those of the compressed files (gzip), without the heads of answers; the map's own files are loaded with the
 * map and do not count. CPU time is the thread's own, so that other work on the machine counts little. A view is
 * interactive when its heading stands, nothing in it is loading, and the main thread is free to take a click. A map that
 * comes to its place later, after all of that, is not waited for; when it stands, what scripts took by then, and how long it
 * held the main thread at most are figures of their own.
 */
import { signIn } from '../stories/steps.mjs'
import { medians } from './budget.mjs'

/** Files that come with the map. */
const OF_MAP = /\/(maplibre|live-map|taxis-worker)[^/]*\.m?js$/

/** A map that stands has been drawn by then. */
const DRAWN_AFTER_MS = 1_000

/** Notes in the page when it can be used first, when its map stands, and what held the main thread up in between. */
function noteReady() {
  const isReady = () =>
    document.querySelector('h1') && !document.querySelector('[aria-busy="true"]:not([data-map])')
  globalThis.held = []
  new PerformanceObserver((list) => globalThis.held.push(...list.getEntries())).observe({
    type: 'longtask',
    buffered: true,
  })
  let since
  const look = () => {
    if (!document.querySelector('[data-map]')) globalThis.mapAt ??= performance.now()
    else globalThis.mapAt = undefined
    if (!isReady()) {
      since = undefined
      globalThis.readyAt = undefined
      return
    }
    if (since !== undefined) return
    since = performance.now()
    // What is still to be done on the main thread comes before a click.
    setTimeout(() => {
      if (since !== undefined) globalThis.readyAt = performance.now()
    })
  }
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['aria-busy', 'data-map'],
  })
}

export class Pages {
  rows = []

  static async open(browser, url, runs) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'fr-FR',
      timezoneId: 'Europe/Paris',
    })
    await context.addInitScript(noteReady)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    const devtools = await context.newCDPSession(page)
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    await devtools.send('Network.enable')
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
    return new Pages(page, devtools, url, runs)
  }

  constructor(page, devtools, url, runs) {
    Object.assign(this, { page, devtools, url, runs, bytes: {} })
    const heads = new Map()
    devtools.on('Network.responseReceived', ({ requestId, response }) =>
      heads.set(requestId, response),
    )
    devtools.on('Network.loadingFinished', (event) => {
      const head = heads.get(event.requestId)
      const size = event.encodedDataLength - (head?.encodedDataLength ?? 0)
      const path = head ? new URL(head.url).pathname : ''
      if (OF_MAP.test(path)) return
      const kind = path.match(/\.(m?js|css)$/)?.[1]
      if (kind) this.bytes[kind] = (this.bytes[kind] ?? 0) + size
    })
  }

  async #cpu() {
    const { metrics } = await this.devtools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'ScriptDuration').value * 1_000
  }

  async #view(path) {
    const { page } = this
    await page.goto('about:blank')
    this.bytes = {}
    const before = await this.#cpu()
    await page.goto(this.url + path)
    await page.waitForFunction(() => globalThis.readyAt !== undefined)
    const interactive_ms = await page.evaluate(() => globalThis.readyAt)
    const script_ms = (await this.#cpu()) - before
    const { js = 0, css = 0 } = this.bytes
    const view = { scripts_bytes: js, styles_bytes: css, script_ms, interactive_ms }
    const mapless = (await page.locator('[data-map], .maplibregl-canvas').count()) === 0
    return mapless ? view : { ...view, ...(await this.#map(interactive_ms, before)) }
  }

  /** What the map did that came after the view, with its first drawings: a hold of less than 50 ms is none. */
  async #map(interactive_ms, before) {
    await this.page.locator('[data-map]').waitFor({ state: 'detached' })
    const map_script_ms = (await this.#cpu()) - before
    await this.page.waitForTimeout(DRAWN_AFTER_MS)
    const figures = await this.page.evaluate((usable) => {
      const after = globalThis.held.filter((task) => task.startTime + task.duration > usable)
      const map_held_ms = Math.max(0, ...after.map((task) => task.duration))
      return { map_at_ms: globalThis.mapAt, map_held_ms }
    }, interactive_ms)
    return { ...figures, map_script_ms }
  }

  /** Measures a page some times, after a view that does not count: the server's own first time. */
  async measure(name, path) {
    await this.#view(path)
    const runs = []
    for (let i = 0; i < this.runs; i += 1) runs.push(await this.#view(path))
    this.rows.push({ page: name, path, runs, figures: medians(runs) })
    console.error(`${name} …`)
  }

  signIn(email) {
    return signIn(this, email)
  }

  first() {
    return this.page.locator('tbody tr a').first().getAttribute('href')
  }
}
