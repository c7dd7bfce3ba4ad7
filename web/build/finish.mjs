/**
 * Last step of the build: the prefix with the digest, compressed variants, licences, and the digests of the
 * sources, from which a test of the server sees that the build is out of date.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const WEB = join(dirname(fileURLToPath(import.meta.url)), '..')
const DIST = join(WEB, 'dist')

/** Files that make the build; `crates/letaxi/tests/it/console.rs` has the same list. */
const SOURCES = [
  'build',
  'src',
  'console.html',
  'package-lock.json',
  'package.json',
  'svelte.config.js',
  'tsconfig.json',
  'vite.config.js',
]

/** Smaller files gain nothing from compression. */
const WORTH_PACKING = 600

export function finish() {
  const modules = new Set()
  let isBuild = false
  return {
    name: 'letaxi:finish',
    configResolved(config) {
      isBuild = config.command === 'build'
    },
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of Object.keys(chunk.modules ?? {})) modules.add(id)
      }
    },
    closeBundle() {
      if (!isBuild) return
      putUnderDigest()
      writeFileSync(join(DIST, 'LICENCES.txt'), licences(modules))
      writeFileSync(join(DIST, 'SOURCES'), sources())
      pack()
    },
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/** All files below a folder, or the file itself, sorted by path, relative to `web`. */
function files(path) {
  const full = join(WEB, path)
  const entries = readdirSync(full, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(WEB, join(entry.parentPath ?? entry.path, entry.name)))
}

function inOrder(paths) {
  return paths.sort((a, b) => (a < b ? -1 : 1))
}

/** Gives the page the addresses of its parts, with the digest of all of them. */
function putUnderDigest() {
  const all = createHash('sha256')
  for (const path of inOrder([...files('dist/assets'), 'dist/console.html'])) {
    all.update(`${path}\0${sha256(readFileSync(join(WEB, path)))}\n`)
  }
  const digest = all.digest('hex').slice(0, 12)
  const page = join(DIST, 'console.html')
  const html = readFileSync(page, 'utf8').replaceAll('"./assets/', `"/console/~${digest}/assets/`)
  writeFileSync(page, html)
  writeFileSync(join(DIST, 'DIGEST'), digest)
}

/** `sha256sum --check dist/SOURCES` reads it, too. */
function sources() {
  const isFile = (name) => /\.[a-z]+$/.test(name)
  const paths = inOrder(SOURCES.flatMap((name) => (isFile(name) ? [name] : files(name))))
  return paths.map((path) => `${sha256(readFileSync(join(WEB, path)))}  ${path}\n`).join('')
}

/** Licences of the packages of which the build contains code. */
function licences(modules) {
  const packages = new Map()
  for (const id of modules) {
    const found = id.match(/^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//)
    if (found) packages.set(found[2], found[1])
  }
  const texts = inOrder([...packages.keys()]).map((name) => {
    const folder = packages.get(name)
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'No text in the package.'
    return `${name} ${about.version} (${about.license})\n\n${text}\n`
  })
  const head = 'Packages of which the files beside this one contain code, with their licences.\n'
  return [head, ...texts].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Writes `.br` and `.gz` beside each text, and tells the sizes. */
function pack() {
  const rows = []
  for (const path of inOrder([...files('dist/assets'), 'dist/console.html'])) {
    const full = join(WEB, path)
    if (/\.(br|gz)$/.test(path)) {
      rmSync(full)
      continue
    }
    const bytes = readFileSync(full)
    if (bytes.length < WORTH_PACKING) continue
    const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
    // Node's gzip writes no time, but the number of the operating system, which must not differ.
    const gz = gzipSync(bytes, { level: 9 })
    gz[9] = 255
    writeFileSync(`${full}.br`, br)
    writeFileSync(`${full}.gz`, gz)
    rows.push([path, bytes.length, gz.length, br.length])
  }
  for (const [path, plain, gz, br] of rows) {
    console.log(
      `${path.padEnd(44)} ${String(plain).padStart(8)} gz ${String(gz).padStart(7)} br ${String(br).padStart(7)}`,
    )
  }
  if (!existsSync(join(DIST, 'console.html'))) throw new Error('the build has no page')
}
