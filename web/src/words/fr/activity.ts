/** French words of the activity log. */

export const activity = {
  title: 'Journal d’activité',
  time: 'Heure',
  action: 'Action',
  resource: 'Objet',
  resourceId: 'Identifiant',
  details: 'Détails',
  actions: {
    login_password: 'Connexion par mot de passe',
    login_apikey: 'Connexion par clé',
    auth_apikey: 'Écriture avec sa clé',
    auth_logas: 'Écriture au nom d’un autre',
    taxi_status: 'Statut d’un taxi',
    customer_hail: 'Course pour un client',
  } as Record<string, string>,
  /** Actions for which the log has no filter. */
  others: {
    export: 'Export',
    second_step_set: 'Deuxième étape préparée',
    second_step_removed: 'Deuxième étape retirée',
    recovery_code: 'Code de secours utilisé',
    password_link: 'Lien de mot de passe créé',
    import: 'Import du territoire',
    password_by_link: 'Mot de passe choisi par un lien',
    login_provider: 'Connexion par le fournisseur d’identité',
    identity_linked: 'Identité liée',
    identity_unlinked: 'Identité déliée',
  } as Record<string, string>,
  by: (who: string) => `par ${who}`,
  resources: { user: 'Compte', taxi: 'Taxi', customer: 'Client' } as Record<string, string>,
  from: (from: string, to: string) => `${from} → ${to}`,
  none: 'Le journal est vide',
  noneNext: 'Chaque écriture, changement de statut et course y laisse une ligne.',
  noMatch: 'Aucune ligne ne correspond',
  noMatchNext: 'Retirez un filtre ou changez de jours. Un identifiant doit être donné en entier.',
  keyOf: (who: string) => `clé de ${who}`,
}
