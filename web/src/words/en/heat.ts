/** English words of the maps of statistics. */
import type { heat as French } from '../fr/heat'

export const heat: typeof French = {
  of: 'Map',
  kinds: {
    hails: 'Hails',
    searches: 'Searches',
    taxis: 'Free taxis',
    licences: 'Licences by département',
  },
  size: 'Size of cells',
  sizes: {
    5: 'about 17 km',
    6: 'about 6.5 km',
    7: 'about 2.5 km',
    8: 'about 900 m',
    9: 'about 350 m',
  },
  month: 'Month',
  note: 'Each cell counts the customers who stood in it.',
  cell: 'H3 cell',
  latitude: 'Latitude',
  longitude: 'Longitude',
  count: 'Number',
  place: 'Place',
  point: (lat, lon) => `${lat}, ${lon}`,
  busiest: 'Busiest cells',
  busiestNote: (count, one) =>
    one ? `${count} cell on the map.` : `The first of ${count} cells on the map.`,
  hidden: (from) => `Numbers below ${from} are not shown.`,
  whole: 'Whole map',
  hover: 'Touch a cell to enlarge it.',
  cellCount: (count) => `Cell: ${count}`,
  none: 'Nothing on this map',
  noneNext: 'Choose other days, or the whole map.',
  nonePublic:
    'This month has no cell with ten customers or more: smaller numbers are not shown. Choose another month.',
  taxisNote: (count, one) =>
    one ? `${count} free taxi right now.` : `${count} free taxis right now.`,
  noTaxis: 'No taxi is free right now',
  noTaxisNext: 'Positions of free taxis will be here.',
  byZone: 'Connected taxis by zone (ZUPC)',
  zone: 'Zone',
  licencesNote: 'Mainland; overseas départements are in the table.',
}
