/**
 * Calls of the registry, typed by its own description.
 *
 * `schema.d.ts` is generated from `crates/letaxi/src/api/openapi.json` by `npm run api`. Every call goes through
 * {@link read}, {@link readPage} or {@link send}, which answer with the data or throw an `ApiError`.
 */
import { callsOf } from './calls'
import { asApiError, errorOf } from './errors'

/** Headers that every call carries, and who wants to hear that the sign-in has ended. */
export const context = {
  language: 'fr',
  /** E-mail address of the account for which calls count, if not one's own. */
  actingAs: undefined as string | undefined,
  onSignedOut: () => {},
}

const origin = typeof location === 'undefined' ? 'http://localhost' : location.origin

export const api = callsOf(origin, (headers) => {
  headers.set('Accept-Language', context.language)
  // A page asks for one answer as another account by giving the header itself.
  if (context.actingAs && !headers.has('X-Logas')) headers.set('X-Logas', context.actingAs)
})

interface Answer<T> {
  data?: T | undefined
  error?: unknown
  response: Response
}

export interface Meta {
  next_page?: number | null
  prev_page?: number | null
  per_page: number
  pages: number
  total: number
}

/** Headers of a call that counts for another account, or for oneself where there is none. */
export function as(email: string | undefined): { headers?: Record<string, string> } {
  return email ? { headers: { 'X-Logas': email } } : {}
}

async function settle<T>(call: Promise<Answer<T>>): Promise<T | undefined> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown
    throw asApiError(thrown)
  }
  const { data, error, response } = answer
  if (response.ok) return data
  const failure = errorOf(response.status, error, response.headers)
  if (failure.kind === 'signed-out') context.onSignedOut()
  throw failure
}

/** The entries of an answer. */
export async function read<E>(call: Promise<Answer<{ data: E[] }>>): Promise<E[]> {
  return (await settle(call))?.data ?? []
}

/** The only entry of an answer. */
export async function readOne<E>(call: Promise<Answer<{ data: E[] }>>): Promise<E> {
  const [first] = await read(call)
  if (first === undefined) throw errorOf(404, undefined, new Headers())
  return first
}

/** One page of a list, with its place in it. */
export async function readPage<E>(
  call: Promise<Answer<{ data: E[]; meta?: Meta | null }>>,
): Promise<{ rows: E[]; meta: Meta }> {
  const answer = await settle(call)
  const rows = answer?.data ?? []
  return { rows, meta: answer?.meta ?? { per_page: rows.length, pages: 1, total: rows.length } }
}

/** An answer without an envelope: a file. */
export async function whole<T>(call: Promise<Answer<T>>): Promise<T> {
  const answer = await settle(call)
  if (answer === undefined) throw errorOf(404, undefined, new Headers())
  return answer
}

/** A call whose answer says nothing. */
export async function send(call: Promise<Answer<unknown>>): Promise<void> {
  await settle(call)
}
