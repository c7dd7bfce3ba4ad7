/**
 * Changes of hails and taxis, as the registry tells them.
 *
 * All pages of a browser share one connection, since a server grants six to a browser (HTTP/1.1): the page that holds the
 * lock has it, and passes on what it hears. A change only names its subject, which a page then reads again.
 */

export interface Change {
  /** `all`: some changes are lost, so anything may have changed. */
  of: 'hail' | 'taxi' | 'all'
  id: string
}

type Message = Change | { live: boolean } | 'who is live?'

const NAME = 'letaxi-events'
const PATH = '/v1/events'
/** Wait before a new connection, where the browser does not open one by itself. */
const AGAIN_MS = 10_000

class Events {
  /** True while changes arrive. */
  isLive = $state(false)
  #listeners = new Set<(change: Change) => void>()
  #channel: BroadcastChannel | undefined
  #held: AbortController | undefined
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Calls back at each change, until the returned function is called. */
  on(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Follows the changes that the signed-in account may see. */
  start(): void {
    if (this.#held) return
    const held = new AbortController()
    this.#held = held
    this.#channel = new BroadcastChannel(NAME)
    this.#channel.onmessage = (message: MessageEvent<Message>) => this.#hear(message.data)
    this.#channel.postMessage('who is live?' satisfies Message)
    const hold = () =>
      new Promise<void>((done) => {
        held.signal.addEventListener('abort', () => done())
        this.#connect(false)
      })
    // Browsers have locks on secure pages only; elsewhere each page has a connection of its own.
    if (!navigator.locks) hold()
    else navigator.locks.request(NAME, { signal: held.signal }, hold).catch(() => {})
  }

  stop(): void {
    this.#held?.abort()
    this.#held = undefined
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = undefined
    this.#channel?.close()
    this.#channel = undefined
    this.isLive = false
  }

  /** Opens the connection. `isLate`: an earlier one was lost, with what it would have told. */
  #connect(isLate: boolean): void {
    const source = new EventSource(PATH)
    this.#source = source
    source.onopen = () => {
      this.#tell({ live: true })
      if (isLate) this.#tell({ of: 'all', id: '' })
      isLate = false
    }
    source.onerror = () => {
      this.#tell({ live: false })
      // The browser connects again by itself, unless the registry has refused.
      if (source.readyState !== EventSource.CLOSED) return
      this.#timer = setTimeout(() => this.#connect(true), AGAIN_MS)
    }
    for (const of of ['hail', 'taxi'] as const) {
      source.addEventListener(of, (event) => this.#tell({ of, id: JSON.parse(event.data).id }))
    }
    source.addEventListener('reset', () => this.#tell({ of: 'all', id: '' }))
  }

  /** Passes a message on to this page and to the others. */
  #tell(message: Exclude<Message, string>): void {
    this.#channel?.postMessage(message)
    this.#hear(message)
  }

  #hear(message: Message): void {
    if (message === 'who is live?') {
      if (this.#source) this.#channel?.postMessage({ live: this.isLive })
    } else if ('live' in message) {
      this.isLive = message.live
    } else {
      for (const listener of this.#listeners) listener(message)
    }
  }
}

export const events = new Events()
