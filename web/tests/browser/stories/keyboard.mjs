import { PASSWORD } from '../passwords.mjs'
import { open, settled, signIn } from './steps.mjs'

/** Half a screen of 1280: what a reader with 200 % zoom has. */
const ZOOMED = { width: 640, height: 400 }
/** Stops on a page that are looked at; lists go on alike. */
const MOST_STOPS = 45
const PAGES = [
  '/console/',
  '/console/taxis?operator=blue@demo.invalid',
  '/console/hails',
  '/console/sessions',
  '/console/follow-up',
  '/console/statistics',
  '/console/statistics/map',
  '/console/statistics/refusals',
  '/console/activity',
  '/console/accounts',
  '/console/account',
]

/** The element with the focus: what it is, where, and if one sees that it has the focus. */
const focused = (page) =>
  page.evaluate(async () => {
    // A browser scrolls to what has the focus with its next picture.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const element = document.activeElement
    if (!element || element === document.body) return null
    const outlined = (one, pseudo) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one, pseudo)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0
    }
    const label = element.closest('label')
    const box = element.getBoundingClientRect()
    const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)]
    const top = document.elementFromPoint(x, y)
    const before = globalThis.lastFocused
    globalThis.lastFocused = element
    globalThis.firstFocused ??= element
    // After the last stop the first one comes again.
    if (before && before !== element && element === globalThis.firstFocused) return null
    // The parts of a date are several stops in one field, and show their focus themselves.
    const isPart = before === element
    return {
      name: `${element.tagName} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`,
      isSeen:
        isPart ||
        outlined(element) ||
        outlined(element, '::after') ||
        (label !== null && outlined(label)),
      isInSight: box.width > 0 && y >= 0 && y <= innerHeight && x >= 0 && x <= innerWidth,
      isCovered:
        top !== null &&
        top !== element &&
        !element.contains(top) &&
        !top.contains(element) &&
        !label?.contains(top),
      isInMain: element.closest('main') !== null,
      isInOrder:
        isPart ||
        !before?.isConnected ||
        (before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
    }
  })

async function walk(to, path) {
  const { page, watch } = to
  await open(to, path)
  await page.evaluate(() => {
    globalThis.lastFocused = undefined
    globalThis.firstFocused = undefined
  })
  for (let i = 0; i < MOST_STOPS; i += 1) {
    await page.keyboard.press('Tab')
    const at = await focused(page)
    if (!at) return
    const where = `${path}, stop ${i + 1}: ${at.name}`
    watch.check(at.isSeen, `${where}: nothing shows the focus`)
    watch.check(at.isInSight, `${where}: out of sight`)
    watch.check(!at.isCovered, `${where}: covered`)
    watch.check(at.isInOrder, `${where}: out of order`)
  }
}

/** Somebody without a pointer, on a screen at 100 % and at 200 %. */
export async function keyboard(to) {
  const { page, watch, url, shots, isPhone } = to
  const key = (name) => page.keyboard.press(name)
  const focusIs = async (locator, text) =>
    watch.check(await locator.evaluate((element) => element === document.activeElement), text)

  watch.at = 'keyboard'
  if (isPhone) {
    watch.expected = /401/
    await signIn(to, 'admin@demo.invalid')
    const burger = page.getByRole('button', { name: 'Menu' })
    await burger.focus()
    await key('Enter')
    await page.getByRole('dialog').getByRole('link', { name: 'Courses' }).waitFor()
    await key('Escape')
    await focusIs(burger, 'the menu does not give the focus back')
    return
  }

  // The sign-in, with keys alone.
  watch.expected = /401/
  await page.goto(`${url}/console/`)
  const mail = page.getByLabel('E-mail')
  await mail.waitFor()
  for (
    let i = 0;
    i < 6 && !(await mail.evaluate((input) => input === document.activeElement));
    i += 1
  )
    await key('Tab')
  await page.keyboard.type('admin@demo.invalid')
  await key('Tab')
  await page.keyboard.type(PASSWORD)
  await key('Enter')
  await page.getByRole('heading', { level: 1, name: 'Accueil' }).waitFor()
  watch.expected = undefined

  // The first stop leads past the menu.
  await open(to, '/console/hails')
  await key('Tab')
  const skip = page.getByRole('link', { name: 'Aller au contenu' })
  await focusIs(skip, 'the first stop is not the way to the content')
  watch.check((await skip.boundingBox()).y >= 0, 'the way to the content is not to be seen')
  await watch.look('keyboard-skip', shots, { full: false })
  await key('Enter')
  await key('Tab')
  watch.check((await focused(page))?.isInMain, 'the way to the content does not lead there')

  // What opens on top of the page gives the focus back.
  const account = page.getByRole('button', { name: /Mon compte/ })
  await account.focus()
  await key('Enter')
  await page.getByRole('button', { name: 'Se déconnecter' }).waitFor()
  await key('Escape')
  await focusIs(account, 'the account menu does not give the focus back')
  const refresh = page.getByRole('button', { name: 'Actualiser' })
  await refresh.focus()
  await key('/')
  await page.getByRole('combobox', { name: /Plaque/ }).waitFor()
  await key('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await focusIs(refresh, 'the jump box does not give the focus back')
  await key('Control+k')
  await page.getByRole('combobox', { name: /Plaque/ }).waitFor()
  await page.keyboard.type('statis')
  await key('Enter')
  await page.getByRole('heading', { level: 1, name: 'Statistiques' }).waitFor()
  await settled(page)

  for (const path of PAGES) await walk(to, path)

  await page.setViewportSize(ZOOMED)
  for (const path of PAGES) {
    await walk(to, path)
    await watch.look(`zoomed${path.replace(/\W+/g, '-')}`, shots, { full: false })
    watch.at = 'keyboard'
  }
}
