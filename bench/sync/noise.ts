import { ANSWER, estimate, rowsOf, zeroOf } from './context.ts';
import { bandsOf, strict, type Talker, windowStarts } from './material.ts';
import { middle, naive, percent, table, within } from './score.ts';

/** Noise under the speech. */
export function noise(all: readonly Talker[]): void {
  table(
    [
      'noise below speech',
      'n (4 s)',
      'answered',
      '≤ 42 ms of answers',
      '≤ 84 ms of answers',
      'energy × aperture ≤ 42 ms',
      '≤ 84 ms',
    ],
    [20, 10, 5, 0].map(snr => {
      const errors: number[] = [];
      const raw: number[] = [];
      let n = 0;
      for (const talker of all) {
        const bands = bandsOf(withNoise(talker.samples, snr));
        for (const start of windowStarts(talker.mouth, 4)) {
          const [mouth, sound] = strict(talker.mouth, bands, start, rowsOf(4));
          raw.push(naive(mouth, sound).offset - zeroOf(talker));
          const said = estimate(talker, mouth, sound);
          n++;
          if (said.confidence >= ANSWER) errors.push(said.offset - zeroOf(talker));
        }
      }
      const bias = middle(raw.filter(error => Math.abs(error) < 150));
      const first = raw.map(error => error - bias);
      return [
        `${snr} dB`,
        n,
        percent(errors.length / n),
        percent(within(errors, 42)),
        percent(within(errors, 84)),
        percent(within(first, 42)),
        percent(within(first, 84)),
      ];
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
