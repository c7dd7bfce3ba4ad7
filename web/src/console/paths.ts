/** Addresses of pages that others link to. */
import type { Role } from '../api/types'

export const HOME = '/console/'
export const MAP = '/console/map'
export const ZONES = '/console/zones'
export const IMPORT = '/console/zones/import'
export const TAXIS = '/console/taxis'
export const NEW_TAXI = '/console/taxis/new'
export const HAILS = '/console/hails'
export const ACCOUNT = '/console/account'
export const ACTIVITY = '/console/activity'
export const WELCOME = '/console/welcome'
/** The identity provider sends people back to it: the server registers the same. */
export const RETURN = '/console/return'
export const ACCOUNTS = '/console/accounts'
export const SESSIONS = '/console/sessions'
export const FOLLOW_UP = '/console/follow-up'
export const INSPECTION = '/console/inspection'
export const STATISTICS = '/console/statistics'

/** Pages of statistics, with the roles that see them. The first is that of the menu. */
export const SECTIONS = [
  { name: 'overview', roles: ['admin', 'operateur'] },
  { name: 'taxis', roles: ['admin'] },
  { name: 'hails', roles: ['admin'] },
  { name: 'searches', roles: ['admin'] },
  { name: 'groups', roles: ['admin'] },
  { name: 'map', roles: ['admin', 'operateur'] },
  { name: 'quality', roles: ['admin', 'operateur'] },
  { name: 'refusals', roles: ['admin', 'operateur'] },
] as const satisfies { name: string; roles: Role[] }[]
export type SectionName = (typeof SECTIONS)[number]['name']
export const INTEGRATION = '/console/integration'
