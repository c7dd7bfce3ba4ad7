/** The worker of a live map: it holds its taxis, and draws them over the map. */
import type { TaxiStatus } from '../api/types'
import { passing } from './filter'
import { Fleet, type MapTaxi, type MapTaxis } from './fleet'
import * as mercator from './mercator'
import type { Answers, Note, Question, Summary, ToPage, ToWorker, Wish } from './messages'
import { TaxiCanvas } from './taxi-canvas'

const fleet = new Fleet()
const canvas = new TaxiCanvas(fleet)
let wish: Wish = {
  filter: { operators: [], statuses: [], plate: '', within_s: Number.POSITIVE_INFINITY },
  rows: 0,
  chosen: undefined,
}
let box: mercator.Box | undefined

function summary(): Summary {
  const shown = fleet.show(passing(wish.filter, fleet.at_s))
  const counts: Summary['counts'] = {}
  for (const { status } of shown as { status: TaxiStatus }[]) {
    counts[status] = (counts[status] ?? 0) + 1
  }
  box ??= mercator.busiest(shown)
  canvas.chosen = wish.chosen
  canvas.update()
  return {
    at_s: fleet.at_s,
    size: fleet.size,
    shown: shown.length,
    counts,
    rows: shown.slice(0, wish.rows),
    operators: [...fleet.operators.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    chosen: chosen(shown),
    box,
  }
}

function chosen(shown: MapTaxi[]): Summary['chosen'] {
  const number = fleet.numberOf(wish.chosen ?? '')
  const taxi = number === undefined ? undefined : fleet.at(number)
  if (number === undefined || !taxi) return undefined
  const { x, y } = fleet.placeAt(number, canvas.now_ms)
  const place = { lon: mercator.lonOf(x), lat: mercator.latOf(y) }
  return { taxi, place, isShown: shown.includes(taxi) }
}

function answerTo(question: Question): Answers[Question['kind']] {
  switch (question.kind) {
    case 'take': {
      const { data } = JSON.parse(new TextDecoder().decode(question.body)) as { data: MapTaxis[] }
      if (data[0]) fleet.take(data[0], performance.now(), question.isPart)
      return summary()
    }
    case 'show':
      wish = question.wish
      return summary()
    case 'nearest':
      return fleet.nearest(question, question.within, canvas.now_ms)
  }
}

function hear(note: Note): void {
  switch (note.kind) {
    case 'canvas':
      canvas.drawOn(note.canvas)
      break
    case 'view':
      canvas.view = note.view
      break
    case 'look':
      canvas.theme = note.theme
      canvas.isStill = note.isStill
  }
  canvas.draw()
}

const tell = (message: ToPage) => postMessage(message)

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if ('number' in data) {
    const { number } = data
    try {
      tell({ number, answer: answerTo(data) })
    } catch (thrown) {
      tell({ number, fault: String(thrown) })
    }
    return
  }
  try {
    hear(data)
  } catch (thrown) {
    tell({ undrawn: String(thrown) })
  }
}
