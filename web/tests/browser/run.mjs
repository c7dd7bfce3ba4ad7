/**
 * Clicks through the console in Chromium, on a phone and on a desk, light and dark.
 *
 *     LETAXI=../target/debug/letaxi npm run test:browser
 *
 * The program's demo is begun and ended; `REGISTRY=http://127.0.0.1:PORT REGISTRY_KEY=KEY` use one that runs. The
 * accounts of the demo get passwords of the stories. `SHOTS` names a folder for pictures. `ONLY` chooses among the views
 * (`ONLY=390-dark`), `STORY` among the stories. With `EMBEDDED=1` the pages are those in the registry's program, not
 * those in `dist`. `UPDATE=1` writes the record of the accessibility statement, see `tested.mjs`. Ends with a status of 1
 * if there is a fault.
 */
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { registry } from './demo.mjs'
import { setPasswords } from './passwords.mjs'
import { serve } from './serve.mjs'
import * as stories from './stories/index.mjs'
import { compare, write } from './tested.mjs'
import { Watch } from './watch.mjs'

const { SHOTS, ONLY = '', STORY = '', EMBEDDED, UPDATE } = process.env
if (SHOTS) mkdirSync(SHOTS, { recursive: true })

const demo = await registry()
const server = await serve(demo.url, EMBEDDED !== undefined)
await setPasswords(demo.url, demo.key)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
})
const version = browser.version()
const faults = []
const seen = new Set()
const views = []
try {
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const name = `${width}-${colorScheme}`
      if (!name.includes(ONLY)) continue
      views.push(name)
      for (const story of Object.values(stories)) {
        if (!story.name.includes(STORY)) continue
        const context = await browser.newContext({
          viewport: { width, height: width < 500 ? 844 : 800 },
          colorScheme,
          locale: 'fr-FR',
          timezoneId: 'Europe/Paris',
          hasTouch: width < 500,
          isMobile: width < 500,
        })
        const page = await context.newPage()
        page.setDefaultTimeout(20_000)
        const watch = new Watch(page, server.url, name)
        try {
          await story({
            page,
            watch,
            url: server.url,
            shots: SHOTS,
            isPhone: width < 500,
            registry: demo,
          })
        } catch (error) {
          watch.fault(`${story.name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
        }
        faults.push(...watch.faults)
        for (const state of watch.seen) seen.add(state)
        console.log(`${name} ${story.name}: ${watch.faults.length} faults`)
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  server.stop()
  demo.stop()
}
const isWhole = !ONLY && !STORY
if (UPDATE && isWhole && faults.length === 0) write(seen, views, version)
else faults.push(...compare(seen, isWhole))
for (const fault of faults) console.log(fault)
process.exit(faults.length === 0 ? 0 : 1)
