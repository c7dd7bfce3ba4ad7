/** French words of customers' requests and of their follow-up. */
import type { SessionOutcome } from '../../console/sessions'

const outcomes: Record<SessionOutcome, string> = {
  ride: 'Course faite',
  open: 'En cours',
  customer: 'Le client a renoncé',
  none: 'Aucune course signalée',
}

export const sessions = {
  title: 'Demandes des clients',
  explained:
    'Un client qui cherche un taxi fait parfois plusieurs essais. Les courses d’un même client qui se suivent à cinq minutes près sont réunies ici en une demande (« session » dans l’API). La couleur dit comment elle a fini.',
  outcome: 'Issue',
  outcomes,
  customer: 'Client',
  attempts: (count: string, one: boolean) => (one ? `${count} essai` : `${count} essais`),
  attemptsName: 'Essais',
  earlier: (count: string) => `Voir les ${count} essais précédents`,
  seeHail: (customer: string) => `Voir la course de ${customer}`,
  found: (count: string, one: boolean) => (one ? `${count} demande` : `${count} demandes`),
  last: 'Des 31 derniers jours : choisissez un premier jour pour remonter plus loin.',
  tooLong: 'Période trop longue',
  tooLongNext:
    'Avec une issue ou un opérateur, la liste porte sur 92 jours au plus. Rapprochez les deux jours, ou retirez ce filtre.',
  none: 'Aucune demande',
  noneNext: 'Une demande naît quand un client commande un taxi par votre application.',
  noneSince:
    'Aucun client n’a commandé de taxi ces jours-là. Choisissez un premier jour plus ancien.',
  noMatch: 'Aucune demande ne correspond',
  noMatchNext:
    'Retirez un filtre ou changez de jours. Un client se cherche par le début de son identifiant.',
  followUp: 'Suivi client',
  followUpNote:
    'Les clients à rappeler : qui a cherché un taxi, avec quel numéro, et s’il y a eu une course. Le registre ne garde un numéro qu’avec la course, et l’efface avec elle.',
  since: (day: string) => `depuis le ${day}`,
  until: (day: string) => `jusqu’au ${day}`,
  between: (from: string, to: string) => (from === to ? `du ${from}` : `du ${from} au ${to}`),
  time: 'Heure',
  timeUtc: 'Heure (UTC)',
  phone: 'Téléphone',
  hidden: 'masqué',
  hiddenNote:
    'Il le masque aux applications : vous connaissez vos clients, et les retrouvez par leur identifiant.',
  operator: 'Dernier opérateur',
  operatorMail: 'Opérateur (e-mail)',
  appMail: 'Application (e-mail)',
  app: 'Application',
  address: 'Adresse',
  hails: 'Courses',
  cut: (read: string) =>
    `Seules les ${read} plus récentes sont affichées : choisissez moins de jours pour les avoir toutes.`,
}
