import { type Lab, LIGHT, labOfLight } from '../../colour.ts';
import { LOOK_PLANES, LOOK_REACH, LOOK_SIDE, type PersonLooks } from '../../landmarks.ts';
import { median } from '../../statistics.ts';

/** What a part of somebody is taken to be, by where it lies from the face. */
export type Region = 'clothes' | 'hair';

/** One look, read: what its cells show. */
export interface Look {
  row: number;
  frame: number;
  /** Height of the face in source pixels. */
  face: number;
  /** Light of red, green and blue, 0–1, three per cell. */
  light: Float32Array;
  /** L*a*b*, three per cell. */
  lab: Float32Array;
  /** Octaves of detail, per cell of clothes or face whose neighbours are of the same region; NaN elsewhere. */
  texture: Float32Array;
  /** Cells of each region that are the person's, lie in the picture and are not of the face's colour, ascending. */
  cells: Record<Region, readonly number[]>;
  /** Cells of the middle of the face, and cells beside the person, ascending. */
  skin: readonly number[];
  beside: readonly number[];
}

export const CELLS = LOOK_SIDE * LOOK_SIDE;
/** Share of person from which on a cell is somebody's, up to which it is not; 0–255. */
const PERSON = { least: 160, most: 15 } as const;
/** As far from the face's colour, in chroma and lightness, a cell may be skin. */
const SKIN: Record<Region, { chroma: number; lightness: number }> = {
  clothes: { chroma: 11, lightness: 30 },
  hair: { chroma: 6, lightness: 15 },
};

/** Where a cell's middle lies from the face's, in heights of the face. */
export const offsetOf = (cell: number): [number, number] => [
  (((cell % LOOK_SIDE) + 0.5) / LOOK_SIDE - 0.5) * LOOK_REACH.side,
  ((Math.floor(cell / LOOK_SIDE) + 0.5) / LOOK_SIDE - 0.5) * LOOK_REACH.side + LOOK_REACH.below,
];

/** Below the chin and over the shoulders. */
const isClothes = (x: number, y: number): boolean => y > (Math.abs(x) < 0.4 ? 0.8 : 0.55);
/** Above the forehead and beside it. */
const isHair = (x: number, y: number): boolean =>
  y < 0.1 && y > -1.3 && Math.abs(x) < 1 && Math.hypot(x / 0.46, (y - 0.05) / 0.55) > 1;
const isSkin = (x: number, y: number): boolean => Math.abs(x) < 0.3 && y > -0.25 && y < 0.35;

const KINDS = Array.from({ length: CELLS }, (_, cell) => {
  const [x, y] = offsetOf(cell);
  return isSkin(x, y) ? 'skin' : isClothes(x, y) ? 'clothes' : isHair(x, y) ? 'hair' : 'none';
});

/** Reads one row of the looks. @param picture size of the picture in source pixels */
export function readLook(looks: PersonLooks, row: number, picture: { width: number; height: number }): Look {
  const bytes = looks.pictures.subarray(row * LOOK_PLANES * CELLS, (row + 1) * LOOK_PLANES * CELLS);
  const [x, y, side] = looks.place.subarray(3 * row, 3 * row + 3);
  const face = side / 1.5;
  const light = new Float32Array(3 * CELLS);
  const lab = new Float32Array(3 * CELLS);
  const detail = new Float32Array(CELLS);
  const inside = new Uint8Array(CELLS);
  const half = (0.5 * LOOK_REACH.side) / LOOK_SIDE;
  for (let cell = 0; cell < CELLS; cell++) {
    const [r, g, b] = [LIGHT[bytes[cell]], LIGHT[bytes[CELLS + cell]], LIGHT[bytes[2 * CELLS + cell]]];
    light.set([r, g, b], 3 * cell);
    lab.set(labOfLight(r, g, b), 3 * cell);
    detail[cell] = bytes[4 * CELLS + cell] / 4;
    const [dx, dy] = offsetOf(cell);
    const [left, right] = [x + (dx - half) * face, x + (dx + half) * face];
    const [top, bottom] = [y + (dy - half) * face, y + (dy + half) * face];
    inside[cell] = left >= 0 && top >= 0 && right <= picture.width && bottom <= picture.height ? 1 : 0;
  }
  const skin: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) if (inside[cell] && KINDS[cell] === 'skin') skin.push(cell);
  const complexion = middleOf(lab, skin);
  const clothes: number[] = [];
  const hair: number[] = [];
  const beside: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    if (!inside[cell]) continue;
    const person = bytes[3 * CELLS + cell];
    if (person <= PERSON.most) beside.push(cell);
    if (person < PERSON.least) continue;
    const kind = KINDS[cell];
    if (kind !== 'clothes' && kind !== 'hair') continue;
    const isOfSkin =
      Math.hypot(lab[3 * cell + 1] - complexion[1], lab[3 * cell + 2] - complexion[2]) < SKIN[kind].chroma &&
      Math.abs(lab[3 * cell] - complexion[0]) < SKIN[kind].lightness;
    if (isOfSkin) continue;
    if (kind === 'clothes') clothes.push(cell);
    else hair.push(cell);
  }
  const texture = new Float32Array(CELLS).fill(Number.NaN);
  for (const region of [clothes, skin]) fillTexture(texture, region, lab, detail);
  return { row, frame: looks.frames[row], face, light, lab, texture, cells: { clothes, hair }, skin, beside };
}

/** Code values that are added to detail: coding noise. */
const NOISE = 4;
/** Code values of luma per unit of lightness. */
const CODES = 2.55;

/**
 * Deviation of luma over each cell of a region and its neighbours, in octaves of code values. Not where a neighbour is of another
 * region: its edge is a step by itself.
 */
function fillTexture(texture: Float32Array, region: readonly number[], lab: Float32Array, detail: Float32Array): void {
  const marked = new Uint8Array(CELLS);
  for (const cell of region) marked[cell] = 1;
  for (const cell of region) {
    const column = cell % LOOK_SIDE;
    if (column === 0 || column === LOOK_SIDE - 1 || cell < LOOK_SIDE || cell >= CELLS - LOOK_SIDE) continue;
    let [sum, squares, fine, count] = [0, 0, 0, 0];
    for (let r = cell - LOOK_SIDE; r <= cell + LOOK_SIDE; r += LOOK_SIDE)
      for (let at = r - 1; at <= r + 1; at++) {
        const luma = CODES * lab[3 * at];
        count += marked[at];
        sum += luma;
        squares += luma * luma;
        fine += detail[at] * detail[at];
      }
    if (count < 9) continue;
    texture[cell] = Math.log2(Math.sqrt(Math.max(0, squares / 9 - (sum / 9) ** 2) + fine / 9) + NOISE);
  }
}

/** Median of three values per cell over some cells. */
function middleOf(values: Float32Array, cells: readonly number[]): Lab {
  return [0, 1, 2].map(k => median(cells.map(cell => values[3 * cell + k]))) as unknown as Lab;
}
