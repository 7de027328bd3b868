import type { LandmarkTask, openHandTask, RgbaPicture } from '../../src/inference/mediapipe.ts';
import { type LandmarkTable, pointsOf } from '../../src/landmarks.ts';
import { at, LOOKS, percent } from './common.ts';

/** Mean distance of the points over the longer side of the box around the reference's points. */
export interface Agreement {
  reference: number;
  matched: number;
  errors: number[];
  extra: number;
}

export const none = (): Agreement => ({ reference: 0, matched: 0, errors: [], extra: 0 });
/** Mean distance of the points, as a share of the box, up to which two sets of landmarks agree. */
const WITHIN = 0.02;
type Seen = ReturnType<LandmarkTask['detect']>;

/** Further apart than this share of the box is another thing, not a bad measurement of the same. */
const ANOTHER = 0.25;

/**
 * A task that follows what it found: as long as a task has found fewer things than it may, it detects anew in every
 * frame, so it is asked how many there are first, and then followed by one that may find just as many.
 */
export class Reference {
  readonly #open: typeof openHandTask;
  readonly #tasks = new Map<number, LandmarkTask>();

  constructor(open: typeof openHandTask) {
    this.#open = open;
  }

  /** What the task sees in the picture as a single still and as a video of it, and the part of the latter that stays as it is. */
  async detect(picture: RgbaPicture): Promise<{ still: Seen; settled: Seen; steady: Seen }> {
    const still = (await this.#task(0)).detect(picture);
    if (still.length === 0) return { still, settled: still, steady: still };
    const looks = (await this.#task(still.length)).detectEach(picture);
    const [halfway, settled] = [looks[LOOKS / 2 - 1], looks[LOOKS - 1]];
    const same = (one: Seen[number]) => halfway.some(earlier => distance(one, earlier, picture) <= WITHIN);
    return { still, settled, steady: settled.filter(same) };
  }

  close(): void {
    for (const task of this.#tasks.values()) task.close();
  }

  async #task(most: number): Promise<LandmarkTask> {
    const known = this.#tasks.get(most);
    if (known) return known;
    const task = await this.#open(most === 0 ? { most: 8 } : { most, looks: LOOKS });
    this.#tasks.set(most, task);
    return task;
  }
}

/** Mean distance of the points of two sightings by the same task over the longer side of the first one's box. */
function distance(a: Seen[number], b: Seen[number], { width, height }: RgbaPicture): number {
  const [xs, ys] = [a.points.map(({ x }) => x * width), a.points.map(({ y }) => y * height)];
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const sum = b.points.reduce((so, { x, y }, p) => so + Math.hypot(x * width - xs[p], y * height - ys[p]), 0);
  return sum / xs.length / size;
}

export function compare(agreement: Agreement, reference: Seen, table: LandmarkTable, picture: RgbaPicture): void {
  const rows = Array.from({ length: table.presence.length }, (_, row) => pointsOf(table, row));
  const taken = new Set<number>();
  for (const { points } of reference) {
    agreement.reference++;
    // The tasks count pixels by their upper left corner, the observers by their centres at .5.
    const xs = points.map(({ x }) => x * picture.width + 0.5);
    const ys = points.map(({ y }) => y * picture.height + 0.5);
    const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    let best = -1;
    let least = ANOTHER;
    rows.forEach((row, k) => {
      if (taken.has(k)) return;
      let sum = 0;
      for (let p = 0; p < points.length; p++) sum += Math.hypot(row[3 * p] - xs[p], row[3 * p + 1] - ys[p]);
      const error = sum / points.length / size;
      if (error < least) {
        least = error;
        best = k;
      }
    });
    if (best < 0) continue;
    taken.add(best);
    agreement.matched++;
    agreement.errors.push(least);
  }
  agreement.extra += rows.length - taken.size;
}

export function agreementRow(name: string, a: Agreement): string {
  const sorted = [...a.errors].sort((x, y) => x - y);
  const within = sorted.filter(error => error <= WITHIN).length;
  const figure = (value: number | undefined) => (value === undefined ? '–' : `${(100 * value).toFixed(2)} %`);
  return `| ${name} | ${a.reference} | ${percent(a.matched, a.reference)} | ${percent(within, a.matched)} | ${figure(at(sorted, 0.5))} | ${figure(at(sorted, 0.95))} | ${a.extra} |`;
}

export const together = (a: Agreement, b: Agreement): Agreement => ({
  reference: a.reference + b.reference,
  matched: a.matched + b.matched,
  errors: [...a.errors, ...b.errors],
  extra: a.extra + b.extra,
});
