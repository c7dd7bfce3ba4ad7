/** Addresses of pages that others link to. */
export const HOME = '/console/'
export const TAXIS = '/console/taxis'
export const HAILS = '/console/hails'
export const ACCOUNT = '/console/account'
export const ACTIVITY = '/console/activity'
export const ACCOUNTS = '/console/accounts'
export const INTEGRATION = '/console/integration'
