import { labOfLight } from '../../colour.ts';
import { LOOK_SIDE } from '../../landmarks.ts';
import { median, percentile } from '../../statistics.ts';
import { CELLS, type Look, type Region } from './look.ts';

/** Cells either way in which a cell of one look may be found again in another: clothes move against the face. */
const SEARCH = 2;
/** Fewest cells of a region, by which two looks are compared. */
const LEAST_CELLS: Record<Region, number> = { clothes: 12, hair: 16 };
/** Fewest cells that a change of light is told by. */
const LEAST_LIT = 12;
/** Share of the cells that may be as alike as before although the whole has changed: a badge, a collar, an edge. */
const SPARED = 0.35;
/** Light that is added to both sides of a ratio: what is nearly black tells nothing of gains. */
const DARK = 0.01;
/** A shadow may fall on the clothes alone, which makes them so much darker at most; or leave them. */
const SHADOW = 2.2;

/**
 * How far a region's colours in one look are from those in another, in ΔE with lightness counted half: the distance that all
 * but a third of its cells have at least to the most similar one near their place, either way. Whatever change of light or of
 * colour the face or what is beside the person shows is taken out, and a shadow on the region alone, whichever makes them most
 * alike. Null where too little is seen in both.
 */
export function colourUnlike(before: Look, after: Look, region: Region): number | null {
  const [there, here] = [before.cells[region], after.cells[region]];
  if (count(there) < LEAST_CELLS[region] || count(here) < LEAST_CELLS[region]) return null;
  let least = Number.POSITIVE_INFINITY;
  for (const lit of relit(before, after, there, here)) {
    const forth = distances(lit, there, after.lab, here);
    const back = distances(after.lab, here, lit, there);
    if (forth.length < LEAST_CELLS[region] || back.length < LEAST_CELLS[region]) return null;
    least = Math.min(least, Math.max(0, Math.min(percentile(forth, SPARED), percentile(back, SPARED))));
  }
  return least;
}

/** L*a*b* of the look before as it would be under each change of light that something speaks for; first as it is. */
function* relit(before: Look, after: Look, there: Uint8Array, here: Uint8Array): Generator<Float32Array> {
  yield before.lab;
  for (const [a, b] of [
    [before.skin, after.skin],
    [before.beside, after.beside],
  ]) {
    const gain = steps(before.light, after.light, a, b, (then, now) => (now + DARK) / (then + DARK));
    if (gain) yield gained(before, there, gain);
    const shift = steps(before.lab, after.lab, a, b, (then, now) => now - then);
    if (shift) yield before.lab.map((value, k) => value + shift[k % 3]);
  }
  const own = steps(before.light, after.light, there, here, (then, now) => (now + DARK) / (then + DARK));
  if (!own) return;
  const shade = Math.min(SHADOW, Math.max(1 / SHADOW, median(own)));
  yield gained(before, there, [shade, shade, shade]);
}

/** Median over the cells marked in both of what each of three values does from one look to the other; null of too few. */
function steps(
  before: Float32Array,
  after: Float32Array,
  a: Uint8Array,
  b: Uint8Array,
  step: (then: number, now: number) => number,
): [number, number, number] | null {
  const found: [number[], number[], number[]] = [[], [], []];
  for (let cell = 0; cell < CELLS; cell++)
    if (a[cell] && b[cell]) for (let k = 0; k < 3; k++) found[k].push(step(before[3 * cell + k], after[3 * cell + k]));
  return found[0].length < LEAST_LIT ? null : [median(found[0]), median(found[1]), median(found[2])];
}

function gained(look: Look, cells: Uint8Array, gain: readonly number[]): Float32Array {
  const lab = new Float32Array(3 * CELLS);
  for (let cell = 0; cell < CELLS; cell++) {
    if (!cells[cell]) continue;
    const [r, g, b] = [0, 1, 2].map(k => Math.min(1, look.light[3 * cell + k] * gain[k]));
    lab.set(labOfLight(r, g, b), 3 * cell);
  }
  return lab;
}

/** Of every marked cell with marked cells near its place in the other look: the distance to the most similar of them. */
function distances(a: Float32Array, ofA: Uint8Array, b: Float32Array, ofB: Uint8Array): number[] {
  const found: number[] = [];
  for (let row = 0, cell = 0; row < LOOK_SIDE; row++)
    for (let column = 0; column < LOOK_SIDE; column++, cell++) {
      if (!ofA[cell]) continue;
      let least = Number.POSITIVE_INFINITY;
      for (let r = Math.max(0, row - SEARCH); r <= Math.min(LOOK_SIDE - 1, row + SEARCH); r++)
        for (let c = Math.max(0, column - SEARCH); c <= Math.min(LOOK_SIDE - 1, column + SEARCH); c++) {
          const other = r * LOOK_SIDE + c;
          if (!ofB[other]) continue;
          const dl = (a[3 * cell] - b[3 * other]) / 2;
          const da = a[3 * cell + 1] - b[3 * other + 1];
          const db = a[3 * cell + 2] - b[3 * other + 2];
          const squares = dl * dl + da * da + db * db;
          if (squares < least) least = squares;
        }
      if (least < Number.POSITIVE_INFINITY) found.push(Math.sqrt(least));
    }
  return found;
}

/** Code values that are added to both sides of a ratio of detail: coding noise. */
const NOISE = 4;
/** Code values of luma per unit of lightness. */
const CODES = 2.55;

/**
 * By how many octaves the detail of the clothes grows from one look to another, all but a third of the cells alike, less what
 * the face's grows (sharpness, coding); negative when it shrinks, 0 when the cells disagree. Null where too little is seen in both.
 */
export function detailGrowth(before: Look, after: Look): number | null {
  const clothes = growth(before, after, before.cells.clothes, after.cells.clothes);
  if (clothes.length < LEAST_CELLS.clothes) return null;
  const face = growth(before, after, before.skin, after.skin);
  const other = face.length < LEAST_LIT ? 0 : median(face);
  const [low, high] = [percentile(clothes, SPARED), percentile(clothes, 1 - SPARED)];
  if (low > 0) return Math.max(0, low - Math.max(0, other));
  return high < 0 ? Math.min(0, high - Math.min(0, other)) : 0;
}

function growth(before: Look, after: Look, a: Uint8Array, b: Uint8Array): number[] {
  const found: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    if (!a[cell] || !b[cell]) continue;
    const [then, now] = [detailAt(before, a, cell), detailAt(after, b, cell)];
    if (then !== null && now !== null) found.push(Math.log2((now + NOISE) / (then + NOISE)));
  }
  return found;
}

/** Deviation of luma, code values, over a marked cell and its marked neighbours; null at the region's edge, which is a step by itself. */
function detailAt(look: Look, marked: Uint8Array, cell: number): number | null {
  const [row, column] = [Math.floor(cell / LOOK_SIDE), cell % LOOK_SIDE];
  if (row === 0 || column === 0 || row === LOOK_SIDE - 1 || column === LOOK_SIDE - 1) return null;
  let [sum, squares, fine] = [0, 0, 0];
  for (let r = row - 1; r <= row + 1; r++)
    for (let c = column - 1; c <= column + 1; c++) {
      const at = r * LOOK_SIDE + c;
      if (!marked[at]) return null;
      const luma = CODES * look.lab[3 * at];
      sum += luma;
      squares += luma * luma;
      fine += look.detail[at] * look.detail[at];
    }
  return Math.sqrt(Math.max(0, squares / 9 - (sum / 9) ** 2) + fine / 9);
}

const count = (cells: Uint8Array): number => cells.reduce((sum, value) => sum + value, 0);
