/**
 * Lip-sync on speakers that the model never saw: offsets through real re-encoding, swapped sound, stretched sound,
 * splices, noise, clips as published, cost.
 *
 *     npm run bench:sync -- <folder of talking clips> [offsets|swap|drift|splice|noise|stretches|untouched|published|cost …]
 *
 * Wants what `training/lip-sync/extract.ts` and `train.py` left under training/cache. Public clips are not at zero:
 * every figure is against the clip's own offset, told from the whole of it, plus what was done to it.
 */

import { lipSync } from '../src/detectors/lip-sync.ts';
import { analyse, changeOf, isSure } from '../src/signals/lip-sync/analyse.ts';
import { compare, estimateOffset, type SyncEstimate } from '../src/signals/lip-sync/estimate.ts';
import { bandsOf, reencoded, shiftFilter, strict, type Talker, talkers, windowStarts } from './sync/material.ts';
import { auc, inSync, middle, naive, percent, table, within } from './sync/score.ts';
import { stretches, untouched } from './sync/stretches.ts';

const [folder, ...parts] = process.argv.slice(2).filter(argument => argument !== '--');
if (folder === undefined) throw new Error('name the folder of talking clips');
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const SEEN = 'training/cache/lip-sync/seen';
const FOLDS = 'training/cache/lip-sync/folds';
const CACHE = 'bench/cache/sync';
/** Least confidence at which the detector answers. */
const ANSWER = 0.8;
const LIMITS = lipSync.meta.options.parse({});
const quantiles = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return [0, 0.05, 0.5, 0.95, 1].map(q => sorted[Math.floor(q * (sorted.length - 1))]?.toFixed(0) ?? '–').join(' / ');
};

const SHIFTS = [-320, -160, -80, 80, 160, 320];

const all = await talkers(folder, SEEN, FOLDS);
const soundOf = new Map<string, Float32Array>();
const published = (talker: Talker): Float32Array => {
  const known = soundOf.get(talker.name) ?? bandsOf(talker.samples);
  soundOf.set(talker.name, known);
  return known;
};
/** A clip of so many seconds shows a face for a frame or two less. */
const rowsOf = (seconds: number): number => seconds * 50 - 4;
const estimate = ({ model }: Talker, mouth: Talker['mouth'], bands: Float32Array): SyncEstimate =>
  estimateOffset(model, compare(model, mouth, bands, 0, mouth.length));
const native = new Map<string, number>();
const zeroOf = (talker: Talker): number => {
  const known = native.get(talker.name) ?? whole(talker).offset;
  native.set(talker.name, known);
  return known;
};

function whole(talker: Talker): SyncEstimate {
  const [mouth, bands] = strict(talker.mouth, published(talker), 0, talker.mouth.length);
  return estimate(talker, mouth, bands);
}

console.log(
  `${all.length} clips, ${Math.round(all.reduce((sum, t) => sum + t.mouth.length / 50, 0))} s of unseen speakers`,
);
if (wanted('offsets')) await offsets();
if (wanted('swap')) swapped();
if (wanted('drift')) await drift();
if (wanted('splice')) await splice();
if (wanted('noise')) noise();
if (wanted('stretches')) await stretches(all, SEEN);
if (wanted('untouched')) await untouched(all, SEEN);
if (wanted('published')) asPublished();
if (wanted('cost')) cost();

async function offsets(): Promise<void> {
  interface Row {
    seconds: number;
    ours: number;
    theirs: number;
    confidence: number;
    truth: number;
    score: number;
    naiveScore: number;
  }
  const rows: Row[] = [];
  for (const talker of all)
    for (const [k, shift] of [0, ...SHIFTS].entries()) {
      const truth = zeroOf(talker) + shift;
      if (Math.abs(truth) > 520) continue;
      const samples = await reencoded(talker.path, shiftFilter(shift), k % 2 ? 'mov' : 'mp4', CACHE);
      if (samples === null) continue;
      const bands = bandsOf(samples);
      for (const seconds of [2, 4, 8])
        for (const start of windowStarts(talker.mouth, seconds)) {
          const [mouth, sound] = strict(talker.mouth, bands, start, rowsOf(seconds));
          const said = estimate(talker, mouth, sound);
          const first = naive(mouth, sound);
          rows.push({
            seconds,
            truth,
            ours: said.offset - truth,
            confidence: said.confidence,
            theirs: first.offset - truth,
            score: inSync(said.curve),
            naiveScore: inSync(first.curve),
          });
        }
    }
  const bias = middle(rows.map(row => row.theirs).filter(error => Math.abs(error) < 150));
  table(
    ['window', 'estimator', 'n', 'answered', '≤ 42 ms', '≤ 84 ms', '> 200 ms', 'median error', 'AUC in/out'],
    [2, 4, 8].flatMap(seconds => {
      const part = rows.filter(row => row.seconds === seconds);
      const answered = part.filter(row => row.confidence >= ANSWER);
      const line = (name: string, from: Row[], error: (row: Row) => number, score: (row: Row) => number) => {
        const errors = from.map(error);
        const together = part.filter(row => Math.abs(row.truth) <= 40).map(score);
        const apart = part.filter(row => Math.abs(row.truth) >= 120).map(score);
        return [
          `${seconds} s`,
          name,
          from.length,
          percent(from.length / part.length),
          percent(within(errors, 42)),
          percent(within(errors, 84)),
          percent(1 - within(errors, 200)),
          `${middle(errors.map(Math.abs)).toFixed(0)} ms`,
          auc(together, apart).toFixed(3),
        ];
      };
      return [
        line(
          'energy × aperture',
          part,
          row => row.theirs - bias,
          row => row.naiveScore,
        ),
        line(
          'Retake, all windows',
          part,
          row => row.ours,
          row => row.score,
        ),
        line(
          'Retake, where it answers',
          answered,
          row => row.ours,
          row => row.score,
        ),
      ];
    }),
  );
  table(
    ['confidence', 'windows', 'really ≤ 84 ms'],
    [0, 0.5, 0.7, 0.8, 0.9, 0.95].map((low, k, list) => {
      const bin = rows.filter(row => row.confidence >= low && row.confidence < (list[k + 1] ?? 2));
      return [
        `${low} – ${list[k + 1] ?? 1}`,
        bin.length,
        percent(
          within(
            bin.map(row => row.ours),
            84,
          ),
        ),
      ];
    }),
  );
}

function swapped(): void {
  table(
    ['window', 'right', 'swapped', 'AUC', 'AUC energy × aperture', 'right judged', 'swapped judged'],
    [4, 8].map(seconds => {
      const right: number[] = [];
      const wrong: number[] = [];
      const naiveRight: number[] = [];
      const naiveWrong: number[] = [];
      let rightJudged = 0;
      let wrongJudged = 0;
      const count = rowsOf(seconds);
      for (const talker of all)
        for (const start of windowStarts(talker.mouth, seconds)) {
          const [mouth, own] = strict(talker.mouth, published(talker), start, count);
          const said = estimate(talker, mouth, own);
          right.push(said.match);
          if (isSure(said, LIMITS)) rightJudged++;
          naiveRight.push(Math.max(...naive(mouth, own).curve));
          for (const other of all.filter(o => !sameSpeaker(o, talker) && o.mouth.length >= count)) {
            const from = (start * 7919) % (other.mouth.length - count + 1);
            const [, foreign] = strict(other.mouth, published(other), from, count);
            const claimed = estimate(talker, mouth, foreign);
            wrong.push(claimed.match);
            if (isSure(claimed, LIMITS)) wrongJudged++;
            naiveWrong.push(Math.max(...naive(mouth, foreign).curve));
          }
        }
      return [
        `${seconds} s`,
        right.length,
        wrong.length,
        auc(right, wrong).toFixed(3),
        auc(naiveRight, naiveWrong).toFixed(3),
        percent(rightJudged / right.length),
        percent(wrongJudged / wrong.length),
      ];
    }),
  );
}

/** Clips of one series may show one speaker. */
function sameSpeaker(a: Talker, b: Talker): boolean {
  const series = (name: string) => (/LipNet|bbab8n/.test(name) ? 'grid' : /LatentSync/.test(name) ? 'latent' : name);
  return series(a.name) === series(b.name);
}

/** Drift that the clip came with in this window: one of the public clips does. Only where the evidence is plain. */
function nativeDrift(talker: Talker, start: number, seconds: number): number {
  const [mouth, sound] = strict(talker.mouth, published(talker), start, rowsOf(seconds));
  const { slope } = analyse(talker.model, mouth, sound, 0, mouth.length);
  if (slope === null || slope.gain < 4 * LIMITS.driftGain || slope.perSecond === 0) return 0;
  console.log(`${talker.name} drifts by ${slope.perSecond} ms/s as published (${seconds} s from row ${start})`);
  return slope.perSecond;
}

async function drift(): Promise<void> {
  const rows: {
    made: number;
    seconds: number;
    found: number;
    gain: number;
    splitGain: number;
    called: string | null;
  }[] = [];
  for (const talker of all)
    for (const added of [-20, -10, 0, 10, 20]) {
      const filter = `${shiftFilter(0)}${added === 0 ? '' : `,atempo=${(1 / (1 + added / 1000)).toFixed(6)}`}`;
      const samples = await reencoded(talker.path, filter, 'mp4', CACHE);
      if (samples === null) continue;
      const bands = bandsOf(samples);
      for (const seconds of [8, 12])
        for (const start of windowStarts(talker.mouth, seconds)) {
          // A long stretched clip drifts beyond what is searched.
          if (Math.abs(zeroOf(talker) + added * (start / 50 + seconds)) > 600) continue;
          const [mouth, sound] = strict(talker.mouth, bands, start, rowsOf(seconds));
          const course = analyse(talker.model, mouth, sound, 0, mouth.length);
          const { slope, split } = course;
          if (slope === null) continue;
          const made = added + nativeDrift(talker, start, seconds);
          const called = changeOf(course, LIMITS);
          rows.push({ made, seconds, found: slope.perSecond, gain: slope.gain, splitGain: split?.gain ?? 0, called });
        }
    }
  for (const seconds of [8, 12])
    table(
      [
        `drift, ${seconds} s`,
        'n',
        'slope, 5 quantiles',
        'gain, 5 quantiles',
        'gain of a split',
        'called drift',
        'called splice',
      ],
      [-20, -10, 0, 10, 20].map(made => {
        const part = rows.filter(row => Math.abs(row.made - made) <= 5 && row.seconds === seconds);
        return [
          `${made} ms/s`,
          part.length,
          quantiles(part.map(row => row.found)),
          quantiles(part.map(row => row.gain)),
          quantiles(part.map(row => row.splitGain)),
          percent(
            part.filter(row => row.called === 'drift' && (made === 0 || row.found * made > 0)).length / part.length,
          ),
          percent(part.filter(row => row.called === 'splice').length / part.length),
        ];
      }),
    );
}

async function splice(): Promise<void> {
  const rows: { jump: number; gain: number; lineGain: number; at: number; found: number; called: string | null }[] = [];
  for (const talker of all.filter(t => t.mouth.length >= 300))
    for (const jump of [-240, -120, 0, 120, 240]) {
      if (Math.abs(zeroOf(talker) + jump) > 520) continue;
      const at = (talker.mouth.first + Math.min(talker.mouth.length, 500) / 2) / 50;
      const filter =
        jump === 0
          ? shiftFilter(0)
          : `${shiftFilter(0)},asplit[a][b];[a]atrim=0:${at}[x];[b]atrim=start=${at - jump / 1000},asetpts=PTS-STARTPTS[y];[x][y]concat=n=2:v=0:a=1`;
      const samples = await reencoded(talker.path, filter, 'mov', CACHE);
      if (samples === null) continue;
      const count = Math.min(talker.mouth.length, 500);
      const [mouth, sound] = strict(talker.mouth, bandsOf(samples), 0, count);
      const course = analyse(talker.model, mouth, sound, 0, count);
      const { slope, split } = course;
      if (split)
        rows.push({
          jump,
          gain: split.gain,
          lineGain: slope?.gain ?? 0,
          at: split.row / 50 - (at - talker.mouth.first / 50),
          found: split.after.offset - split.before.offset,
          called: changeOf(course, LIMITS),
        });
    }
  table(
    [
      'splice, 6 – 10 s',
      'n',
      'jump, 5 quantiles',
      'place, |error| 5 quantiles',
      'gain',
      'gain of a line',
      'called splice',
      'called drift',
    ],
    [-240, -120, 0, 120, 240].map(jump => {
      const part = rows.filter(row => row.jump === jump);
      return [
        `${jump} ms`,
        part.length,
        quantiles(part.map(row => row.found)),
        `${quantiles(part.map(row => 1000 * Math.abs(row.at)))} ms`,
        quantiles(part.map(row => row.gain)),
        quantiles(part.map(row => row.lineGain)),
        percent(part.filter(row => row.called === 'splice').length / part.length),
        percent(part.filter(row => row.called === 'drift').length / part.length),
      ];
    }),
  );
}

function noise(): void {
  table(
    ['noise below speech', 'n (4 s)', 'answered', '≤ 42 ms of answers', '≤ 84 ms of answers'],
    [20, 10, 5, 0].map(snr => {
      const errors: number[] = [];
      let n = 0;
      for (const talker of all) {
        const bands = bandsOf(withNoise(talker.samples, snr));
        for (const start of windowStarts(talker.mouth, 4)) {
          const [mouth, sound] = strict(talker.mouth, bands, start, 200);
          const said = estimate(talker, mouth, sound);
          n++;
          if (said.confidence >= ANSWER) errors.push(said.offset - zeroOf(talker));
        }
      }
      return [`${snr} dB`, n, percent(errors.length / n), percent(within(errors, 42)), percent(within(errors, 84))];
    }),
  );
}

/** White noise through a one-pole low pass: more of it where speech is. */
function withNoise(samples: Float32Array, snr: number): Float32Array {
  let power = 0;
  for (const value of samples) power += (value * value) / samples.length;
  const noise = new Float32Array(samples.length);
  let state = 12345;
  let low = 0;
  let total = 0;
  for (let k = 0; k < noise.length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    low = 0.9 * low + state / 2 ** 31;
    noise[k] = low;
    total += (low * low) / noise.length;
  }
  const scale = Math.sqrt((power / total) * 10 ** (-snr / 10));
  return samples.map((value, k) => value + scale * noise[k]);
}

function asPublished(): void {
  table(
    ['clip', 'seconds', 'offset', 'confidence', 'match', 'slope (gain)', 'split (gain)'],
    all.map(talker => {
      const {
        whole: said,
        slope,
        split,
      } = analyse(talker.model, talker.mouth, published(talker), 0, talker.mouth.length);
      return [
        talker.name.slice(0, 44),
        (talker.mouth.length / 50).toFixed(1),
        `${said.offset.toFixed(0)} ms`,
        said.confidence.toFixed(2),
        said.match.toFixed(1),
        slope ? `${slope.perSecond} ms/s (${slope.gain.toFixed(1)})` : '–',
        split ? `${(split.after.offset - split.before.offset).toFixed(0)} ms (${split.gain.toFixed(1)})` : '–',
      ];
    }),
  );
}

function cost(): void {
  const talker = all.reduce((longest, other) => (other.mouth.length > longest.mouth.length ? other : longest));
  const rows = Math.min(1000, talker.mouth.length);
  const bands = published(talker);
  analyse(talker.model, talker.mouth, bands, 0, 400);
  const from = performance.now();
  analyse(talker.model, talker.mouth, bands, 0, rows);
  const frames = (rows / 50) * 25;
  console.log(`\nanalysis: ${((performance.now() - from) / frames).toFixed(2)} ms per frame at 25 frames/s`);
}
