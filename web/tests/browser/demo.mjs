/**
 * The registry that the stories use: the running demo that `REGISTRY` and `REGISTRY_KEY` (its administrator's) name, or
 * one of its own, which the program `LETAXI` begins and which ends with the stories.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Longest time until the demo's first ride, in milliseconds: a busy machine without optimisation takes a minute. */
const FIRST_RIDE_MS = 300_000

export async function registry() {
  const { LETAXI, REGISTRY, REGISTRY_KEY } = process.env
  if (REGISTRY && REGISTRY_KEY) return { url: REGISTRY, key: REGISTRY_KEY, stop() {} }
  if (LETAXI) return begin(LETAXI)
  console.error(
    'error: no registry to use. Name a running demo by REGISTRY and REGISTRY_KEY (its administrator), or the program that runs one by LETAXI',
  )
  process.exit(2)
}

/** A demo in which a first ride has been finished, so that every page has something to show. */
async function begin(program) {
  const demo = spawn(program, ['demo'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = () => demo.kill('SIGINT')
  process.once('exit', stop)
  const said = []
  const timer = setTimeout(stop, FIRST_RIDE_MS)
  const found = {}
  for (const stream of [demo.stdout, demo.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line)
      found.url ??= line.match(/answers at (http:\S+?)\/?;/)?.[1]
      found.key ??= line.match(/administrator has the key (\S+)/)?.[1]
      if (line.includes('first ride finished')) demo.emit('ready')
    })
  await new Promise((resolve, reject) => {
    demo.once('ready', resolve)
    demo.once('error', reject)
    demo.once('exit', () =>
      reject(new Error(`${program} demo ended before its first ride:\n${said.join('\n')}`)),
    )
  })
  clearTimeout(timer)
  return { ...found, stop }
}
