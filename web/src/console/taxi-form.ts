/** A taxi as a form has it: the calls of the contract that register it, and the fields that their faults are about. */
import { api, as, readOne } from '../api/client'
import { type ApiError, asApiError, type Fault } from '../api/errors'
import type { Taxi } from '../api/types'

/** Characteristics of a vehicle that a taxi names if it has them. */
export const FEATURES = [
  'vasp_handicap',
  'baby_seat',
  'pet_accepted',
  'bike_accepted',
  'wifi',
  'amex_accepted',
  'bank_check_accepted',
] as const
export type Feature = (typeof FEATURES)[number]

export type PartName = 'driver' | 'vehicle' | 'ads'

/** What a reader has typed. */
export interface TaxiForm {
  driver: {
    professional_licence: string
    departement: string
    first_name: string
    last_name: string
    birth_date: string
  }
  vehicle: {
    licence_plate: string
    constructor: string
    model: string
    color: string
    engine: string
    nb_seats: string
  }
  features: Record<Feature, boolean>
  ads: { numero: string; insee: string; owner_name: string; owner_type: string }
  status: string
  radius: string
}

export function blank(): TaxiForm {
  return {
    driver: {
      professional_licence: '',
      departement: '',
      first_name: '',
      last_name: '',
      birth_date: '',
    },
    vehicle: { licence_plate: '', constructor: '', model: '', color: '', engine: '', nb_seats: '' },
    features: Object.fromEntries(FEATURES.map((name) => [name, false])) as Record<Feature, boolean>,
    ads: { numero: '', insee: '', owner_name: '', owner_type: '' },
    status: '',
    radius: '',
  }
}

/** The form of a taxi that exists. The registry tells nobody a driver's date of birth. */
export function formOf(taxi: Taxi): TaxiForm {
  const { driver, vehicle, ads } = taxi
  const has = new Set<string>(vehicle.characteristics)
  const { professional_licence, departement, first_name, last_name } = driver
  return {
    driver: { professional_licence, departement, first_name, last_name, birth_date: '' },
    vehicle: {
      licence_plate: vehicle.licence_plate,
      constructor: vehicle.constructor ?? '',
      model: vehicle.model ?? '',
      color: vehicle.color,
      engine: vehicle.engine,
      nb_seats: vehicle.nb_seats == null ? '' : String(vehicle.nb_seats),
    },
    features: Object.fromEntries(FEATURES.map((name) => [name, has.has(name)])) as Record<
      Feature,
      boolean
    >,
    ads: {
      numero: ads.numero,
      insee: ads.insee,
      owner_name: ads.owner_name,
      owner_type: ads.owner_type ?? '',
    },
    status: '',
    radius: taxi.radius == null ? '' : String(taxi.radius),
  }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Parts that must be sent: those that are new, or that differ from what is stored. */
export function changedParts(form: TaxiForm, stored: TaxiForm): PartName[] {
  const parts: PartName[] = []
  if (!same(form.driver, stored.driver)) parts.push('driver')
  if (!same([form.vehicle, form.features], [stored.vehicle, stored.features])) parts.push('vehicle')
  if (!same(form.ads, stored.ads)) parts.push('ads')
  return parts
}

/** The document of `POST /drivers`, which replaces a driver as a whole. */
export function driverOf({ driver }: TaxiForm) {
  const { departement, birth_date, ...rest } = driver
  return { ...rest, birth_date: birth_date || null, departement: { numero: departement.trim() } }
}

/** The document of `POST /vehicles`, which keeps what it does not name. */
export function vehicleOf(form: TaxiForm, stored: TaxiForm) {
  const { licence_plate, nb_seats, ...texts } = form.vehicle
  const before = stored.vehicle as Record<string, string>
  const changes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(texts)) {
    if (value !== before[name]) changes[name] = value
  }
  if (nb_seats !== before.nb_seats) changes.nb_seats = nb_seats.trim() || null
  for (const name of FEATURES) {
    if (form.features[name] !== stored.features[name]) changes[name] = form.features[name]
  }
  return { licence_plate, ...changes }
}

/** The document of `POST /ads`, which replaces a licence as a whole: what the form lacks is kept from the taxi. */
export function licenceOf({ ads }: TaxiForm, taxi?: Taxi) {
  return {
    ...ads,
    insee: ads.insee.trim(),
    owner_type: ads.owner_type || null,
    vehicle_id: taxi?.ads.vehicle_id ?? null,
    doublage: taxi?.ads.doublage ?? null,
  }
}

/** The document of `PUT /taxis/:id`; `undefined` if neither status nor radius changes. */
export function wishOf(form: TaxiForm, stored: TaxiForm) {
  const wish: Record<string, unknown> = {}
  if (form.status && form.status !== stored.status) wish.status = form.status
  if (form.radius.trim() !== stored.radius) wish.radius = form.radius.trim() || null
  return Object.keys(wish).length > 0 ? wish : undefined
}

/** The fault of a part under the name of its field in the form. */
export function placed(part: PartName | 'taxi', { field, text }: Fault): Fault {
  if (part === 'taxi' || field === '') return { field, text }
  const own = field.startsWith('departement') ? 'departement' : field
  return { field: `${part}.${own}`, text }
}

/** All that the calls refused; parts that went well; the taxi, if it is there. */
export interface Saved {
  faults: Fault[]
  done: PartName[]
  id?: string
  /** True if the taxi did not exist before. */
  isNew?: boolean
  /** A failure that no field is about. */
  error?: ApiError
}

interface Options {
  /** The taxi that is edited. */
  taxi?: Taxi | undefined
  operator?: string | undefined
  /** Faults that the page has found itself: their parts are not sent. */
  faults?: Fault[]
}

/**
 * Registers parts, so that all their faults are told at once; then, if there is none, the taxi of them, then status and
 * radius. A repetition finds what went well before.
 */
export async function save(
  form: TaxiForm,
  stored: TaxiForm,
  parts: PartName[],
  { taxi, operator, faults = [] }: Options,
): Promise<Saved> {
  const saved: Saved = { faults: [...faults], done: [] }
  const attempt = async (part: PartName | 'taxi', call: () => Promise<unknown>) => {
    try {
      await call()
      if (part !== 'taxi') saved.done.push(part)
    } catch (thrown) {
      const error = asApiError(thrown)
      saved.faults.push(...error.faults.map((fault) => placed(part, fault)))
      if (error.faults.every((fault) => fault.field === '')) saved.error = error
    }
  }
  const acting = as(operator)
  const send: Record<PartName, () => Promise<unknown>> = {
    driver: () => post('/drivers', driverOf(form), acting),
    vehicle: () => post('/vehicles', vehicleOf(form, stored), acting),
    ads: () => post('/ads', licenceOf(form, taxi), acting),
  }
  const isSound = (part: PartName) => !faults.some(({ field }) => field.startsWith(`${part}.`))
  for (const part of parts.filter(isSound)) await attempt(part, send[part])
  if (saved.faults.length > 0 || saved.error) return saved
  const wish = wishOf(form, stored)
  if (taxi) saved.id = taxi.id
  else {
    // The registry checks status and radius here as well, and sets them by the call after this one.
    await attempt('taxi', async () => {
      const { entry, isNew } = await post('/taxis', { ...bindingOf(form), ...wish }, acting)
      saved.id = (entry as Taxi).id
      saved.isNew = isNew
    })
  }
  const { id } = saved
  if (id && wish) {
    const body = { data: [wish] } as never
    const call = () => api.PUT('/taxis/{id}', { params: { path: { id } }, body, ...acting })
    await attempt('taxi', () => readOne(call()))
  }
  return saved
}

/** The document of `POST /taxis`: the keys of its parts. */
export function bindingOf({ driver, vehicle, ads }: TaxiForm) {
  return {
    driver: {
      professional_licence: driver.professional_licence,
      departement: driver.departement.trim(),
    },
    vehicle: { licence_plate: vehicle.licence_plate },
    ads: { numero: ads.numero, insee: ads.insee.trim() },
  }
}

type Posted = '/drivers' | '/vehicles' | '/ads' | '/taxis'

async function post(path: Posted, entry: unknown, acting: ReturnType<typeof as>) {
  const body = { data: [entry] } as never
  const call = api.POST(path, { body, ...acting })
  const made: unknown = await readOne(call as never)
  return { entry: made, isNew: (await call).response.status === 201 }
}
