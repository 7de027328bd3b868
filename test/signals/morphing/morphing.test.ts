import { describe, expect, it } from 'vitest';
import { findEvents, gather, windowsInside } from '../../../src/signals/morphing/events.ts';
import { type ExpectationTables, surprise } from '../../../src/signals/morphing/expectation.ts';
import { blurred, dilated, driftMap } from '../../../src/signals/morphing/maps.ts';
import { DRIFT_MAPS, DRIFT_MOST, type SemanticDrift } from '../../../src/signals.ts';

const COLUMNS = 12;
const ROWS = 8;

/** Windows of 13 frames every third frame, all maps zero. */
function emptyDrift(windows: number): SemanticDrift {
  const starts = Uint32Array.from({ length: windows }, (_, k) => 3 * k);
  return {
    starts,
    ends: starts.map(start => start + 12),
    step: 3,
    columns: COLUMNS,
    rows: ROWS,
    packed: new Uint8Array(windows * DRIFT_MAPS.length * COLUMNS * ROWS),
  };
}

/** Evidence of −3 everywhere, but for `value` on 3 × 3 cells around a place in some windows. */
const evidence = (windows: number, from: number, to: number, value: number, x = 6, y = 4) =>
  Array.from({ length: windows }, (_, k) => {
    const plane = new Float32Array(COLUMNS * ROWS).fill(-3);
    if (k >= from && k < to)
      for (let row = y - 1; row <= y + 1; row++)
        for (let column = x - 1; column <= x + 1; column++) plane[row * COLUMNS + column] = value;
    return plane;
  });

const source = { width: 1200, height: 800 };
const options = { threshold: 1, goesOn: 0, source };
const found = (windows: number, planes: Float32Array[]) => {
  const drift = emptyDrift(windows);
  return findEvents(
    drift,
    gather(
      drift,
      planes.map((_, k) => k),
      planes,
    ),
    options,
  );
};

describe('maps', () => {
  it('unpacks to within half a step, finely near zero', () => {
    const drift = emptyDrift(2);
    const from = (DRIFT_MAPS.length + DRIFT_MAPS.indexOf('net16')) * COLUMNS * ROWS;
    drift.packed[from + 5] = Math.round(255 * Math.sqrt(0.3 / DRIFT_MOST.net16));
    expect(driftMap(drift, 1, 'net16')[5]).toBeCloseTo(0.3, 2);
    expect(driftMap(drift, 0, 'net16')[5]).toBe(0);
  });

  it('spread and smooth over neighbours, repeating the edge', () => {
    const values = new Float32Array(COLUMNS * ROWS);
    values[0] = 9;
    expect(dilated(values, { columns: COLUMNS, rows: ROWS })[COLUMNS + 1]).toBe(9);
    expect(dilated(values, { columns: COLUMNS, rows: ROWS })[2]).toBe(0);
    expect(blurred(values, { columns: COLUMNS, rows: ROWS })[0]).toBe(4);
    expect(blurred(values, { columns: COLUMNS, rows: ROWS })[COLUMNS + 1]).toBe(1);
  });
});

describe('surprise', () => {
  const knots = Array.from({ length: 7 }, () => [0, 1, 2]);
  const tables: ExpectationTables = {
    signals: ['net16'],
    floor: 0.02,
    knots,
    contexts: [0, 1, 2, 3, 4, 5, 6],
    pairs: [[0, 5]],
    // The first context raises what is expected by one per knot, the pair of first and sixth by a half at the far corner.
    mean: Float32Array.from({ length: 25 }, (_, k) => (k < 3 ? k : k === 24 ? 0.5 : 0)),
    spread: Float32Array.from({ length: 25 }, (_, k) => (k < 3 ? 0.5 : 0)),
    least: [0.1],
  };
  const contexts = (first: number, sixth = 0) =>
    Array.from({ length: 7 }, (_, k) => new Float32Array(COLUMNS * ROWS).fill(k === 0 ? first : k === 5 ? sixth : 0));

  it('is the distance from what the context lets expect, in its deviations', () => {
    const drift = emptyDrift(1);
    const at = (first: number, sixth?: number) => surprise(tables, drift, 0, contexts(first, sixth))[0][0];
    const bare = Math.log(0.02);
    expect(at(0)).toBeCloseTo(bare / 0.5, 4);
    expect(at(0.5)).toBeCloseTo((bare - 0.5) / 0.5, 4);
    expect(at(9)).toBeCloseTo((bare - 2) / 0.5, 4);
    expect(at(2, 2)).toBeCloseTo((bare - 2.5) / 0.5, 4);
  });

  it('never divides by less than the least deviation', () => {
    const calm = { ...tables, spread: new Float32Array(25) };
    expect(surprise(calm, emptyDrift(1), 0, contexts(0))[0][0]).toBeCloseTo(Math.log(0.02) / 0.1, 3);
  });
});

describe('events', () => {
  it('finds a region that stays strong, when and where it is', () => {
    const [event, ...more] = found(20, evidence(20, 8, 13, 4));
    expect(more).toEqual([]);
    // Windows 8 to 12 share frame 36.
    expect(event.start).toBeGreaterThanOrEqual(24);
    expect(event.start).toBeLessThanOrEqual(36);
    expect(event.end).toBeGreaterThan(36);
    expect(event.end).toBeLessThanOrEqual(50);
    expect(event.peak).toBeGreaterThanOrEqual(event.start);
    expect(event.peak).toBeLessThan(event.end);
    expect(event.box).toEqual([500, 300, 300, 300]);
  });

  it('takes what flares up in one window alone for chance', () => {
    expect(found(20, evidence(20, 8, 9, 4))).toEqual([]);
  });

  it('does not look at the edge of the picture', () => {
    const planes = evidence(20, 8, 13, -3);
    for (const plane of planes.slice(8, 13)) for (let row = 0; row < ROWS; row++) plane[row * COLUMNS] = 9;
    expect(found(20, planes)).toEqual([]);
  });

  it('tells two events apart that nothing joins', () => {
    const planes = evidence(30, 4, 9, 4);
    evidence(30, 18, 23, 3, 3, 3).forEach((plane, k) => {
      if (k >= 18) planes[k] = plane;
    });
    expect(found(30, planes).map(({ box }) => box[0])).toEqual([500, 200]);
  });

  it('judges no window that reaches over a cut', () => {
    expect(windowsInside(emptyDrift(20), { start: 10, end: 40 })).toEqual([4, 5, 6, 7, 8, 9]);
  });
});
