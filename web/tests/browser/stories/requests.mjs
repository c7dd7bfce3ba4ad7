import { readFileSync } from 'node:fs'
import { open, settled, signIn } from './steps.mjs'

/** A search app looks at the requests of its customers, and follows them up. */
export async function requests(to) {
  const { page, watch, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'app@demo.invalid')
  watch.expected = undefined
  await open(to, '/console/sessions')
  await page.getByRole('listitem').filter({ hasText: /essai/ }).first().waitFor()
  await watch.look('requests', shots, { full: false })
  const words = await page.locator('#content').textContent()
  watch.check(!/[a-z]+_[a-z]+|[0-9a-f]{8}-[0-9a-f]{4}/.test(words), 'the page shows codes')
  if (isPhone) await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Issue').selectOption('ride')
  await page.getByRole('button', { name: /Retirer le filtre Issue/ }).waitFor()
  await settled(page)
  watch.check(
    (await page
      .locator('#content li')
      .getByText('Aucune course signalée', { exact: true })
      .count()) === 0,
    'the filter lets other outcomes through',
  )
  await page.getByText('Des 31 derniers jours').waitFor()
  watch.check(page.url().includes('outcome=ride'), `the filter is not in ${page.url()}`)
  await watch.look('requests-rides', shots, { full: false })
  await page.locator('.hail a').first().click()
  await page.getByRole('heading', { name: 'Déroulement' }).waitFor()
  await open(to, '/console/sessions?customer_id=nobody')
  await page.getByText('Aucune demande ne correspond').waitFor()
  await watch.look('requests-none', shots)
  await open(to, '/console/sessions?outcome=none&from=2020-01-01')
  await page.getByText('Période trop longue').waitFor()
  await watch.look('requests-too-long', shots)

  await open(to, '/console/follow-up')
  await watch.look('follow-up', shots, { full: false })
  const waits = page.waitForEvent('download')
  await page.getByRole('button', { name: /^CSV/ }).click()
  const text = readFileSync(await (await waits).path(), 'utf8')
  watch.check(
    text.startsWith('\ufeffHeure (UTC);Client;Téléphone;'),
    `the file begins with ${text.slice(0, 60)}`,
  )
  await open(to, '/console/follow-up?from=2099-01-01')
  await page.getByText('Aucune demande').first().waitFor()
}
