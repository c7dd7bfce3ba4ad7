import { open, settled, signIn } from './steps.mjs'

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
  // One that is on the road: a taxi that was just made has no place.
  await page.locator('tbody tr', { hasText: 'il y a' }).first().getByRole('link').first().click()
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
  await days(to)
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

/** The log of some days of the reader: its zone is said, a half typed year asks for nothing, and the address keeps the days. */
async function days(to) {
  const { page, watch, shots, isPhone } = to
  const asked = []
  const note = (request) => {
    const url = new URL(request.url())
    if (url.pathname === '/activity_logs') asked.push(url.searchParams)
  }
  page.on('request', note)
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByText(/à l’heure de votre appareil\s: Europe\/Paris/).waitFor()
  const from = page.getByLabel('Du', { exact: true })
  // As a browser tells it while the year is typed; the order in which parts are typed is the browser's.
  for (const day of ['0002-03-29', '0020-03-29', '0202-03-29', '2026-03-29']) await from.fill(day)
  await page.getByRole('button', { name: 'Retirer le filtre Du 29 mars 2026' }).waitFor()
  await page.getByLabel('Au', { exact: true }).fill('2026-03-29')
  await page.getByText('Aucune ligne ne correspond').waitFor()
  const last = asked.at(-1)
  const period = `${last?.get('since')} ${last?.get('until')}`
  // The clocks go forward that night: the day has 23 hours.
  const right = '2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z'
  watch.check(period === right, `the registry was asked for ${period}`)
  watch.check(
    page.url().includes('from=2026-03-29&to=2026-03-29'),
    `the days are not in ${page.url()}`,
  )
  watch.check(asked.length <= 2, `${asked.length} calls for two days`)
  await watch.look('admin-activity-days', shots)
  await page.getByRole('button', { name: /Retirer le filtre Au/ }).click()
  await page.locator('tbody tr').first().waitFor()
  page.off('request', note)
}
