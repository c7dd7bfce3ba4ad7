/** A test taxi of one click: the four calls with which an operator registers a taxi. */
import { ask, one } from './exchanges.svelte'

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** Number of the département of a town, from the town's code. */
export function departement(insee: string): string {
  return insee.startsWith('97') ? insee.slice(0, 3) : insee.slice(0, 2)
}

function fresh(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(5))
  return [...drawn].map((byte) => LETTERS[byte % LETTERS.length]).join('')
}

/** Registers driver, vehicle, licence and taxi of a town for an operator. */
export async function enrol(
  account: string,
  insee: string,
): Promise<{ id: string; plate: string }> {
  const plate = `TEST-${fresh()}`
  const post = <E>(path: string, entry: unknown) =>
    ask<E>({ side: 'operator', method: 'POST', path, account, body: { data: [entry] } })
  await post('/drivers', {
    first_name: 'Test',
    last_name: 'Intégration',
    professional_licence: plate,
    departement: { numero: departement(insee) },
  })
  await post('/vehicles', {
    licence_plate: plate,
    constructor: 'Test',
    model: 'Simulateur',
    color: 'blanc',
  })
  await post('/ads', { numero: plate, insee })
  const taxi = await post<{ id: string }>('/taxis', {
    driver: { professional_licence: plate, departement: departement(insee) },
    vehicle: { licence_plate: plate },
    ads: { numero: plate, insee },
  })
  return { id: one(taxi).id, plate }
}
