/** The registry's call to an operator's server for one hail. */
import { api, as, read } from '../api/client'
import type { OperatorCall } from '../api/types'
import { moment } from '../words/format'

/** The list has no filter and 100 calls a page: further back than this nobody waits for it. */
const MOST_PAGES = 5
/** A call that was made again after a fault may be later than its hail. */
const SLACK_MS = 60_000

/** Calls for the hail, newest first; none if they are too far back. */
export async function callsFor(
  hail: string,
  created: Date,
  operator?: string,
): Promise<OperatorCall[]> {
  let before: number | undefined
  const found: OperatorCall[] = []
  for (let i = 0; i < MOST_PAGES; i += 1) {
    const query = before === undefined ? {} : { before }
    const calls = await read(api.GET('/v1/operator-calls', { params: { query }, ...as(operator) }))
    found.push(...calls.filter((call) => call.hail_id === hail))
    const last = calls.at(-1)
    if (!last || moment(last.added_at).getTime() < created.getTime() - SLACK_MS) break
    before = last.id
  }
  return found
}
