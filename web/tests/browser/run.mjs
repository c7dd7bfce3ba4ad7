/**
 * Clicks through the console in Chromium, on a phone and on a desk, light and dark.
 *
 *     LETAXI=../target/debug/letaxi npm run test:browser
 *
 * The program's demo is begun and ended; `REGISTRY=http://127.0.0.1:PORT REGISTRY_KEY=KEY` use one that runs. The
 * accounts of the demo get passwords of the stories. `SHOTS` names a folder for pictures. `ONLY` chooses among the views
 * (`ONLY=390-dark`), `STORY` among the stories. With `EMBEDDED=1` the pages are those in the registry's program, not
 * those in `dist`. `AGAIN=1` plays a story with a fault once more, for a machine on which much else runs. `UPDATE=1` writes the record of the accessibility statement, see `tested.mjs`. Ends with a status of 1
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

const { SHOTS, ONLY = '', STORY = '', EMBEDDED, UPDATE, AGAIN } = process.env
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
        let watch = await play(story, name, width, colorScheme)
        if (watch.faults.length > 0 && AGAIN) {
          for (const fault of watch.faults) console.log(`${fault}, at the first of two times`)
          watch = await play(story, name, width, colorScheme)
        }
        faults.push(...watch.faults)
        for (const state of watch.seen) seen.add(state)
        console.log(`${name} ${story.name}: ${watch.faults.length} faults`)
        for (const fault of watch.faults) console.log(fault)
      }
    }
  }
} finally {
  await browser.close()
  server.stop()
  demo.stop()
}
if (!STORY) {
  if (UPDATE && faults.length === 0) write(seen, views, version)
  else faults.push(...told(compare(seen, !ONLY)))
}
process.exit(faults.length === 0 ? 0 : 1)

function told(faults) {
  for (const fault of faults) console.log(fault)
  return faults
}

/** Plays a story in a browser of its own, as it were: without cookies and cache. */
async function play(story, name, width, colorScheme) {
  const isPhone = width < 500
  const context = await browser.newContext({
    viewport: { width, height: isPhone ? 844 : 800 },
    colorScheme,
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    hasTouch: isPhone,
    isMobile: isPhone,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const watch = new Watch(page, server.url, name)
  try {
    await story({ page, watch, url: server.url, shots: SHOTS, isPhone, registry: demo })
  } catch (error) {
    watch.fault(`${story.name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
  }
  await context.close()
  return watch
}
