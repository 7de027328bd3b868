/** Is the confidence true for speakers that neither trained nor calibrated it? From the windows that training left behind. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { confidenceOf } from '../../src/signals/lip-sync/estimate.ts';
import type { LipSyncModel } from '../../src/signals/lip-sync/model.ts';
import { ANSWER, speakerOf } from './context.ts';
import { percent, table, within } from './score.ts';

interface Window {
  clip: string;
  seconds: number;
  /** dB below the speech, null without noise. */
  snr: number | null;
  error: number;
  margin: number;
}

const SECONDS = [2, 4, 8];
const MARGINS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4];
/** How near a margin counts as one, and the weight of the shorter window's answer: as in training/lip-sync/train.py. */
const NEAR = 0.35;
const PRIOR = 5;

/** Calibrates on all speakers but one, reads that one's windows, and compares with what was right. */
export async function calibration(folder: string): Promise<void> {
  const windows = JSON.parse(await readFile(path.join(folder, 'windows.json'), 'utf8')) as Window[];
  const of = ({ clip }: Window) => speakerOf({ name: clip });
  const rated = [...new Set(windows.map(of))].flatMap(speaker => {
    const model = { calibration: calibrate(windows.filter(row => of(row) !== speaker)) } as unknown as LipSyncModel;
    return windows
      .filter(row => of(row) === speaker)
      .map(row => ({ ...row, confidence: confidenceOf(model, row.seconds, row.margin) }));
  });
  table(
    ['confidence, calibrated without the speaker', 'windows, clean and noisy', 'really ≤ 84 ms'],
    [0, 0.5, 0.7, 0.8, 0.9, 0.95].map((low, k, list) => {
      const bin = rated.filter(({ confidence }) => confidence >= low && confidence < (list[k + 1] ?? 2));
      return [`${low} – ${list[k + 1] ?? 1}`, bin.length, percent(share(bin))];
    }),
  );
  table(
    ['calibrated without the speaker', 'n', 'answered', '≤ 42 ms of answers', '≤ 84 ms of answers'],
    SECONDS.map(seconds => {
      const part = rated.filter(row => row.seconds === seconds && row.snr === null);
      const errors = part.filter(({ confidence }) => confidence >= ANSWER).map(({ error }) => error);
      return [
        `${seconds} s, clean`,
        part.length,
        percent(errors.length / part.length),
        percent(within(errors, 42)),
        percent(within(errors, 84)),
      ];
    }),
  );
}

const share = (rows: readonly Window[]): number =>
  within(
    rows.map(({ error }) => error),
    84,
  );

function calibrate(rows: readonly Window[]): LipSyncModel['calibration'] {
  const made: { seconds: number; margins: number[]; probabilities: number[] }[] = [];
  for (const seconds of SECONDS) {
    const part = rows.filter(row => row.seconds === seconds).sort((a, b) => a.margin - b.margin);
    const rise = rising(part.map(({ error }) => (Math.abs(error) <= 84 ? 1 : 0)));
    const before = made.at(-1);
    let most = 0;
    const probabilities = MARGINS.map((margin, i) => {
      const n = part.filter(row => Math.abs(row.margin - margin) <= NEAR).length;
      const prior = before ? before.probabilities[i] : 0.4;
      const at = part.findIndex(row => row.margin >= margin);
      const own = rise[at < 0 ? rise.length - 1 : at] ?? prior;
      most = Math.max(most, (own * n + PRIOR * prior) / (n + PRIOR));
      return most;
    });
    made.push({ seconds, margins: MARGINS, probabilities });
  }
  return made;
}

/** The rising sequence nearest to the values (pool adjacent violators). */
function rising(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    pools.push({ sum: value, count: 1 });
    while (pools.length > 1) {
      const [low, high] = pools.slice(-2);
      if (low.sum / low.count <= high.sum / high.count) break;
      pools.splice(-2, 2, { sum: low.sum + high.sum, count: low.count + high.count });
    }
  }
  return pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
}
