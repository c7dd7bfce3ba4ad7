/** Calls of the API as commands to paste, with the key in a variable of the shell as in the reference of the API. */
export function curl(path: string, actingAs?: string): string {
  const as = actingAs ? ` -H 'X-Logas: ${actingAs}'` : ''
  return `curl -s -H "X-Api-Key: $KEY"${as} '${location.origin}${path}'`
}
