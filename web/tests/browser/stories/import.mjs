import { open, settled, signIn } from './steps.mjs'

const HEAD = 'id;nom;insee;geopoint;adresse;emplacements;no_appel;info'

/** Taxi ranks of the demo, as they are published. */
async function ranks(registry) {
  return await (await fetch(`${registry.url}/stations/stations.csv`)).text()
}

/** An admin imports ranks: with faults, with a new one, and with too few. */
export async function imports(to) {
  const { page, watch, shots, registry } = to
  watch.expected = /401/
  await signIn(to, 'admin@demo.invalid', '/console/zones')
  watch.expected = undefined
  await settled(page)
  await page.getByRole('link', { name: 'Importer', exact: true }).click()
  await page.getByRole('heading', { name: 'Importer le territoire' }).waitFor()
  await watch.look('import', shots)

  const there = await ranks(registry)
  const file = (text) => ({ name: 'stations.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  const files = page.getByLabel('Choisir des fichiers')
  const odd = { name: 'zone.yaml', mimeType: 'text/yaml', buffer: Buffer.from('id: x\n') }
  const rank = `${watch.name}-${Date.now()}`
  await files.setInputFiles([
    file(
      `${HEAD}\r\nA-1;;75056;nulle part;;beaucoup;;\r\nA-1;Gare du Nord;75056;"2.35, 48.88";;4;;\r\n`,
    ),
    odd,
  ])
  await page.getByText('2 fichiers').waitFor()
  await page.locator('summary', { hasText: 'Options de lecture' }).click()
  await watch.look('import-chosen', shots)
  await page.getByRole('button', { name: 'Voir l’aperçu' }).click()
  await page.getByText(/défauts empêchent l’import/).waitFor()
  const table = page.getByRole('table', { name: 'Défaut' })
  watch.check((await table.textContent()).includes('stations.csv'), 'a fault names no file')
  watch.check(
    (await page.getByRole('button', { name: 'Importer', exact: true }).count()) === 0,
    'files with faults can be imported',
  )
  await watch.look('import-faults', shots)

  // The mended file takes the place of the faulty one.
  const line = `${rank};Gare de l’Essai au nom vraiment très long pour une station de taxis;75056;"2.35, 48.86";;4;;`
  await page.getByRole('button', { name: 'Tout retirer' }).click()
  await files.setInputFiles([file(`${there.trimEnd()}\r\n${line}\r\n`), odd])
  // By keyboard alone: from the file to the preview, and from there to the import.
  await page.getByRole('button', { name: /aperçu/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Aperçu' }).waitFor()
  await page.getByText(/Gare de l’Essai/).waitFor()
  const focused = await page.evaluate(() => document.activeElement?.textContent)
  await page.locator('summary', { hasText: 'remarque' }).click()
  await watch.look('import-preview', shots)
  watch.check(focused === 'Aperçu', `the focus is on ${focused}`)
  // Other options are other files: the preview stays to be compared, and nothing is imported by it.
  const ready = page.getByRole('button', { name: 'Importer', exact: true })
  await page.locator('summary', { hasText: 'Options de lecture' }).click()
  await page.getByLabel('Laisser de côté').check()
  await page.getByText('Les options ont changé').waitFor()
  watch.check(await ready.isDisabled(), 'what was previewed with other options can be imported')
  await watch.look('import-options', shots)
  await page.getByLabel('Laisser de côté').uncheck()
  await page.getByText('Les options ont changé').waitFor({ state: 'detached' })
  watch.check(await ready.isEnabled(), 'the options are the same again, and the import is not')
  await page.getByLabel('Laisser de côté').check()
  await page.getByRole('button', { name: 'Refaire l’aperçu' }).last().click()
  await page.getByText(/Gare de l’Essai/).waitFor()
  watch.check(await ready.isEnabled(), 'the preview with other options is not that of the import')

  // Meanwhile another import puts something else in place.
  await meanwhile(registry, there)
  watch.expected = /409/
  await page.getByRole('button', { name: 'Importer', exact: true }).click()
  await page.getByText(/territoire a changé depuis l.aperçu/).waitFor()
  await watch.look('import-changed', shots)
  watch.expected = undefined
  await page.getByRole('button', { name: 'Refaire l’aperçu' }).click()
  await page.getByText(/Gare de l’Essai/).waitFor()
  await page.getByRole('button', { name: 'Importer', exact: true }).click()
  await page.getByText('Le territoire est importé').waitFor()
  await watch.look('import-done', shots)
  watch.check((await ranks(registry)).includes(rank), 'the rank is not in place')

  // What takes much away asks for a word, and puts the demo's ranks back in the end.
  await page.getByRole('button', { name: 'Importer d’autres fichiers' }).click()
  await files.setInputFiles([file(`${HEAD}\r\n${line}\r\n`)])
  await page.getByRole('button', { name: 'Voir l’aperçu' }).click()
  await page.getByText('retire une grande part').waitFor()
  const apply = page.getByRole('button', { name: 'Importer', exact: true })
  watch.check(await apply.isDisabled(), 'much is removed without a word')
  await page.getByLabel('C’est voulu').check()
  watch.check(await apply.isEnabled(), 'the word does not count')
  await watch.look('import-much', shots)
  await page.getByRole('button', { name: 'Tout retirer' }).click()
  await files.setInputFiles([file(there)])
  await page.getByRole('button', { name: 'Voir l’aperçu' }).click()
  await page.getByRole('heading', { name: 'Aperçu' }).waitFor()
  // One of nine is more than a tenth.
  await page.getByLabel('C’est voulu').check()
  await apply.click()
  await page.getByText('Le territoire est importé').waitFor()
  await open(to, '/console/activity')
  await page.getByText('Import du territoire').first().waitFor()
}

/** Imports the same ranks with another name, past the page. */
async function meanwhile(registry, there) {
  const headers = { 'x-api-key': registry.key }
  const name = `;Nom ${Date.now()};`
  const text = there.replace(/\r?\n[^;]+;[^;]+;/, (row) => row.replace(/;[^;]+;$/, name))
  const send = async (path) => {
    const form = new FormData()
    form.append('files', new Blob([text]), 'stations.csv')
    const answer = await fetch(registry.url + path, { method: 'POST', headers, body: form })
    return (await answer.json()).data[0]
  }
  const { digest, version } = await send('/v1/territory/preview')
  await send(`/v1/territory/import?digest=${digest}&version=${version}`)
}
