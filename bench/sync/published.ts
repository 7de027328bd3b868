import { judgeWith } from '../../src/detectors/lip-sync.ts';
import { analyse } from '../../src/signals/lip-sync/analyse.ts';
import { LIMITS, published } from './context.ts';
import type { Talker } from './material.ts';
import { table } from './score.ts';

/** Clips as they came. */
export function asPublished(all: readonly Talker[]): void {
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

/** CPU of the detector as a whole beside the landmarks: mouth measures, estimator, stretches. */
export function cost(all: readonly Talker[]): void {
  const talker = all.reduce((longest, other) => (other.mouth.length > longest.mouth.length ? other : longest));
  const { clip, signals } = talker.seen;
  const frames = Math.min(clip.frames, 500);
  const shot = { id: 's1', start: 0, end: frames };
  const { faces, voice } = signals;
  const speechBands = { step: 0.01, values: published(talker) };
  const judge = () =>
    judgeWith(() => talker.model, { clip, shot, options: LIMITS, signals: { faces, voice, speechBands } });
  judge();
  const from = process.cpuUsage();
  const answer = judge();
  const { user, system } = process.cpuUsage(from);
  console.log(
    `\ndetector (${answer.status}): ${((user + system) / 1000 / frames).toFixed(2)} ms of CPU per frame of ${frames}`,
  );
}
