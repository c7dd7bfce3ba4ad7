/** Reading a taxi as somebody who may see it without having described it. */
import { api, as, read, readOne } from '../api/client'
import { session } from '../api/session.svelte'
import type { Taxi, Visibility } from '../api/types'

export interface SeenTaxi {
  taxi: Taxi
  /** E-mail address of the account in whose name it was read, if not one's own. */
  operator: string | undefined
}

/**
 * One taxi. Its operator reads its own description. Admins and managers, who have none, ask whose it is and read it as
 * that account, as `X-Logas` allows them.
 */
export async function readTaxi(id: string): Promise<SeenTaxi> {
  const path = { id }
  if (!session.has('admin', 'groupement')) {
    return {
      taxi: await readOne(api.GET('/taxis/{id}', { params: { path } })),
      operator: undefined,
    }
  }
  const [seen] = await visibility(id)
  const operator = seen?.operator
  return {
    taxi: await readOne(api.GET('/taxis/{id}', { params: { path }, ...as(operator) })),
    operator,
  }
}

export interface Place {
  lon: number
  lat: number
}

export async function visibility(id: string, place?: Place): Promise<Visibility[]> {
  return await read(
    api.GET('/v1/taxis/{id}/visibility', { params: { path: { id }, query: place ?? {} } }),
  )
}
