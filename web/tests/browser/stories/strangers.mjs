/** Nobody is signed in. */
import { PASSWORD } from '../passwords.mjs'

export async function strangers(to) {
  const { page, watch, url, shots } = to
  watch.expected = /401/
  await page.goto(`${url}/console/hails?status=finished`)
  await page.getByRole('button', { name: 'Se connecter' }).waitFor()
  await watch.look('sign-in', shots)
  await page.getByLabel('E-mail').fill('nobody@demo.invalid')
  await page.getByLabel('Mot de passe').fill('wrong')
  await page.getByRole('button', { name: 'Se connecter' }).click()
  await page.getByRole('alert').waitFor()
  await watch.look('sign-in-refused', shots)
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  watch.check(
    (await page.getAttribute('html', 'lang')) === 'en',
    'the page does not tell its language',
  )
  await page.getByRole('button', { name: 'Français' }).click()
  await page.getByLabel('E-mail').fill('admin@demo.invalid')
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByRole('button', { name: 'Se connecter' }).click()
  // The page that was asked for, with its filter.
  await page.getByRole('heading', { name: 'Courses', level: 1 }).waitFor()
  await page.getByRole('button', { name: /Retirer le filtre Statut/ }).waitFor()
}
