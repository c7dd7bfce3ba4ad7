/** Gives the accounts of a demo a password that the stories know, by links as an administrator makes them. */
export const PASSWORD = 'browser stories'

export async function call(registry, path, { key, body, method = body ? 'POST' : 'GET' } = {}) {
  const headers = { 'Content-Type': 'application/json', ...(key && { 'X-Api-Key': key }) }
  const answer = await fetch(new URL(path, registry), {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return text ? JSON.parse(text).data : []
}

/** The token of a link to set the password of an account. */
export async function tokenFor(registry, key, email) {
  const [account] = await call(registry, `/v1/accounts?text=${encodeURIComponent(email)}`, { key })
  const [{ link }] = await call(registry, `/v1/accounts/${account.id}/link`, { key, body: {} })
  return link.split('#')[1]
}

export async function setPasswords(registry, key) {
  for (const name of ['admin', 'blue', 'green', 'fleet', 'app', 'inspector']) {
    const token = await tokenFor(registry, key, `${name}@demo.invalid`)
    await call(registry, '/v1/password-links/use', { body: { token, password: PASSWORD } })
  }
}
