/** French words of the pages of statistics. */
import type { MeasureName } from '../../console/figures/compare'
import type { SectionName } from '../../console/paths'

const sections: Record<SectionName, string> = {
  overview: 'Vue d’ensemble',
  taxis: 'Taxis',
  hails: 'Courses',
  searches: 'Recherches',
  groups: 'Groupements',
  map: 'Cartes',
  quality: 'Qualité des données',
  refusals: 'Refus',
}

const measures: Record<MeasureName, string> = {
  searches: 'Recherches',
  nobody: 'Recherches sans taxi à portée',
  nearest: 'Taxi le plus proche, médiane',
  nearest90: 'Taxi le plus proche, 9 fois sur 10 à moins de',
  hails: 'Courses closes',
  rides: 'Courses avec client à bord',
  rideShare: 'Part des courses avec client à bord',
  refused: 'Refus du taxi',
  withoutGround: 'Part des refus sans motif légal',
  answer: 'Réponse du taxi, médiane',
  answer90: 'Réponse du taxi, 9 fois sur 10 en moins de',
  approach: 'Approche, médiane',
  approach90: 'Approche, 9 fois sur 10 en moins de',
  hours: 'Heures de connexion des taxis',
}

export const statistics = {
  title: 'Statistiques',
  sections,
  measures,
  noTown: (text: string) => `Commune inconnue : ${text}`,
  noTownNext:
    'Choisissez une commune dans la liste proposée, ou donnez son code INSEE. Retirez d’abord ce filtre.',
  day: 'Jour',
  hour: 'Heure',
  hours: 'Heures',
  half: 'Médiane',
  ninety: '9 fois sur 10',
  span: (since: string, until: string) => `Du ${since} au ${until}.`,
  daysNote: 'Les jours sont ceux du temps universel (UTC) ; un jour sans aucune donnée reste vide.',
  lastDay: 'Dernières 24 heures',
  outcomeRide: 'Fin de course non signalée',
  charts: {
    hails: 'Courses closes par jour',
    searches: 'Recherches par jour',
    answer: 'Temps de réponse du taxi',
    approach: 'Temps d’approche',
    nearest: 'Distance du taxi le plus proche',
    hours: 'Heures de connexion par jour',
    taxis: 'Taxis par heure',
    searches24: 'Recherches par heure',
  },
  compare: {
    title: 'Comparaison',
    note: 'Même nombre de jours, 3, 6 et 12 mois plus tôt.',
    figure: 'Indicateur',
    now: 'Période choisie',
    today: 'Aujourd’hui',
    months: (months: number) => `Il y a ${months} mois`,
    unknown: 'aucune donnée',
    points: (change: string) => `${change} pt`,
  },
  departements: {
    title: 'Taxis par département de l’ADS',
    unit: 'Taxis',
    none: 'Aucun taxi pour ce choix',
    noneNext: 'Les taxis enregistrés viendront ici, par département de leur ADS.',
  },
  filters: {
    days: 'Période',
    lastDays: (days: number) => `${days} derniers jours`,
    since: 'Du',
    until: 'Au',
    town: 'Commune',
    departement: 'Département',
    operator: 'Opérateur',
    group: 'Groupement',
    manager: 'Gestionnaire',
  },
}
