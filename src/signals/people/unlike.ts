import { labOfLight } from '../../colour.ts';
import { LOOK_SIDE } from '../../landmarks.ts';
import { median, percentile } from '../../statistics.ts';
import { CELLS, type Look, type Region } from './look.ts';

/** Cells either way in which a cell of one look may be found again in another: clothes move against the face. */
const SEARCH = 2;
/** Places that are searched, the nearest first. */
const NEAR: readonly (readonly [number, number])[] = Array.from({ length: (2 * SEARCH + 1) ** 2 }, (_, k) => [
  (k % (2 * SEARCH + 1)) - SEARCH,
  Math.floor(k / (2 * SEARCH + 1)) - SEARCH,
])
  .sort(([a, b], [c, d]) => a * a + b * b - c * c - d * d)
  .map(([x, y]) => [x, y] as const);
/** Fewest cells of a region, by which two looks are compared. */
const LEAST_CELLS: Record<Region, number> = { clothes: 7, hair: 16 };
/** Fewest cells that a change of light is told by. */
const LEAST_LIT = 12;
/** Cells that are asked for at most: of larger regions every second one, and so on. */
const ASKED = 160;
/** Share of the cells that may be as alike as before although the whole has changed: a badge, a collar, an edge. */
const SPARED = 0.35;
/** ΔE that nobody sees: nothing more alike is looked for. */
const SAME = 1.5;
/** Light that is added to both sides of a ratio: what is nearly black tells nothing of gains. */
const DARK = 0.01;
/** A shadow may fall on the clothes alone, which makes them so much darker at most; or leave them. */
const SHADOW = 2.2;

/**
 * How far a region's colours in one look are from those in another, in ΔE with lightness counted half: the distance that all
 * but a third of its cells have at least to the most similar one near their place, either way. Whatever change of light or of
 * colour the face or what is beside the person shows is taken out, and a shadow on the region alone, whichever makes them most
 * alike; below 1.5, nothing more is tried. Null where too little is seen in both.
 */
export function colourUnlike(before: Look, after: Look, region: Region): number | null {
  const [there, here] = [before.cells[region], after.cells[region]];
  const fewest = LEAST_CELLS[region];
  if (there.length < fewest || here.length < fewest) return null;
  let least = Number.POSITIVE_INFINITY;
  for (const lit of relit(before, after, there, here)) {
    for (const found of [distances(lit, there, after.lab, here), distances(after.lab, here, lit, there)]) {
      if (found.length < fewest) return null;
      least = Math.min(least, percentile(found, SPARED));
      if (least < SAME) return least;
    }
  }
  return least;
}

/** L*a*b* of the look before as it would be under each change of light that something speaks for; first as it is. */
function* relit(before: Look, after: Look, there: readonly number[], here: readonly number[]): Generator<Float32Array> {
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

/** Median over the cells of both of what each of three values does from one look to the other; null of too few. */
function steps(
  before: Float32Array,
  after: Float32Array,
  a: readonly number[],
  b: readonly number[],
  step: (then: number, now: number) => number,
): [number, number, number] | null {
  const shared = new Uint8Array(CELLS);
  for (const cell of b) shared[cell] = 1;
  const found: [number[], number[], number[]] = [[], [], []];
  for (const cell of a)
    if (shared[cell]) for (let k = 0; k < 3; k++) found[k].push(step(before[3 * cell + k], after[3 * cell + k]));
  return found[0].length < LEAST_LIT ? null : [median(found[0]), median(found[1]), median(found[2])];
}

function gained(look: Look, cells: readonly number[], gain: readonly number[]): Float32Array {
  const lab = new Float32Array(3 * CELLS);
  for (const cell of cells) {
    const [r, g, b] = [0, 1, 2].map(k => Math.min(1, look.light[3 * cell + k] * gain[k]));
    lab.set(labOfLight(r, g, b), 3 * cell);
  }
  return lab;
}

/** Of cells with cells of the other look near their place: the distance to the most similar of them, or to one that nobody tells from it. */
function distances(a: Float32Array, ofA: readonly number[], b: Float32Array, ofB: readonly number[]): number[] {
  const there = new Uint8Array(CELLS);
  for (const cell of ofB) there[cell] = 1;
  const enough = (SAME / 2) ** 2;
  const found: number[] = [];
  const stride = Math.ceil(ofA.length / ASKED);
  for (let k = 0; k < ofA.length; k += stride) {
    const cell = ofA[k];
    const column = cell % LOOK_SIDE;
    const [l, x, y] = [a[3 * cell], a[3 * cell + 1], a[3 * cell + 2]];
    let least = Number.POSITIVE_INFINITY;
    for (const [dx, dy] of NEAR) {
      const other = cell + dy * LOOK_SIDE + dx;
      if (column + dx < 0 || column + dx >= LOOK_SIDE || other < 0 || other >= CELLS || !there[other]) continue;
      const dl = (l - b[3 * other]) / 2;
      const da = x - b[3 * other + 1];
      const db = y - b[3 * other + 2];
      least = Math.min(least, dl * dl + da * da + db * db);
      if (least < enough) break;
    }
    if (least < Number.POSITIVE_INFINITY) found.push(Math.sqrt(least));
  }
  return found;
}

/**
 * By how many octaves the detail of the clothes grows from one look to another, all but a third of the cells alike, less what
 * the face's grows (sharpness, coding); negative when it shrinks, 0 when the cells disagree. Null where too little is seen in both.
 */
export function detailGrowth(before: Look, after: Look): number | null {
  const clothes = growth(before.texture, after.texture, before.cells.clothes);
  if (clothes.length < LEAST_CELLS.clothes) return null;
  const low = percentile(clothes, SPARED);
  if (low <= 0 && percentile(clothes, 1 - SPARED) >= 0) return 0;
  const face = growth(before.texture, after.texture, before.skin);
  const other = face.length < LEAST_LIT ? 0 : median(face);
  if (low > 0) return Math.max(0, low - Math.max(0, other));
  return Math.min(0, percentile(clothes, 1 - SPARED) - Math.min(0, other));
}

function growth(then: Float32Array, now: Float32Array, cells: readonly number[]): number[] {
  const found: number[] = [];
  const stride = Math.ceil(cells.length / ASKED);
  for (let k = 0; k < cells.length; k += stride) {
    const step = now[cells[k]] - then[cells[k]];
    if (!Number.isNaN(step)) found.push(step);
  }
  return found;
}
