import { readFileSync } from 'node:fs'
import { open, settled, signIn } from './steps.mjs'

/** An administrator reads all figures, filters them and takes them along; an operator sees its own. */
export async function statistics(to) {
  const { page, watch, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid')
  watch.expected = undefined
  await open(to, '/console/statistics')
  await watch.look('statistics', shots)

  // A chart as a table, and its numbers as a file.
  await page
    .getByRole('button', { name: /^Voir en tableau/ })
    .first()
    .click()
  await page.getByRole('button', { name: /^Voir en graphique/ }).waitFor()
  const waits = page.waitForEvent('download')
  await page.getByRole('button', { name: /^CSV/ }).first().click()
  const download = await waits
  const text = readFileSync(await download.path(), 'utf8')
  watch.check(
    /^comparaison-\d{4}-\d\d-\d\d\.csv$/.test(download.suggestedFilename()),
    download.suggestedFilename(),
  )
  watch.check(
    text.startsWith('\ufeffIndicateur;Période choisie;'),
    `the file begins with ${text.slice(0, 60)}`,
  )
  watch.check(text.includes('\r\nRecherches;'), 'the file lacks the searches')

  // A town by its name: the chip carries it, and the address its code.
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Commune').pressSequentially('Par')
  await page.locator('datalist option').first().waitFor({ state: 'attached' })
  const town = await page.locator('datalist option').first().getAttribute('value')
  await page.getByLabel('Commune').fill(town)
  await page.getByRole('button', { name: `Retirer le filtre Commune ${town}` }).waitFor()
  await settled(page)
  await watch.look('statistics-town', shots)
  // The next section keeps the filter.
  await page
    .getByRole('navigation', { name: 'Statistiques' })
    .getByRole('link', { name: 'Refus' })
    .click()
  await page.getByRole('button', { name: `Retirer le filtre Commune ${town}` }).waitFor()
  await settled(page)
  await watch.look('statistics-refusals-town', shots)
  await open(to, '/console/statistics?town=Nulle+part')
  await page.getByText('Commune inconnue').waitFor()
  await watch.look('statistics-no-town', shots, { full: false })

  for (const section of ['taxis', 'hails', 'searches', 'groups', 'quality', 'refusals']) {
    await open(to, `/console/statistics/${section}`)
    await watch.look(`statistics-${section}`, shots)
  }
  await open(to, '/console/statistics?since=2020-01-01&until=2020-01-31')
  watch.check(
    (await page.getByText('Aucune donnée pour ce choix.').count()) > 3,
    'charts of a year without data do not say so',
  )
  await watch.look('statistics-no-data', shots)

  await open(to, '/console/statistics/map')
  await page.locator('svg path.cell').first().waitFor({ state: 'attached' })
  await watch.look('statistics-map', shots)
  const cut = await page
    .locator('.map svg')
    .first()
    .evaluate((svg) => {
      const room = svg.getBoundingClientRect()
      const isCut = ({ left, right }) => left < room.left || right > room.right
      const names = [...svg.querySelectorAll('text')]
      return names
        .filter((name) => isCut(name.getBoundingClientRect()))
        .map((name) => name.textContent)
    })
  watch.check(cut.length === 0, `the edge of the map cuts ${cut.join(', ')}`)
  await page.locator('tbody tr a').first().click()
  await page.getByRole('link', { name: 'Toute la carte' }).waitFor()
  watch.check(/box=/.test(page.url()), `the part of the map is not in ${page.url()}`)
  await settled(page)
  await watch.look('statistics-map-near', shots)
  for (const of of ['searches', 'taxis', 'licences']) {
    await open(to, `/console/statistics/map?of=${of}`)
    await watch.look(`statistics-map-${of}`, shots)
  }
  await open(to, '/console/statistics/map?since=2020-01-01&until=2020-01-31')
  await page.getByText('Rien sur cette carte').waitFor()
}

/** An operator sees its own figures only. */
export async function operatorFigures(to) {
  const { page, watch, shots } = to
  watch.expected = /401/
  await signIn(to, 'blue@demo.invalid')
  watch.expected = undefined
  await open(to, '/console/statistics')
  await watch.look('operator-statistics', shots)
  watch.check(
    (await page.getByRole('navigation', { name: 'Statistiques' }).getByRole('link').count()) === 4,
    'an operator finds sections that are not its own',
  )
  await open(to, '/console/statistics/quality')
  await watch.look('operator-quality', shots)
  await open(to, '/console/statistics/map')
  await watch.look('operator-map', shots)
  await open(to, '/console/statistics/hails')
  await page.getByText('Ce compte n’y a pas accès').waitFor()
}
