/**
 * Numbers, times and durations in the reader's language and time zone.
 *
 * The registry tells times in UTC, mostly without an offset; {@link moment} is the only place that knows.
 */

/** Formatters by language and options: making one costs a hundred times as much as using it. */
const kept = new Map<string, unknown>()

function keep<F>(kind: string, language: string, options: object, make: () => F): F {
  const key = `${kind} ${language} ${JSON.stringify(options)}`
  let found = kept.get(key) as F | undefined
  if (!found) {
    found = make()
    kept.set(key, found)
  }
  return found
}

function ofNumbers(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return keep('number', language, options, () => new Intl.NumberFormat(language, options))
}

function ofTimes(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return keep('time', language, options, () => new Intl.DateTimeFormat(language, options))
}

/** The moment of a time of the registry. */
export function moment(text: string): Date {
  const hasZone = /(Z|[+-]\d\d:\d\d)$/.test(text)
  return new Date(hasZone ? text : `${text}Z`)
}

export function number(value: number, language: string, digits = 0): string {
  return ofNumbers(language, { maximumFractionDigits: digits }).format(value)
}

/** A share of a whole, in percent. A share of nothing is none. */
export function share(part: number, whole: number, language: string): string {
  const value = whole === 0 ? 0 : part / whole
  const digits = value > 0 && value < 0.1 ? 1 : 0
  return ofNumbers(language, {
    style: 'percent',
    maximumFractionDigits: digits,
  }).format(value)
}

/** A share, or its change with a sign: `+12 %`. */
export function percent(value: number, language: string, isChange = false): string {
  const digits = Math.abs(value) < 0.1 ? 1 : 0
  const options: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: digits }
  if (isChange) options.signDisplay = 'exceptZero'
  return ofNumbers(language, options).format(value)
}

/** A size of files, in the units of systems for people: a thousand bytes are a kilobyte. */
export function bytes(size: number, language: string): string {
  const [value, unit] =
    size < 1e6 ? [Math.max(1, Math.round(size / 1e3)), 'kilobyte'] : [size / 1e6, 'megabyte']
  const format = { style: 'unit', unit, maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(language, format).format(value)
}

/** A distance: metres, or kilometres from 1,000 m. */
export function distance(metres: number, language: string): string {
  const [value, unit] = metres < 1_000 ? [metres, 'meter'] : [metres / 1_000, 'kilometer']
  const digits = metres < 1_000 ? 0 : 1
  return ofNumbers(language, {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value as number)
}

/** Day and time: without the day if it is today's, without the year if it is this one. */
export function dateTime(at: Date, language: string, now: Date, seconds = false): string {
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
  if (seconds) clock.second = '2-digit'
  const isToday = at.toDateString() === now.toDateString()
  if (isToday) return ofTimes(language, clock).format(at)
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' }
  if (at.getFullYear() !== now.getFullYear()) day.year = 'numeric'
  return ofTimes(language, { ...day, ...clock }).format(at)
}

/** A month of the registry by its first day (UTC): `février 2024`. */
export function month(first: string, language: string): string {
  const options: Intl.DateTimeFormatOptions = { month: 'long', year: 'numeric', timeZone: 'UTC' }
  return ofTimes(language, options).format(new Date(`${first}T00:00:00Z`))
}

/** All of a time, with its zone. */
export function fullTime(at: Date, language: string): string {
  return ofTimes(language, { dateStyle: 'full', timeStyle: 'long' }).format(at)
}

export function clock(at: Date, language: string, seconds = true): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
  if (seconds) options.second = '2-digit'
  return ofTimes(language, options).format(at)
}

/** Distance of the points of a chart. Days and months are those of UTC, as the registry counts them. */
export type Step = 'minute' | 'hour' | 'day' | 'month'

const STEP_OPTIONS: Record<Step, Intl.DateTimeFormatOptions> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  hour: { hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short', timeZone: 'UTC' },
  month: { month: 'short', timeZone: 'UTC' },
}

/** The time of a point of a chart. */
export function step(at: Date, of: Step, language: string): string {
  return ofTimes(language, STEP_OPTIONS[of]).format(at)
}

/** The time of a point for a file: UTC, as far as the step tells. */
export function isoStep(at: Date, of: Step): string {
  const length = { minute: 16, hour: 16, day: 10, month: 7 }[of]
  return at.toISOString().slice(0, length)
}

/** A day of the registry (UTC): `2024-02-29`. */
export function utcDay(day: string, language: string): string {
  const options: Intl.DateTimeFormatOptions = {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }
  return ofTimes(language, options).format(new Date(`${day}T00:00:00Z`))
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** How long ago: `il y a 3 min`. */
export function ago(at: Date, language: string, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000)
  const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1]
  const options: Intl.RelativeTimeFormatOptions = { style: 'short', numeric: 'auto' }
  const format = keep(
    'ago',
    language,
    options,
    () => new Intl.RelativeTimeFormat(language, options),
  )
  return format.format(-Math.trunc(seconds / length), unit)
}

/** A length of time with its two largest units: `2 min 5 s`. */
export function duration(ms: number, language: string): string {
  const unit = (value: number, name: string, digits = 0) =>
    ofNumbers(language, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value)
  if (ms < 1_000) return unit(Math.round(ms), 'millisecond')
  const seconds = ms / 1_000
  if (seconds < 10) return unit(seconds, 'second', 1)
  if (seconds < 60) return unit(Math.floor(seconds), 'second')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) {
    const rest = Math.floor(seconds % 60)
    return rest ? `${unit(minutes, 'minute')} ${unit(rest, 'second')}` : unit(minutes, 'minute')
  }
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  return rest ? `${unit(hours, 'hour')} ${unit(rest, 'minute')}` : unit(hours, 'hour')
}

/** The reader's zone, for a note beside times: `Europe/Paris (UTC+1)`. */
export function zone(language: string, now: Date): string {
  const options: Intl.DateTimeFormatOptions = { timeZoneName: 'shortOffset' }
  const parts = ofTimes(language, options).formatToParts(now)
  const offset = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone
  return name === offset ? name : `${name} (${offset})`
}
