/**
 * Passes calls on to a registry, for the development server and for browser tests.
 *
 * Given the key of an admin, it also stands in for the sign-in: a cookie names the account, and calls are passed on with
 * that account's key. Any password but `wrong` is taken. It is for demos on this machine only.
 */
import { request as ask } from 'node:http'

const COOKIE = 'stand-in'

/** Paths that everyone may read. */
const OPEN = /^\/($|console|doc|legal\/|swagger\.json|v1\/registry)/

export function standIn(target, adminKey) {
  const pass = (request, response, headers) =>
    new Promise((resolve, reject) => {
      const url = new URL(request.url, target)
      const onward = ask(url, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
        answer.on('end', resolve)
      })
      onward.on('error', () => {
        response.writeHead(502).end()
        resolve()
      })
      request.on('error', reject)
      request.pipe(onward)
    })

  const accounts = async () => {
    const answer = await fetch(new URL('/users', target), { headers: { 'X-Api-Key': adminKey } })
    return (await answer.json()).data
  }
  const find = async (email) =>
    (await accounts()).find((account) => account.email.toLowerCase() === email?.toLowerCase())
  const view = (account) =>
    account && {
      id: account.id,
      email: account.email,
      name: account.name,
      roles: account.roles.map((role) => role.name),
      manager: account.manager?.email ?? null,
    }

  return async (request, response) => {
    const headers = { ...request.headers }
    headers.host = new URL(target).host
    if (!adminKey) return pass(request, response, headers)

    const say = (status, body, more = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...more })
      response.end(body === undefined ? '' : JSON.stringify(body))
    }
    const cookie = decodeURIComponent(headers.cookie?.match(/stand-in=([^;]+)/)?.[1] ?? '')
    const { pathname } = new URL(request.url, target)

    if (pathname === '/v1/sign-ins' && request.method === 'POST') {
      let text = ''
      for await (const part of request) text += part
      const given = JSON.parse(text)
      const account = given.password === 'wrong' ? undefined : await find(given.email)
      if (!account) return say(401, { errors: { '': ['Invalid credentials.'] } })
      const set = `${COOKIE}=${encodeURIComponent(account.email)}; HttpOnly; SameSite=Lax; Path=/`
      return say(201, { data: [view(account)] }, { 'Set-Cookie': set })
    }
    if (OPEN.test(pathname)) return pass(request, response, headers)
    const me = cookie && (await find(cookie))
    if (!me) return say(401, { errors: { '': ['Sign in first.'] } })
    if (pathname === '/v1/sign-ins') {
      const at = new Date().toISOString().slice(0, 19)
      const device = headers['user-agent']
      const rows = [
        { id: '1', device, created_at: at, last_seen_at: at, is_current: true },
        {
          id: '2',
          device: 'Firefox, Android',
          created_at: at,
          last_seen_at: at,
          is_current: false,
        },
      ]
      return say(200, { data: rows })
    }
    if (pathname.startsWith('/v1/sign-ins/')) {
      return say(204, undefined, { 'Set-Cookie': `${COOKIE}=; Max-Age=0; Path=/` })
    }
    const as = headers['x-logas']
    if (pathname === '/v1/me') {
      const other = as && as.toLowerCase() !== me.email.toLowerCase() ? await find(as) : null
      const may =
        !other || me.roles.some((role) => role.name === 'admin') || other.manager?.id === me.id
      if ((as && !other && as.toLowerCase() !== me.email.toLowerCase()) || !may) {
        return say(401, { errors: { '': ['Header X-Api-Key and/or X-Logas not valid.'] } })
      }
      return say(200, { data: [{ ...view(other ?? me), acting: other ? me.email : null }] })
    }
    delete headers.cookie
    headers['x-api-key'] = me.apikey
    return pass(request, response, headers)
  }
}
