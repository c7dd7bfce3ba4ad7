/**
 * The address of the page, and changes of it. Filters live in the query, so that a link, the back button and a reload
 * show the same list.
 */
import { address } from './match'

class Router {
  #url = $state.raw(new URL('http://localhost/console/'))
  /** Address that the reader came from, to go back to a list with its filters. */
  #before = $state.raw<string | undefined>(undefined)

  get path(): string {
    return this.#url.pathname
  }

  get query(): URLSearchParams {
    return this.#url.searchParams
  }

  get href(): string {
    return this.#url.pathname + this.#url.search
  }

  /** The address before this one if it is of this list; else the list without filters. */
  back(list: string): string {
    return this.#before?.split('?')[0] === list ? this.#before : list
  }

  go(href: string, { replace = false } = {}): void {
    const url = new URL(href, this.#url)
    const isSamePath = url.pathname === this.#url.pathname
    if (!isSamePath) this.#before = this.href
    if (replace) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
    this.#url = url
    if (!isSamePath) scrollTo(0, 0)
  }

  /** Changes some names of the query. Other filters stay; the page of a list begins anew. */
  filter(changes: Record<string, string | string[] | undefined>, replace = false): void {
    this.go(this.with(changes), { replace })
  }

  /** The address of the page with such changes, for links. */
  with(changes: Record<string, string | string[] | undefined>): string {
    const query: Record<string, string | string[] | undefined> = {}
    for (const name of this.query.keys()) query[name] = this.query.getAll(name)
    return address(this.path, { ...query, p: undefined, ...changes })
  }

  /** Follows the browser, and links of the console without loading the page anew. */
  start(): void {
    this.#url = new URL(location.href)
    addEventListener('popstate', () => {
      this.#before = this.href
      this.#url = new URL(location.href)
    })
    addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a')
      if (!link || event.defaultPrevented || event.button !== 0) return
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      const isOurs = link.origin === location.origin && link.pathname.startsWith('/console/')
      if (!isOurs || link.target || link.hasAttribute('download') || link.hash) return
      event.preventDefault()
      this.go(link.href)
    })
  }
}

export const router = new Router()
