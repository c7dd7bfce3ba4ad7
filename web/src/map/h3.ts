/**
 * Centre and corners of a cell of the H3 grid, of which the registry gives the index alone.
 *
 * The library h3-js does this and forty things more, in 62 kB minified and compressed, more than all scripts of a page
 * may have; this is 2 kB. The grid (https://h3geo.org) covers the globe by the 20 faces of an icosahedron: an index names
 * one of 122 base cells and, for each finer resolution, the way from a cell to one of its seven parts. Positions on a
 * face have three axes, `ijk`, 120 degrees apart. Resolutions take turns in how they lie on a face (class II and III);
 * the centre of a cell is also that of its middle part, so that class II, which lies straight, is enough.
 */
export interface Cell {
  /** Longitude and latitude of the centre, in degrees. */
  centre: [number, number]
  /** Longitude and latitude of the six corners; exact but for cells that cross an edge of the icosahedron. */
  corners: [number, number][]
}

type Ijk = readonly [number, number, number]
type Vector = readonly [number, number, number]

interface OnFace {
  face: number
  at: Ijk
}

/** Face (a to t) and place on it of each base cell. */
const BASE =
  'b100 c110 b000 c100 a200 b110 b001 c000 a100 c010 b010 b011 d100 d110 l200 e100 a000 g010 a001 c011 h001 c001 a110 g001 k200 g000 d000 l100 e110 d010 a011 e000 f010 a010 h010 l110 h000 k100 m200 g101 h101 e001 d001 d011 e010 g100 l000 i001 f001 o200 f000 m100 k110 e011 m110 h100 l010 k000 n200 k001 l001 j010 i010 g200 i000 j001 o100 f101 q011 i101 f100 m000 h200 m010 k010 j000 n100 q001 p011 p010 q010 o110 n110 f200 i100 o000 j101 o001 r001 m001 q000 r011 p001 q101 j100 p000 n000 i200 n010 r101 t010 o010 t011 r010 n001 r000 q100 j200 p101 p100 s011 s001 t001 r100 t000 s010 s101 t200 t100 s000 t101 s100'
    .split(' ')
    .map((text): OnFace => {
      const [i, j, k] = [...text.slice(1)].map(Number) as [number, number, number]
      return { face: text.charCodeAt(0) - 97, at: [i, j, k] }
    })
/** The base cells with five sides, in which one of the seven ways is missing. */
const PENTAGONS = new Set([4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117])
/** Centres of the faces, on the unit sphere. */
const CENTRES: Vector[] = [
  [0.2199307791404606, 0.6583691780274996, 0.7198475378926182],
  [-0.2139234834501421, 0.1478171829550703, 0.9656017935214205],
  [0.1092625278784797, -0.481195157287321, 0.8697775121287253],
  [0.7428567301586791, -0.3593941678278028, 0.5648005936517033],
  [0.8112534709140969, 0.3448953237639384, 0.472138773641393],
  [-0.1055498149613921, 0.9794457296411413, 0.1718874610009365],
  [-0.8075407579970092, 0.1533552485898818, 0.5695261994882688],
  [-0.2846148069787907, -0.8644080972654206, 0.4144792552473539],
  [0.7405621473854482, -0.6673299564565524, -0.0789837646326737],
  [0.8512303986474293, 0.4722343788582681, -0.2289137388687808],
  [-0.7405621473854481, 0.6673299564565524, 0.0789837646326737],
  [-0.8512303986474292, -0.4722343788582682, 0.2289137388687808],
  [0.1055498149613919, -0.9794457296411413, -0.1718874610009365],
  [0.8075407579970092, -0.1533552485898819, -0.5695261994882688],
  [0.2846148069787908, 0.8644080972654204, -0.4144792552473539],
  [-0.7428567301586791, 0.3593941678278027, -0.5648005936517033],
  [-0.811253470914097, -0.3448953237639382, -0.472138773641393],
  [-0.2199307791404607, -0.6583691780274996, -0.7198475378926182],
  [0.213923483450142, -0.1478171829550704, -0.9656017935214205],
  [-0.1092625278784796, 0.481195157287321, -0.8697775121287253],
]
/** Azimuth of the axis i of each face, in radians. */
const AZIMUTHS = [
  5.6199582685239395, 5.7603390817141875, 0.78021365439343, 0.4304693639799999, 6.130269123335111,
  2.692877706530643, 2.982963003477244, 3.532912002790141, 3.494305004259568, 3.0032141694995382,
  5.930472956509812, 0.13837848409025486, 0.4487149470591504, 0.15862965011254937,
  5.891865957979238, 2.711123289609793, 3.294508837434268, 3.80481969224544, 3.6644388790551923,
  2.361378999196363,
]
/** Length of a unit of resolution 0 in the gnomonic projection of a face. */
const UNIT = 0.381966011250105
/** Angle between the grids of class II and III, in radians. */
const TURN = 0.3334731722518321
const DEGREES = 180 / Math.PI
/** The ways along the axis I, and between I and K, which pentagons treat apart. */
const [I, IK] = [4, 5]

/** Place after one step along each axis, as columns. */
const DOWN_CCW: Ijk[] = [
  [3, 0, 1],
  [1, 3, 0],
  [0, 1, 3],
]
const DOWN_CW: Ijk[] = [
  [3, 1, 0],
  [0, 3, 1],
  [1, 0, 3],
]
const TURN_CCW: Ijk[] = [
  [1, 1, 0],
  [0, 1, 1],
  [1, 0, 1],
]
const TURN_CW: Ijk[] = [
  [1, 0, 1],
  [1, 1, 0],
  [0, 1, 1],
]

/** The cell with this index; `undefined` for a text that is none. */
export function cellOf(index: string): Cell | undefined {
  if (!/^8[0-9a-f]{14}$/i.test(index)) return undefined
  const bits = BigInt(`0x${index}`)
  const resolution = Number((bits >> 52n) & 15n)
  const base = Number((bits >> 45n) & 127n)
  const start = BASE[base]
  if (!start) return undefined
  const isPentagon = PENTAGONS.has(base)
  let ways = Array.from({ length: resolution }, (_, i) => Number((bits >> BigInt(42 - 3 * i)) & 7n))
  const first = () => ways.find((way) => way !== 0)
  if (isPentagon && first() === IK) ways = ways.map(turned)

  let { face, at } = start
  for (const [i, way] of ways.entries()) {
    at = times(i % 2 === 0 ? DOWN_CCW : DOWN_CW, at)
    at = least([at[0] + ((way >> 2) & 1), at[1] + ((way >> 1) & 1), at[2] + (way & 1)])
  }
  // The middle part of a cell of class III is of class II.
  const isOdd = resolution % 2 === 1
  const even = isOdd ? resolution + 1 : resolution
  if (isOdd) at = times(DOWN_CW, at)

  let next = across({ face, at }, even, isPentagon && first() === I)
  while (next) {
    ;({ face, at } = next)
    next = isPentagon ? across(next, even, false) : undefined
  }
  const [x, y] = [at[0] - at[2] - (at[1] - at[2]) / 2, (at[1] - at[2]) * Math.sin(Math.PI / 3)]
  const radius = Math.sqrt((isOdd ? 7 : 1) / 3)
  const corners = Array.from({ length: 6 }, (_, i) => {
    const angle = Math.PI / 6 + (i * Math.PI) / 3 + (isOdd ? TURN : 0)
    return onGlobe(face, x + radius * Math.cos(angle), y + radius * Math.sin(angle), even)
  })
  return { centre: onGlobe(face, x, y, even), corners }
}

/** The place on the next face, if it lies beyond the edge of this one. */
function across({ face, at }: OnFace, resolution: number, turns: boolean): OnFace | undefined {
  const unit = 7 ** (resolution / 2)
  const edge = 2 * unit
  if (at[0] + at[1] + at[2] <= edge) return undefined
  const side = at[2] === 0 ? 'ij' : at[1] > 0 ? 'jk' : 'ki'
  let from = at
  if (turns && side === 'ki') {
    const [i, j, k] = times(TURN_CW, least([at[0] - edge, at[1], at[2]]))
    from = [i + edge, j, k]
  }
  const [next, shift, turnsBy] = beside(face, side)
  for (let i = 0; i < turnsBy; i += 1) from = times(TURN_CCW, from)
  const [i, j, k] = from
  return {
    face: next,
    at: least([i + shift[0] * unit, j + shift[1] * unit, k + shift[2] * unit]),
  }
}

/** The face beside one, the shift to its axes, and how often 60 degrees they are turned. The faces form four rings of five. */
function beside(face: number, side: 'ij' | 'ki' | 'jk'): [number, Ijk, number] {
  const ring = Math.floor(face / 5)
  const around = (by: number, of = ring) => of * 5 + (((face % 5) + by + 5) % 5)
  const isCap = ring === 0 || ring === 3
  if (side === 'jk') return [around(0, [1, 0, 3, 2][ring]), [0, 2, 2], 3]
  if (isCap) {
    const by = (ring === 0) === (side === 'ij') ? -1 : 1
    return side === 'ij' ? [around(by), [2, 0, 2], 1] : [around(by), [2, 2, 0], 5]
  }
  const other = ring === 1 ? 2 : 1
  if (side === 'ij') return [around(0, other), [2, 2, 0], 3]
  return [around(ring === 1 ? -1 : 1, other), [2, 0, 2], 3]
}

/** Longitude and latitude of a place on the plane of a face. */
function onGlobe(face: number, x: number, y: number, resolution: number): [number, number] {
  const [cx, cy, cz] = CENTRES[face] as Vector
  const reach = Math.hypot(x, y) * UNIT * 7 ** (-resolution / 2)
  const azimuth = (AZIMUTHS[face] as number) - Math.atan2(y, x)
  const across = Math.hypot(cx, cy)
  // North and east in the plane that touches the globe at the centre of the face.
  const north: Vector = [(-cz * cx) / across, (-cz * cy) / across, across]
  const east: Vector = [-cy / across, cx / across, 0]
  const point = ([cx, cy, cz] as const).map(
    (part, i) =>
      part +
      reach * (Math.cos(azimuth) * (north[i] as number) + Math.sin(azimuth) * (east[i] as number)),
  ) as unknown as Vector
  return [
    Math.atan2(point[1], point[0]) * DEGREES,
    Math.atan2(point[2], Math.hypot(point[0], point[1])) * DEGREES,
  ]
}

function times([a, b, c]: Ijk[], [i, j, k]: Ijk): Ijk {
  const sum = (n: 0 | 1 | 2) => (a as Ijk)[n] * i + (b as Ijk)[n] * j + (c as Ijk)[n] * k
  return least([sum(0), sum(1), sum(2)])
}

/** The same place with the smallest numbers: one of the axes is always 0. */
function least([i, j, k]: Ijk): Ijk {
  const low = Math.min(i, j, k)
  return [i - low, j - low, k - low]
}

/** A way after a turn of 60 degrees clockwise. */
function turned(way: number): number {
  return [0, 3, 6, 2, 5, 1, 4, 7][way] ?? way
}
