/** French words of the live map, and of the maps of other pages. */
import type { LayerName } from '../../map/style'

const layerNames: Record<LayerName, string> = {
  towns: 'Communes',
  zones: 'ZUPC',
  exclusions: 'Zones d’exclusion',
  ranks: 'Stations',
}

export const map = {
  title: 'Carte en direct',
  mapLabel:
    'Carte des taxis. Flèches pour se déplacer, plus et moins pour zoomer, Entrée pour interroger le centre.',
  count: (count: string, taxis: number, of?: string) =>
    of
      ? `${count} sur ${of} taxis`
      : taxis > 1
        ? `${count} taxis connectés`
        : `${count} taxi connecté`,
  view: 'Affichage',
  asMap: 'Carte',
  asList: 'Liste',
  plate: 'Plaque',
  status: 'Statut',
  operator: 'Opérateur',
  within: 'Vu depuis',
  seen: 'Position reçue',
  taxis: 'Taxis',
  legend: 'Taxis affichés par statut',
  layers: 'Calques',
  layerNames,
  closer: 'Zoomer',
  farther: 'Dézoomer',
  showAll: 'Tout voir',
  tooMany: (layers: string) => `Zoomez pour voir : ${layers}.`,
  unable: 'Ce navigateur ne peut pas dessiner la carte',
  failed: 'La carte n’a pas pu être chargée',
  unableNext: 'La liste montre les mêmes données.',
  chosen: 'Taxi choisi',
  isChosen: 'choisi',
  chosenFiltered: 'Les filtres ne le laissent pas passer : il reste affiché tant qu’il est choisi.',
  chosenGone: 'Ce taxi n’est plus connecté',
  chosenGoneNext: 'Il n’a rien envoyé depuis le délai choisi, ou il appartient à un autre compte.',
  toTaxi: 'Fiche du taxi',
  customer: 'Un client à cet endroit',
  customerHint:
    'Cliquez sur la carte ou donnez un lieu : quels taxis peuvent y prendre un client, et pourquoi pas les autres.',
  clearPlace: 'Effacer le lieu',
  notAPlace: 'Donnez deux nombres, en degrés.',
  noTown: 'Hors des communes du registre',
  excluded: (name: string) => `Zone d’exclusion ${name} : aucune maraude ici.`,
  mayTake: (count: string, taxis: number) =>
    taxis > 1
      ? `${count} taxis peuvent y prendre un client`
      : `${taxis ? `${count} taxi peut` : 'Aucun taxi ne peut'} y prendre un client`,
  nobody: (radius: string) => `Aucun de vos taxis à moins de ${radius}.`,
  mayList: 'Visibles dans une recherche',
  mayNotList: 'Pas visibles, et pourquoi',
  leftOut: (count: string) => `${count} autres taxis plus loin.`,
  noMatch: 'Aucun taxi ne correspond',
  noMatchNext: 'Retirez un filtre.',
  none: 'Aucun taxi connecté',
  noneNext: 'Un taxi apparaît dès sa première position.',
  territory: {
    title: 'Territoire',
    mapLabel: 'Carte du territoire. Flèches pour se déplacer, plus et moins pour zoomer.',
    search: 'Nom',
    name: 'Nom',
    code: 'Code INSEE',
    towns: 'Communes',
    town: 'Commune',
    taxis: 'Taxis connectés',
    since: 'En vigueur depuis',
    until: 'Jusqu’au',
    address: 'Adresse',
    spaces: 'Places',
    phone: 'Téléphone',
    info: 'Précisions',
    connected: 'Taxis connectés, dont libres',
    ofWhich: (connected: string, free: string) => `${connected}, dont ${free} libres`,
    searches: 'Recherches, dernière heure',
    zones: 'ZUPC',
    noZone: 'Aucune : ses taxis y prennent leurs clients seuls.',
    notYet: 'Pas encore comptés',
    typeName: 'Cherchez une commune',
    typeNameNext: 'Donnez le début de son nom : accents et tirets ne comptent pas.',
    noMatch: 'Rien de ce nom',
    noMatchNext: 'Vérifiez l’orthographe, ou effacez le filtre.',
    none: 'Rien d’importé ici',
    noneNext: 'Importez des fichiers, ici ou par la commande letaxi import.',
    noneNextOthers: 'L’administrateur du registre importe le territoire.',
    import: 'Importer',
    gone: 'Cet objet n’existe plus',
    goneNext: 'Un import l’a retiré ou remplacé.',
  },
}
