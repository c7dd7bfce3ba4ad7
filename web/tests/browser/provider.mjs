/**
 * A small identity provider (OpenID Connect), and a registry of its own that lets people sign in through it: the demo takes
 * no settings.
 */
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, PASSWORD } from './passwords.mjs'
import { serve } from './serve.mjs'

const CLIENT = 'registry'
/** Longest time until the registry answers, in milliseconds: a busy machine without optimisation takes a while. */
const STARTED_MS = 60_000

export const EMAIL = 'ada@town.invalid'

/** A provider that signs in whoever `person` names; nobody if it is undefined. */
async function provider() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const visits = new Map()
  const state = { person: 'ada' }
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, state.url)
    const json = (value) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    const redirect = (to, values) => {
      const target = new URL(to)
      for (const [name, value] of Object.entries(values))
        if (value) target.searchParams.set(name, value)
      response.writeHead(303, { Location: target.href }).end()
    }
    const at = (path) => state.url + path
    const asked = Object.fromEntries(url.searchParams)
    if (url.pathname === '/.well-known/openid-configuration') {
      json({
        issuer: state.url,
        authorization_endpoint: at('/authorize'),
        token_endpoint: at('/token'),
        jwks_uri: at('/keys'),
        end_session_endpoint: at('/end'),
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    } else if (url.pathname === '/keys') {
      const key = publicKey.export({ format: 'jwk' })
      json({ keys: [{ ...key, kid: 'a', use: 'sig', alg: 'RS256' }] })
    } else if (url.pathname === '/authorize') {
      const code = `code-${visits.size}`
      visits.set(code, { ...asked, person: state.person })
      const outcome = state.person ? { code } : { error: 'access_denied' }
      redirect(asked.redirect_uri, { ...outcome, state: asked.state })
    } else if (url.pathname === '/token') {
      const form = Object.fromEntries(new URLSearchParams(await text(request)))
      const visit = visits.get(form.code)
      const challenge = createHash('sha256').update(form.code_verifier).digest('base64url')
      if (challenge !== visit?.code_challenge) return response.writeHead(400).end()
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        iss: state.url,
        aud: CLIENT,
        sub: visit.person,
        nonce: visit.nonce,
        iat: now,
        exp: now + 60,
        email: `${visit.person}@provider.invalid`,
      }
      const body = `${part({ alg: 'RS256', kid: 'a' })}.${part(claims)}`
      const signature = sign('sha256', Buffer.from(body), privateKey).toString('base64url')
      json({ access_token: 'x', token_type: 'Bearer', id_token: `${body}.${signature}` })
    } else if (url.pathname === '/end') {
      state.ended = asked
      redirect(asked.post_logout_redirect_uri, { state: asked.state })
    } else {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${server.address().port}`
  state.stop = () => server.close()
  return state
}

/** A registry with one account, and the provider through which its person may sign in. */
export async function office(program) {
  const folder = mkdtempSync(join(tmpdir(), 'letaxi-provider-'))
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'a secret of the tests')
  const state = await provider()
  const http = `127.0.0.1:${await freePort()}`
  const pages = await serve(`http://${http}`)
  const settings = {
    LETAXI_HTTP: http,
    LETAXI_UDP: 'none',
    LETAXI_DATABASE: `sqlite://${join(folder, 'letaxi.db')}`,
    LETAXI_PUBLIC_URL: pages.url,
    LETAXI_OPENID_ISSUER: state.url,
    LETAXI_OPENID_CLIENT_ID: CLIENT,
    LETAXI_OPENID_CLIENT_SECRET_FILE: secret,
    LETAXI_OPENID_NAME: 'ProConnect',
    LETAXI_OPENID_USERINFO: 'none',
    LETAXI_PRIVATE_ENDPOINTS: new URL(state.url).host,
  }
  const env = { ...process.env, ...settings }
  const invited = await output(program, ['user', 'invite', EMAIL, '--role', 'admin'], env)
  const server = spawn(program, ['serve'], { env, stdio: 'ignore' })
  const stop = () => {
    server.kill('SIGINT')
    pages.stop()
    state.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  await started(`http://${http}/readyz`)
  const token = invited.split('#')[1].split(/\s/)[0]
  await call(`http://${http}`, '/v1/password-links/use', { body: { token, password: PASSWORD } })
  return { provider: state, url: pages.url, stop }
}

async function started(address) {
  const until = Date.now() + STARTED_MS
  for (;;) {
    const answer = await fetch(address).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > until) throw new Error(`${address} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function output(program, args, env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return await text(child.stdout)
}

async function text(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function freePort() {
  const socket = createSocket()
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return port
}
