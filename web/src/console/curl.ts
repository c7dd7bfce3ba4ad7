/** Calls of the API as commands to paste, with the key in a variable of the shell as in the reference of the API. */

interface Call {
  method?: string
  path: string
  /** E-mail address of the account for which the call counts. */
  actingAs?: string | undefined
  /** The document, as JSON. */
  body?: string | undefined
}

/** A text between single quotes of the shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

export function curlOf({ method = 'GET', path, actingAs, body }: Call): string {
  const words = ['curl -s']
  if (method !== 'GET') words.push(`-X ${method}`)
  words.push('-H "X-Api-Key: $KEY"')
  if (actingAs) words.push(`-H ${quoted(`X-Logas: ${actingAs}`)}`)
  if (body) words.push(`-H 'Content-Type: application/json' -d ${quoted(body)}`)
  words.push(quoted(location.origin + path))
  return words.join(' ')
}

/** A question. */
export function curl(path: string, actingAs?: string): string {
  return curlOf({ path, actingAs })
}
