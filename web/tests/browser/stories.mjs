/** What people of each role do in the console. */

async function signIn({ page, url }, email, path = '/console/') {
  await page.goto(url + path)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Mot de passe').fill('any')
  await page.getByRole('button', { name: 'Se connecter' }).click()
  await page.getByRole('heading', { level: 1 }).first().waitFor()
}

const settled = (page) => page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })

async function open(to, path) {
  await to.page.goto(to.url + path)
  await to.page.getByRole('heading', { level: 1 }).first().waitFor()
  await settled(to.page)
}

/** Nobody is signed in. */
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
  await page.getByLabel('Mot de passe').fill('right')
  await page.getByRole('button', { name: 'Se connecter' }).click()
  // The page that was asked for, with its filter.
  await page.getByRole('heading', { name: 'Courses', level: 1 }).waitFor()
  await page.getByRole('button', { name: /Retirer le filtre Statut/ }).waitFor()
}

export async function admin(to) {
  const { page, watch, url, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid')
  watch.expected = undefined
  await settled(page)
  await watch.look('admin-home', shots)
  await page.getByRole('button', { name: 'Voir en tableau' }).first().click()
  await watch.look('admin-home-table', shots, { full: false })

  if (isPhone) {
    await page.getByRole('button', { name: 'Menu' }).click()
    await watch.look('admin-menu', shots, { full: false })
    await page.getByRole('dialog').getByRole('link', { name: 'Courses' }).click()
  } else {
    await page.getByRole('link', { name: 'Courses', exact: true }).first().click()
  }
  await page.getByRole('heading', { name: 'Courses', level: 1 }).waitFor()
  await settled(page)
  await watch.look('admin-hails', shots)
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Statut', { exact: true }).selectOption('finished')
  await page.getByLabel('Client', { exact: true }).fill('passenger')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  watch.check(
    page.url().includes('status=finished&customer_id=passenger'),
    `filters are not in ${page.url()}`,
  )
  await settled(page)
  await watch.look('admin-hails-filtered', shots)
  await page.locator('tbody tr a').first().click()
  await page.getByRole('heading', { name: 'Déroulement' }).waitFor()
  await settled(page)
  await watch.look('admin-hail-finished', shots)
  await page.getByRole('link', { name: 'Courses', exact: true }).last().click()
  watch.check(page.url().includes('status=finished'), 'the way back loses the filters')

  await open(to, '/console/hails?status=accepted_by_customer')
  if (await page.locator('tbody tr a').count()) {
    await page.locator('tbody tr a').first().click()
    await page.getByRole('heading', { name: 'Déroulement' }).waitFor()
    await settled(page)
    await watch.look('admin-hail-open', shots)
  }
  watch.expected = /404|400/
  await open(to, '/console/hails/unknown')
  await watch.look('admin-hail-missing', shots)
  await open(to, '/console/hails?customer_id=nobody-of-this-name')
  await watch.look('admin-hails-none', shots)
  await open(to, '/console/taxis')
  await watch.look('admin-taxis-choose', shots)
  await page.locator('tbody tr a', { hasText: 'blue@' }).click()
  await page.getByRole('button', { name: /Retirer le filtre Opérateur/ }).waitFor()
  await settled(page)
  await watch.look('admin-taxis', shots)
  await page.locator('tbody tr a').first().click()
  await settled(page)
  await watch.look('admin-taxi', shots)
  await page.getByRole('link', { name: 'Visibilité' }).click()
  await page.getByRole('button', { name: 'Place du taxi' }).click()
  await settled(page)
  await watch.look('admin-taxi-visibility', shots)
  await page.getByLabel('Latitude').fill('45,1')
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByText('Une recherche ne montre pas').waitFor()
  await watch.look('admin-taxi-hidden', shots)
  await page.getByRole('link', { name: 'Historique' }).click()
  await settled(page)
  await watch.look('admin-taxi-history', shots)
  await page.locator('nav[aria-label="Taxi"]').getByRole('link', { name: 'Courses' }).click()
  await settled(page)
  await watch.look('admin-taxi-hails', shots)

  await page.keyboard.press('/')
  await page.getByRole('combobox', { name: /Plaque/ }).fill('co')
  await page.getByRole('option').first().waitFor()
  await page.waitForTimeout(500)
  await watch.look('admin-jump', shots, { full: false })
  await page.keyboard.press('Escape')

  await open(to, '/console/nowhere')
  await watch.look('admin-no-page', shots)
  await open(to, '/console/activity?action=taxi_status')
  await watch.look('admin-activity', shots)
  await page.getByRole('button', { name: /Retirer le filtre Action/ }).click()
  await settled(page)
  await watch.look('admin-activity-all', shots)
  await open(to, '/console/accounts')
  await watch.look('admin-accounts', shots)
  await page.getByRole('button', { name: /Agir en son nom green@/ }).click()
  await page.getByText('Vous agissez au nom de').waitFor()
  await settled(page)
  await watch.look('admin-acting', shots)
  await page.reload()
  await page.getByText('Vous agissez au nom de').waitFor()
  await page.getByRole('button', { name: 'Redevenir moi-même' }).click()
  await page.getByText('Vous agissez au nom de').waitFor({ state: 'detached' })
  await page
    .getByRole('button', { name: /Mon compte/ })
    .last()
    .click()
  await watch.look('admin-account-menu', shots, { full: false })
  await page.getByRole('button', { name: 'Se déconnecter' }).click()
  await page.getByRole('button', { name: 'Se connecter' }).waitFor()
  watch.check(page.url() === `${url}/console/`, 'one is elsewhere after signing out')
}

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
