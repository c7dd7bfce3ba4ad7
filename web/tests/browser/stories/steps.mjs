/** Steps that the stories share. */
import { PASSWORD } from '../passwords.mjs'

export async function signIn({ page, url }, email, path = '/console/') {
  await page.goto(url + path)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  const send = page.getByRole('button', { name: 'Se connecter' })
  await send.click()
  // The sign-in has a heading, too: the page behind it is there once its button is gone.
  await send.waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1 }).first().waitFor()
}

/** Nothing loads, and a map that comes after the rest is there. */
export const settled = (page) =>
  page.locator('[aria-busy="true"], [data-map]').first().waitFor({ state: 'detached' })

export async function open(to, path) {
  await to.page.goto(to.url + path)
  await to.page.getByRole('heading', { level: 1 }).first().waitFor()
  await settled(to.page)
}
