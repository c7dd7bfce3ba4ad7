/** A person links an identity at the identity provider, signs in through it, and out. */
import { PASSWORD } from '../passwords.mjs'
import { EMAIL, office } from '../provider.mjs'

export async function provider(to) {
  if (!process.env.LETAXI) {
    console.log(
      'the story of the identity provider needs a registry of its own: name its program by LETAXI',
    )
    return
  }
  const place = await office(process.env.LETAXI)
  try {
    to.watch.also(place.url)
    to.watch.also(place.provider.url)
    await tell({ ...to, url: place.url }, place.provider)
  } finally {
    place.stop()
  }
}

async function tell(to, provider) {
  const { page, watch, url, shots } = to
  watch.expected = /401|403|400/
  const through = page.getByRole('button', { name: 'Se connecter avec ProConnect' })
  const home = page.getByRole('heading', { name: 'Accueil', level: 1 })

  // An identity that opens no account yet.
  await page.goto(`${url}/console/`)
  await through.waitFor()
  await watch.look('sign-in-provider', shots)
  await through.click()
  await page.getByText(/Aucun compte n.est lié à cette identité/).waitFor()
  watch.check(!page.url().includes('code='), 'the code stays in the address')
  await watch.look('return-unlinked', shots)
  await page.getByRole('link', { name: 'Aller à la connexion' }).click()

  // It is linked on the account page.
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByRole('button', { name: 'Se connecter', exact: true }).click()
  await home.waitFor()
  await page.goto(`${url}/console/account`)
  await page.getByText('Aucune identité ProConnect').waitFor()
  await watch.look('identities-none', shots)
  await page.getByRole('button', { name: 'Lier une identité ProConnect' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Votre mot de passe').fill('a guess')
  await dialog.getByRole('button', { name: 'Continuer' }).click()
  await dialog.getByText('Le mot de passe est incorrect').waitFor()
  await watch.look('identities-link', shots, { full: false })
  await dialog.getByLabel('Votre mot de passe').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Continuer' }).click()
  await page.getByText(/Identité liée.: elle ouvre désormais/).waitFor()
  await page.getByText('ada@provider.invalid').first().waitFor()
  await watch.look('identities', shots)
  await signOut(page)

  // It opens the account, on the page that was asked for; signing out goes on at the provider.
  await page.goto(`${url}/console/activity?action=login_password`)
  await through.click()
  await page.getByRole('heading', { name: 'Journal d’activité', level: 1 }).waitFor()
  watch.check(
    page.url().includes('action=login_password'),
    `the page lost its filter: ${page.url()}`,
  )
  await signOut(page)
  watch.check(provider.ended?.id_token_hint, 'nobody signed out at the provider')

  // A person who does not want to.
  provider.person = undefined
  await through.click()
  await page.getByText(/L.autre service ne vous a pas connecté/).waitFor()
  await watch.look('return-declined', shots)

  // The identity is unlinked again.
  await page.getByRole('link', { name: 'Aller à la connexion' }).click()
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByRole('button', { name: 'Se connecter', exact: true }).click()
  await home.waitFor()
  await page.goto(`${url}/console/account`)
  await page.getByRole('button', { name: /^Délier/ }).click()
  await dialog.getByText('Elle n’ouvrira plus votre compte').waitFor()
  await watch.look('identities-unlink', shots, { full: false })
  await dialog.getByRole('button', { name: 'Délier' }).click()
  await page.getByText('Aucune identité ProConnect').waitFor()
}

async function signOut(page) {
  await page
    .getByRole('button', { name: /Mon compte/ })
    .last()
    .click()
  await page.getByRole('button', { name: 'Se déconnecter' }).click()
  await page.getByRole('button', { name: 'Se connecter', exact: true }).waitFor()
}
