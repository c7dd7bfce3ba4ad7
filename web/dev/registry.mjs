/**
 * The registry behind `npm run dev`: calls go to a running demo.
 *
 *     REGISTRY=http://127.0.0.1:8000 REGISTRY_KEY=key-of-an-admin npm run dev
 *
 * With `REGISTRY_KEY` the sign-in is a stand-in that takes any password of a known account: see `stand-in.mjs`. Without
 * it the registry's own sign-in answers.
 */
import { standIn } from './stand-in.mjs'

const API =
  /^\/(v1|hails|taxis|drivers|vehicles|ads|geotaxi|users|sessions|activity_logs|internal|stats|towns|zupc|swagger\.json|doc|stations)\b/

export function registry() {
  return {
    name: 'letaxi:registry',
    apply: 'serve',
    configureServer(server) {
      const target = process.env.REGISTRY ?? 'http://127.0.0.1:8000'
      const answer = standIn(target, process.env.REGISTRY_KEY)
      server.middlewares.use((request, response, next) => {
        const path = request.url ?? '/'
        if (API.test(path)) {
          answer(request, response).catch(next)
          return
        }
        // Any address of the console is the one page; Vite serves the rest.
        if (path === '/' || path === '/console' || /^\/console\/[^.]*$/.test(path))
          request.url = '/console.html'
        next()
      })
    },
  }
}
