/** Addresses and patterns of pages, as plain functions. */

export type Params = Record<string, string>

/** The parts in braces of `pattern`, or `undefined` if the path is another. */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = parts(pattern)
  const given = parts(path)
  if (wanted.length !== given.length) return undefined
  const params: Params = {}
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? ''
    if (part.startsWith('{')) params[part.slice(1, -1)] = decode(value)
    else if (part !== value) return undefined
  }
  return params
}

/** A path with its parts in braces filled in. */
export function fill(pattern: string, params: Params): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

/** An address with a query; what is empty or undefined is left out, a list gives a name several times. */
export function address(
  path: string,
  query: Record<string, string | string[] | undefined>,
): string {
  const search = new URLSearchParams()
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values ?? []].flat()) if (value !== '') search.append(name, value)
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
