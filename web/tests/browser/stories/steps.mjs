/** Steps that the stories share. */
import { PASSWORD } from '../passwords.mjs'

export async function signIn({ page, url }, email, path = '/console/') {
  await page.goto(url + path)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByRole('button', { name: 'Se connecter' }).click()
  // The sign-in has a heading, too: the page behind it is there once the password is not asked for any more.
  await page.getByLabel('Mot de passe').waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1 }).first().waitFor()
}

export const settled = (page) =>
  page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })

export async function open(to, path) {
  await to.page.goto(to.url + path)
  await to.page.getByRole('heading', { level: 1 }).first().waitFor()
  await settled(to.page)
}
