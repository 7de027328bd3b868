import { analyse } from '../../src/signals/lip-sync/analyse.ts';
import { published } from './context.ts';
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

/** What the estimator costs beside the landmarks. */
export function cost(all: readonly Talker[]): void {
  const talker = all.reduce((longest, other) => (other.mouth.length > longest.mouth.length ? other : longest));
  const rows = Math.min(1000, talker.mouth.length);
  const bands = published(talker);
  analyse(talker.model, talker.mouth, bands, 0, 400);
  const from = performance.now();
  analyse(talker.model, talker.mouth, bands, 0, rows);
  const frames = (rows / 50) * 25;
  console.log(`\nanalysis: ${((performance.now() - from) / frames).toFixed(2)} ms per frame at 25 frames/s`);
}
