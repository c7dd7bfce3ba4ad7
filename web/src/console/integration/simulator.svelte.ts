/** The state of the two simulators. It stays while one looks at other pages, and ends with the tab. */
import { api, readOne } from '../../api/client'
import { type ApiError, asApiError } from '../../api/errors'
import { session } from '../../api/session.svelte'
import type { Hail, HailStatus, Role, TaxiStatus } from '../../api/types'
import { isOpen } from '../hail'
import { ask, look, one, type Side } from './exchanges.svelte'
import { moved, type Offset, type Point, readDegrees } from './places'
import { type Incident, isIncident } from './steps'
import { enrol } from './taxi'

/** What the registry offers for trying software out. */
export interface Integration {
  integration_account: string | null
  roles: string[]
  takes_hails: boolean
  sandbox: boolean
  town: { insee: string; name: string; lon: number; lat: number } | null
}

/** A taxi as a search shows it. */
export interface FoundTaxi {
  id: string
  operator: string
  crowfly_distance: number
  position: Point
  vehicle: { model?: string | null; constructor?: string | null }
}

export interface OwnTaxi extends Point {
  id: string
  plate: string
  status: TaxiStatus
  /** Metres; `null`: the registry's 500. */
  radius: number | null
  /** Time of the last report of its position. */
  reported: Date
}

export interface SandboxTaxi extends Point {
  id: string
  behaviour: string
  ends_at: string
}

export const roleOf: Record<Side, Role> = { client: 'moteur', operator: 'operateur' }
/** Positions are good for two minutes. */
const REPORTED_EVERY_MS = 30_000
/** A new taxi stands here, seen from the customer. */
const BESIDE: Offset = { east_m: 110, north_m: 60 }
/** A telephone number that is kept free for fiction. */
const TAXI_PHONE = '0639980002'

/** The centre of Paris. */
const PARIS: Point = { lon: 2.3522, lat: 48.8566 }

async function offered(query: Partial<Point> = {}): Promise<Integration> {
  return await readOne(api.GET('/v1/integration', { params: { query } }))
}

class Simulator {
  integration = $state.raw<Integration | undefined>(undefined)
  /** Accounts that were chosen; the page proposes others. */
  chosen = $state<Record<Side, string | undefined>>({ client: undefined, operator: undefined })
  /** The customer, as typed. */
  typed = $state({
    lon: '',
    lat: '',
    address: '1 rue de l’Essai',
    phone: '0639980000',
    id: 'client-test',
  })
  found = $state.raw<FoundTaxi[] | undefined>(undefined)
  sandbox = $state.raw<SandboxTaxi[]>([])
  taxi = $state.raw<OwnTaxi | undefined>(undefined)
  hails = $state.raw<Record<Side, Hail | undefined>>({ client: undefined, operator: undefined })
  /** Hails that the operator lets wait, until their time limit. */
  ignored = $state.raw<string | undefined>(undefined)
  errors = $state.raw<Record<Side, ApiError | undefined>>({
    client: undefined,
    operator: undefined,
  })
  /** What a side is doing, so that only its button turns. */
  busy = $state<Record<Side, string | undefined>>({ client: undefined, operator: undefined })
  #turns: Record<Side, Promise<void>> = { client: Promise.resolve(), operator: Promise.resolve() }

  /** Place of the customer; `undefined` while what is typed is no place. */
  get point(): Point | undefined {
    const [lon, lat] = [readDegrees(this.typed.lon, 180), readDegrees(this.typed.lat, 90)]
    return lon === undefined || lat === undefined ? undefined : { lon, lat }
  }

  /** Accounts that may play a side: oneself, and the integration account. Admins add others. */
  own(side: Side): string[] {
    const role = roleOf[side]
    const { who } = session
    const { integration_account: email, roles = [] } = this.integration ?? {}
    const self = who?.roles.includes(role) ? [who.email] : []
    const shared = email && roles.includes(role) && email !== who?.email ? [email] : []
    // An admin has no software to try out: the integration account is the first choice.
    return session.has('admin') ? [...shared, ...self] : [...self, ...shared]
  }

  account(side: Side): string | undefined {
    return this.chosen[side] ?? this.own(side)[0]
  }

  choose(side: Side, email: string): void {
    this.chosen[side] = email
    this.errors = { ...this.errors, [side]: undefined }
    if (side === 'operator') this.taxi = undefined
    else this.found = undefined
    this.hails = { ...this.hails, [side]: undefined }
  }

  /**
   * Does something for a side, after what it does already; its error stays beside the buttons until the next try. A second
   * press of the same button does nothing.
   */
  attempt(side: Side, name: string, work: () => Promise<void>): Promise<void> {
    if (this.busy[side] !== name) {
      this.#turns[side] = this.#turns[side].then(() => this.#try(side, name, work))
    }
    return this.#turns[side]
  }

  async #try(side: Side, name: string, work: () => Promise<void>): Promise<void> {
    this.busy[side] = name
    this.errors = { ...this.errors, [side]: undefined }
    try {
      await work()
    } catch (thrown) {
      this.errors = { ...this.errors, [side]: asApiError(thrown) }
    } finally {
      this.busy[side] = undefined
    }
  }

  /** Asks what the registry offers, and where one may begin: in Paris, or in any town of the registry. */
  async begin(): Promise<Integration> {
    let read = await offered(this.point ?? PARIS)
    if (!read.town && !this.point) read = await offered()
    this.integration = read
    const { town } = read
    if (town && !this.typed.lon && !this.typed.lat) {
      this.typed.lon = String(town.lon)
      this.typed.lat = String(town.lat)
    }
    return read
  }

  /** The town of a place; a fault leaves the one before. */
  async readTown(point: Point): Promise<void> {
    try {
      this.integration = await offered(point)
    } catch {
      // The next place is looked up anew.
    }
  }

  search = () =>
    this.attempt('client', 'search', async () => {
      const { point } = this
      if (!point) return
      const path = `/taxis?lon=${point.lon}&lat=${point.lat}`
      this.found = await ask<FoundTaxi>({ side: 'client', path, account: this.account('client') })
    })

  hail = (taxi_id: string) =>
    this.attempt('client', `hail ${taxi_id}`, async () => {
      const { point, typed } = this
      if (!point) return
      const hail = {
        taxi_id,
        customer_id: typed.id,
        customer_lon: point.lon,
        customer_lat: point.lat,
        customer_address: typed.address,
        customer_phone_number: typed.phone,
      }
      const made = await ask<Hail>({
        side: 'client',
        method: 'POST',
        path: '/hails',
        account: this.account('client'),
        body: { data: [hail] },
      })
      this.hails = { ...this.hails, client: one(made) }
      this.found = undefined
    })

  /** Takes a step of a hail for one of its sides. */
  step = (side: Side, status: HailStatus, reason: string) =>
    this.attempt(side, status, async () => {
      const hail = this.hails[side]
      if (!hail) return
      const update: Record<string, string> = { status }
      if (status === 'accepted_by_taxi') update.taxi_phone_number = TAXI_PHONE
      if (isIncident(status)) update[`${status satisfies Incident}_reason`] = reason
      const changed = await ask<Hail>({
        side,
        method: 'PUT',
        path: `/hails/${hail.id}`,
        account: this.account(side),
        body: { data: [update] },
      })
      this.hails = { ...this.hails, [side]: one(changed) }
      // The other side hears of it by itself; this one may go on.
      this.followHails().catch(() => {})
    })

  create = () =>
    this.attempt('operator', 'create', async () => {
      const { point, integration } = this
      const account = this.account('operator')
      if (!point || !integration?.town || !account) return
      const at = moved(point, BESIDE)
      const taxi = await enrol(account, integration.town.insee)
      this.taxi = { ...taxi, ...at, status: 'off', radius: null, reported: new Date(0) }
      await this.#report(at, true)
      await this.#set({ status: 'free' })
    })

  setStatus = (status: TaxiStatus) => this.attempt('operator', status, () => this.#set({ status }))

  setRadius = (radius: number | null) =>
    this.attempt('operator', 'radius', () => this.#set({ radius }))

  /** The taxi stands where it was put, also while something else is under way. */
  move = async (to: Point) => {
    if (!this.taxi) return
    this.taxi = { ...this.taxi, ...to }
    try {
      await this.#report(to, true)
    } catch (thrown) {
      this.errors = { ...this.errors, operator: asApiError(thrown) }
    }
  }

  async #set(change: { status?: TaxiStatus; radius?: number | null }): Promise<void> {
    if (!this.taxi) return
    await ask({
      side: 'operator',
      method: 'PUT',
      path: `/taxis/${this.taxi.id}`,
      account: this.account('operator'),
      body: { data: [change] },
    })
    if (this.taxi) this.taxi = { ...this.taxi, ...change }
  }

  async #report({ lon, lat }: Point, isNoted: boolean): Promise<void> {
    const { taxi } = this
    if (!taxi) return
    const body = { data: [{ positions: [{ taxi_id: taxi.id, lon, lat }] }] }
    await (isNoted ? ask : look)({
      side: 'operator',
      method: 'POST',
      path: '/geotaxi',
      account: this.account('operator'),
      body,
    })
    if (this.taxi?.id === taxi.id) this.taxi = { ...this.taxi, lon, lat, reported: new Date() }
  }

  /** What a side's software does by itself: reports positions, and follows hails. Faults are passing. */
  async live(): Promise<void> {
    const { taxi } = this
    await Promise.allSettled([
      taxi &&
        Date.now() - taxi.reported.getTime() >= REPORTED_EVERY_MS &&
        this.#report(taxi, false),
      taxi && this.#readTaxi(taxi.id),
      this.followHails(),
    ])
  }

  async #readTaxi(id: string): Promise<void> {
    const read = await look<{ status: TaxiStatus; radius: number | null }>({
      side: 'operator',
      path: `/taxis/${id}`,
      account: this.account('operator'),
    })
    if (this.taxi?.id !== id) return
    const { status, radius } = one(read)
    if (status !== this.taxi.status || radius !== this.taxi.radius)
      this.taxi = { ...this.taxi, status, radius }
  }

  /** Reads the hails of both sides anew, and finds new ones of the taxi. */
  async followHails(): Promise<void> {
    await Promise.all([this.#follow('client'), this.#follow('operator')])
    const { taxi } = this
    const current = this.hails.operator
    if (!taxi || (current && isOpen(current.status as HailStatus))) return
    const listed = await look<{ id: string }>({
      side: 'operator',
      path: `/hails?taxi_id=${taxi.id}`,
      account: this.account('operator'),
    })
    const newest = listed[0]?.id
    if (newest && newest !== current?.id) await this.#read('operator', newest)
  }

  async #follow(side: Side): Promise<void> {
    const hail = this.hails[side]
    if (hail && isOpen(hail.status as HailStatus)) await this.#read(side, hail.id)
  }

  async #read(side: Side, id: string): Promise<void> {
    const read = await look<Hail>({ side, path: `/hails/${id}`, account: this.account(side) })
    this.hails = { ...this.hails, [side]: one(read) }
  }

  readSandbox = async () => {
    if (!this.integration?.sandbox) return
    const call = { side: 'client', path: '/v1/sandbox/taxis' } as const
    this.sandbox = await look<SandboxTaxi>({ ...call, account: this.account('client') })
  }

  addSandbox = (behaviour: string) =>
    this.attempt('client', 'sandbox', async () => {
      const { point, sandbox } = this
      if (!point) return
      // Each stands in a direction of its own.
      const turn = (sandbox.length * 2 * Math.PI) / 5 + 0.6
      const at = moved(point, { east_m: 90 * Math.sin(turn), north_m: 90 * Math.cos(turn) })
      const call = { side: 'client', method: 'POST', path: '/v1/sandbox/taxis' } as const
      await ask({ ...call, account: this.account('client'), body: { behaviour, ...at } })
      await this.readSandbox()
    })

  removeSandbox = (id: string) =>
    this.attempt('client', `remove ${id}`, async () => {
      const call = { side: 'client', method: 'DELETE', path: `/v1/sandbox/taxis/${id}` } as const
      await ask({ ...call, account: this.account('client') })
      await this.readSandbox()
    })
}

export const simulator = new Simulator()
