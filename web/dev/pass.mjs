/** Passes calls on to a registry, for the development server and for browser tests. */
import { request as ask } from 'node:http'

export function passTo(target) {
  return (request, response) =>
    new Promise((resolve, reject) => {
      const url = new URL(request.url, target)
      const headers = { ...request.headers, host: url.host }
      const onward = ask(url, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
        answer.on('end', resolve)
      })
      onward.on('error', () => {
        response.writeHead(502).end()
        resolve()
      })
      request.on('error', reject)
      request.pipe(onward)
    })
}
