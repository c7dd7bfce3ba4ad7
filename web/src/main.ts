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
router.start()
const language = languageOf(chosenLanguage(), navigator.languages)
// A browser asks for six things at a time: first who is signed in, for whom everything else waits, then words and page.
session.ask()
const worded = loadWords(language)
if (session.wasSignedIn) fetchAhead(router.path, language)
registry.ask()
await worded
const target = document.getElementById('app')
if (target) mount(App, { target })
