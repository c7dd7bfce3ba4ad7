/** Accounts that an admin may play with. */
import { api, readPage } from '../../api/client'
import { session } from '../../api/session.svelte'
import type { Side } from './exchanges.svelte'
import { roleOf } from './simulator.svelte'

class Accounts {
  #all = $state.raw<{ email: string; roles: { name: string }[] }[]>([])

  ask(): void {
    if (!session.has('admin')) return
    readPage(api.GET('/users'))
      .then(({ rows }) => {
        this.#all = rows
      })
      // One's own accounts are enough to try software out.
      .catch(() => {})
  }

  of(side: Side): string[] {
    const has = (roles: { name: string }[]) => roles.some(({ name }) => name === roleOf[side])
    return this.#all.filter(({ roles }) => has(roles)).map(({ email }) => email)
  }
}

export const accounts = new Accounts()
