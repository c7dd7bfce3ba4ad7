/** French words of the maps of statistics. */
export const heat = {
  of: 'Carte',
  kinds: {
    hails: 'Courses',
    searches: 'Recherches',
    taxis: 'Taxis libres',
    licences: 'ADS par département',
  },
  size: 'Taille des cellules',
  sizes: {
    5: 'environ 17 km',
    6: 'environ 6,5 km',
    7: 'environ 2,5 km',
    8: 'environ 900 m',
    9: 'environ 350 m',
  } as Record<number, string>,
  month: 'Mois',
  note: 'Chaque cellule compte les clients qui s’y trouvaient.',
  cell: 'Cellule H3',
  latitude: 'Latitude',
  longitude: 'Longitude',
  count: 'Nombre',
  place: 'Lieu',
  point: (lat: string, lon: string) => `${lat}, ${lon}`,
  busiest: 'Cellules les plus fréquentées',
  busiestNote: (count: string, one: boolean) =>
    one ? `${count} cellule sur la carte.` : `Les premières de ${count} cellules sur la carte.`,
  hidden: (from: string) => `Les nombres inférieurs à ${from} ne sont pas montrés.`,
  whole: 'Toute la carte',
  hover: 'Touchez une cellule pour l’agrandir.',
  cellCount: (count: string) => `Cellule : ${count}`,
  none: 'Rien sur cette carte',
  noneNext: 'Choisissez d’autres jours, ou toute la carte.',
  nonePublic:
    'Ce mois n’a aucune cellule avec dix clients ou plus : les nombres plus petits ne sont pas montrés. Choisissez un autre mois.',
  taxisNote: (count: string, one: boolean) =>
    one ? `${count} taxi libre en ce moment.` : `${count} taxis libres en ce moment.`,
  noTaxis: 'Aucun taxi libre en ce moment',
  noTaxisNext: 'Les positions des taxis libres viendront ici.',
  byZone: 'Taxis connectés par zone (ZUPC)',
  zone: 'Zone',
  licencesNote: 'Métropole ; les départements d’outre-mer sont dans le tableau.',
}
