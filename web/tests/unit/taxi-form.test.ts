import { afterEach, expect, test, vi } from 'vitest'
import type { Taxi } from '../../src/api/types'
import {
  blank,
  changedParts,
  driverOf,
  formOf,
  licenceOf,
  placed,
  save,
  vehicleOf,
  wishOf,
} from '../../src/console/taxi-form'

const TAXI = {
  id: 'T1',
  added_at: '2024-02-29T12:00:00',
  status: 'off',
  radius: null,
  driver: {
    professional_licence: '75-1',
    departement: '75',
    first_name: 'Ada',
    last_name: 'Martin',
  },
  vehicle: {
    licence_plate: 'AB-123-CD',
    constructor: 'Renault',
    model: null,
    color: 'noir',
    engine: '',
    nb_seats: 4,
    characteristics: ['wifi'],
  },
  ads: {
    numero: '1234',
    insee: '75056',
    vehicle_id: 7,
    owner_name: 'A. Martin',
    owner_type: 'individual',
    doublage: true,
  },
} as unknown as Taxi

afterEach(() => vi.unstubAllGlobals())

/** A registry that answers by path; returns the calls it got. */
function registry(answers: Record<string, [number, unknown]>): [string, string][] {
  const calls: [string, string][] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname
    calls.push([`${request.method} ${path}`, await request.text()])
    const [status, body] = answers[path] ?? [200, { data: [{ id: 'T1', added_at: '2024-02-29' }] }]
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json' },
    })
  })
  return calls
}

const refused = (faults: object): [number, unknown] => [400, { errors: { data: { 0: faults } } }]

test('of a taxi that is edited only what has changed is sent', () => {
  const stored = formOf(TAXI)
  const form = formOf(TAXI)
  expect(changedParts(form, stored)).toEqual([])
  expect(wishOf(form, stored)).toBeUndefined()
  form.vehicle.color = 'blanc'
  form.vehicle.nb_seats = ''
  form.features.wifi = false
  form.radius = '300'
  expect(changedParts(form, stored)).toEqual(['vehicle'])
  expect(vehicleOf(form, stored)).toEqual({
    licence_plate: 'AB-123-CD',
    color: 'blanc',
    nb_seats: null,
    wifi: false,
  })
  expect(wishOf(form, stored)).toEqual({ radius: '300' })
  form.radius = ''
  form.status = 'free'
  expect(wishOf(form, stored)).toEqual({ status: 'free' })
})

test('a licence that is replaced keeps what the form does not show', () => {
  const form = formOf(TAXI)
  form.ads.owner_name = 'B. Martin'
  expect(licenceOf(form, TAXI)).toEqual({
    numero: '1234',
    insee: '75056',
    vehicle_id: 7,
    owner_name: 'B. Martin',
    owner_type: 'individual',
    doublage: true,
  })
  expect(driverOf(form).departement).toEqual({ numero: '75' })
})

test('a fault is told beside the field it is about', () => {
  expect(placed('driver', { field: 'departement.numero', text: 'x' }).field).toBe(
    'driver.departement',
  )
  expect(placed('ads', { field: 'insee', text: 'x' }).field).toBe('ads.insee')
  expect(placed('taxi', { field: 'vehicle.licence_plate', text: 'x' }).field).toBe(
    'vehicle.licence_plate',
  )
})

test('all faults of the parts are told at once, and no taxi is asked for', async () => {
  const calls = registry({
    '/drivers': refused({ departement: { numero: ['Departement not found'] } }),
    '/ads': refused({ insee: ['Unable to find town for INSEE code 99999.'] }),
  })
  const saved = await save(blank(), blank(), ['driver', 'vehicle', 'ads'], {})
  expect(calls.map(([call]) => call)).toEqual(['POST /drivers', 'POST /vehicles', 'POST /ads'])
  expect(saved.faults.map(({ field }) => field)).toEqual(['driver.departement', 'ads.insee'])
  expect([saved.done, saved.id, saved.error]).toEqual([['vehicle'], undefined, undefined])
})

test('a part in which the page has found a fault is not sent, and no taxi is made of it', async () => {
  const calls = registry({})
  const faults = [{ field: 'driver.last_name', text: 'Missing data for required field.' }]
  const saved = await save(formOf(TAXI), blank(), ['driver', 'vehicle'], { faults })
  expect(calls.map(([call]) => call)).toEqual(['POST /vehicles'])
  expect([saved.faults, saved.id]).toEqual([faults, undefined])
})

test('a new taxi is bound of its parts, then gets its status', async () => {
  const calls = registry({})
  const form = { ...formOf(TAXI), status: 'free' }
  const saved = await save(form, blank(), ['vehicle'], { operator: 'op@x' })
  expect(calls.map(([call]) => call)).toEqual(['POST /vehicles', 'POST /taxis', 'PUT /taxis/T1'])
  expect(JSON.parse(calls[1]?.[1] ?? '').data[0]).toEqual({
    driver: { professional_licence: '75-1', departement: '75' },
    vehicle: { licence_plate: 'AB-123-CD' },
    ads: { numero: '1234', insee: '75056' },
    status: 'free',
  })
  expect([saved.id, saved.isNew, saved.faults]).toEqual(['T1', false, []])
})
