/** What must never happen on any page, noted while the tests click through them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Scrolls down a page and back: charts are drawn, and further rows made, when one comes to them. */
async function comeToAll() {
  const from = scrollY
  // Lists go on as long as one scrolls.
  const most = 12 * innerHeight
  for (let y = 0; y < Math.min(document.documentElement.scrollHeight, most); y += innerHeight) {
    scrollTo({ top: y, behavior: 'instant' })
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  }
  scrollTo({ top: from, behavior: 'instant' })
}

export class Watch {
  faults = []
  /** The states of pages that it looked at. */
  seen = []

  constructor(page, origin, name) {
    this.page = page
    this.origins = new Set([origin])
    this.name = name
    this.at = 'start'
    page.on('console', (message) => {
      // Chrome tells each refused call as an error; those of the tests are meant.
      if (message.type() === 'error' && !this.expected?.test(message.text()))
        this.fault(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.fault(`error: ${error.message}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (!this.origins.has(url.origin) && url.protocol !== 'data:')
        this.fault(`outside request: ${url}`)
    })
  }

  /** Another server that pages may ask: a story's own. */
  also(address) {
    this.origins.add(new URL(address).origin)
  }

  fault(text) {
    this.faults.push(`${this.name} ${this.at}: ${text}`)
  }

  check(holds, text) {
    if (!holds) this.fault(text)
  }

  /** Looks at the page as it is now: accessibility, width, policy; and keeps a picture of it. */
  async look(at, folder, { full = true } = {}) {
    this.at = at
    this.seen.push(at)
    await this.page.evaluate(() => document.fonts.ready)
    if (full) await this.page.evaluate(comeToAll)
    // Animations end first: half a fade has half a contrast.
    await this.page.waitForTimeout(250)
    // A phone's browser widens `innerWidth` to what overflows, so the root's own width is the measure.
    const wide = await this.page.evaluate(() => {
      const room = document.documentElement.clientWidth
      const out = [...document.body.querySelectorAll('*')].filter(
        (element) => element.getBoundingClientRect().right > room + 1,
      )
      return {
        by: Math.max(document.documentElement.scrollWidth, innerWidth) - room,
        names: out.slice(0, 6).map((element) => element.outerHTML.slice(0, 70)),
      }
    })
    this.check(wide.by <= 0, `scrolls sideways by ${wide.by} px: ${wide.names.join(' | ')}`)
    await this.page.evaluate(axe)
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'] }),
    )
    for (const { id, impact, nodes } of violations) {
      this.fault(
        `axe ${impact} ${id}: ${nodes
          .slice(0, 3)
          .map((node) => `${node.target} (${node.any[0]?.message ?? node.failureSummary})`)
          .join(' | ')}`,
      )
    }
    if (folder)
      await this.page.screenshot({ path: `${folder}/${this.name}-${at}.png`, fullPage: full })
  }
}
