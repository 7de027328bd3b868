import { ANSWER, CACHE, estimate, rowsOf, zeroOf } from './context.ts';
import { bandsOf, reencoded, shiftFilter, strict, type Talker, windowStarts } from './material.ts';
import { auc, inSync, middle, naive, percent, table, within } from './score.ts';

const SHIFTS = [-320, -160, -80, 80, 160, 320];

/** Every clip shifted by known offsets through real files, in windows of three lengths. */
export async function offsets(all: readonly Talker[]): Promise<void> {
  interface Row {
    seconds: number;
    kind: 'mp4' | 'mov';
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
      const kind = k % 2 ? 'mov' : 'mp4';
      const samples = await reencoded(talker.path, shiftFilter(shift), kind, CACHE);
      if (samples === null) continue;
      const bands = bandsOf(samples);
      for (const seconds of [2, 4, 8])
        for (const start of windowStarts(talker.mouth, seconds)) {
          const [mouth, sound] = strict(talker.mouth, bands, start, rowsOf(seconds));
          const said = estimate(talker, mouth, sound);
          const first = naive(mouth, sound);
          rows.push({
            seconds,
            kind,
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
  table(
    ['4 s windows through', 'n', 'answered', '≤ 42 ms', '≤ 84 ms', 'energy × aperture ≤ 42 ms', '≤ 84 ms'],
    (['mp4', 'mov'] as const).map(kind => {
      const part = rows.filter(row => row.seconds === 4 && row.kind === kind);
      const answered = part.filter(row => row.confidence >= ANSWER).map(row => row.ours);
      const first = part.map(row => row.theirs - bias);
      return [
        kind === 'mp4' ? 'AAC in mp4' : 'PCM in mov',
        part.length,
        percent(answered.length / part.length),
        percent(within(answered, 42)),
        percent(within(answered, 84)),
        percent(within(first, 42)),
        percent(within(first, 84)),
      ];
    }),
  );
}
