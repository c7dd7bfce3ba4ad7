/**
 * Clicks through the console in Chromium, on a phone and on a desk, light and dark.
 *
 *     letaxi demo                                  # prints the address and the administrator's key
 *     REGISTRY=http://127.0.0.1:PORT REGISTRY_KEY=KEY npm run test:browser
 *
 * The accounts of the demo get passwords of the stories. `SHOTS` names a folder for pictures. `ONLY` chooses among the views (`ONLY=390-dark`), `STORY` among the stories. With
 * `EMBEDDED=1` the pages are those in the registry's program, not those in `dist`. Ends with a status of 1 if there
 * is a fault.
 */
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { setPasswords } from './passwords.mjs'
import { serve } from './serve.mjs'
import * as stories from './stories/index.mjs'
import { Watch } from './watch.mjs'

const { REGISTRY, REGISTRY_KEY, SHOTS, ONLY = '', STORY = '', EMBEDDED } = process.env
if (!REGISTRY || !REGISTRY_KEY) {
  console.error(
    'error: REGISTRY and REGISTRY_KEY name a running demo and the key of its administrator',
  )
  process.exit(2)
}
if (SHOTS) mkdirSync(SHOTS, { recursive: true })

const server = await serve(REGISTRY, EMBEDDED !== undefined)
await setPasswords(REGISTRY, REGISTRY_KEY)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
})
const faults = []
try {
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const name = `${width}-${colorScheme}`
      if (!name.includes(ONLY)) continue
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
          const registry = { url: REGISTRY, key: REGISTRY_KEY }
          await story({
            page,
            watch,
            url: server.url,
            shots: SHOTS,
            isPhone: width < 500,
            registry,
          })
        } catch (error) {
          watch.fault(`${story.name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
        }
        faults.push(...watch.faults)
        console.log(`${name} ${story.name}: ${watch.faults.length} faults`)
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  server.stop()
}
for (const fault of faults) console.log(fault)
process.exit(faults.length === 0 ? 0 : 1)
