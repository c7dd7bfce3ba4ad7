/** French words of test calls to an operator’s server. */

export const testCall = {
  title: 'Tester mon serveur',
  note: 'Le registre envoie à votre serveur une course inventée, signée comme les autres. Personne ne doit se déplacer : l’en-tête X-Letaxi-Test l’annonce.',
  send: 'Envoyer un appel de test',
  taken: (took: string) => `Votre serveur a accepté la course en ${took}`,
  failed: (took: string) => `La course aurait échoué après ${took}`,
  request: 'Requête envoyée',
  answer: 'Réponse reçue',
  noAnswer: 'Aucune réponse complète n’est arrivée.',
  signature: 'Vérifier la signature',
  signatureText:
    'L’en-tête X-Letaxi-Signature contient t, l’heure de l’appel en secondes depuis 1970 (UTC), et v1, la signature. Calculez HMAC-SHA-256 de t, d’un point et du corps, octet pour octet, avec le secret de votre compte, en chiffres hexadécimaux : le résultat doit être v1. Refusez un appel dont t date de plus d’une minute.',
  secret: 'Le secret se lit par l’API :',
  reasonsNote: 'La phrase du registre, telle que les courses la portent :',
}
