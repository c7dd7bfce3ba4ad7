/**
 * Serves `dist` as the registry does, with its policy, in front of a registry. With `isEmbedded` the registry's own pages
 * are asked for, too.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { passTo } from '../../dev/pass.mjs'

/** The policy of `crates/letaxi/src/web/console.rs`. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export async function serve(registry, isEmbedded = false) {
  const dist = new URL('../../dist/', import.meta.url).pathname
  const pass = passTo(registry)
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    if (isEmbedded || !pathname.startsWith('/console')) {
      pass(request, response).catch(() => response.writeHead(502).end())
      return
    }
    response.setHeader('Content-Security-Policy', POLICY)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'same-origin')
    const asset = pathname.match(/^\/console\/~[0-9a-f]+\/(.*)$/)?.[1]
    const file = join(dist, normalize(asset ?? 'console.html'))
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    const isPacked =
      existsSync(`${file}.gz`) && /gzip/.test(request.headers['accept-encoding'] ?? '')
    if (isPacked) response.setHeader('Content-Encoding', 'gzip')
    const type = asset ? TYPES[extname(file)] : 'text/html; charset=utf-8'
    response.writeHead(200, { 'Content-Type': type })
    response.end(readFileSync(isPacked ? `${file}.gz` : file))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() }
}
