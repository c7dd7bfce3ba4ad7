/** Sentences of the registry as readers of a page want them. */
import type { ApiError, Fault } from '../api/errors'
import { common } from '../words'

/** The registry's sentence, in the reader's language where we know it. */
export function sentence(fault: Fault): string {
  const known = common().errors.sentences[fault.text] ?? fault.text
  return fault.field ? common().list.pair(fault.field, known) : known
}

/** The sentence about a field of a form. */
export function faultOf(error: ApiError | undefined, field: string): string | undefined {
  const text = error?.about(field)
  return text === undefined ? undefined : (common().errors.sentences[text] ?? text)
}

/** What a form says beside its button: about no field in particular. */
export function failure(error: ApiError): string {
  const general = error.faults.filter((fault) => fault.field === '')
  if (general.length > 0) return general.map(sentence).join(' ')
  const { title, next } = common().kinds[error.kind]
  return `${title}. ${next}`
}

/** All that the registry says about a call, where no field of a form can say its part. */
export function everything(error: ApiError): string {
  const ofFields = error.faults.filter((fault) => fault.field !== '')
  return [failure(error), ...ofFields.map(sentence)].join(' ')
}
