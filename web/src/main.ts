import { mount } from 'svelte'
import { registry } from './api/registry.svelte'
import { session } from './api/session.svelte'
import App from './console/App.svelte'
import { router } from './router/router.svelte'
import './styles/base.css'
import { chosenLanguage, languageOf, loadWords } from './words'

session.restore()
registry.restore()
registry.ask()
router.start()
// Both are asked for at once: neither waits for the other.
const [, target] = [session.ask(), document.getElementById('app')]
await loadWords(languageOf(chosenLanguage(), navigator.languages))
if (target) mount(App, { target })
