/** Axes of charts, as plain functions. */

/** Round numbers from 0 to at least `most`, about `count` steps. */
export function ticks(most: number, count = 3): number[] {
  if (most <= 0) return [0, 1]
  const rough = most / count
  const power = 10 ** Math.floor(Math.log10(rough))
  // Counts have no halves.
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10,
  )
  const all = []
  for (let at = 0; at < most + step; at += step) all.push(at)
  return all
}

/** A line through points, as the path of an SVG; it breaks where a value is unknown. */
export function line(
  values: (number | null)[],
  x: (i: number) => number,
  y: (v: number) => number,
): string {
  let path = ''
  let isDown = false
  for (const [i, value] of values.entries()) {
    if (value === null) {
      isDown = false
      continue
    }
    path += `${isDown ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`
    isDown = true
  }
  return path
}
