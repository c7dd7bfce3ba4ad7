/** Files that are sent with a form, with their progress, which `fetch` does not tell. */
import { context } from './client'
import { ApiError, errorOf } from './errors'

/** A file under its path in a folder: `zupc/69_Lyon/zone.yaml`. */
export interface NamedFile {
  name: string
  file: File
}

/** Sends files; `ontold` hears the share that has arrived. Answers with the only entry of the answer. */
export function sendFiles<E>(
  path: string,
  files: NamedFile[],
  ontold: (share: number) => void,
): Promise<E> {
  const form = new FormData()
  for (const { name, file } of files) form.append('files', file, name)
  const request = new XMLHttpRequest()
  request.open('POST', path)
  request.responseType = 'json'
  request.setRequestHeader('Accept-Language', context.language)
  if (context.actingAs) request.setRequestHeader('X-Logas', context.actingAs)
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => ontold(total ? loaded / total : 0)
    request.onerror = () => reject(new ApiError('offline'))
    request.onload = () => {
      const { status, response } = request
      if (status < 300) return resolve(response.data[0])
      const wait = request.getResponseHeader('retry-after')
      const error = errorOf(status, response, new Headers(wait ? { 'retry-after': wait } : {}))
      if (error.kind === 'signed-out') context.onSignedOut()
      reject(error)
    }
    request.send(form)
  })
}
