/**
 * The calls themselves: a method, a path with its parts filled in, a query and a body in JSON. Their types are those of
 * `openapi-fetch`, whose own code does more than the console needs and would weigh on every page.
 */
import type { Client } from 'openapi-fetch'
import { fill } from '../router/match'
import type { paths } from './schema'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type Calls = Pick<Client<paths>, Method>

/** The part of the options that pages give. */
interface Options {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> }
  body?: unknown
  headers?: Record<string, string>
  parseAs?: 'arrayBuffer'
}

/** A client of the registry at `origin`; `prepare` adds the headers that every call carries. */
export function callsOf(origin: string, prepare: (headers: Headers) => void): Calls {
  const method = (name: Method) => (path: string, options?: Options) =>
    call(name, new URL(address(path, options?.params), origin), options ?? {}, prepare)
  const calls = {
    GET: method('GET'),
    POST: method('POST'),
    PUT: method('PUT'),
    DELETE: method('DELETE'),
  }
  return calls as unknown as Calls
}

/** A list gives its name several times; what is undefined or null is left out. */
function address(path: string, { path: parts = {}, query = {} }: Options['params'] = {}): string {
  const search = new URLSearchParams()
  for (const [name, values] of Object.entries(query))
    for (const value of [values].flat()) if (value != null) search.append(name, String(value))
  const text = search.toString()
  const words = Object.entries(parts).map(([name, value]) => [name, String(value)])
  return fill(path, Object.fromEntries(words)) + (text && `?${text}`)
}

async function call(
  method: Method,
  url: URL,
  { body, headers: given, parseAs = undefined }: Options,
  prepare: (headers: Headers) => void,
) {
  const headers = new Headers(given)
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  prepare(headers)
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await globalThis.fetch(new Request(url, { method, headers, ...sent }))
  if (response.ok && parseAs) return { data: await response[parseAs](), response }
  const text = await response.text()
  if (response.ok) return { data: text ? JSON.parse(text) : undefined, response }
  return { error: json(text), response }
}

/** What a server before the registry says may be no JSON. */
function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
