const TAXI = {
  driver: {
    first_name: 'Maximilienne-Antoinette',
    last_name: 'de La Rochefoucauld-Montmorency',
    card_number: '06-2021-00123',
    card_departement: '06',
    connected: true,
    connected_until: null,
  },
  ads: { number: '117', insee: '06088', town: 'Nice' },
  plate: 'AB-123-CD',
}

/**
 * An inspector on the street. The demo has no inspector, and no way to run into a limit: the answers of the registry are
 * played here, in the words of `tests/transcripts/inspections.md`.
 */
export async function inspector(to) {
  const { page, watch, shots } = to
  const answers = []
  const asked = []
  await page.route(
    (url) => url.pathname === '/v1/me',
    (route) =>
      route.fulfill({
        json: { data: [{ id: 9, email: 'eve@demo.invalid', name: null, roles: ['inspector'] }] },
      }),
  )
  await page.route(
    (url) => url.pathname === '/v1/inspections',
    (route) => {
      asked.push(route.request().postDataJSON())
      const { status = 201, headers, ...json } = answers.shift()
      return route.fulfill({ status, headers, json })
    },
  )
  const found = (...taxis) => ({ data: [{ id: 12, at: '2024-02-29T12:00:00', taxis }] })
  const look = async (answer) => {
    answers.push(answer)
    await page.getByRole('button', { name: 'Contrôler' }).click()
  }

  watch.expected = /400|401|403|429/
  await page.goto(`${to.url}/console/`)
  // The only page of an inspector opens by itself.
  await page.getByRole('heading', { level: 1, name: 'Contrôle' }).waitFor()
  watch.check(page.url().endsWith('/console/inspection'), `an inspector begins at ${page.url()}`)
  watch.check(
    (await page.getByRole('link', { name: 'Accueil' }).count()) === 0,
    'an inspector has a home page, too',
  )
  await watch.look('inspector', shots)

  await page.getByLabel('Plaque').last().fill('ab 123 cd')
  await page.getByLabel('Motif du contrôle').fill('contrôle en gare')
  await look(found(TAXI))
  await page.getByRole('heading', { name: 'Taxi enregistré' }).waitFor()
  watch.check(
    JSON.stringify(asked[0]) === '{"purpose":"contrôle en gare","plate":"ab 123 cd"}',
    `the registry was asked for ${JSON.stringify(asked[0])}`,
  )
  await watch.look('inspector-found', shots)

  await page.getByRole('button', { name: 'Nouveau contrôle' }).click()
  watch.check(
    (await page.getByLabel('Motif du contrôle').inputValue()) === 'contrôle en gare',
    'the purpose must be typed anew',
  )
  await page.getByText('Carte professionnelle').click()
  await page.getByLabel('Numéro de la carte').fill('12')
  await page.getByLabel('Département de la carte').fill('6')
  const gone = {
    ...TAXI,
    driver: { ...TAXI.driver, connected: false, connected_until: '2024-02-29T11:00:00' },
  }
  await look(found(gone, { ...TAXI, plate: 'WW 456 Z' }))
  await page.getByText('Non connecté').waitFor()
  await watch.look('inspector-two', shots)

  await page.getByRole('button', { name: 'Nouveau contrôle' }).click()
  await page.getByText('ADS', { exact: true }).click()
  await page.getByLabel('Numéro de l’ADS').fill('117')
  await page.getByLabel('Code INSEE').fill('75056')
  await look(found())
  await page.getByRole('heading', { name: 'Aucun taxi trouvé' }).waitFor()
  await watch.look('inspector-none', shots)

  await page.getByRole('button', { name: 'Nouveau contrôle' }).click()
  await page.getByLabel('Numéro de l’ADS').fill('117')
  await page.getByLabel('Code INSEE').fill('7505x')
  await look({ status: 400, errors: { ads: { insee: ['Ce code INSEE n’est pas valable.'] } } })
  await page.getByText('Ce code INSEE n’est pas valable.').waitFor()
  await watch.look('inspector-refused', shots)
  const wait = {
    status: 429,
    headers: { 'Retry-After': '42' },
    errors: { '': ['Trop de requêtes.'] },
  }
  await look(wait)
  await page.getByText('Trop de contrôles').waitFor()
  await page.getByText('42 s').waitFor()
  await watch.look('inspector-too-many', shots)
  await look({
    status: 403,
    errors: { '': ['Le compte n’a aucun département où contrôler des conducteurs.'] },
  })
  await page.getByText('n’a aucun département').waitFor()
  await watch.look('inspector-forbidden', shots)
}
