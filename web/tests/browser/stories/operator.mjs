import { open, settled, signIn } from './steps.mjs'

export async function operator(to) {
  const { page, watch, shots } = to
  watch.expected = /401/
  await signIn(to, 'blue@demo.invalid')
  watch.expected = undefined
  await settled(page)
  await watch.look('operator-home', shots)
  await open(to, '/console/taxis')
  await watch.look('operator-taxis', shots)
  await open(to, '/console/taxis?licence_plate=zzz')
  await watch.look('operator-taxis-none', shots)
  await open(to, '/console/hails')
  await page.locator('tbody tr a').first().click()
  await page.getByRole('heading', { name: 'Appel au serveur' }).waitFor()
  await settled(page)
  await watch.look('operator-hail', shots)
}
