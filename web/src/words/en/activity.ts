/** English words of the activity log. */
import type { activity as French } from '../fr/activity'

export const activity: typeof French = {
  title: 'Activity log',
  time: 'Time',
  action: 'Action',
  resource: 'Object',
  resourceId: 'Id',
  details: 'Details',
  actions: {
    login_password: 'Log-in by password',
    login_apikey: 'Log-in by key',
    auth_apikey: 'Write with own key',
    auth_logas: 'Write for another',
    taxi_status: 'Status of a taxi',
    customer_hail: 'Hail for a customer',
  },
  others: {
    export: 'Export',
    second_step_set: 'Second step set up',
    second_step_removed: 'Second step removed',
    recovery_code: 'Recovery code used',
    password_link: 'Password link made',
    import: 'Import of territory',
    password_by_link: 'Password chosen by a link',
    login_provider: 'Sign-in through the identity provider',
    identity_linked: 'Identity linked',
    identity_unlinked: 'Identity unlinked',
  },
  by: (who) => `by ${who}`,
  resources: { user: 'Account', taxi: 'Taxi', customer: 'Customer' },
  from: (from, to) => `${from} → ${to}`,
  none: 'The log is empty',
  noneNext: 'Each write, change of a status and hail leaves a line in it.',
  noMatch: 'No line matches',
  noMatchNext: 'Remove a filter or choose other days. An id must be given in full.',
  keyOf: (who) => `key of ${who}`,
}
