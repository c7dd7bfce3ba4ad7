/**
 * The registry behind `npm run dev`: calls go to a running demo, which prints its address and the administrator's password.
 *
 *     REGISTRY=http://127.0.0.1:8000 npm run dev
 */
import { passTo } from './pass.mjs'

const API =
  /^\/(v1|hails|taxis|drivers|vehicles|ads|geotaxi|users|sessions|activity_logs|internal|stats|towns|zupc|swagger\.json|doc|stations)\b/

export function registry() {
  return {
    name: 'letaxi:registry',
    apply: 'serve',
    configureServer(server) {
      const pass = passTo(process.env.REGISTRY ?? 'http://127.0.0.1:8000')
      server.middlewares.use((request, response, next) => {
        const path = request.url ?? '/'
        if (API.test(path)) {
          pass(request, response).catch(next)
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
