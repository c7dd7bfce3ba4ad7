import { expect, test } from 'vitest'
import { cellOf } from '../../src/map/h3'

/** Centres and first corners as the reference library gives them (h3 4.5): a place of each part of France, and a pentagon's. */
const CELLS: [string, number, number, number, number][] = [
  ['851fb467fffffff', 2.396188, 48.824103, 2.379902, 48.910671],
  ['881fb46625fffff', 2.35133, 48.85434, 2.352657, 48.858845],
  ['891fb466257ffff', 2.35299, 48.857078, 2.352657, 48.858845],
  ['881f90256bfffff', 4.853075, 45.753222, 4.848136, 45.756088],
  ['873969a0effffff', 7.24526, 43.693165, 7.229281, 43.6977],
  ['8618716e7ffffff', -4.489624, 48.376797, -4.483521, 48.409871],
  ['885e4638d3fffff', -61.069605, 14.597247, -61.068949, 14.592937],
  ['89a2555b0a7ffff', 55.450589, -20.880319, 55.448797, -20.879535],
  ['885f12a0e7fffff', -52.312003, 4.918758, -52.311216, 4.913806],
  ['879f556a4ffffff', 166.445, -22.264876, 166.459039, -22.267478],
  ['86099a4c7ffffff', 11.028021, 58.017625, 10.986938, 58.035268],
  ['887f614cc7fffff', 167.422759, -4.80174, 167.419838, -4.799028],
]

test('a cell has the centre and the corners of the reference library', () => {
  for (const [index, lon, lat, cornerLon, cornerLat] of CELLS) {
    const cell = cellOf(index)
    expect(cell?.centre[0], index).toBeCloseTo(lon, 5)
    expect(cell?.centre[1], index).toBeCloseTo(lat, 5)
    const away = cell?.corners.map(([x, y]) => Math.hypot(x - cornerLon, y - cornerLat)) ?? []
    expect(Math.min(...away), index).toBeLessThan(1e-5)
  }
})

test('a text that is no cell is none', () => {
  for (const text of ['', 'x', '881fb46', '8g1fb46625fffff', '0881fb46625ffff'])
    expect(cellOf(text), text).toBeUndefined()
})
