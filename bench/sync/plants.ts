import { type Faces, POINT_STEP, pointsOf, type VoiceActivity } from '../../src/landmarks.ts';
import { voice } from '../../src/observers/voice.ts';
import { apply, centred, similarity } from '../../src/signals/lip-sync/alignment.ts';
import { RIGID, SHAPE } from '../../src/signals/lip-sync/mouth.ts';

/** What the product hears of a sound: the speech detector run over it. */
export async function voiceOf(samples: Float32Array): Promise<VoiceActivity | null> {
  const run = await voice.start({} as never);
  try {
    await run.audio?.(samples);
    return ((await run.finish()) as { voice: VoiceActivity | null }).voice;
  } finally {
    await run.close?.();
  }
}

/** The sound with a stretch taken out, faded over 10 ms; what is left there is `room`, dB below the rest (−Infinity: nothing). */
export function silenced(samples: Float32Array, from: number, to: number, room: number): Float32Array {
  const fade = 160;
  let power = 0;
  for (const value of samples) power += (value * value) / samples.length;
  const scale = Math.sqrt(power) * 10 ** (room / 20);
  let [state, low] = [from | 1, 0];
  return samples.map((value, k) => {
    if (k < from || k >= to) return value;
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    low = 0.8 * low + state / 2 ** 31;
    const edge = Math.min(1, (k - from) / fade, (to - k) / fade);
    return value * (1 - edge) + edge * scale * low;
  });
}

const rigidOf = (points: Float32Array) =>
  centred(Float64Array.from(RIGID.flatMap(point => [0, 1, 2].map(c => points[3 * point + c]))));

/**
 * Faces in which rows show other lips: those of `donor`'s rows, one after the other and back again, laid onto the head by
 * its rigid points. They bring the small movements and the measuring noise of real lips with them.
 */
export function withLips(faces: Faces, rows: readonly number[], donor: Faces, donorRows: readonly number[]): Faces {
  const packed = faces.packed.slice();
  const own = new Float32Array(faces.points * 3);
  const theirs = new Float32Array(donor.points * 3);
  rows.forEach((row, k) => {
    const turn = k % (2 * donorRows.length);
    pointsOf(faces, row, own);
    pointsOf(donor, donorRows[turn < donorRows.length ? turn : 2 * donorRows.length - 1 - turn], theirs);
    const to = rigidOf(own);
    const from = rigidOf(theirs);
    const matrix = similarity(from.points, to.points);
    const unit = faces.place[3 * row + 2] / POINT_STEP;
    for (const point of SHAPE) {
      const moved = apply(
        matrix,
        theirs[3 * point] - from.centre[0],
        theirs[3 * point + 1] - from.centre[1],
        theirs[3 * point + 2] - from.centre[2],
      );
      for (let c = 0; c < 3; c++) {
        const origin = c < 2 ? faces.place[3 * row + c] : 0;
        const value = Math.round((moved[c] + to.centre[c] - origin) / unit);
        packed[3 * (faces.points * row + point) + c] = Math.min(32767, Math.max(-32768, value));
      }
    }
  });
  return { ...faces, packed };
}

/** Points of the lower lip. */
const LOWER = [375, 321, 405, 314, 17, 84, 181, 91, 146, 324, 318, 402, 317, 14, 87, 178, 88, 95];
const GAPS = [
  [82, 87],
  [13, 14],
  [312, 317],
];

/** Faces in which the lips of rows never come nearer than `least` eye spans: the lower lip is moved down the face. */
export function withOpenLips(faces: Faces, rows: readonly number[], least: number): Faces {
  const packed = faces.packed.slice();
  const points = new Float32Array(faces.points * 3);
  const apart = (a: number, b: number) =>
    Math.hypot(...[0, 1, 2].map(c => points[3 * a + c] - points[3 * b + c])) || 1e-6;
  for (const row of rows) {
    pointsOf(faces, row, points);
    const eyes = apart(33, 263);
    const gap = GAPS.reduce((sum, [a, b]) => sum + apart(a, b) / GAPS.length, 0) / eyes;
    if (gap >= least) continue;
    const unit = faces.place[3 * row + 2] / POINT_STEP;
    const face = apart(10, 152);
    for (const point of LOWER)
      for (let c = 0; c < 3; c++) {
        const down = (points[3 * 152 + c] - points[3 * 10 + c]) / face;
        packed[3 * (faces.points * row + point) + c] += Math.round(((least - gap) * eyes * down) / unit);
      }
  }
  return { ...faces, packed };
}
