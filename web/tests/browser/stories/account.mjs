import { settled, signIn } from './steps.mjs'

export async function account(to) {
  const { page, watch, shots } = to
  watch.expected = /401/
  await signIn(to, 'blue@demo.invalid', '/console/account')
  watch.expected = /400|409/
  await settled(page)
  await watch.look('account', shots)
  await page
    .getByLabel('Nom commercial')
    .fill(`Taxis bleus, essai de ${new Date().toLocaleTimeString('fr')}`)
  await page.getByRole('button', { name: 'Enregistrer' }).first().click()
  await page.getByText('Enregistré', { exact: true }).waitFor()
  await page.getByLabel('Nouveau mot de passe').fill('short')
  await page.getByRole('button', { name: 'Changer le mot de passe' }).click()
  await page.getByText('Il faut au moins 8 caractères.').waitFor()
  await watch.look('account-refused', shots)
  await page.getByRole('button', { name: 'Envoyer un appel de test' }).click()
  await page.getByRole('heading', { name: 'Requête envoyée' }).waitFor()
  await page.getByText('Vérifier la signature').click()
  await watch.look('account-test-call', shots)
  await page.getByRole('button', { name: 'Nouvelle clé' }).click()
  await page.getByLabel('Nom', { exact: true }).fill('essais')
  await watch.look('account-new-key', shots, { full: false })
  await page.getByRole('button', { name: 'Créer la clé' }).click()
  await page.getByText('Copiez cette clé maintenant').waitFor()
  await watch.look('account-key', shots, { full: false })
  await page.getByRole('button', { name: /copié/ }).click()
  await page.getByRole('button', { name: 'Révoquer essais' }).last().click()
  await watch.look('account-revoke', shots, { full: false })
  await page.getByRole('dialog').getByRole('button', { name: 'Révoquer' }).click()
  await page.getByText('Clé révoquée').waitFor()
  await page.getByRole('button', { name: 'Révoquer', exact: false }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Révoquer' }).click()
  await page.getByText('la seule clé').waitFor()
  await watch.look('account-last-key', shots, { full: false })
}
