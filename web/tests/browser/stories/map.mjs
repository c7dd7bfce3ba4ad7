import { open, settled, signIn } from './steps.mjs'

const drawn = (page) => page.locator('summary', { hasText: 'Calques' }).waitFor()
const has = (page, name) => new URL(page.url()).searchParams.has(name)

/** An admin looks at the live map, chooses a taxi, and asks about a place. */
export async function map(to) {
  const { page, watch, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid', '/console/map')
  watch.expected = undefined
  await drawn(page)
  const legend = page.getByRole('list', { name: 'Taxis affichés par statut' })
  await legend.getByText('Libre').waitFor()
  // The territory and the first glides.
  await page.waitForTimeout(2_500)
  await watch.look('map', shots, { full: false })

  await page.locator('summary', { hasText: 'Calques' }).click()
  await page.getByLabel('ZUPC', { exact: true }).uncheck()
  watch.check(page.url().includes('off=zones'), `a layer is not in ${page.url()}`)
  await watch.look('map-layers', shots, { full: false })
  await page.locator('summary', { hasText: 'Calques' }).click()

  if (isPhone) await page.getByRole('link', { name: 'Liste' }).click()
  await page.locator('tbody tr a').first().waitFor()
  if (isPhone) await watch.look('map-list', shots, { full: false })
  await page.locator('tbody tr a').first().click()
  const card = page.getByRole('region', { name: 'Taxi choisi' })
  await card.waitFor()
  watch.check(has(page, 'taxi'), 'the chosen taxi is not in the address')
  // A filter that leaves it out keeps it in sight.
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Plaque', { exact: true }).fill('no such plate')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.getByText('Aucun taxi ne correspond').waitFor()
  await card.getByText('Les filtres ne le laissent pas passer').waitFor()
  await watch.look('map-filtered', shots)
  await page.getByRole('button', { name: 'Tout effacer' }).first().click()
  if (isPhone) await page.getByRole('link', { name: 'Carte', exact: true }).click()

  // Keyboard alone: to the map, a step aside, and a question about its middle.
  await page.locator('.maplibregl-canvas').focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForTimeout(500)
  await page.keyboard.press('Enter')
  await page.getByText(/peu(t|vent) y prendre un client/).waitFor()
  watch.check(has(page, 'lon') && has(page, 'lat'), 'the place is not in the address')
  await page.getByRole('button', { name: 'Effacer le lieu' }).click()
  await page.getByLabel('Latitude').fill('48,8606')
  await page.getByLabel('Longitude').fill('2,3376')
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByText(/peu(t|vent) y prendre un client/).waitFor()
  await settled(page)
  await page.waitForTimeout(1_500)
  await watch.look('map-place', shots)

  // The registry no longer answers: the taxis stay in sight.
  watch.expected = /ERR_FAILED|Failed to load/
  if (isPhone) await page.getByRole('link', { name: 'Liste' }).click()
  await page.route(
    (url) => url.pathname === '/v1/map/taxis',
    (route) => route.abort(),
  )
  await page.getByText('Données d’avant la coupure').waitFor()
  watch.check(await page.locator('tbody tr').count(), 'old taxis are gone')
}

/** A browser without WebGL shows the list, and a sentence in the place of the map. */
export async function mapless(to) {
  const { page, watch, shots } = to
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null
  })
  watch.expected = /401/
  await signIn(to, 'blue@demo.invalid', '/console/map')
  watch.expected = undefined
  await page.getByText('Ce navigateur ne peut pas dessiner la carte').waitFor()
  await open(to, '/console/map?view=list&within=86400')
  await page.locator('tbody tr a').first().waitFor()
  await watch.look('map-none', shots, { full: false })
}

/** The list beside a map is used while the map's code is still on its way; the map then comes to the place kept for it. */
export async function mapLater(to) {
  const { page, watch, shots, isPhone } = to
  let arrive
  const arrived = new Promise((resolve) => {
    arrive = resolve
  })
  await page.route(/\/maplibre\.js$/, async (route) => {
    await arrived
    await route.continue()
  })
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid', '/console/zones')
  watch.expected = undefined
  const rows = page.locator('tbody tr a')
  await rows.first().waitFor()
  await page.getByText('La carte arrive').waitFor()
  await watch.look('map-later', shots)
  const count = await rows.count()
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Nom', { exact: true }).fill('nothing of this name')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.getByText('Rien de ce nom').waitFor()
  await page.getByRole('button', { name: /Retirer le filtre/ }).click()
  await rows.first().click()
  await page.getByText('Recherches, dernière heure').waitFor()
  watch.check((await rows.count()) === count, 'the list is not whole again')
  watch.check(
    (await page.locator('.maplibregl-canvas').count()) === 0,
    'the map did not wait for its code',
  )
  const place = page.locator('.card.map')
  const kept = await place.boundingBox()
  arrive()
  await drawn(page)
  const taken = await place.boundingBox()
  watch.check(
    JSON.stringify(taken) === JSON.stringify(kept),
    `the map moved its place: ${JSON.stringify([kept, taken])}`,
  )
}

/** Zones, towns and ranks. */
export async function territory(to) {
  const { page, watch, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid', '/console/zones')
  watch.expected = undefined
  await settled(page)
  await drawn(page)
  await page.locator('tbody tr a').first().click()
  await page.getByText('Recherches, dernière heure').waitFor()
  await page.waitForTimeout(1_500)
  await watch.look('zones', shots)
  await page.getByRole('link', { name: 'Communes', exact: true }).click()
  await page.getByText('Cherchez une commune').waitFor()
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Nom', { exact: true }).fill('par')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.locator('tbody tr a').first().click()
  await page.getByText('Code INSEE').last().waitFor()
  await page.waitForTimeout(1_500)
  await watch.look('towns', shots)
  await page.getByRole('link', { name: 'Stations', exact: true }).click()
  await page.locator('tbody tr a').first().click()
  await page.waitForTimeout(1_500)
  await watch.look('ranks', shots)
  await open(to, '/console/zones?tab=exclusions&search=nothing-of-this-name')
  await page.getByText('Rien de ce nom').waitFor()
  await open(to, '/console/zones?chosen=unknown')
  await page.getByText('Cet objet n’existe plus').waitFor()
  await watch.look('zone-missing', shots, { full: false })
}
