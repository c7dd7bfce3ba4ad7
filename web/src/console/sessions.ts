/** Sessions: the hails by which a customer looks for one ride. As plain functions. */
import type { HailStatus, Session } from '../api/types'
import type { Tone } from '../ui/Badge.svelte'
import { moment } from '../words/format'
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

export interface SessionFilter {
  outcomes: string[]
  /** Begin of a customer's id, in any case. */
  customer: string
}

export function fits(session: Session, { outcomes, customer }: SessionFilter): boolean {
  if (outcomes.length && !outcomes.includes(outcomeOf(session))) return false
  return session.customer_id.toLowerCase().startsWith(customer.trim().toLowerCase())
}

export interface Collected {
  sessions: Session[]
  /** Sessions that were read, also those that do not fit. */
  read: number
  /** True if older sessions were left unread. */
  isCut: boolean
}

/**
 * Sessions that fit, newest first. The registry's list has no filter, so that pages are read one after another: to the
 * first session before `since`, to the end, or to the last page that may be read.
 */
export async function collect(
  readPage: (page: number) => Promise<{ rows: Session[]; pages: number }>,
  { filter, since, mostPages }: { filter: SessionFilter; since?: Date; mostPages: number },
): Promise<Collected> {
  const sessions: Session[] = []
  let read = 0
  for (let page = 1; page <= mostPages; page += 1) {
    const { rows, pages } = await readPage(page)
    const young = since ? rows.filter((row) => moment(row.added_at) >= since) : rows
    read += young.length
    sessions.push(...young.filter((row) => fits(row, filter)))
    if (page >= pages || young.length < rows.length)
      return { sessions: once(sessions), read, isCut: false }
  }
  return { sessions: once(sessions), read, isCut: true }
}

/** New sessions push older ones to the next page while pages are read. */
function once(sessions: Session[]): Session[] {
  return [...new Map(sessions.map((session) => [session.session_id, session])).values()]
}
