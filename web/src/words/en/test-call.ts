/** English words of test calls to an operator’s server. */
import type { testCall as fr } from '../fr/test-call'

export const testCall: typeof fr = {
  title: 'Test my server',
  note: 'The registry sends an invented hail to your server, signed like the others. Nobody should drive anywhere: the header X-Letaxi-Test says so.',
  send: 'Send a test call',
  taken: (took) => `Your server took the hail in ${took}`,
  failed: (took) => `The hail would have failed after ${took}`,
  request: 'Request as sent',
  answer: 'Answer as received',
  noAnswer: 'No complete answer came.',
  signature: 'Check the signature',
  signatureText:
    'The header X-Letaxi-Signature holds t, the time of the call in seconds since 1970 (UTC), and v1, the signature. Compute HMAC-SHA-256 of t, a dot and the body, byte for byte, with the secret of your account, in hexadecimal digits: the result must be v1. Refuse a call whose t is older than a minute.',
  secret: 'The API answers with the secret:',
  reasonsNote: 'The registry’s sentence, as hails carry it:',
}
