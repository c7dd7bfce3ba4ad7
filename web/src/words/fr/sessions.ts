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
  searched: (found: string, read: string, isCut: boolean) =>
    isCut
      ? `${found} sur les ${read} demandes les plus récentes ; les plus anciennes n’ont pas été cherchées.`
      : `${found} sur ${read} demandes.`,
  none: 'Aucune demande',
  noneNext: 'Une demande naît quand un client commande un taxi par votre application.',
  noneSince: 'Aucun client n’a commandé de taxi depuis ce jour. Choisissez un jour plus ancien.',
  noMatch: 'Aucune demande ne correspond',
  noMatchNext: 'Retirez un filtre. Le client se cherche par le début de son identifiant.',
  followUp: 'Suivi client',
  followUpNote:
    'Les clients à rappeler : qui a cherché un taxi, avec quel numéro, et s’il y a eu une course. Le registre ne garde un numéro qu’avec la course, et l’efface avec elle.',
  since: 'Depuis (UTC)',
  time: 'Heure',
  timeUtc: 'Heure (UTC)',
  phone: 'Téléphone',
  hidden: 'masqué',
  hiddenNote:
    'Il le masque aux applications : vous connaissez vos clients, et les retrouvez par leur identifiant.',
  operator: 'Dernier opérateur',
  app: 'Application',
  address: 'Adresse',
  hails: 'Courses',
  sinceDay: (count: string, one: boolean, day: string) =>
    one ? `${count} demande depuis le ${day}.` : `${count} demandes depuis le ${day}.`,
  cut: (read: string) =>
    `Seules les ${read} plus récentes ont été lues : choisissez un jour moins ancien pour les avoir toutes.`,
}
