/** Name, logo and colours of the registry, as its settings give them. */
import { api, readOne } from './client'
import type { paths } from './schema'

export type About =
  paths['/v1/registry']['get']['responses'][200]['content']['application/json']['data'][number]

/** Kept for the next visit, so that name and colours do not change before one's eyes. */
const KEPT = 'registry'

class Registry {
  about = $state.raw<About | undefined>(undefined)

  get name(): string {
    return this.about?.name ?? 'letaxi'
  }

  /** Shows what the last visit found. */
  restore(): void {
    try {
      this.#take(JSON.parse(localStorage.getItem(KEPT) ?? 'null') ?? undefined)
    } catch {
      // The browser keeps nothing, or something else under this name.
    }
  }

  /** Asks the registry. Pages work without the answer, so a fault is passed over. */
  async ask(): Promise<void> {
    try {
      const about = await readOne(api.GET('/v1/registry'))
      this.#take(about)
      localStorage.setItem(KEPT, JSON.stringify(about))
    } catch {
      // It is asked again with the next page load.
    }
  }

  #take(about: About | undefined): void {
    this.about = about
    const { style } = document.documentElement
    for (const [property, value] of Object.entries(properties(about?.colours ?? null))) {
      if (value) style.setProperty(property, value)
      else style.removeProperty(property)
    }
  }
}

/** The design tokens that follow from the accent of the registry; those of the program where it has none. */
export function properties(colours: About['colours']): Record<string, string | undefined> {
  const both = (pair: string[] | undefined) => pair && `light-dark(${pair.join(', ')})`
  return {
    '--accent': colours?.accent,
    '--accent-hover': colours?.hover,
    '--on-accent': colours?.on_accent,
    '--accent-ink': both(colours?.ink),
    '--accent-tint': both(colours?.tint),
  }
}

export const registry = new Registry()
