/** Sessions: the hails by which a customer looks for one ride. As plain functions. */
import type { HailStatus, Session, SessionFilter } from '../api/types'
import type { Tone } from '../ui/Badge.svelte'
import { type Days, momentsOf } from './days'
import { length } from './figures/period'
import { isOpen } from './hail'
import { OUTCOMES } from './outcomes'

export const SESSION_OUTCOMES = ['ride', 'open', 'customer', 'none'] as const
/** A ride; a hail still under way; the customer gave up; no ride that anybody reported. */
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number]

export const sessionTones: Record<SessionOutcome, Tone> = {
  ride: 'good',
  open: 'busy',
  customer: 'calm',
  none: 'bad',
}

/** What became of a session: while a hail is open, it is under way; else the last hail tells, unless one led to a ride. */
export function outcomeOf({ hails }: Pick<Session, 'hails'>): SessionOutcome {
  const statuses = hails.map(({ status }) => status as HailStatus)
  if (statuses.some(isOpen)) return 'open'
  if (statuses.includes('finished')) return 'ride'
  const last = statuses.at(-1)
  return (OUTCOMES.customer as readonly (HailStatus | undefined)[]).includes(last)
    ? 'customer'
    : 'none'
}

/** Filters of the pages of sessions, as the address and the registry name them. */
const NAMES = ['outcome', 'customer_id', 'operateur', 'moteur'] as const
/** Those of which the registry reads all hails of each session: it does so for a period only. */
const OF_ALL_HAILS = ['outcome', 'operateur'] as const
/** Most days of such a period (`crates/letaxi/src/app/hail/list.rs`). */
const MOST_DAYS = 92

/** The question to the registry that an address asks, but for the page. */
export function questionOf(query: URLSearchParams, days: Days): SessionFilter {
  const filter: SessionFilter = momentsOf(days)
  for (const name of NAMES) {
    const values = query.getAll(name)
    // What is no outcome is refused by the registry, which says which there are.
    if (values.length) filter[name] = values as SessionOutcome[]
  }
  return filter
}

/** The days that the registry looks at under these filters: see `Reach`. */
export function reachOf(filter: SessionFilter, { from, to }: Days, today: string): Reach {
  const isLimited = filter.customer_id || !OF_ALL_HAILS.some((name) => filter[name])
  if (isLimited) return 'any'
  if (!from) return 'last'
  const until = to && to < today ? to : today
  return length({ since: from, until }) > MOST_DAYS ? 'too-long' : 'any'
}
/** Without a limit; the last 31 days, since no day was chosen; or more days than it looks at in one answer. */
export type Reach = 'any' | 'last' | 'too-long'

export interface Collected {
  sessions: Session[]
  /** True if older sessions were left unread. */
  isCut: boolean
}

/** Sessions of all pages of a list, or of as many pages as may be read. */
export async function collect(
  readPage: (page: number) => Promise<{ rows: Session[]; pages: number }>,
  mostPages: number,
): Promise<Collected> {
  const sessions: Session[] = []
  let [read, pages] = [0, 1]
  // The first page says how many there are; these are read together, and perhaps one more that has come in the meantime.
  while (read < Math.min(pages, mostPages)) {
    const next = Math.min(pages, mostPages) - read
    const answers = await Promise.all(
      Array.from({ length: next }, (_, i) => readPage(read + i + 1)),
    )
    for (const answer of answers) {
      sessions.push(...answer.rows)
      pages = answer.pages
    }
    read += next
  }
  return { sessions: once(sessions), isCut: pages > mostPages }
}

/** New sessions push older ones to the next page while pages are read. */
function once(sessions: Session[]): Session[] {
  return [...new Map(sessions.map((session) => [session.session_id, session])).values()]
}
