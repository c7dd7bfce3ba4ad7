/** The taxis of a live map, as its page reaches them: a worker holds, filters and draws them. */
import { ApiError } from '../api/errors'
import type { MapTaxi } from './fleet'
import type { Answers, Note, Question, Summary, ToPage, View, Wish } from './messages'
import type { Theme } from './theme'

interface Asked {
  resolve: (answer: never) => void
  reject: (fault: Error) => void
}

/** True if a worker of this browser can draw. */
export function canDrawElsewhere(): boolean {
  return 'transferControlToOffscreen' in HTMLCanvasElement.prototype
}

export class Taxis {
  readonly #worker = new Worker(new URL('./taxis-worker.ts', import.meta.url), { type: 'module' })
  readonly #asked = new Map<number, Asked>()
  #questions = 0
  /** Called if the browser cannot draw them. */
  onUndrawn: () => void = () => {}

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if ('undrawn' in data) {
        this.onUndrawn()
        return
      }
      const asked = this.#asked.get(data.number)
      this.#asked.delete(data.number)
      if ('fault' in data) asked?.reject(new ApiError('broken'))
      else asked?.resolve(data.answer as never)
    }
    // The worker did not start: its file is not there.
    this.#worker.onerror = () => {
      for (const { reject } of this.#asked.values()) reject(new ApiError('broken'))
      this.#asked.clear()
    }
  }

  /** Takes an answer of `GET /v1/map/taxis`, as it came. Without `isPart`, taxis that it lacks are gone. */
  take(body: ArrayBuffer, isPart: boolean): Promise<Summary> {
    return this.#ask({ kind: 'take', body, isPart }, [body])
  }

  /** Shows, from now on, what the page wishes. */
  show(wish: Wish): Promise<Summary> {
    return this.#ask({ kind: 'show', wish })
  }

  /** The shown taxi nearest to a place of the map, at most so far from it. */
  nearest(place: { x: number; y: number }, within: number): Promise<MapTaxi | undefined> {
    return this.#ask({ kind: 'nearest', ...place, within })
  }

  /** Draws on a canvas of its own from now on. */
  drawOn(element: HTMLCanvasElement): void {
    const canvas = element.transferControlToOffscreen()
    this.#tell({ kind: 'canvas', canvas }, [canvas])
  }

  view(view: View): void {
    this.#tell({ kind: 'view', view })
  }

  /** Colours; and no glides if the reader wants little motion. */
  look(theme: Theme, isStill: boolean): void {
    this.#tell({ kind: 'look', theme, isStill })
  }

  stop(): void {
    this.#worker.terminate()
  }

  #tell(note: Note, transfer: Transferable[] = []): void {
    this.#worker.postMessage(note, transfer)
  }

  #ask<Q extends Question>(
    question: Q,
    transfer: Transferable[] = [],
  ): Promise<Answers[Q['kind']]> {
    this.#questions += 1
    const number = this.#questions
    this.#worker.postMessage({ ...question, number }, transfer)
    return new Promise((resolve, reject) => this.#asked.set(number, { resolve, reject }))
  }
}
