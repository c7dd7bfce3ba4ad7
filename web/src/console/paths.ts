/** Addresses of pages that others link to. */
export const HOME = '/console/'
export const MAP = '/console/map'
export const ZONES = '/console/zones'
export const TAXIS = '/console/taxis'
export const HAILS = '/console/hails'
export const ACCOUNT = '/console/account'
export const ACTIVITY = '/console/activity'
export const ACCOUNTS = '/console/accounts'
