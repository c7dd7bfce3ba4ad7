/** French words that several pages share. French is the language from which the type of all others is made. */
import type { Kind } from '../../api/errors'
import type { HailStatus, Role, TaxiStatus } from '../../api/types'

const kinds: Record<Kind, { title: string; next: string }> = {
  offline: {
    title: 'Le registre ne répond pas',
    next: 'Vérifiez votre connexion. La page réessaie toute seule.',
  },
  'signed-out': {
    title: 'Votre connexion a pris fin',
    next: 'Connectez-vous à nouveau pour continuer.',
  },
  forbidden: {
    title: 'Ce compte n’y a pas accès',
    next: 'Les rôles du compte ne le permettent pas. Demandez à l’administrateur du registre.',
  },
  missing: {
    title: 'Introuvable',
    next: 'L’identifiant est faux, ou l’objet appartient à un autre compte.',
  },
  refused: {
    title: 'Demande refusée',
    next: 'Corrigez ce qui est indiqué, puis réessayez.',
  },
  busy: {
    title: 'Le registre est très sollicité',
    next: 'Réessayez dans un instant.',
  },
  broken: {
    title: 'Erreur interne du registre',
    next: 'Réessayez. Si cela continue, donnez la référence à l’administrateur.',
  },
}

const hailStatuses: Record<HailStatus, string> = {
  received: 'Reçue',
  sent_to_operator: 'Envoyée à l’opérateur',
  received_by_operator: 'Chez l’opérateur',
  received_by_taxi: 'Proposée au chauffeur',
  accepted_by_taxi: 'Acceptée par le taxi',
  accepted_by_customer: 'Taxi en route',
  customer_on_board: 'Client à bord',
  finished: 'Terminée',
  failure: 'Échec de transmission',
  declined_by_taxi: 'Refusée par le taxi',
  incident_taxi: 'Incident du taxi',
  timeout_taxi: 'Taxi sans réponse',
  declined_by_customer: 'Annulée par le client',
  incident_customer: 'Incident du client',
  timeout_customer: 'Client sans réponse',
  timeout_accepted_by_customer: 'Montée à bord non signalée',
}

const taxiStatuses: Record<TaxiStatus, string> = {
  free: 'Libre',
  answering: 'Sollicité',
  oncoming: 'En approche',
  occupied: 'Occupé',
  off: 'Hors service',
}

const roles: Record<Role, string> = {
  admin: 'Administrateur',
  operateur: 'Opérateur',
  moteur: 'Application cliente',
  groupement: 'Groupement',
  editeur: 'Éditeur',
  inspector: 'Agent de contrôle',
}

export const common = {
  language: 'Français',
  kinds,
  hailStatuses,
  taxiStatuses,
  roles,
  shell: {
    skip: 'Aller au contenu',
    menu: 'Menu',
    closeMenu: 'Fermer le menu',
    navigation: 'Navigation principale',
    jump: 'Aller à…',
    jumpLong: 'Taxi, course ou plaque…',
    actingAs: (who: string) => `Vous agissez au nom de ${who}`,
    actingAsNote: 'Ce que vous faites compte pour ce compte.',
    stopActing: 'Redevenir moi-même',
    account: 'Mon compte',
    signOut: 'Se déconnecter',
    switchLanguage: 'English',
    zone: (zone: string) => `Heures : ${zone}`,
    apiReference: 'Documentation',
    oldPage: 'Une nouvelle version de la console est en place.',
    reload: 'Recharger la page',
    noPage: 'Cette page n’existe pas',
    noPageNext: 'L’adresse est fausse, ou la page a changé de place.',
    toHome: 'Aller à l’accueil',
    back: 'Retour à la liste',
  },
  nav: {
    home: 'Accueil',
    map: 'Carte en direct',
    taxis: 'Taxis',
    hails: 'Courses',
    zones: 'Territoire',
    accounts: 'Comptes',
    account: 'Mon compte',
    activity: 'Journal',
    sessions: 'Demandes',
    integration: 'Intégration',
    inspect: 'Contrôle',
    follow: 'Suivi client',
    figures: 'Statistiques',
    groupWatch: 'Exploitation',
    groupRun: 'Administration',
  },
  do: {
    retry: 'Réessayer',
    copy: 'Copier',
    copied: 'Copié',
    copyCurl: 'Copier en curl',
    close: 'Fermer',
    cancel: 'Annuler',
    save: 'Enregistrer',
    saved: 'Enregistré',
    filter: 'Filtrer',
    removeFilter: (name: string) => `Retirer le filtre ${name}`,
    clearFilters: 'Tout effacer',
    show: 'Afficher',
    hide: 'Masquer',
    asTable: 'Voir en tableau',
    asChart: 'Voir en graphique',
    refresh: 'Actualiser',
    more: 'Afficher la suite',
    csv: 'CSV',
    csvOf: (title: string) => `Télécharger en CSV : ${title}`,
  },
  states: {
    loading: 'Chargement…',
    slow: 'Le registre met plus de temps que d’habitude.',
    retryIn: (seconds: string) => `Nouvel essai possible dans ${seconds}.`,
    said: 'Le registre répond :',
    stale: 'Données d’avant la coupure : le registre ne répond plus.',
    noFigures: 'Aucune donnée pour ce choix.',
    updated: (ago: string) => `Actualisé ${ago}`,
  },
  people: {
    you: 'vous',
    accountNumber: (id: string) => `compte ${id}`,
  },
  list: {
    page: (page: string, pages: string) => `Page ${page} sur ${pages}`,
    range: (from: string, to: string, total: string) => `${from}–${to} sur ${total}`,
    total: (total: string, one: boolean) => (one ? `${total} résultat` : `${total} résultats`),
    previous: 'Page précédente',
    next: 'Page suivante',
    none: '–',
    pair: (name: string, value: string) => `${name} : ${value}`,
    filters: 'Filtres',
    any: 'Sans filtre',
    choose: 'Choisir…',
    from: 'Du',
    to: 'Au',
    days: (zone: string) => `Jours comptés à l’heure de votre appareil : ${zone}.`,
  },
  errors: {
    // Sentences of the registry's first interface exist in English only.
    sentences: {
      'Not a valid date.': 'Cette date n’est pas valable.',
      'Missing data for required field.': 'Ce champ est obligatoire.',
      'Shorter than minimum length 8.': 'Il faut au moins 8 caractères.',
      'This endpoint is invalid.': 'Cette adresse n’est pas publique ou pas valable.',
      'This URL could not be resolved.': 'Le nom de ce serveur est introuvable.',
      'Invalid header name': 'Ce nom d’en-tête n’est pas valable.',
      'Invalid header value': 'Cette valeur d’en-tête n’est pas valable.',
      'Invalid credentials.': 'E-mail ou mot de passe incorrect.',
      'You do not have enough permissions to access this ressource.':
        'Les rôles du compte ne le permettent pas.',
      'This is the only key of the account: make another first.':
        'C’est la seule clé du compte : créez-en d’abord une autre.',
    } as Record<string, string>,
    reference: (reference: string) => `Référence : ${reference}`,
  },
}
