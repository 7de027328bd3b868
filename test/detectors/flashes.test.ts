import { describe, expect, it } from 'vitest';
import { flashes } from '../../src/detectors/flashes.ts';
import { facts, ordinary, outcomeOf, ranges } from './picture-signals.ts';

/** A light that is on for half of each period over `area` of the picture, from frame 24 on. */
function strobe(
  frames: number,
  fps: number,
  hertz: number,
  area: number,
  end = frames,
  kind: 'white' | 'red' = 'white',
) {
  const signals = ordinary(frames);
  const on = (i: number) => i >= fps && i < end && Math.floor(((i - fps) * 2 * hertz) / fps + 1e-9) % 2 === 0;
  for (let i = 1; i < frames; i++) {
    const rises = on(i) && !on(i - 1);
    const falls = !on(i) && on(i - 1);
    if (kind === 'red') {
      if (rises || falls) signals.flashRed[i] = area;
      if (falls) signals.flashRedAway[i] = area;
    } else {
      if (rises) signals.flashRise[i] = area;
      if (falls) signals.flashFall[i] = area;
    }
  }
  return signals;
}

describe('flashes', () => {
  it.each([
    { hertz: 1, area: 1, found: false },
    { hertz: 3, area: 1, found: false },
    { hertz: 4, area: 1, found: true },
    { hertz: 12, area: 1, found: true },
    { hertz: 6, area: 0.24, found: false },
    { hertz: 6, area: 0.26, found: true },
  ])('$hertz Hz over $area of the picture: $found', ({ hertz, area, found }) => {
    const outcome = outcomeOf(flashes, facts(120), strobe(120, 24, hertz, area, 72));
    expect(outcome.findings.map(f => f.kind)).toEqual(found ? ['general'] : []);
    expect(outcome.score! >= 0.5).toBe(found);
    if (!found) return;
    const [{ start, end, measured, message }] = outcome.findings;
    const half = 24 / hertz / 2;
    expect(start).toBe(24);
    expect(end).toBeGreaterThan(72 - half);
    expect(end).toBeLessThanOrEqual(73);
    expect(measured).toBe(hertz);
    expect(message).toContain('not a certified Harding test');
  });

  it('counts a flash that takes several frames to come and go once', () => {
    const signals = ordinary(120);
    // 4 flashes per second, each ramp over three frames.
    for (let i = 24; i < 96; i++) {
      const phase = (i - 24) % 6;
      if (phase < 3) signals.flashRise[i] = 0.3;
      else signals.flashFall[i] = 0.3;
    }
    const [{ measured }] = outcomeOf(flashes, facts(120), signals).findings;
    expect(measured).toBe(4);
  });

  it('does not take moving texture for flashes', () => {
    const signals = ordinary(120);
    signals.flashRise.fill(0.4);
    signals.flashFall.fill(0.4);
    expect(outcomeOf(flashes, facts(120), signals).findings).toEqual([]);
  });

  it('does not add up small changes from here and there over time', () => {
    const signals = ordinary(240);
    for (let i = 0; i < 240; i++) (i % 48 < 24 ? signals.flashRise : signals.flashFall)[i] = 0.05;
    expect(outcomeOf(flashes, facts(240), signals).findings).toEqual([]);
  });

  it.each([
    { hertz: 3, found: false },
    { hertz: 5, found: true },
  ])('red at $hertz Hz: $found', ({ hertz, found }) => {
    const outcome = outcomeOf(flashes, facts(120), strobe(120, 24, hertz, 0.5, 96, 'red'));
    expect(outcome.findings.map(f => f.kind)).toEqual(found ? ['red'] : []);
  });

  it('keeps separate stretches apart', () => {
    const first = strobe(240, 24, 6, 1, 48);
    const second = strobe(240, 24, 6, 1, 216);
    for (let i = 0; i < 160; i++) {
      second.flashRise[i] = first.flashRise[i];
      second.flashFall[i] = first.flashFall[i];
    }
    const found = ranges(outcomeOf(flashes, facts(240), second));
    expect(found).toHaveLength(2);
    expect(found[0][2]).toBeLessThanOrEqual(49);
    expect(found[1][1]).toBeGreaterThanOrEqual(160);
  });

  it.each([
    { hdr: 'pq' as const, name: 'PQ' },
    { hdr: 'hlg' as const, name: 'HLG' },
  ])('is skipped for $name', ({ hdr, name }) => {
    const outcome = outcomeOf(flashes, facts(120, { colour: { hdr } }), strobe(120, 24, 12, 1));
    expect(outcome.status).toBe('skipped');
    expect(outcome.reason).toContain(name);
  });

  it('states the assumption where the file names no transfer', () => {
    const outcome = outcomeOf(flashes, facts(120, { colour: { transfer: 'unknown' } }), ordinary(120));
    expect(outcome.measurements.assumedTransfer).toMatch(/does not say/);
  });
});
