import { describe, expect, it } from 'vitest';
import { CELLS, type Fingerprint } from '../../src/gate/fingerprint/fingerprint.ts';
import { matchShot } from '../../src/gate/fingerprint/match.ts';
import { decodeFingerprint, encodeFingerprint } from '../../src/gate/fingerprint/store.ts';

/** Smooth noise that drifts: take `seed`, frame `t`. */
function pictureAt(seed: number, t: number): Float32Array {
  const cells = Float32Array.from({ length: CELLS }, (_, i) => {
    const [x, y] = [i % 16, i >> 4];
    return (
      Math.sin(seed * 12.9 + x * 0.7 + t * 0.05) +
      Math.sin(seed * 78.2 + y * 1.1 - t * 0.03) +
      Math.sin(seed * 3.7 + (x * y) / 7 + t * 0.02)
    );
  });
  const mean = cells.reduce((a, b) => a + b) / CELLS;
  const norm = Math.hypot(...cells.map(value => value - mean));
  return cells.map(value => (value - mean) / norm);
}

function film(frames: readonly ([number, number] | null)[], noise = 0): Fingerprint {
  const whole = new Float32Array(frames.length * CELLS);
  frames.forEach((frame, k) => {
    if (!frame) return;
    const cells = pictureAt(...frame).map((value, i) => value + noise * Math.sin(k * 91.7 + i * 37.3) * 0.083);
    const norm = Math.hypot(...cells);
    whole.set(
      cells.map(value => value / norm),
      k * CELLS,
    );
  });
  return { fps: { num: 24, den: 1 }, frames: frames.length, whole, inside: whole };
}

const stretch = (seed: number, from: number, to: number): [number, number][] =>
  Array.from({ length: to - from }, (_, i) => [seed, from + i]);
const take = (seed: number, length = 96) => ({
  sha256: String(seed).repeat(64),
  fingerprint: film(stretch(seed, 0, length)),
});
const takes = [1, 2, 3, 4, 5].map(seed => take(seed));

describe('matching by pictures', () => {
  it('finds take and frames through noise', () => {
    const { matches, unmatched } = matchShot({ start: 0, end: 50 }, film(stretch(3, 20, 70), 0.1), takes);
    expect(unmatched).toEqual([]);
    expect(matches).toMatchObject([{ sha256: takes[2].sha256, frames: { start: 0, end: 50 }, rivals: [] }]);
    expect(matches[0].source.start).toBeLessThanOrEqual(20);
    expect(matches[0].source.end).toBeGreaterThanOrEqual(70);
    expect(matches[0].source.end - matches[0].source.start).toBeLessThan(60);
  });

  it('takes a shot with a hidden cut apart', () => {
    const { matches } = matchShot({ start: 0, end: 70 }, film([...stretch(2, 10, 40), ...stretch(5, 50, 90)]), takes);
    expect(matches.map(({ sha256, frames }) => [sha256[0], frames.start, frames.end])).toEqual([
      ['2', 0, 30],
      ['5', 30, 70],
    ]);
  });

  it('does not name a take for footage of none, nor for one colour', () => {
    const { matches, unmatched } = matchShot({ start: 0, end: 40 }, film(stretch(9, 0, 40)), takes);
    expect(matches).toEqual([]);
    expect(unmatched).toMatchObject([{ reason: 'unknown', frames: { start: 0, end: 40 } }]);
    expect(matchShot({ start: 0, end: 3 }, film([null, null, null]), takes).unmatched).toMatchObject([
      { reason: 'blank' },
    ]);
  });

  it('says which other takes show the same', () => {
    const twin = { sha256: 'f'.repeat(64), fingerprint: film(stretch(3, 0, 96), 0.005) };
    const { matches } = matchShot({ start: 0, end: 40 }, film(stretch(3, 5, 45), 0.1), [...takes, twin]);
    expect([matches[0].sha256, ...matches[0].rivals].sort()).toEqual([takes[2].sha256, twin.sha256].sort());
  });

  it('covers every place where a still would fit', () => {
    const still = {
      sha256: 'a'.repeat(64),
      fingerprint: film(Array.from({ length: 60 }, () => [7, 0] as [number, number])),
    };
    const { matches } = matchShot(
      { start: 0, end: 20 },
      film(Array.from({ length: 20 }, () => [7, 0] as [number, number])),
      [still],
    );
    expect(matches[0].source).toEqual({ start: 0, end: 60 });
  });

  it('covers every place where a noisy still would fit nearly as well', () => {
    /** The same picture over and over under noise of its own: no frame is like another. */
    const noisy = (count: number, seed: number): Fingerprint => {
      let state = seed;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32 - 0.5;
      };
      const whole = new Float32Array(count * CELLS);
      for (let k = 0; k < count; k++) {
        const cells = pictureAt(7, 0).map(value => value + 0.05 * random());
        const mean = cells.reduce((a, b) => a + b) / CELLS;
        const norm = Math.hypot(...cells.map(value => value - mean));
        whole.set(
          cells.map(value => (value - mean) / norm),
          k * CELLS,
        );
      }
      return { fps: { num: 24, den: 1 }, frames: count, whole, inside: whole };
    };
    const take = { sha256: 'c'.repeat(64), fingerprint: noisy(60, 1) };
    const { matches } = matchShot({ start: 0, end: 20 }, noisy(20, 2), [take]);
    expect(matches[0].score).toBeLessThan(0.98);
    expect(matches[0].source).toEqual({ start: 0, end: 60 });
  });

  it('aligns material of another rate', () => {
    const fast = { sha256: 'b'.repeat(64), fingerprint: { ...film(stretch(6, 0, 120)), fps: { num: 48, den: 1 } } };
    const shown = film(Array.from({ length: 40 }, (_, i) => [6, 20 + 2 * i] as [number, number]));
    const { matches } = matchShot({ start: 0, end: 40 }, shown, [fast, ...takes]);
    expect(matches[0].sha256).toBe(fast.sha256);
    expect(matches[0].source.start).toBeLessThanOrEqual(20);
    expect(matches[0].source.end).toBeGreaterThanOrEqual(99);
  });

  it('keeps fingerprints in bytes, and refuses others', () => {
    const bytes = encodeFingerprint(takes[0].fingerprint);
    const read = decodeFingerprint(bytes)!;
    expect(read.frames).toBe(96);
    const cosine = read.whole
      .subarray(0, CELLS)
      .reduce((sum, value, i) => sum + value * takes[0].fingerprint.whole[i], 0);
    expect(cosine).toBeGreaterThan(0.999);
    for (const bad of [bytes.slice(0, 10), bytes.slice(0, -1), new Uint8Array(bytes.length)])
      expect(decodeFingerprint(bad)).toBeNull();
  });
});
