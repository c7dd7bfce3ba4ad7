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
  found: (count, one) => (one ? `${count} request` : `${count} requests`),
  last: 'Of the last 31 days: choose a first day to go further back.',
  tooLong: 'The period is too long',
  tooLongNext:
    'With an outcome or an operator, the list covers 92 days at most. Choose fewer days, or remove that filter.',
  none: 'No request',
  noneNext: 'A request begins when a customer hails a taxi with your app.',
  noneSince: 'No customer hailed a taxi on these days. Choose an earlier first day.',
  noMatch: 'No request matches',
  noMatchNext:
    'Remove a filter or choose other days. Customers are found by the beginning of their id.',
  followUp: 'Customer follow-up',
  followUpNote:
    'Customers to call back: who looked for a taxi, with which number, and whether there was a ride. The registry keeps a number with its hail only, and deletes it with the hail.',
  since: (day) => `since ${day}`,
  until: (day) => `until ${day}`,
  between: (from, to) => (from === to ? `of ${from}` : `from ${from} to ${to}`),
  time: 'Time',
  timeUtc: 'Time (UTC)',
  phone: 'Phone',
  hidden: 'hidden',
  hiddenNote: 'It hides it from apps: you know your customers, and find them by their id.',
  operator: 'Last operator',
  operatorMail: 'Operator (e-mail)',
  appMail: 'App (e-mail)',
  app: 'App',
  address: 'Address',
  hails: 'Hails',
  cut: (read) => `Only the newest ${read} are shown: choose fewer days to have them all.`,
}
