import { settled, signIn } from './steps.mjs'

/** A developer of an app plays both sides of rides. */
export async function integration(to) {
  const { page, watch, shots, isPhone } = to
  watch.expected = /401/
  await signIn(to, 'app@demo.invalid', '/console/integration')
  await settled(page)
  watch.expected = /400/
  await watch.look('integration', shots)

  const client = page.getByRole('region', { name: 'Application du client' })
  const operator = page.getByRole('region', { name: 'Opérateur et taxi' })
  /** On a phone one side is seen at a time. */
  async function see(side) {
    if (!isPhone) return
    const name = side === client ? 'Application du client' : 'Opérateur et taxi'
    await page.getByRole('link', { name, exact: true }).click()
    await side.waitFor()
  }
  async function press(side, name) {
    await see(side)
    await side.getByRole('button', { name, exact: true }).click()
  }
  async function is(side, status) {
    await see(side)
    await side.getByText(status, { exact: true }).first().waitFor({ timeout: 45_000 })
  }

  await press(operator, 'Créer un taxi de test')
  await is(operator, 'Libre')
  const id = await operator.locator('a.mono').first().textContent()
  await watch.look('integration-taxi', shots)

  // By keyboard, then by pointer.
  const taxi = page.getByRole('button', { name: /Votre taxi de test/ })
  const reports = () => operator.getByText('POST /geotaxi').count()
  const told = async (before) => {
    await page.waitForFunction(
      ([count]) =>
        [...document.querySelectorAll('summary')].filter((it) => /geotaxi/.test(it.textContent))
          .length > count,
      [before],
    )
  }
  let before = await reports()
  await taxi.focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Shift+ArrowUp')
  await told(before)
  before = await reports()
  await taxi.hover()
  const box = await page.getByRole('img', { name: /Radar/ }).boundingBox()
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.6, { steps: 5 })
  await page.mouse.up()
  await told(before)

  async function hail(taxiId) {
    await press(client, 'Chercher des taxis')
    await client.getByRole('button', { name: `Commander ${taxiId}` }).click()
    await is(client, 'Chez l’opérateur')
  }
  async function ask() {
    await hail(id)
    await press(operator, 'Proposer au chauffeur')
    await is(operator, 'Proposée au chauffeur')
  }

  // A whole ride.
  await press(client, 'Chercher des taxis')
  await client.getByRole('button', { name: `Commander ${id}` }).waitFor()
  await watch.look('integration-found', shots)
  await ask()
  await watch.look('integration-asked', shots)
  await press(operator, 'Accepter')
  await is(client, 'Acceptée par le taxi')
  await press(client, 'Confirmer')
  await is(operator, 'Taxi en route')
  await press(operator, 'Client à bord')
  await is(client, 'Client à bord')
  await watch.look('integration-on-board', shots)
  await press(operator, 'Terminer la course')
  await is(client, 'Terminée')
  await see(operator)
  await operator.locator('summary').first().click()
  const command = await operator.locator('pre').first().textContent()
  watch.check(
    command.includes('-H "X-Api-Key: $KEY"') && command.includes("-H 'X-Logas: integration@"),
    `the command is ${command}`,
  )
  await watch.look('integration-finished', shots)

  // Refused.
  await ask()
  await press(operator, 'Refuser')
  await is(client, 'Refusée par le taxi')
  await watch.look('integration-refused', shots)

  // The driver does not answer, and the registry ends the wait.
  await press(operator, 'Libre')
  await ask()
  await press(operator, 'Ne pas répondre')
  await operator.getByText('Le chauffeur ne répond pas').waitFor()
  await watch.look('integration-ignored', shots)
  await is(client, 'Taxi sans réponse')

  // The customer gives up on the way.
  await press(operator, 'Libre')
  await ask()
  await press(operator, 'Accepter')
  await is(client, 'Acceptée par le taxi')
  await press(client, 'Confirmer')
  await is(client, 'Taxi en route')
  await client.getByLabel('Motif').selectOption('parade')
  await press(client, 'Signaler un incident')
  await is(operator, 'Incident du client')
  await watch.look('integration-incident', shots)

  // A test taxi answers by itself.
  await see(client)
  await client.getByRole('button', { name: 'Ajouter' }).click()
  const remove = client.getByRole('button', { name: /Supprimer le taxi de test/ }).first()
  await remove.waitFor()
  const other = (await remove.getAttribute('aria-label')).split(' ').at(-1)
  await hail(other)
  await is(client, 'Acceptée par le taxi')
  await press(client, 'Confirmer')
  await is(client, 'Terminée')
  await watch.look('integration-sandbox', shots)
  const itself = client.getByRole('button', { name: `Supprimer le taxi de test ${other}` })
  await itself.click()
  await itself.waitFor({ state: 'detached' })

  // What is refused is said, and what was typed stays.
  await client.getByLabel('Adresse').fill('')
  await client.getByLabel('Téléphone').fill('0612345678')
  await press(client, 'Chercher des taxis')
  await client.getByRole('button', { name: `Commander ${id}` }).click()
  await client.getByRole('alert').waitFor()
  watch.check(
    (await client.getByLabel('Téléphone').inputValue()) === '0612345678',
    'what was typed is lost',
  )
  await watch.look('integration-error', shots)
}
