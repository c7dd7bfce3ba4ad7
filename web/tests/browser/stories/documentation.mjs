/** A newcomer reads the documentation: its first screen, a guide, the search, a story, the reference, the legal pages. */
export async function documentation({ page, watch, url, shots }) {
  const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor()

  await page.goto(`${url}/`)
  await watch.look('first-page', shots)
  await page.getByRole('link', { name: /^Documentation/ }).click()
  await heading('Documentation')
  await watch.look('doc', shots)

  await page.getByRole('link', { name: /J’ai une application/ }).click()
  await heading('Démarrer avec une application')
  await page.locator('summary', { hasText: 'Python' }).first().click()
  await page.getByText('urllib.request').first().waitFor()
  await watch.look('doc-guide', shots)
  await page.getByRole('link', { name: 'English' }).click()
  await heading('Quick start for an app')
  await page.getByRole('link', { name: 'The life of a hail' }).first().click()
  await heading('The life of a hail')
  await watch.look('doc-hails', shots)

  await page.getByRole('searchbox').first().fill('taxi is not free')
  await page.keyboard.press('Enter')
  await heading('Search')
  await watch.look('doc-search', shots)
  await page.getByRole('link', { name: 'Errors – Hails' }).click()
  await heading('Errors')
  await watch.look('doc-errors', shots)

  await page.goto(`${url}/doc/stories/ride`)
  await heading('A ride')
  await watch.look('doc-story', shots)
  await page.goto(`${url}/doc/api`)
  await heading('Référence de l’API')
  await watch.look('doc-api', shots, { full: false })
  watch.expected = /404/
  await page.goto(`${url}/doc/nothing`)
  await heading('Cette page n’existe pas')
  await watch.look('doc-missing', shots)

  await page.goto(`${url}/legal/privacy`)
  await heading('Données personnelles')
  await watch.look('privacy', shots)
  await page.goto(`${url}/legal/accessibility`)
  await heading('Déclaration d’accessibilité')
  await watch.look('accessibility', shots)
}
