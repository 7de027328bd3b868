import type { Box, FrameRange } from '../../clip.ts';
import { loadKeptModel } from '../../inference/store.ts';
import { BOIL_BANDS, BOIL_MEASURES, type Shot, type TextureChanges } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { type Boosted, boostedSum } from '../continuity/model.ts';
import { blurred } from './maps.ts';
import { boxAround } from './region-box.ts';

/** A region whose texture comes anew from picture to picture. */
export interface Boil extends FrameRange {
  peak: number;
  box: Box;
  /** Mean log-odds of the strongest cell and its neighbours. */
  evidence: number;
  probability: number;
}

/** What the trees know: made by training/morphing/boil.py, described in models/retake-morphing.md. */
export interface BoilModel extends Boosted {
  /** Evidence at which boiling is as likely as not, and what one step of the log-odds takes of it. */
  even: number;
  step: number;
}

export const BOIL_MODEL = 'retake-boiling';

let loaded: BoilModel | null = null;

/** The model that comes with the package, verified and read once. Throws model-missing or model-corrupt. */
export function boilModel(): BoilModel {
  loaded ??= JSON.parse(Buffer.from(loadKeptModel(BOIL_MODEL)).toString('utf8')) as BoilModel;
  return loaded;
}

/** Added to mean squares before logarithms, codes². */
const FLOOR = 0.02;
/** Values per cell and band: the bend, four ratios to it, and two that are compared with the picture's middle cell. */
const PER_BAND = 7;
export const BOIL_FEATURES = BOIL_BANDS * PER_BAND;
/** Log-odds of a cell beyond these say no more. */
const MOST = 8;
/** Log-odds down to which a cell belongs to what boils beside it: means over neighbours fall off towards its edge. */
const EDGE = -3;
/** Never certain: water, fire and leaves of every kind were not there to be tried. */
const SUREST = 0.9;

/**
 * What the trees read of one burst, cell after cell: per band the logarithm of the second difference; how much of the change over two
 * pictures, from one to the second and to the fourth after it, and of the detail itself it is; and second difference, alone and
 * relative to the detail, against the middle cell of the picture. Means over 3 × 3 cells.
 */
export function boilFeatures({ columns, rows, values }: TextureChanges, burst: number): Float32Array {
  const cells = columns * rows;
  const size = cells * BOIL_BANDS * BOIL_MEASURES.length;
  const out = new Float32Array(cells * BOIL_FEATURES);
  for (let band = 0; band < BOIL_BANDS; band++) {
    const planes = BOIL_MEASURES.map((_, m) => {
      const from = burst * size + (band * BOIL_MEASURES.length + m) * cells;
      return blurred(values.subarray(from, from + cells), { columns, rows }).map(value => Math.log(value + FLOOR));
    });
    const [bend, across, later, latest, power] = planes;
    const share = bend.map((value, cell) => value - power[cell] / 2);
    const [usualBend, usualShare] = [median(bend), median(share)];
    for (let cell = 0; cell < cells; cell++) {
      const at = cell * BOIL_FEATURES + band * PER_BAND;
      out[at] = bend[cell];
      out[at + 1] = across[cell] - bend[cell];
      out[at + 2] = later[cell] - bend[cell];
      out[at + 3] = latest[cell] - bend[cell];
      out[at + 4] = power[cell] - bend[cell];
      out[at + 5] = bend[cell] - usualBend;
      out[at + 6] = share[cell] - usualShare;
    }
  }
  return out;
}

/** What a shot shows: bursts that lie inside it, the strongest evidence of them, and what boils, strongest first. */
export interface BoilCourse {
  bursts: number;
  most: number | null;
  found: Boil[];
}

/** Looks for regions that boil in one shot; what is at least as probable as `confidence` is found, one per run of bursts. */
export function boilsIn(
  model: BoilModel,
  changes: TextureChanges,
  shot: Shot,
  source: { width: number; height: number },
  confidence: number,
): BoilCourse {
  const course: BoilCourse = { bursts: 0, most: null, found: [] };
  const chance = (evidence: number) => Math.min(SUREST, 1 / (1 + Math.exp((model.even - evidence) / model.step)));
  let run: Boil | null = null;
  for (let k = 0; k < changes.starts.length; k++) {
    const [start, end] = [changes.starts[k], changes.ends[k] + 1];
    if (start < shot.start || end > shot.end) continue;
    course.bursts++;
    const { evidence, box } = boilAt(model, changes, k, source);
    course.most = Math.max(course.most ?? evidence, evidence);
    const probability = chance(evidence);
    if (probability < confidence) {
      run = null;
      continue;
    }
    if (run === null) {
      run = { start, end, peak: 0, box, evidence: Number.NEGATIVE_INFINITY, probability };
      course.found.push(run);
    }
    run.end = end;
    if (evidence > run.evidence) Object.assign(run, { evidence, probability, box, peak: (start + end - 1) >> 1 });
  }
  course.found.sort((a, b) => b.evidence - a.evidence);
  return course;
}

/** The strongest cell of a burst and the box of what hangs together with it. */
export function boilAt(
  model: Boosted,
  changes: TextureChanges,
  burst: number,
  source: { width: number; height: number },
): { evidence: number; box: Box } {
  const { columns, rows } = changes;
  const features = boilFeatures(changes, burst);
  const odds = blurred(
    Float32Array.from({ length: columns * rows }, (_, cell) =>
      Math.max(-MOST, Math.min(MOST, boostedSum(model, features, cell * BOIL_FEATURES))),
    ),
    { columns, rows },
  );
  let best = 0;
  for (let cell = 1; cell < odds.length; cell++) if (odds[cell] > odds[best]) best = cell;
  return { evidence: odds[best], box: boxAround(odds, best, changes, Math.min(EDGE, odds[best]), source) };
}
