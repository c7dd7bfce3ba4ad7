import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Change, events } from '../../src/api/events.svelte'

/** The browser's connection, with the registry's side of it. */
class Source extends EventTarget {
  static CLOSED = 2
  static all: Source[] = []
  readyState = 0
  onopen = () => {}
  onerror = () => {}

  constructor(readonly url: string) {
    super()
    Source.all.push(this)
  }

  open() {
    this.readyState = 1
    this.onopen()
  }

  tell(name: string, data: object) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }

  fail(readyState: number) {
    this.readyState = readyState
    this.onerror()
  }

  close() {
    this.readyState = Source.CLOSED
  }
}

/** Another page of the browser, which hears what this one passes on. */
class Channel {
  static said: unknown[] = []
  onmessage = () => {}
  postMessage(message: unknown) {
    Channel.said.push(message)
  }
  close() {}
}

let heard: Change[] = []
let stopHearing = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
  vi.stubGlobal('BroadcastChannel', Channel)
  vi.stubGlobal('navigator', {})
  Source.all = []
  Channel.said = []
  heard = []
  stopHearing = events.on((change) => heard.push(change))
  events.start()
})

afterEach(() => {
  stopHearing()
  events.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('changes', () => {
  test('reach this page and the other pages of the browser', () => {
    const [source] = Source.all
    source?.open()
    expect(events.isLive).toBe(true)
    source?.tell('hail', { id: 'abc', status: 'received' })
    expect(heard).toEqual([{ of: 'hail', id: 'abc' }])
    expect(Channel.said).toContainEqual({ of: 'hail', id: 'abc' })
  })

  test('that are lost make all pages read again', () => {
    Source.all[0]?.open()
    Source.all[0]?.tell('reset', {})
    expect(heard).toEqual([{ of: 'all', id: '' }])
  })

  test('end with the sign-in', () => {
    Source.all[0]?.open()
    events.stop()
    expect(events.isLive).toBe(false)
    expect(Source.all[0]?.readyState).toBe(Source.CLOSED)
  })
})

describe('a connection that breaks', () => {
  test('is opened again by the browser, which names the last event', () => {
    Source.all[0]?.open()
    Source.all[0]?.fail(0)
    expect(events.isLive).toBe(false)
    vi.advanceTimersByTime(60_000)
    expect(Source.all).toHaveLength(1)
    Source.all[0]?.open()
    expect(events.isLive).toBe(true)
    expect(heard).toEqual([])
  })

  test('and is refused is opened anew after a while, and all pages read again', () => {
    Source.all[0]?.open()
    Source.all[0]?.fail(Source.CLOSED)
    vi.advanceTimersByTime(10_000)
    expect(Source.all).toHaveLength(2)
    Source.all[1]?.open()
    expect(heard).toEqual([{ of: 'all', id: '' }])
  })
})
