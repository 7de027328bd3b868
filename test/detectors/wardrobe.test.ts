import { describe, expect, it } from 'vitest';
import { wardrobe } from '../../src/detectors/wardrobe.ts';
import { DRESS, type Dress, dressed, type Rgb } from './dressed.ts';
import { facts, outcomeOf } from './picture-signals.ts';

const RATE = 25;

function judged(
  frames: number,
  draw: (frame: number) => Partial<Dress> | null,
  setup: { options?: Record<string, unknown>; shot?: { id: string; start: number; end: number } } = {},
) {
  return outcomeOf(
    wardrobe,
    facts(frames, { fps: RATE, width: 960, height: 720 }),
    dressed(frames, draw) as never,
    setup as never,
  );
}

const mix = (a: Rgb, b: Rgb, t: number): Rgb => [0, 1, 2].map(k => a[k] + (b[k] - a[k]) * t) as unknown as Rgb;
const ramp = (frame: number, from: number, to: number): number =>
  Math.min(1, Math.max(0, (frame - from) / (to - from)));
const RED: Rgb = [170, 80, 85];
const lit = (gain: Rgb): Partial<Dress> =>
  Object.fromEntries(
    (['clothes', 'hair', 'skin', 'wall'] as const).map(part => [part, DRESS[part].map((value, k) => value * gain[k])]),
  );

describe('wardrobe', () => {
  it('finds nothing where nobody changes', () => {
    const outcome = judged(100, frame => ({ sway: 0.1 * Math.sin(frame / 9) }));
    expect(outcome.status).toBe('ran');
    expect(outcome.findings).toEqual([]);
    expect(outcome.measurements.looks).toBe(20);
    expect(outcome.measurements.clothes).toBeLessThan(2.5);
  });

  it('says so when it saw nobody, or too little of them', () => {
    const nobody = judged(100, () => null);
    expect(nobody).toMatchObject({ status: 'skipped', findings: [] });
    expect(nobody.reason).toMatch(/no face/i);
    // Seen once or twice only.
    const brief = judged(100, frame => (frame < 8 ? {} : null));
    expect(brief.status).toBe('skipped');
    expect(brief.reason).toMatch(/too little/i);
    // A bald head: the hair was not compared, and no figure says that it was.
    const bald = judged(100, () => ({ hair: DRESS.skin }));
    expect(bald).toMatchObject({ status: 'ran', measurements: { hair: null } });
    expect(bald.measurements.clothes).toBeLessThan(2.5);
  });

  it('finds a jacket that becomes another colour, at once and slowly, and says when and where', () => {
    for (const [from, to] of [
      [50, 51],
      [40, 75],
    ]) {
      const { findings } = judged(120, frame => ({ clothes: mix(DRESS.clothes, RED, ramp(frame, from, to)) }));
      expect(findings.map(({ kind }) => kind)).toEqual(['clothes']);
      const [{ start, end, peak, box, measured, message, confidence }] = findings;
      expect(start).toBeLessThanOrEqual(to);
      expect(end).toBeGreaterThan(from);
      expect(end - start).toBeLessThanOrEqual(to - from + 12);
      expect(peak >= start && peak < end).toBe(true);
      expect(measured).toBeGreaterThan(20);
      expect(confidence).toBeGreaterThan(0.7);
      expect(message).toMatch(/wears changes colour by \d/);
      expect(box?.[1]).toBeGreaterThan(340);
    }
  });

  it('finds other hair', () => {
    const { findings } = judged(100, frame => ({ hair: mix(DRESS.hair, [120, 90, 40], ramp(frame, 40, 60)) }));
    expect(findings.map(({ kind }) => kind)).toEqual(['hair']);
  });

  it('finds stripes that come and go', () => {
    const come = judged(100, frame => ({ stripes: 26 * ramp(frame, 40, 60) }));
    expect(come.findings.map(({ kind }) => kind)).toEqual(['pattern']);
    expect(come.findings[0].message).toContain('gets a pattern');
    const go = judged(100, frame => ({ stripes: 26 * (1 - ramp(frame, 40, 60)) }));
    expect(go.findings[0].message).toContain('loses its pattern');
    expect(judged(100, () => ({ stripes: 26 })).findings).toEqual([]);
  });

  it('compares before and after somebody was gone, if it is the same face', () => {
    const back = (person: number) => (frame: number) =>
      frame < 45 ? {} : frame < 65 ? null : { clothes: RED, lineage: 2, person };
    expect(judged(120, back(1)).findings.map(({ kind }) => kind)).toEqual(['clothes']);
    expect(judged(120, back(2)).findings).toEqual([]);
  });

  it('compares with an earlier shot of the same face, unless told not to', () => {
    const shot = { id: 's2', start: 60, end: 120 };
    const changed = (change: Partial<Dress>) => (frame: number) =>
      frame < 60 ? {} : { lineage: 2, x: 400, ...change };
    const { findings } = judged(120, changed({ clothes: RED }), { shot });
    expect(findings.map(({ kind, start }) => [kind, start])).toEqual([['clothes', 60]]);
    expect(findings[0].message).toContain('over a cut');
    expect(judged(120, changed({ clothes: RED }), { shot, options: { acrossCuts: false } }).findings).toEqual([]);
    expect(judged(120, changed({ clothes: RED, person: 2 }), { shot }).findings).toEqual([]);
    expect(judged(120, changed({}), { shot }).findings).toEqual([]);
  });

  it('takes light for light', () => {
    const changes: ((t: number) => Partial<Dress>)[] = [
      t => lit([1 - 0.4 * t, 1 - 0.4 * t, 1 - 0.4 * t]),
      t => lit([1 + 0.15 * t, 1, 1 - 0.2 * t]),
      // A shadow on the clothes alone.
      t => ({ clothes: DRESS.clothes.map(value => value * (1 - 0.25 * t)) as unknown as Rgb }),
      // Only the face and body leave the shade.
      t => ({ ...lit([1 + 0.2 * t, 1 + 0.2 * t, 1 + 0.2 * t]), wall: DRESS.wall }),
    ];
    for (const change of changes) expect(judged(100, frame => change(ramp(frame, 40, 60))).findings).toEqual([]);
  });

  it('lets people cross their arms and turn their heads', () => {
    expect(judged(100, frame => ({ arms: frame > 50, sway: frame > 50 ? 0.15 : 0 })).findings).toEqual([]);
    // What is seen while the head is turned is not compared with what was seen before.
    const turned = judged(100, frame => ({ yaw: frame > 50 ? 45 : 0, clothes: frame > 50 ? RED : DRESS.clothes }));
    expect(turned.findings).toEqual([]);
  });
});
