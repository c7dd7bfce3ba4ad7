/** Calls of the two simulated sides, word for word as they were sent and answered. */
import { context } from '../../api/client'
import { ApiError, asApiError, errorOf } from '../../api/errors'
import { session } from '../../api/session.svelte'

/** The app with its customer, or the operator with its taxi. */
export type Side = 'client' | 'operator'

export interface Call {
  side: Side
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  /** E-mail address of the account for which the call counts. */
  account: string | undefined
  body?: unknown
}

export interface Exchange {
  id: number
  side: Side
  method: string
  path: string
  actingAs: string | undefined
  body: string | undefined
  /** HTTP status; 0 if no answer came. */
  status: number
  /** The answer as it came. */
  answer: string
  took_ms: number
  at: Date
}

/** Older exchanges are forgotten. */
const KEPT = 40

class Exchanges {
  all = $state.raw<Exchange[]>([])

  /** Those of a side, newest first. */
  of(side: Side): Exchange[] {
    return this.all.filter((exchange) => exchange.side === side)
  }

  add(exchange: Omit<Exchange, 'id'>): void {
    const id = (this.all[0]?.id ?? 0) + 1
    this.all = [{ ...exchange, id }, ...this.all].slice(0, KEPT)
  }
}

export const exchanges = new Exchanges()

/** Makes a call and notes it. Answers with the entries, or throws an `ApiError`. */
export async function ask<E>(call: Call): Promise<E[]> {
  return await exchange(call, true)
}

/** Makes a call that the page repeats by itself; nobody wants to read it. */
export async function look<E>(call: Call): Promise<E[]> {
  return await exchange(call, false)
}

async function exchange<E>(
  { side, method = 'GET', path, account, body }: Call,
  isNoted: boolean,
): Promise<E[]> {
  const actingAs = account === session.me?.email ? undefined : account
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const headers: Record<string, string> = { 'Accept-Language': context.language }
  if (actingAs) headers['X-Logas'] = actingAs
  if (sent) headers['Content-Type'] = 'application/json'
  const at = new Date()
  const begin = performance.now()
  const note = (status: number, answer: string) => {
    const took_ms = Math.round(performance.now() - begin)
    if (isNoted)
      exchanges.add({ side, method, path, actingAs, body: sent, status, answer, took_ms, at })
  }
  let response: Response
  let text: string
  try {
    response = await fetch(path, sent ? { method, headers, body: sent } : { method, headers })
    text = await response.text()
  } catch (thrown) {
    note(0, '')
    throw asApiError(thrown)
  }
  note(response.status, text)
  const parsed = parse(text)
  if (response.ok) return (parsed?.data as E[] | undefined) ?? []
  const failure = errorOf(response.status, parsed, response.headers)
  if (failure.kind === 'signed-out' && !actingAs) context.onSignedOut()
  throw failure
}

/** The only entry of an answer. */
export function one<E>(entries: E[]): E {
  const [first] = entries
  if (first === undefined) throw new ApiError('missing', 404)
  return first
}

function parse(text: string): { data?: unknown[] } | undefined {
  try {
    return text ? JSON.parse(text) : undefined
  } catch {
    // A proxy's page: the status says enough.
    return undefined
  }
}
