import { open, settled, signIn } from './steps.mjs'

/** An operator registers a taxi, with mistakes first, and changes it; an admin chooses for whom. */
export async function taxiForm(to) {
  const { page, watch, shots, isPhone } = to
  const plate = `TF${String(Date.now() % 1e6).padStart(6, '0')}`
  watch.expected = /401/
  await signIn(to, 'blue@demo.invalid', '/console/taxis')
  watch.expected = undefined
  await settled(page)
  await page.getByRole('link', { name: 'Nouveau taxi' }).click()
  await page.getByRole('heading', { name: 'Nouveau taxi' }).waitFor()
  await watch.look('taxi-form', shots)

  // Everything is wrong, and told at once.
  watch.expected = /400|404/
  await page.getByLabel('Numéro de carte professionnelle').fill(plate)
  await page.getByLabel('Département de la carte').fill('999')
  await page.getByLabel('Prénom').fill('Ada')
  await page.getByLabel('Plaque', { exact: true }).fill('AB')
  await page.getByLabel('Places pour les clients').fill('x')
  await page.getByLabel('Code INSEE').fill('99999')
  await page.getByLabel('Rayon').fill('20')
  const send = page.getByRole('button', { name: 'Créer le taxi' })
  await send.click()
  await page.getByText('Corrigez les champs signalés').waitFor()
  await page.getByText('Une plaque a de 7 à 10 caractères').waitFor()
  await page.getByText('Donnez un nombre entier').waitFor()
  const invalid = await page.locator('[aria-invalid="true"]').count()
  watch.check(invalid === 4, `${invalid} fields are marked`)
  await watch.look('taxi-form-faults', shots)
  await page.getByLabel('Nom', { exact: true }).fill('Martin-Delacroix de la Villeneuve')
  await page.getByLabel('Plaque', { exact: true }).fill(plate)
  await page.getByLabel('Places pour les clients').fill('4')
  await page.getByLabel('Numéro', { exact: true }).fill(plate)
  await send.click()
  await page.getByText('Ce département n’existe pas').waitFor()
  await page.getByText('Aucune commune du registre n’a ce code').waitFor()
  await page.getByText('Déjà enregistré : Véhicule').waitFor()
  await page.getByLabel('Département de la carte').fill('75')
  // A town is found by its name, too.
  await page.getByLabel('Code INSEE').fill('Par')
  await page.locator('datalist option[value="75056"]').waitFor({ state: 'attached' })
  await page.getByLabel('Code INSEE').fill('75056')
  await page.getByLabel('Accessible en fauteuil roulant').check()
  await page.getByLabel('Statut').selectOption('free')
  await send.click()
  // No taxi is made with a radius that is none.
  await page.getByText('Donnez un rayon de 150 à 500 mètres').waitFor()
  await page.getByLabel('Rayon').fill('300')
  await page.getByLabel('Rayon').press('Enter')
  await page.getByRole('heading', { name: plate }).waitFor()
  await settled(page)
  await page.getByText('300 m').waitFor()
  await page.getByText('Fauteuil').or(page.getByText('vasp_handicap')).first().waitFor()
  await watch.look('taxi-form-created', shots)

  await page.getByRole('link', { name: 'Modifier' }).click()
  await page.getByRole('heading', { name: `Modifier le taxi ${plate}` }).waitFor()
  await settled(page)
  await page.getByLabel('Couleur').fill('gris perle')
  await page.getByLabel('Accessible en fauteuil roulant').uncheck()
  await page.getByLabel('Titulaire', { exact: true }).fill('Perle et fils')
  await page.getByLabel('Statut').selectOption('off')
  await watch.look('taxi-form-edit', shots)
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByRole('heading', { name: plate, level: 1 }).waitFor()
  await page.getByText('gris perle').waitFor()
  await page.getByText('Hors service').first().waitFor()
  await page.getByText('Perle et fils').first().waitFor()

  // Another driver makes another taxi.
  await page.getByRole('link', { name: 'Modifier' }).click()
  await page.getByRole('link', { name: 'Créer l’autre taxi' }).click()
  await page.getByRole('heading', { name: 'Nouveau taxi' }).waitFor()
  await settled(page)
  await page.getByLabel('Numéro de carte professionnelle').fill('nobody has this card')
  await send.click()
  await page.getByText('Aucun conducteur enregistré n’a cette carte').waitFor()
  await watch.look('taxi-form-other', shots)

  watch.expected = /401/
  if (isPhone) return
  await page.context().clearCookies()
  await signIn(to, 'admin@demo.invalid', '/console/taxis/new')
  await page.getByText('Choisissez d’abord un opérateur').waitFor()
  await watch.look('taxi-form-choose', shots)
  await open(to, '/console/taxis/new?operator=blue%40demo.invalid')
  await page.getByText('Pour blue@demo.invalid').waitFor()
}
