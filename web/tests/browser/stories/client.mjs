import { open, settled, signIn } from './steps.mjs'

export async function client(to) {
  const { page, watch, shots } = to
  watch.expected = /401/
  await signIn(to, 'app@demo.invalid')
  watch.expected = undefined
  await settled(page)
  await watch.look('client-home', shots)
  await open(to, '/console/taxis')
  await watch.look('client-forbidden', shots)
  // The registry no longer answers: old data stay in sight, and a page without data says so.
  watch.expected = /ERR_FAILED|Failed to load/
  await open(to, '/console/hails')
  await page.route(
    (url) => url.pathname === '/hails',
    (route) => route.abort(),
  )
  await page.getByRole('button', { name: 'Actualiser' }).click()
  await page.getByRole('alert').waitFor()
  await watch.look('client-stale', shots, { full: false })
  // A click on a filter asks anew, and there is nothing old to show.
  await page.goto(`${to.url}/console/hails?id=a`)
  await page.getByText('Le registre ne répond pas').waitFor()
  await watch.look('client-offline', shots)
}
