/** An administrator invites a person, who sets up a second step, loses the phone, and is helped. */
import { PASSWORD } from '../passwords.mjs'
import { code } from '../phone.mjs'
import { open, settled, signIn } from './steps.mjs'

export async function people(to) {
  const { page, watch, url, shots } = to
  const email = `person-${watch.name}-${Date.now() % 1e7}@demo.invalid`
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid', '/console/accounts')
  await settled(page)
  await watch.look('accounts', shots)
  const link = await invite(to, email)
  await signOut(page)

  watch.expected = /401|400|404/
  await page.goto(`${url}/console/welcome`)
  await page.getByRole('heading', { name: 'Il manque une partie' }).waitFor()
  await watch.look('welcome-no-link', shots)
  // Only the fragment changes, for which a browser loads nothing.
  await page.goto('about:blank')
  await page.goto(link.replace(/^https?:\/\/[^/]+/, url))
  await page.getByRole('heading', { name: 'Bienvenue' }).waitFor()
  await page.getByLabel('Mot de passe').fill('short')
  await page.getByLabel('Le même').fill('shore')
  await page.getByText('Les deux mots de passe diffèrent').waitFor()
  await page.getByLabel('Le même').fill('short')
  await page.getByRole('button', { name: 'Enregistrer et se connecter' }).click()
  await page.getByText('Il faut au moins 8 caractères').waitFor()
  await watch.look('welcome', shots)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByLabel('Le même').fill(PASSWORD)
  await page.getByRole('button', { name: 'Enregistrer et se connecter' }).click()
  await page.getByRole('heading', { name: 'Accueil', level: 1 }).waitFor()
  watch.check(!page.url().includes('#'), 'the token stays in the address')

  const { secret, recovery } = await setUp(to)
  await signOut(page)
  await page.goto('about:blank')
  await page.goto(link.replace(/^https?:\/\/[^/]+/, url))
  await page.getByRole('heading', { name: 'Ce lien ne sert plus' }).waitFor()
  await watch.look('welcome-used', shots)
  await page.getByRole('link', { name: 'Aller à la connexion' }).click()

  await password(page, email)
  await page.getByLabel('Code à six chiffres').fill('000000')
  await page.getByRole('button', { name: 'Valider' }).click()
  await page.getByText('Le code est faux').waitFor()
  await watch.look('sign-in-code', shots)
  await page.getByLabel('Code à six chiffres').fill(code(secret, 1))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Accueil', level: 1 }).waitFor()
  await signOut(page)
  await password(page, email)
  await page.getByRole('button', { name: 'Utiliser un code de secours' }).click()
  await page.getByLabel('Code de secours').fill(recovery)
  await watch.look('sign-in-recovery', shots)
  await page.getByRole('button', { name: 'Valider' }).click()
  await page.getByText('il vous en reste 9').waitFor()
  await signOut(page)
  await help(to, email)
}

async function password(page, email) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Mot de passe').fill(PASSWORD)
  await page.getByRole('button', { name: 'Se connecter' }).click()
}

async function signOut(page) {
  await page
    .getByRole('button', { name: /Mon compte/ })
    .last()
    .click()
  await page.getByRole('button', { name: 'Se déconnecter' }).click()
  await page.getByRole('button', { name: 'Se connecter' }).waitFor()
}

/** Invites a person; returns the link. */
async function invite({ page, watch, shots }, email) {
  watch.expected = /400|409/
  await page.getByRole('button', { name: 'Inviter', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('E-mail').fill(email)
  await dialog
    .getByLabel('Nom', { exact: true })
    .fill('Une personne au nom vraiment très long, de la mairie')
  await dialog.getByLabel('Agent de contrôle').check()
  await dialog.getByLabel('Opérateur').check()
  await dialog.getByLabel('Départements').fill('75')
  await dialog.getByRole('button', { name: 'Créer le compte' }).click()
  await dialog.getByText(/Un agent de contrôle n.a pas d.autre rôle/).waitFor()
  await watch.look('accounts-invite-refused', shots, { full: false })
  await dialog.getByLabel('Agent de contrôle').uncheck()
  await dialog.getByRole('button', { name: 'Créer le compte' }).click()
  await dialog.getByText('Donnez ce lien').waitFor()
  await watch.look('accounts-link', shots, { full: false })
  const link = await dialog.locator('.link').textContent()
  await dialog.getByRole('button', { name: 'C’est fait' }).click()
  return link
}

/** Sets up a second step; returns the secret and a recovery code. */
async function setUp(to) {
  const { page, watch, shots } = to
  await open(to, '/console/account')
  await page.getByRole('button', { name: 'Activer' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Votre mot de passe').fill('a guess')
  await dialog.getByRole('button', { name: 'Continuer' }).click()
  await dialog.getByText('Le mot de passe est incorrect').waitFor()
  await dialog.getByLabel('Votre mot de passe').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Continuer' }).click()
  await dialog.getByRole('img', { name: 'Code QR' }).waitFor()
  await watch.look('second-step-secret', shots, { full: false })
  const secret = (await dialog.locator('code').textContent()).replace(/\s/g, '')
  await dialog.getByLabel('Code à six chiffres').fill(code(secret))
  await dialog.getByRole('button', { name: 'Valider' }).click()
  await dialog.getByText('Notez ces dix codes').waitFor()
  await watch.look('second-step-codes', shots, { full: false })
  const recovery = await dialog.locator('li').first().textContent()
  await dialog.getByRole('button', { name: 'C’est noté' }).click()
  await page.getByText('Codes de secours restants').waitFor()
  await watch.look('second-step-on', shots)
  return { secret, recovery }
}

/** The person has lost phone and codes, and leaves. */
async function help(to, email) {
  const { page, watch, shots } = to
  await signIn(to, 'admin@demo.invalid', `/console/accounts?text=${encodeURIComponent(email)}`)
  await settled(page)
  await page.getByRole('link', { name: 'Une personne' }).click()
  await page.getByRole('heading', { name: 'Fiche' }).waitFor()
  await watch.look('account-managed', shots)
  await page.getByLabel('Limite par clé').fill('-1')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('Doit être').waitFor()
  await page.getByLabel('Limite par clé').fill('50')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('50 requêtes par seconde').waitFor()
  const ask = async (name) => {
    await page.getByRole('button', { name, exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).waitFor()
    await watch.look(`account-managed-${name.toLowerCase()}`, shots, { full: false })
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  }
  await ask('Retirer')
  await page.getByText('Deuxième étape retirée').waitFor()
  await page.getByRole('button', { name: 'Créer un lien' }).click()
  await page.getByText('Donnez ce lien').waitFor()
  await page.getByRole('button', { name: 'C’est fait' }).click()
  await ask('Désactiver')
  await page.getByText('Désactivé depuis').waitFor()
  await watch.look('account-managed-disabled', shots)
  await ask('Supprimer')
  await page.getByText('Compte supprimé').waitFor()
}
