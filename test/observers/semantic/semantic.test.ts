import { describe, expect, it } from 'vitest';
import { Resampler } from '../../../src/observers/semantic/resample.ts';
import { viewSize } from '../../../src/observers/semantic/view.ts';
import { semantic } from '../../../src/observers/semantic.ts';
import { driftMap } from '../../../src/signals/morphing/maps.ts';
import type { DriftMap, SemanticDrift } from '../../../src/signals.ts';
import { HEIGHT, type Painting, scene, times, WIDTH, watch } from '../scenes.ts';

/** Where something changes, in pixels of the picture. */
const PLACE = [96, 48, 64, 48] as const;
const other = scene(77);

/** The picture with a place of it turned into another scene, from 0 to 1. */
function turned(painting: Painting, share: number): Painting {
  const [left, top, width, height] = PLACE;
  const y = painting.y.slice();
  for (let row = top; row < top + height; row++)
    for (let i = row * WIDTH + left; i < row * WIDTH + left + width; i++)
      y[i] = Math.round(y[i] + (other.y[i] - y[i]) * share);
  return { ...painting, y };
}

/** Means of a map over the cells inside the place and over those well away from it, in the window around a frame. */
function insideAndAway(drift: SemanticDrift, frame: number, name: DriftMap): [number, number] {
  const window = drift.starts.findIndex((start, k) => start <= frame && drift.ends[k] >= frame + 6);
  const map = driftMap(drift, window, name);
  const sums = [0, 0, 0, 0];
  map.forEach((value, cell) => {
    const x = (((cell % drift.columns) + 0.5) / drift.columns) * WIDTH;
    const y = ((Math.floor(cell / drift.columns) + 0.5) / drift.rows) * HEIGHT;
    const [left, top, width, height] = PLACE;
    const inside = x > left + 8 && x < left + width - 8 && y > top + 8 && y < top + height - 8;
    const away = x < left - 24 || x > left + width + 24 || y < top - 24 || y > top + height + 24;
    if (inside || away) {
      sums[inside ? 0 : 2] += value;
      sums[inside ? 1 : 3] += 1;
    }
  });
  return [sums[0] / sums[1], sums[2] / sums[3]];
}

describe('semantic drift', () => {
  it('is small where a scene only moves, and the motion is what it is', async () => {
    const { semanticDrift: drift } = await watch(
      semantic,
      times(19, i => scene(5, 0.8 * i, 0)),
    );
    expect(drift.step).toBe(3);
    expect([...drift.starts]).toEqual([0, 3, 6]);
    expect([...drift.ends]).toEqual([12, 15, 18]);
    const middle = (name: DriftMap) => driftMap(drift, 1, name).toSorted()[(drift.columns * drift.rows) >> 1];
    // 2.4 pixels a look in a picture of 256 are 3.75 in one of 400 or so.
    const scale = viewSize({ width: WIDTH * 5, height: HEIGHT * 5 }).width / WIDTH;
    expect(middle('motion')).toBeGreaterThan(2.4 * scale * 0.85);
    expect(middle('motion')).toBeLessThan(2.4 * scale * 1.15);
    expect(middle('doubt')).toBeLessThan(1.5);
    expect(middle('near32')).toBeLessThan(0.2);
  });

  it('is large where a place becomes something else while the camera moves, and only there', async () => {
    const { semanticDrift: drift } = await watch(
      semantic,
      times(31, i => turned(scene(5, 0.5 * i, 0), Math.min(1, Math.max(0, (i - 12) / 8)))),
    );
    for (const name of ['net16', 'near16', 'gone16', 'come16'] as const) {
      const [inside, away] = insideAndAway(drift, 13, name);
      expect(inside, name).toBeGreaterThan(2 * away);
    }
  });
});

describe('Resampler', () => {
  it('averages areas where it makes smaller, keeps flat planes flat and straight ramps straight', () => {
    const plane = Uint8Array.from({ length: 60 * 40 }, (_, i) => 4 * (i % 60));
    const smaller = new Float32Array(17 * 9);
    new Resampler({ width: 60, height: 40 }, { width: 17, height: 9 }).resample(plane, 60, smaller);
    for (let x = 1; x < 16; x++) expect(smaller[4 * 17 + x]).toBeCloseTo(4 * ((60 / 17) * (x + 0.5) - 0.5), 0);
    const larger = new Float32Array(90 * 70);
    new Resampler({ width: 60, height: 40 }, { width: 90, height: 70 }).resample(plane.fill(93), 60, larger);
    expect(Math.max(...larger)).toBeCloseTo(93, 3);
    expect(Math.min(...larger)).toBeCloseTo(93, 3);
  });

  it('leaves the padding between rows out', () => {
    const plane = new Uint8Array(20 * 10).fill(255);
    for (let row = 0; row < 10; row++) plane.fill(50, row * 20, row * 20 + 16);
    const out = new Float32Array(8 * 5);
    new Resampler({ width: 16, height: 10 }, { width: 8, height: 5 }).resample(plane, 20, out);
    expect(Math.max(...out)).toBeCloseTo(50, 3);
  });
});

describe('the network’s picture', () => {
  it.each([
    [1920, 1080],
    [1080, 1920],
    [640, 480],
    [256, 256],
    [4000, 200],
  ])('of %i × %i has sides that are multiples of 32 and about 90,000 pixels', (width, height) => {
    const size = viewSize({ width, height });
    expect(size.width % 32).toBe(0);
    expect(size.height % 32).toBe(0);
    expect(size.width * size.height).toBeGreaterThan(60_000);
    expect(size.width * size.height).toBeLessThan(130_000);
  });
});
