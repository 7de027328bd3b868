/**
 * Mean and deviation of every channel of the feature network over ordinary footage, for models/retake-morphing-channels.json.
 *
 *     npx tsx training/morphing/channels.ts <folder of real clips>
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../../src/inference/onnx.ts';
import { modelEntry } from '../../src/inference/store.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { View, viewSize } from '../../src/observers/semantic/view.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of real clips');

/** Looks per clip, spread over it: many sources count, not long ones. */
const LOOKS = 6;
const names = ['stride-8', 'stride-16', 'stride-32'] as const;
const sums = [32, 96, 320].map(depth => ({
  count: 0,
  sum: new Float64Array(depth),
  squares: new Float64Array(depth),
}));

for (const name of readdirSync(folder).filter(name => /\.(mp4|mov|mkv|avi|webm)$/.test(name))) {
  const clip = await probe(join(folder, name));
  const every = Math.max(1, Math.floor(clip.times.length / LOOKS));
  const size = viewSize(clip.video);
  const session = await openSession('object-features', { dimensions: { ...size } });
  const { normalisation } = modelEntry('object-features').inputs[0];
  const view = new View(clip.video.colour, clip.video.height, size);
  const observer: AnyObserver = {
    id: 'channels',
    provides: [],
    reads: 'coarse',
    start: () => ({
      async frame({ index, analysis }) {
        if (index % every !== 0) return;
        view.fill(analysis, session.inputs.image, normalisation ?? { scale: 1, offset: 0 });
        const values = await session.run();
        names.forEach((output, k) => {
          const { sum, squares } = sums[k];
          const raw = values[output];
          for (let i = 0; i < raw.length; i++) {
            sum[i % sum.length] += raw[i];
            squares[i % sum.length] += raw[i] ** 2;
          }
          sums[k].count += raw.length / sum.length;
        });
      },
      finish: () => ({}),
      close: () => session.dispose(),
    }),
  };
  await observe(clip, [observer], { loudness: false });
}

const digits = (value: number) => Number(value.toPrecision(5));
const statistics = sums.map(({ count, sum, squares }) => ({
  mean: Array.from(sum, value => digits(value / count)),
  deviation: Array.from(squares, (square, k) =>
    digits(Math.max(1e-3, Math.sqrt(square / count - (sum[k] / count) ** 2))),
  ),
}));
writeFileSync('models/retake-morphing-channels.json', `${JSON.stringify(statistics)}\n`);
