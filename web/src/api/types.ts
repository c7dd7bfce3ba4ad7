/** Names for the parts of answers that pages use. */
import type { paths } from './schema'

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': { data: (infer Entry)[] } } } } }
}
  ? Entry
  : never

export type ListedHail = Answer<'/hails'>
export type Hail = Answer<'/hails/{id}'>
export type Transition = Hail['transitions'][number]
export type HailFilter = NonNullable<paths['/hails']['get']['parameters']['query']>
/** All words of a hail's status, with the retired one. */
export type HailStatus = NonNullable<HailFilter['status']>[number]
export type Taxi = Answer<'/taxis/all'>
export type Visibility = Answer<'/v1/taxis/{id}/visibility'>
export type Change = Answer<'/v1/taxis/{id}/history'>
export type Live = Answer<'/v1/live'>
export type LiveRow = Live['minutes'][number]
export type Quality = Answer<'/v1/quality'>
export type PeriodFigures = Answer<'/v1/figures'>
/** Figures of a period or a day. */
export type Figures = PeriodFigures['total']
export type Refusals = Answer<'/v1/refusals'>
export type Session = Answer<'/sessions'>
export type SessionFilter = NonNullable<paths['/sessions']['get']['parameters']['query']>
export type ActivityFilter = NonNullable<paths['/activity_logs']['get']['parameters']['query']>
export type Fleet = Answer<'/stats/groupements'>['fleet_data'][number]
export type OperatorCall = Answer<'/v1/operator-calls'>
export type TestCall =
  paths['/v1/operator-calls/test']['post']['responses'][200]['content']['application/json']['data'][number]
export type Account = Answer<'/users'>
export type ManagedAccount = Answer<'/v1/accounts'>
export type Activity = Answer<'/activity_logs'>
export type ImportPreview =
  paths['/v1/territory/preview']['post']['responses'][200]['content']['application/json']['data'][number]
export type Key = Answer<'/v1/keys'>
export type Identity = Answer<'/v1/identities'>

/** Words of a taxi's status; the description of the API has them as any text. */
export type TaxiStatus = 'free' | 'answering' | 'oncoming' | 'occupied' | 'off'

/** Words of roles. */
export type Role = 'admin' | 'operateur' | 'moteur' | 'groupement' | 'editeur' | 'inspector'
