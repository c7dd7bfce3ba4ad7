/**
 * Refusals and faults of calls, as one type with few kinds: each page says what it means and what to do next.
 */

export type Kind =
  /** No connection, or no answer. */
  | 'offline'
  /** The sign-in has ended, here or elsewhere. */
  | 'signed-out'
  /** The account's roles do not allow it. */
  | 'forbidden'
  | 'missing'
  /** The input is refused: `faults` says where. */
  | 'refused'
  /** Too many calls, or a server that starts: `retryAfter_s` says when to come back. */
  | 'busy'
  /** A fault of the registry. */
  | 'broken'

/** One sentence of the registry about a field, or about the whole call where the field is empty. */
export interface Fault {
  field: string
  text: string
}

export class ApiError extends Error {
  override name = 'ApiError'

  constructor(
    readonly kind: Kind,
    readonly status = 0,
    readonly faults: Fault[] = [],
    /** Seconds after which a call may succeed; `undefined` if the registry does not say. */
    readonly retryAfter_s?: number,
  ) {
    super(`${kind} ${status} ${faults.map((fault) => fault.text).join(' ')}`.trim())
  }

  /** The registry's sentence about a field. */
  about(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.text
  }

  /** True if the same call may succeed later without a change. */
  get isPassing(): boolean {
    return this.kind === 'offline' || this.kind === 'busy' || this.kind === 'broken'
  }
}

/** The error of an answer with a status of 400 and above. */
export function errorOf(status: number, body: unknown, headers: Headers): ApiError {
  const wait = Number.parseInt(headers.get('retry-after') ?? '', 10)
  return new ApiError(kindOf(status), status, faultsOf(body), Number.isNaN(wait) ? undefined : wait)
}

/** Whatever was thrown, as an error of a call. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  // `fetch` throws this for every fault of the network, and tells no more.
  if (thrown instanceof TypeError) return new ApiError('offline')
  throw thrown
}

function kindOf(status: number): Kind {
  if (status === 401) return 'signed-out'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'missing'
  if (status === 429 || status === 503) return 'busy'
  if (status === 502 || status === 504) return 'offline'
  return status >= 500 ? 'broken' : 'refused'
}

/**
 * The sentences of `{"errors": …}`, which nests like the input: lists of sentences below names of fields. `data`, the
 * numbers of list entries and the names for the whole call say nothing to a reader.
 */
export function faultsOf(body: unknown): Fault[] {
  const faults: Fault[] = []
  const walk = (value: unknown, path: string[]) => {
    if (typeof value === 'string') {
      const names = path.filter((name) => !/^(data|url|_schema|\d*)$/.test(name))
      faults.push({ field: names.join('.'), text: value })
    } else if (Array.isArray(value)) {
      for (const entry of value) walk(entry, path)
    } else if (value && typeof value === 'object') {
      for (const [name, entry] of Object.entries(value)) walk(entry, [...path, name])
    }
  }
  walk((body as { errors?: unknown } | undefined)?.errors, [])
  return faults
}
