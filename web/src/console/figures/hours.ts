/** Means by hour of the day. As plain functions. */

/** The registry's hours are those of UTC; the points stand at the moments of the present day, in the reader's order. */
export function hoursOfDay(
  byHour: Record<string, number>,
  today: Date,
): { at: Date; values: (number | null)[] }[] {
  if (Object.keys(byHour).length === 0) return []
  const points = Array.from({ length: 24 }, (_, hour) => {
    const at = new Date(today)
    at.setUTCHours(hour, 0, 0, 0)
    return { at, values: [byHour[String(hour)] ?? null] }
  })
  const local = ({ at }: { at: Date }) => at.getHours()
  return points.sort((a, b) => local(a) - local(b))
}

/** Points of the twelve months of a year, for two years side by side. A month without an entry is unknown. */
export function monthsOfYears(
  current: [number, number][],
  last: [number, number][],
  year: number,
): { at: Date; values: (number | null)[] }[] {
  const count = (months: [number, number][], month: number) =>
    months.find(([one]) => one === month)?.[1] ?? null
  return Array.from({ length: 12 }, (_, i) => ({
    at: new Date(Date.UTC(year, i, 1)),
    values: [count(last, i + 1), count(current, i + 1)],
  }))
}
