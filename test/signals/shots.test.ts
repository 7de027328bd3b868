import { beforeAll, describe, expect, it } from 'vitest';
import { frameChange } from '../../src/observers/frame-change.ts';
import { motion } from '../../src/observers/motion.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import { findShots, type ShotSignals, shotSignals } from '../../src/signals/shots.ts';
import {
  clipOf,
  flat,
  grainy,
  HEIGHT,
  mix,
  noise,
  type Painting,
  relit,
  scene,
  times,
  WIDTH,
  watch,
} from '../observers/scenes.ts';

/** Signals of pictures through the real observers. */
async function measure(paintings: readonly Painting[]): Promise<ShotSignals> {
  return {
    ...(await watch(pictureStatistics, paintings)),
    ...(await watch(frameChange, paintings)),
    ...(await watch(motion, paintings)),
  };
}

async function shotsOf(paintings: readonly Painting[], fps = 25) {
  return findShots(await measure(paintings), clipOf(paintings.length, { num: fps, den: 1 }));
}

/** A take with grain and a little drift of the camera. */
const take = (length: number, seed: number, drift = 0.3, from = 0): Painting[] =>
  times(length, i => grainy(scene(seed, (from + i) * drift, 0), 1.5, from + i));

/** Two takes with an overlap of `length` mixed frames. */
function dissolve(a: Painting[], b: Painting[], length: number): Painting[] {
  const mixed = times(length, i => mix(a[a.length - length + i], b[i], (i + 1) / (length + 1)));
  return [...a.slice(0, -length), ...mixed, ...b.slice(length)];
}

/** Out into a flat picture and in from it again. */
function fadeThrough(a: Painting[], b: Painting[], length: number, luma: number): Painting[] {
  const blank = flat(luma);
  const out = a.map((p, i) => (i >= a.length - length ? mix(p, blank, (i - (a.length - length) + 1) / length) : p));
  return [...out, ...b.map((p, i) => (i < length ? mix(p, blank, 1 - i / length) : p))];
}

const box = (painting: Painting, left: number, width: number, luma: number): Painting =>
  relit(painting, (value, i) => {
    const column = i % WIDTH;
    const row = Math.floor(i / WIDTH);
    return column >= left && column < left + width && row > 40 && row < 130 ? luma + ((row * 7 + column) % 23) : value;
  });

describe('hard cuts', () => {
  const scenes: [string, Painting[], number[]][] = [
    ['between two takes', [...take(20, 1), ...take(20, 2)], [20]],
    ['with different motion on both sides', [...take(20, 1, 6), ...take(20, 2, 0)], [20]],
    [
      'several, some only five frames apart',
      [...take(12, 1), ...take(5, 2), ...take(12, 3), ...take(12, 4)],
      [12, 17, 29],
    ],
    ['right after the first frame', [...take(1, 1), ...take(20, 2)], [1]],
    ['right before the last frame', [...take(20, 1), ...take(1, 2)], [20]],
    ['to black that stays', [...take(20, 1), ...times(20, () => flat(16))], [20]],
    ['out of black', [...times(20, () => flat(16)), ...take(20, 1)], [20]],
    ['through one blended frame', [...take(20, 1), mix(scene(1, 6), scene(2), 0.5), ...take(20, 2)], [20]],
    ['in the middle of a two-frame clip', [scene(1), scene(2)], [1]],
  ];

  it.each(scenes)('are found %s', async (_, paintings, expected) => {
    const { cuts, shots } = await shotsOf(paintings);
    expect(cuts.map(cut => cut.kind)).toEqual(expected.map(() => 'cut'));
    for (const [i, frame] of expected.entries()) expect(Math.abs(cuts[i].frame - frame)).toBeLessThanOrEqual(1);
    for (const { start, end, frame } of cuts) expect([start, end]).toEqual([frame, frame]);
    expect(shots.map(shot => shot.id)).toEqual(shots.map((_, i) => `s${i + 1}`));
    expect(shots.at(0)?.start).toBe(0);
    expect(shots.at(-1)?.end).toBe(paintings.length);
    for (let i = 1; i < shots.length; i++) expect(shots[i].start).toBe(shots[i - 1].end);
  });

  it('are found at the exact frame in a clean cut', async () => {
    const { cuts } = await shotsOf([...take(20, 1), ...take(20, 2)]);
    expect(cuts.map(cut => cut.frame)).toEqual([20]);
  });

  it('are found between held frames and mapped back to source frames', async () => {
    // Every picture three times, as when 8 frames per second are shown at 24.
    const held = [...take(10, 1, 5), ...take(10, 2, 5)].flatMap(p => [p, p, p]);
    const { cuts } = await shotsOf(held, 24);
    expect(cuts.map(cut => cut.frame)).toEqual([30]);
  });

  it('are found in coarse motion at 8 frames per second', async () => {
    const { cuts } = await shotsOf([...take(10, 1, 14), ...take(10, 2, 14)], 8);
    expect(cuts.map(cut => cut.frame)).toEqual([10]);
  });
});

describe('what is no boundary', () => {
  const still = (length: number, from = 0) => take(length, 1, 0, from);
  const scenes: [string, Painting[], number?][] = [
    ['a still take', still(40)],
    ['an exact freeze', times(30, () => scene(1))],
    ['black throughout', times(30, () => flat(16))],
    ['a slow pan', take(40, 1, 2)],
    ['a fast pan', take(40, 1, 18)],
    [
      'a whip pan that starts and stops',
      times(30, i => grainy(scene(1, 500 / (1 + Math.exp((15 - i) * 0.9))), 1.5, i)),
    ],
    ['a camera that is knocked', [...take(20, 1, 0), ...times(20, i => grainy(scene(1, 22, 9), 1.5, 20 + i))]],
    ['handheld shake', times(40, i => grainy(scene(1, noise(i, 1, 1) * 14, noise(i, 2, 1) * 14), 1.5, i))],
    ['a flash of one frame', [...still(15), relit(scene(1), v => v * 0.3 + 175), ...still(15, 16)]],
    ['a flash of two frames', [...still(15), ...times(2, () => relit(scene(1), v => v * 0.2 + 200)), ...still(15, 17)]],
    [
      'a lightning that fades',
      [...still(15), ...times(8, i => relit(scene(1), v => v + (255 - v) * 0.9 * 0.6 ** i)), ...still(15, 23)],
    ],
    ['one stray frame of something else', [...still(15), scene(9), ...still(15, 16)]],
    ['one black frame', [...still(15), flat(16), ...still(15, 16)]],
    [
      'an explosion that burns out',
      [
        ...still(15),
        ...times(10, i => {
          const heat = Math.max(0, 1 - i / 10);
          return relit(mix(scene(1), scene(20 + i), heat * 0.8), v => v + heat * 90);
        }),
        ...still(15, 25),
      ],
    ],
    [
      'exposure that drifts',
      times(40, i =>
        grainy(
          relit(scene(1), v => v * (1 - i * 0.012)),
          1.5,
          i,
        ),
      ),
    ],
    [
      'a large object that passes at 12 frames per second',
      times(30, i => grainy(box(scene(1), -90 + i * 16, 90, 30), 1.5, i)),
      12,
    ],
    ['held frames of a pan', take(12, 1, 9).flatMap(p => [p, p, p, p]), 24],
    [
      'a zoom',
      times(40, i => {
        const big = scene(1);
        const scale = 1 + i * 0.012;
        return relit(big, (_, k) => {
          const column = Math.round(WIDTH / 2 + ((k % WIDTH) - WIDTH / 2) / scale);
          const row = Math.round(HEIGHT / 2 + (Math.floor(k / WIDTH) - HEIGHT / 2) / scale);
          return big.y[row * WIDTH + column];
        });
      }),
    ],
    ['a clip that fades in', times(40, i => mix(flat(16), scene(1, i * 0.3), Math.min(1, i / 12)))],
    [
      'a clip that fades out',
      times(40, i => mix(scene(1, i * 0.3), flat(16), Math.max(0, Math.min(1, (i - 25) / 10)))),
    ],
    ['one frame', [scene(1)]],
    ['two frames of one take', take(2, 1)],
  ];

  it.each(scenes)('%s', async (_, paintings, fps = 25) => {
    const { cuts, shots } = await shotsOf(paintings, fps);
    expect(cuts).toEqual([]);
    expect(shots).toEqual([{ id: 's1', start: 0, end: paintings.length }]);
  });

  it('a clip without frames has neither cuts nor shots', async () => {
    expect(await shotsOf([])).toEqual({ shots: [], cuts: [] });
  });
});

describe('gradual transitions', () => {
  it.each([6, 12, 24])('a dissolve of %d frames is found where it is', async length => {
    const paintings = dissolve(take(40, 1), take(40, 2), length);
    const { cuts, shots } = await shotsOf(paintings);
    expect(cuts.map(cut => cut.kind)).toEqual(['dissolve']);
    const [{ frame, start, end }] = cuts;
    expect(Math.abs(frame - (40 - length / 2))).toBeLessThanOrEqual(length / 2);
    expect(start).toBeLessThan(40);
    expect(end).toBeGreaterThan(40 - length);
    expect(shots).toEqual([
      { id: 's1', start: 0, end: frame },
      { id: 's2', start: frame, end: paintings.length },
    ]);
  });

  it('a dissolve between moving takes is found', async () => {
    const { cuts } = await shotsOf(dissolve(take(40, 1, 1.5), take(40, 2, -1), 12));
    expect(cuts.map(cut => cut.kind)).toEqual(['dissolve']);
  });

  it('a dissolve at 60 frames per second is found', async () => {
    const { cuts } = await shotsOf(dissolve(take(90, 1, 0.1), take(90, 2, 0.1), 30), 60);
    expect(cuts.map(cut => cut.kind)).toEqual(['dissolve']);
    expect(Math.abs(cuts[0].frame - 75)).toBeLessThanOrEqual(15);
  });

  it('a dissolve at variable frame times is found', async () => {
    // Steps of 20 and 60 ms in turn; the mix goes by time, not by frame.
    const length = 60;
    const clip = {
      ...clipOf(length),
      times: Float64Array.from({ length }, (_, i) => i * 0.04 + (i % 2 === 1 ? 0.02 : 0)),
    };
    const paintings = times(length, i => {
      const share = Math.min(1, Math.max(0, (clip.times[i] - 0.96) / 0.48));
      return grainy(mix(scene(1, i * 0.3), scene(2, i * 0.3), share), 1.5, i);
    });
    const { cuts } = findShots(await measure(paintings), clip);
    expect(cuts.map(cut => cut.kind)).toEqual(['dissolve']);
    expect(Math.abs(cuts[0].frame - 30)).toBeLessThanOrEqual(4);
  });

  it.each([
    ['black', 16],
    ['white', 235],
  ])('a fade through %s is one boundary', async (_, luma) => {
    const { cuts } = await shotsOf(fadeThrough(take(30, 1), take(30, 2), 10, luma));
    expect(cuts.map(cut => cut.kind)).toEqual(['fade']);
    const [{ frame, start, end }] = cuts;
    expect(Math.abs(frame - 30)).toBeLessThanOrEqual(1);
    expect(Math.abs(start - 20)).toBeLessThanOrEqual(2);
    expect(Math.abs(end - 40)).toBeLessThanOrEqual(2);
  });

  it('a dissolve and a cut stay two boundaries', async () => {
    const { cuts } = await shotsOf([...dissolve(take(40, 1), take(40, 2), 12), ...take(20, 3)]);
    expect(cuts.map(cut => cut.kind)).toEqual(['dissolve', 'cut']);
    expect(cuts[1].frame).toBe(68);
  });
});

describe('options and inputs', () => {
  let signals: ShotSignals;
  const clip = clipOf(40);
  beforeAll(async () => {
    signals = await measure([...take(20, 1), ...take(20, 2)]);
  });

  it('is deterministic and leaves the signals alone', () => {
    const before = structuredClone(signals);
    expect(findShots(signals, clip)).toEqual(findShots(signals, clip));
    expect(signals).toEqual(before);
  });

  it('takes thresholds as options', () => {
    expect(findShots(signals, clip).cuts).toHaveLength(1);
    expect(findShots(signals, clip, { cutConfidence: 1.01 }).cuts).toHaveLength(0);
    expect(findShots(signals, clip, { cutMatchError: 1 }).cuts).toHaveLength(0);
  });

  it.each(shotSignals)('says so when %s is missing', name => {
    const { [name]: _, ...rest } = signals;
    expect(() => findShots(rest, clip)).toThrow(expect.objectContaining({ code: 'signal-missing' }));
  });
});
