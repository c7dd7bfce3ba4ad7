/** English words of customers' requests and of their follow-up. */
import type { sessions as French } from '../fr/sessions'

export const sessions: typeof French = {
  title: 'Customer requests',
  explained:
    'A customer who looks for a taxi sometimes needs several attempts. Hails of one customer that follow one another within five minutes are one request here (a “session” of the API). The colour tells how it ended.',
  outcome: 'Outcome',
  outcomes: {
    ride: 'Ride done',
    open: 'Under way',
    customer: 'The customer gave up',
    none: 'No ride reported',
  },
  customer: 'Customer',
  attempts: (count, one) => (one ? `${count} attempt` : `${count} attempts`),
  attemptsName: 'Attempts',
  earlier: (count) => `See the ${count} attempts before`,
  seeHail: (customer) => `See the hail of ${customer}`,
  searched: (found, read, isCut) =>
    isCut
      ? `${found} of the ${read} newest requests; older ones were not searched.`
      : `${found} of ${read} requests.`,
  none: 'No request',
  noneNext: 'A request begins when a customer hails a taxi with your app.',
  noneSince: 'No customer has hailed a taxi since that day. Choose an earlier one.',
  noMatch: 'No request matches',
  noMatchNext: 'Remove a filter. Customers are found by the begin of their id.',
  followUp: 'Customer follow-up',
  followUpNote:
    'Customers to call back: who looked for a taxi, with which number, and whether there was a ride. The registry keeps a number with its hail only, and deletes it with the hail.',
  since: 'Since (UTC)',
  time: 'Time',
  timeUtc: 'Time (UTC)',
  phone: 'Phone',
  hidden: 'hidden',
  hiddenNote: 'It hides it from apps: you know your customers, and find them by their id.',
  operator: 'Last operator',
  app: 'App',
  address: 'Address',
  hails: 'Hails',
  sinceDay: (count, one, day) =>
    one ? `${count} request since ${day}.` : `${count} requests since ${day}.`,
  cut: (read) => `Only the newest ${read} were read: choose a later day to have them all.`,
}
