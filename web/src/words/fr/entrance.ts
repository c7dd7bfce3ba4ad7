/** French words of the second step, and of links by which people set a password. */

export const entrance = {
  // The second step of a sign-in.
  codeTitle: 'Deuxième étape',
  code: 'Code à six chiffres',
  codeHint: 'Votre application d’authentification l’affiche.',
  recoveryCode: 'Code de secours',
  recoveryHint: 'L’un des dix codes que vous avez notés ; chacun sert une fois.',
  useRecovery: 'Utiliser un code de secours',
  useApp: 'Utiliser l’application',
  confirm: 'Valider',
  again: 'Recommencer',
  left: (count: string) => `Code de secours utilisé : il vous en reste ${count}.`,
  // Setting it up.
  required: 'Ce registre exige une deuxième étape pour votre compte : préparez-la maintenant.',
  scan: 'Scannez ce code avec une application d’authentification, sur votre téléphone.',
  qr: 'Code QR de la clé secrète',
  orType: 'Ou saisissez cette clé dans l’application :',
  openApp: 'Ouvrir l’application sur cet appareil',
  thenCode: 'Saisissez ensuite le code que l’application affiche.',
  codes: 'Codes de secours',
  codesText:
    'Notez ces dix codes et gardez-les en lieu sûr : chacun remplace une fois votre téléphone. Ils ne seront plus jamais montrés.',
  codesCopy: 'Copier les codes',
  codesDone: 'C’est noté',
  // The section of the account page.
  title: 'Deuxième étape de connexion',
  note: 'Un code de votre téléphone, en plus du mot de passe.',
  off: 'Inactive',
  on: 'Active',
  offText: 'Avec elle, un mot de passe volé ne suffit plus pour entrer dans votre compte.',
  since: 'Active depuis',
  codesLeft: 'Codes de secours restants',
  isRequired: 'Ce registre l’exige pour votre compte : elle se remplace, mais ne se désactive pas.',
  activate: 'Activer',
  replace: 'Changer de téléphone',
  newCodes: 'Nouveaux codes de secours',
  turnOff: 'Désactiver',
  passwordFirst: 'Votre mot de passe',
  next: 'Continuer',
  activated: 'Deuxième étape active. Vos autres connexions sont fermées.',
  turnedOff: 'Deuxième étape désactivée. Vos autres connexions sont fermées.',
  // Links.
  welcome: 'Bienvenue',
  welcomeText: (who: string) => `Choisissez un mot de passe pour le compte ${who}.`,
  newPassword: 'Nouveau mot de passe',
  newPasswordText: (who: string) => `Choisissez un nouveau mot de passe pour le compte ${who}.`,
  password: 'Mot de passe',
  repeat: 'Le même, une seconde fois',
  differ: 'Les deux mots de passe diffèrent.',
  passwordHint: '8 caractères au moins.',
  enter: 'Enregistrer et se connecter',
  linkOver: 'Ce lien ne sert plus',
  linkOverText:
    'Il a déjà servi, ou a expiré : un lien sert une fois, dans les 72 heures. Demandez-en un autre à la personne qui vous l’a donné.',
  noLink: 'Il manque une partie de l’adresse',
  noLinkText: 'Ouvrez le lien en entier, tel que vous l’avez reçu.',
  toSignIn: 'Aller à la connexion',
  // A forgotten password.
  forgotten: 'Mot de passe oublié',
  forgottenText:
    'Donnez l’e-mail de votre compte : vous y recevrez un lien pour choisir un nouveau mot de passe.',
  email: 'E-mail',
  sendLink: 'Envoyer le lien',
  linkSent: (email: string) =>
    `Si un compte existe pour ${email}, un lien vient de lui être envoyé. Il sert dans les 72 heures.`,
  backToSignIn: 'Revenir à la connexion',
}
