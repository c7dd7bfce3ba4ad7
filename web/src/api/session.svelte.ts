/** The signed-in account, and the one for which it acts. */
import { context } from './client'
import { ApiError, asApiError, errorOf } from './errors'
import type { Role } from './types'

export interface Person {
  id: number
  email: string
  name: string | null
  roles: Role[]
  /** E-mail address of the account that manages this one. */
  manager?: string | null
}

export interface Me extends Person {
  acting_as: Person | null
}

export interface SignIn {
  id: string | number
  device: string
  created_at: string
  last_seen_at: string
  is_current: boolean
}

/** The next step of a sign-in, after a password or a link. */
export interface Step {
  step: 'code' | 'set_up'
  ticket: string
  set_up?: SetUp
}

/** A secret for an authenticator app. */
export interface SetUp {
  ticket: string
  secret: string
  link: string
  qr: { size: number; path: string }
}

/** What a second step brought, beside the sign-in. */
export interface Entered {
  recovery_codes?: string[]
  recovery_codes_left?: number
}

/** What the page of sign-ins offers beside a password. */
export interface SignInOptions {
  /** True if the registry can send a link to a person who forgot the password. */
  sends_mails: boolean
  /** Name of the identity provider through which one may sign in as well. */
  provider: string | null
}

/** The outcome of a visit at the identity provider: a page to go on, perhaps after the next step. */
export interface Returned extends Partial<Step> {
  page: string
  /** Number of the account, if the person is signed in. */
  id?: number
}

/** A link by which a person sets a password. */
export interface PasswordLink {
  email: string
  name: string | null
  is_invitation: boolean
  expires_at: string
}

/** In one tab only: another tab may act for somebody else, or for nobody. */
const ACTING_AS = 'acting-as'
/** Kept in the browser: whether somebody was signed in when the registry last said so. */
const SIGNED_IN = 'signed-in'

class Session {
  /** `undefined` until the registry has answered; `null` if nobody is signed in. */
  me = $state.raw<Me | null | undefined>(undefined)
  /** The fault that keeps us from knowing. */
  error = $state.raw<ApiError | undefined>(undefined)
  /** True if the sign-in ended while a page was open. */
  hasEnded = $state(false)
  #options: Promise<SignInOptions> | undefined

  /** The account for which calls count. */
  get who(): Person | null {
    return this.me?.acting_as ?? this.me ?? null
  }

  has(...roles: Role[]): boolean {
    return roles.length === 0 || roles.some((role) => this.who?.roles.includes(role))
  }

  /** Asks who is signed in. */
  async ask(): Promise<void> {
    this.error = undefined
    try {
      const [[me], other] = await Promise.all([call<Person>('GET', '/v1/me'), this.#other()])
      this.#know(me ? { ...me, acting_as: other } : null)
      this.hasEnded = false
    } catch (thrown) {
      const error = asApiError(thrown)
      if (error.kind === 'signed-out') this.#know(null)
      else this.error = error
    }
  }

  /** The account for which one acts. If one may no longer, one is oneself again. */
  async #other(): Promise<Person | null> {
    const email = context.actingAs
    if (!email) return null
    try {
      const [other] = await call<Person>('GET', '/v1/me', undefined, email)
      return other ?? null
    } catch (thrown) {
      if (asApiError(thrown).kind !== 'signed-out') throw thrown
      this.#actFor(undefined)
      return null
    }
  }

  /** Signs in, or answers with the next step. */
  async signIn(email: string, password: string): Promise<Step | undefined> {
    return await this.#entered(call<Partial<Step>>('POST', '/v1/sign-ins', { email, password }))
  }

  /** Sets a password by the token of a link, and goes on like `signIn`. */
  async useLink(token: string, password: string): Promise<Step | undefined> {
    const body = { token, password }
    return await this.#entered(call<Partial<Step>>('POST', '/v1/password-links/use', body))
  }

  async #entered(answer: Promise<Partial<Step>[]>): Promise<Step | undefined> {
    const [first] = await answer
    if (first?.ticket) return first as Step
    await this.ask()
    return undefined
  }

  /** Takes the second step. The person is signed in once `ask` was called. */
  async takeStep(ticket: string, code: string): Promise<Entered> {
    const [entered] = await call<Entered>('POST', '/v1/sign-ins/second-step', { ticket, code })
    return entered ?? {}
  }

  async linkOf(token: string): Promise<PasswordLink> {
    const [link] = await call<PasswordLink>('POST', '/v1/password-links/view', { token })
    if (!link) throw new ApiError('missing')
    return link
  }

  /** The same for all that ask at once. */
  options(): Promise<SignInOptions> {
    this.#options ??= this.#askOptions().finally(() => {
      this.#options = undefined
    })
    return this.#options
  }

  async #askOptions(): Promise<SignInOptions> {
    const [options] = await call<SignInOptions>('GET', '/v1/sign-in-options')
    return options ?? { sends_mails: false, provider: null }
  }

  /** Leaves the console for the identity provider, and comes back to this page of it. */
  async visitProvider(page: string): Promise<void> {
    await leaveFor('/v1/sign-ins/provider', { page })
  }

  /** Leaves for the identity provider, to link an identity there with the own account. */
  async visitToLink(password: string, page: string): Promise<void> {
    await leaveFor('/v1/identities', { password, page })
  }

  /** Takes what the provider added to the address. Without a next step, the person is signed in. */
  async comeBack(query: URLSearchParams): Promise<Returned> {
    const body = {
      state: query.get('state') ?? '',
      code: query.get('code') ?? undefined,
      issuer: query.get('iss') ?? undefined,
    }
    const [first] = await call<Returned>('POST', '/v1/sign-ins/provider/return', body)
    if (!first) throw new ApiError('broken')
    if (!first.ticket) await this.ask()
    return first
  }

  async askForLink(email: string): Promise<void> {
    await call('POST', '/v1/password-links', { email })
  }

  async signOut(): Promise<void> {
    const [out] = await call<{ address: string | null }>('POST', '/v1/sign-outs', {})
    this.#actFor(undefined)
    this.#know(null)
    this.hasEnded = false
    // Whoever came through the provider is signed out there as well.
    if (out?.address) location.assign(out.address)
  }

  async signIns(): Promise<SignIn[]> {
    return await call<SignIn>('GET', '/v1/sign-ins')
  }

  async endSignIn(id: SignIn['id']): Promise<void> {
    await call('DELETE', `/v1/sign-ins/${id}`)
  }

  async actAs(email: string | undefined): Promise<void> {
    this.#actFor(email)
    await this.ask()
  }

  /** Calls answered 401: whatever is typed stays, and a dialog asks to sign in again. */
  end(): void {
    if (this.me) this.hasEnded = true
  }

  restore(): void {
    this.#actFor(sessionStorage.getItem(ACTING_AS) ?? undefined)
  }

  /** True if somebody was signed in last time, and probably still is. */
  get wasSignedIn(): boolean {
    return localStorage.getItem(SIGNED_IN) !== null
  }

  #know(me: Me | null): void {
    this.me = me
    if (me) localStorage.setItem(SIGNED_IN, '')
    else localStorage.removeItem(SIGNED_IN)
  }

  #actFor(email: string | undefined): void {
    context.actingAs = email
    if (email) sessionStorage.setItem(ACTING_AS, email)
    else sessionStorage.removeItem(ACTING_AS)
  }
}

/** Goes to the address of a visit at the identity provider. The promise stays open: the browser leaves the page. */
async function leaveFor(path: string, body: unknown): Promise<void> {
  const [visit] = await call<{ address: string }>('POST', path, body)
  if (!visit) throw new ApiError('broken')
  location.assign(visit.address)
  await new Promise(() => {})
}

/** A call of the sign-in, which is about the person even where calls count for another account. */
async function call<E>(
  method: string,
  path: string,
  body?: unknown,
  actingAs?: string,
): Promise<E[]> {
  const headers: Record<string, string> = { 'Accept-Language': context.language }
  if (body) headers['Content-Type'] = 'application/json'
  if (actingAs) headers['X-Logas'] = actingAs
  const init: RequestInit = { method, headers }
  if (body) init.body = JSON.stringify(body)
  const answer = await fetch(path, init).catch(() => {
    throw new ApiError('offline')
  })
  const text = await answer.text()
  let parsed: { data?: E[] } | undefined
  try {
    parsed = text ? JSON.parse(text) : undefined
  } catch {
    // A proxy's page: the status says enough.
  }
  if (!answer.ok) throw errorOf(answer.status, parsed, answer.headers)
  return parsed?.data ?? []
}

export const session = new Session()
context.onSignedOut = () => session.end()
