import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/clip.ts';
import { compose, fitCamera, invert } from '../../../src/observers/continuity/camera.ts';
import { components } from '../../../src/observers/continuity/components.ts';
import { continuity } from '../../../src/observers/continuity/continuity.ts';
import { FADES } from '../../../src/observers/continuity/fade-measures.ts';
import { FADES_KEPT } from '../../../src/observers/continuity/fades.ts';
import { CONTINUITY_FEATURES } from '../../../src/observers/continuity/feature-names.ts';
import { CELL_VALUE, CELL_VALUES } from '../../../src/observers/flow/dense-flow.ts';
import type { Continuity } from '../../../src/signals.ts';
import { grainy, HEIGHT, type Painting, scene, times, WIDTH, watch } from '../scenes.ts';

/** Source pixels per small pixel in these tests. */
const SCALE = 5;
const PLACE: Box = [100, 50, 48, 40];

const other = scene(77);

/** The picture with a thing of another scene over it, from 0 (not there) to 1. */
function withThing(painting: Painting, share: number, [left, top, width, height]: Box = PLACE): Painting {
  const y = painting.y.slice();
  for (let row = top; row < top + height; row++) {
    for (let i = row * WIDTH + left; i < row * WIDTH + left + width; i++) {
      y[i] = Math.round(y[i] * (1 - share) + other.y[i] * share);
    }
  }
  return { ...painting, y };
}

const panning = times(44, i => grainy(scene(5, 0.7 * i, 0), 1, i));
const see = async (paintings: readonly Painting[]): Promise<Continuity> =>
  (await watch(continuity, paintings)).continuity;

const value = ({ features }: Continuity, name: string, frame: number): number =>
  features[frame * CONTINUITY_FEATURES.length + CONTINUITY_FEATURES.indexOf(name)];

/** Of the heaviest place that changes gradually at a frame. */
const fade = ({ fades }: Continuity, name: string, frame: number): number =>
  fades[frame * FADES_KEPT * FADES.length + FADES.indexOf(name)];

/** Intersection over union of a frame's box, brought down to the small picture, with a place. */
function overlap(boxes: Float32Array, frame: number, [x, y, w, h]: Box = PLACE): number {
  const [bx, by, bw, bh] = boxes.subarray(4 * frame, 4 * frame + 4).map(side => side / SCALE);
  const across = Math.max(0, Math.min(x + w, bx + bw) - Math.max(x, bx));
  const down = Math.max(0, Math.min(y + h, by + bh) - Math.max(y, by));
  return (across * down) / (w * h + bw * bh - across * down);
}

describe('a thing in a panning shot', () => {
  it('that appears is seen at its frame and place, and nowhere else', async () => {
    const seen = await see(panning.map((painting, i) => (i >= 22 ? withThing(painting, 1) : painting)));
    expect(overlap(seen.boxes, 22)).toBeGreaterThan(0.4);
    const cells = panning.map((_, frame) => value(seen, 'part-cells', frame));
    expect(cells.indexOf(Math.max(...cells))).toBe(22);
    expect(cells.filter(count => count > 0)).toHaveLength(1);
    expect(value(seen, 'part-outline', 22)).toBeGreaterThan(0);
  });

  it('that vanishes has its outline on the other side', async () => {
    const seen = await see(panning.map((painting, i) => (i < 22 ? withThing(painting, 1) : painting)));
    expect(overlap(seen.boxes, 22)).toBeGreaterThan(0.4);
    expect(value(seen, 'part-outline', 22)).toBeLessThan(0);
  });

  it('that fades in over eight frames is seen as a gradual change there', async () => {
    const seen = await see(panning.map((painting, i) => withThing(painting, Math.min(1, Math.max(0, (i - 17) / 9)))));
    expect(overlap(seen.fadeBoxes, FADES_KEPT * 22)).toBeGreaterThan(0.3);
    expect(fade(seen, 'cells', 22)).toBeGreaterThan(12);
    expect(value(seen, 'part-cells', 22)).toBe(0);
    expect(fade(seen, 'cells', 8)).toBeLessThan(3);
    expect(fade(seen, 'leftMost', 22)).toBeLessThan(0.1);
    expect(fade(seen, 'length', 22)).toBeGreaterThan(4);
    expect(fade(seen, 'rampLength', 22)).toBeGreaterThan(6);
    expect(fade(seen, 'rampLength', 22)).toBeLessThan(11);
    expect(fade(seen, 'rampOff', 22)).toBeLessThan(0.02);
    expect(fade(seen, 'alike', 22)).toBeLessThan(0.6);
  });

  it('that slides in over eight frames sweeps over the place and is no mix of before and after', async () => {
    const slid = panning.map((painting, i) => {
      const width = Math.round(PLACE[2] * Math.min(1, Math.max(0, (i - 17) / 9)));
      return width === 0 ? painting : withThing(painting, 1, [PLACE[0], PLACE[1], width, PLACE[3]]);
    });
    const seen = await see(slid);
    // Some cells along the edge are offered to the trees; they do not go over together.
    for (let frame = 17; frame < 25; frame++) {
      expect(fade(seen, 'cells', frame)).toBeLessThan(12);
      if (overlap(seen.fadeBoxes, FADES_KEPT * frame) > 0.1) expect(fade(seen, 'spread', frame)).toBeGreaterThan(0.1);
    }
  });

  it('a flash lights everything for two frames and leaves no part that stays', async () => {
    const lit = (painting: Painting, i: number) =>
      i === 22 || i === 23 ? { ...painting, y: painting.y.map(luma => Math.min(255, luma + 40)) } : painting;
    const seen = await see(panning.map(lit));
    expect(value(seen, 'part-cells', 22)).toBe(0);
    expect(value(seen, 'levelStep', 22)).toBeGreaterThan(10);
    expect(value(seen, 'levelStays', 22)).toBeLessThan(0.2);
  });
});

it('frames that repeat the one before are passed over', async () => {
  const held = panning.slice(0, 30).map((painting, i) => (i > 12 && i <= 16 ? panning[12] : painting));
  const seen = await see(held);
  expect([...seen.repeats].flatMap((repeat, frame) => (repeat ? [frame] : []))).toEqual([13, 14, 15, 16]);
  expect(value(seen, 'difference', 14)).toBe(0);
  expect(value(seen, 'heldBefore', 17)).toBe(4);
  expect(seen.features).toHaveLength(30 * CONTINUITY_FEATURES.length);
  expect(seen.boxes).toHaveLength(120);
  expect(seen.fadeBoxes).toHaveLength(120 * FADES_KEPT);
  expect(seen.fades).toHaveLength(30 * FADES_KEPT * FADES.length);
});

it('the same pictures give the same values', async () => {
  const [once, again] = [await see(panning.slice(0, 16)), await see(panning.slice(0, 16))];
  expect(again).toEqual(once);
});

it('has a name for every value', async () => {
  const { features, fades } = await see(panning.slice(0, 3));
  expect(features).toHaveLength(3 * CONTINUITY_FEATURES.length);
  expect(new Set(CONTINUITY_FEATURES).size).toBe(CONTINUITY_FEATURES.length);
  expect(fades).toHaveLength(3 * FADES_KEPT * FADES.length);
  expect(new Set(FADES).size).toBe(FADES.length);
});

describe('camera', () => {
  const [columns, rows, cell] = [32, 18, 8];

  /** Cells that move by a map, but for those of an object. */
  const cells = (motion: (x: number, y: number) => [number, number]): Float32Array => {
    const values = new Float32Array(columns * rows * CELL_VALUES);
    for (let i = 0; i < columns * rows; i++) {
      const [u, v] = motion(((i % columns) + 0.5) * cell, (Math.floor(i / columns) + 0.5) * cell);
      values[i * CELL_VALUES + CELL_VALUE.u] = u;
      values[i * CELL_VALUES + CELL_VALUE.v] = v;
      values[i * CELL_VALUES + CELL_VALUE.inside] = 1;
      values[i * CELL_VALUES + CELL_VALUE.varianceFrom] = 100;
    }
    return values;
  };

  it('is found behind an object over a third of the picture', () => {
    const { motion, share } = fitCamera(
      cells((x, y) => (x > 80 && x < 170 ? [9, -4] : [0.02 * x - 0.01 * y + 3, 0.01 * x + 0.02 * y - 2])),
      columns,
      rows,
      cell,
    );
    [1.02, -0.01, 3, 0.01, 1.02, -2].forEach((expected, i) => {
      expect(motion[i]).toBeCloseTo(expected, i === 2 || i === 5 ? 0 : 2);
    });
    expect(share).toBeGreaterThan(0.55);
    expect(share).toBeLessThan(0.8);
  });

  it('maps and their inverses cancel out', () => {
    const round = compose(invert([1.1, 0.2, 30, -0.1, 0.9, -12]), [1.1, 0.2, 30, -0.1, 0.9, -12]);
    [1, 0, 0, 0, 1, 0].forEach((expected, i) => {
      expect(round[i]).toBeCloseTo(expected, 9);
    });
  });
});

it('parts are connected cells, heaviest first', () => {
  const weights = new Float32Array(6 * HEIGHT);
  for (const [place, weight] of [
    [1, 2],
    [8, 3],
    [22, 4],
    [23, 1.5],
  ]) {
    weights[place] = weight;
  }
  const found = components(weights, 6, HEIGHT);
  expect(found.map(({ cells, weight }) => [cells, weight])).toEqual([
    [[22, 23], 5.5],
    [[1, 8], 5],
  ]);
  expect(found[0]).toMatchObject({ left: 4, right: 5, top: 3, bottom: 3, edge: 0.5 });
});
