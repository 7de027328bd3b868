import { describe, expect, it } from 'vitest';
import { madeClip } from '../../../fixtures/made-clip.ts';
import { type Bodies, WORLD_STEP } from '../../../src/landmarks.ts';
import type { Row } from '../../../src/observers/vision/table.ts';
import { type LimbTables, limbCourse, limbEvidence } from '../../../src/signals/morphing/limbs.ts';
import {
  bodiesIn,
  type StretchModel,
  stretchEvidence,
  stretchesOf,
  stretchOdds,
} from '../../../src/signals/morphing/stretches.ts';
import { bodyTracks } from '../../../src/signals/tracks-people.ts';
import { bodyTable } from '../../detectors/body-signals.ts';

const FRAMES = 90;
const clip = madeClip({ frames: FRAMES, fps: { num: 24, den: 1 }, audio: null });
const shot = { id: 's1', start: 0, end: FRAMES };

interface Walker {
  /** Scale of the forearms by look. */
  arm?: (look: number) => number;
  /** Scale of the whole body by look. */
  size?: (look: number) => number;
  visible?: number;
  from?: number;
  until?: number;
  x?: number;
}

/** A body in every third frame. */
function bodies({ arm = () => 1, size = () => 1, visible = 250, from = 0, until = FRAMES, x = 600 }: Walker = {}) {
  const builder = bodyTable(3, 1);
  for (let frame = 0; frame < FRAMES; frame += 3) {
    const points = new Float32Array(99);
    const world = new Int16Array(99);
    for (let k = 0; k < 33; k++) {
      const across = (k % 2 ? 1 : -1) * 0.2 * (k === 15 || k === 16 ? arm(frame / 3) : 1);
      const down = (k / 33 - 0.5) * 1.6;
      const scale = size(frame / 3);
      points.set([x + 200 * scale * across, 360 + 200 * scale * down, 0], 3 * k);
      world.set(
        [across, down, 0.1].map(value => Math.round(value * WORLD_STEP)),
        3 * k,
      );
    }
    const row: Row = {
      lineage: 0,
      presence: 1,
      sharpness: 0.3,
      place: [x, 360, 420],
      points,
      extra: { visibility: new Uint8Array(33).fill(visible), world },
    };
    builder.add(frame, frame >= from && frame < until ? [row] : []);
  }
  return builder.finish() as unknown as Bodies;
}

const course = (walker: Walker, range = { start: 0, end: FRAMES }) => {
  const table = bodies(walker);
  const [track] = bodyTracks(clip, [shot], table);
  return limbCourse(table, track, range, clip.video);
};
const changing = (look: number) => (look === 12 ? 3 : 1);

describe('bones', () => {
  it('of a stiff body keep their length, near or far', () => {
    expect(course({})).toMatchObject({ looks: 30, motion: 0 });
    for (const walker of [{}, { size: (look: number) => 1 + look / 60 }]) {
      const { step, most } = course(walker)!;
      expect(step).toBeLessThan(0.01);
      expect(most).toBeLessThan(0.01);
    }
  });

  it('that change are seen, with the looks between which they do', () => {
    const { most, worst } = course({ arm: changing })!;
    expect(most).toBeGreaterThan(0.03);
    expect(worst.start).toBeGreaterThanOrEqual(33);
    expect(worst.end).toBeLessThanOrEqual(40);
    expect(course({ arm: look => (look % 2 ? 3 : 1) })!.step).toBeGreaterThan(0.1);
  });

  it('are not compared on what is hidden, small, or seen a few times', () => {
    expect(course({ arm: changing, visible: 60 })).toBeNull();
    expect(course({ arm: changing, size: () => 0.2 })).toBeNull();
    expect(course({ arm: changing }, { start: 0, end: 12 })).toBeNull();
  });

  it('are not compared where the picture cuts the body off', () => {
    const beside = (x: number) => course({ arm: look => (look % 2 ? 3 : 1), x });
    expect(beside(200)!.step).toBeGreaterThan(0.1);
    // Every bone of the made body lies within 40 pixels of its middle.
    expect(beside(10)).toBeNull();
    expect(beside(1270)).toBeNull();
  });

  it('count against what is expected at their motion', () => {
    const tables: LimbTables = {
      factors: [0, 1, 2].map(() => [-2, 1, 0, 0] as const),
      spread: [0.5, 0.5, 0.5],
    };
    const at = (motion: number, value: number) =>
      limbEvidence(tables, {
        looks: 20,
        motion: motion - 0.01,
        step: value - 0.005,
        most: value - 0.005,
        drawn: value - 0.005,
        worst: { start: 0, end: 1, row: 0 },
      });
    expect(at(1, Math.exp(-2))).toBeCloseTo(0, 6);
    expect(at(1, Math.exp(-1))).toBeCloseTo(2, 6);
    expect(at(Math.E, Math.exp(-1))).toBeCloseTo(0, 6);
  });
});

describe('people who come and go', () => {
  const visits = (walker: Walker, stretch = { start: 0, end: FRAMES }) => {
    const table = bodies(walker);
    return bodiesIn(clip, shot, table, bodyTracks(clip, [shot], table), stretch).visits;
  };

  it('are noticed in the middle of the picture and of the shot only', () => {
    expect(visits({})).toBe(false);
    expect(visits({ until: 45 })).toBe(true);
    expect(visits({ from: 45 })).toBe(true);
    expect(visits({ until: 45, x: 60 })).toBe(false);
    expect(visits({ until: 45 }, { start: 60, end: FRAMES })).toBe(false);
  });
});

describe('stretches', () => {
  const drift = (windows: number) => {
    const starts = Uint32Array.from({ length: windows }, (_, k) => 3 * k);
    return { starts, ends: starts.map(start => start + 12) };
  };
  const of = (windows: number) =>
    stretchesOf(
      drift(windows),
      Array.from({ length: windows }, (_, k) => k),
    );

  it('cover a shot, half over each other, the last one to its end', () => {
    expect(of(3)).toEqual([]);
    expect(of(10)).toEqual([{ from: 0, to: 10, start: 0, end: 40 }]);
    expect(of(130).map(({ from, to }) => [from, to])).toEqual([
      [0, 80],
      [40, 120],
      [50, 130],
    ]);
  });

  const model: StretchModel = {
    limbs: { factors: [0, 1, 2].map(() => [0, 0, 0, 0] as const), spread: [1, 1, 1] },
    terms: {
      near: { mean: 1, deviation: 2, weight: 1 },
      limbs: { mean: 0, deviation: 1, weight: 1 },
      visits: { mean: 0.2, deviation: 0.4, weight: 0.5 },
    },
    calibration: { slope: 2, offset: -3 },
  };

  it('weigh what is seen of things and of bodies', () => {
    const planes = [Float32Array.from({ length: 101 }, (_, k) => k / 100)];
    const none = stretchEvidence(model, planes, { courses: [], visits: false });
    expect(none).toMatchObject({ limbs: 0, body: null });
    expect(none.near).toBeCloseTo((0.95 - 1) / 2, 5);
    expect(none.visits).toBeCloseTo(-0.25, 6);
    expect(stretchEvidence(model, planes, { courses: [], visits: true }).visits).toBeCloseTo(1, 6);
  });

  it('are judged against what is usual in a long shot', () => {
    const part = (near: number) => ({ near, limbs: 0, visits: 0 });
    expect(stretchOdds(model, [part(2), part(3)])).toEqual([1, 3]);
    expect(stretchOdds(model, [2, 2, 2, 2, 5].map(part))).toEqual([-3, -3, -3, -3, 3]);
    // What is calmer than real footage makes nothing else suspicious.
    expect(stretchOdds(model, [-1, -1, -1, -1, 2].map(part))[4]).toBe(1);
  });
});
