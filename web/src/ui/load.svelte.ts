/** Data of a page: loading, ready, failed, and old data that stay while the registry does not answer. */
import { type ApiError, asApiError } from '../api/errors'
import { now } from './now.svelte'

/** A wait after which the page says that it is slow. */
const SLOW_AFTER_MS = 3_000
/** Much may happen at once: the page asks once for all of it. */
const GATHER_MS = 500

export class Loading<T> {
  value = $state.raw<T | undefined>(undefined)
  error = $state.raw<ApiError | undefined>(undefined)
  isBusy = $state(true)
  isSlow = $state(false)
  /** Time of the last answer. */
  at = $state.raw<Date | undefined>(undefined)
  #ask: (signal: AbortSignal) => Promise<T>
  #running: AbortController | undefined

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask
  }

  /** Asks again. An answer to an older question is dropped. */
  async again(): Promise<void> {
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    this.isBusy = true
    const slow = setTimeout(() => {
      this.isSlow = true
    }, SLOW_AFTER_MS)
    try {
      const value = await this.#ask(running.signal)
      if (running.signal.aborted) return
      this.value = value
      this.error = undefined
      this.at = new Date()
    } catch (thrown) {
      if (running.signal.aborted) return
      this.error = asApiError(thrown)
    } finally {
      clearTimeout(slow)
      if (!running.signal.aborted) {
        this.isBusy = false
        this.isSlow = false
      }
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}

interface Options {
  /** Milliseconds after which the page asks again, while it is seen; 0: never. */
  every?: () => number
  /** Has the page ask again when something happens; returns how to end that. */
  told?: (again: () => void) => () => void
}

/**
 * Loads what `ask` reads, anew whenever an argument that it reads before its first `await` changes.
 *
 * Call it while a component is made.
 */
export function load<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { every = () => 0, told }: Options = {},
): Loading<T> {
  const loading = new Loading(ask)
  // Before the component is drawn: the registry answers in the meantime.
  $effect.pre(() => {
    loading.value = undefined
    loading.error = undefined
    loading.again()
    return () => loading.stop()
  })
  $effect(() => {
    // What failed for a passing reason is tried again, too.
    const wait = every() || (loading.error?.isPassing ? 5_000 : 0)
    if (!wait || !now.isSeen) return
    const timer = setInterval(() => {
      if (!loading.isBusy) loading.again()
    }, wait)
    return () => clearInterval(timer)
  })
  if (told) follow(loading, told)
  return loading
}

/** Asks again soon after something has happened, or when the page is seen again. */
function follow<T>(loading: Loading<T>, told: (again: () => void) => () => void): void {
  let isOld = $state(false)
  $effect(() =>
    told(() => {
      isOld = true
    }),
  )
  $effect(() => {
    if (!isOld || !now.isSeen || loading.isBusy) return
    const timer = setTimeout(() => {
      isOld = false
      loading.again()
    }, GATHER_MS)
    return () => clearTimeout(timer)
  })
}
