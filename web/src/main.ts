import { mount } from 'svelte'
import { registry } from './api/registry.svelte'
import { session } from './api/session.svelte'
import App from './console/App.svelte'
import { fetchAhead } from './console/pages'
import { router } from './router/router.svelte'
import './styles/base.css'
import { chosenLanguage, languageOf, loadWords } from './words'

session.restore()
registry.restore()
registry.ask()
router.start()
const language = languageOf(chosenLanguage(), navigator.languages)
if (session.wasSignedIn) fetchAhead(router.path, language)
// Both are asked for at once: neither waits for the other.
const [, target] = [session.ask(), document.getElementById('app')]
await loadWords(language)
if (target) mount(App, { target })
