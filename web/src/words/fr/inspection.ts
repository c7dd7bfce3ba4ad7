/** French words of the inspectors' page. */
import type { Key } from '../../console/inspection'

const keys: Record<Key, string> = {
  plate: 'Plaque',
  card: 'Carte professionnelle',
  ads: 'ADS',
}

export const inspection = {
  title: 'Contrôle',
  by: 'Chercher par',
  keys,
  plateHint: 'Espaces et tirets ne comptent pas.',
  cardNumber: 'Numéro de la carte',
  departement: 'Département de la carte',
  departementHint: '06, 2A, 974…',
  adsNumber: 'Numéro de l’ADS',
  insee: 'Code INSEE de la commune',
  inseeHint: 'Cinq caractères : 06088 pour Nice.',
  purpose: 'Motif du contrôle',
  purposeHint: 'Par exemple : contrôle en gare, plainte nº 12.',
  submit: 'Contrôler',
  logged: 'Chaque contrôle est noté avec son motif, et effacé après un mois.',
  again: 'Nouveau contrôle',
  found: 'Taxi enregistré',
  none: 'Aucun taxi trouvé',
  noneNext:
    'Aucun taxi de vos départements ne répond à cette recherche. Vérifiez la saisie ; un taxi d’un autre département n’est pas montré.',
  tooMany: 'Trop de contrôles en peu de temps',
  tooManyNext: 'Attendez un moment, puis réessayez. Ce que vous avez saisi reste.',
  connected: 'Connecté en ce moment',
  disconnected: 'Non connecté. Dernière connexion : ',
  never: 'Non connecté. Aucune connexion connue.',
  noted: (id: string) => `Contrôle nº ${id},`,
}
