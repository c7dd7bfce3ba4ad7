/** English words of the inspectors' page. */
import type { inspection as French } from '../fr/inspection'

export const inspection: typeof French = {
  title: 'Inspection',
  by: 'Look up by',
  keys: { plate: 'Plate', card: 'Professional card', ads: 'Licence (ADS)' },
  plateHint: 'Blanks and hyphens do not matter.',
  cardNumber: 'Number of the card',
  departement: 'Département of the card',
  departementHint: '06, 2A, 974…',
  adsNumber: 'Number of the licence',
  insee: 'INSEE code of the town',
  inseeHint: 'Five characters: 06088 for Nice.',
  purpose: 'Purpose of the inspection',
  purposeHint: 'For example: control at the station, complaint 12.',
  submit: 'Look up',
  logged: 'Each look-up is noted with its purpose, and deleted after a month.',
  again: 'New look-up',
  found: 'Registered taxi',
  none: 'No taxi found',
  noneNext:
    'No taxi of your départements matches. Check what you typed; taxis of other départements are not shown.',
  tooMany: 'Too many look-ups in a short time',
  tooManyNext: 'Wait a moment, then try again. What you typed stays.',
  connected: 'Connected right now',
  disconnected: 'Not connected. Last connection: ',
  never: 'Not connected. No connection is known.',
  noted: (id) => `Look-up ${id},`,
}
