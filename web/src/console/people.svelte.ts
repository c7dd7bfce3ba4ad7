/** Names of accounts by their number, for those who may list them. */
import { api, readPage } from '../api/client'
import { session } from '../api/session.svelte'
import { common } from '../words'

class People {
  #names = $state.raw(new Map<number, string>())
  #askedFor: number | undefined

  /** Asks once for each account that one is. */
  ask(): void {
    const who = session.who?.id
    if (this.#askedFor === who || !session.has('admin', 'groupement', 'editeur')) return
    this.#askedFor = who
    readPage(api.GET('/users'))
      .then(({ rows }) => {
        this.#names = new Map(
          rows.map((account) => [Number(account.id), account.name || account.email]),
        )
      })
      // Numbers say enough where names are not to be had.
      .catch(() => {})
  }

  name(id: number): string {
    if (id === session.who?.id) return common().people.you
    return this.#names.get(id) ?? common().people.accountNumber(String(id))
  }
}

export const people = new People()
