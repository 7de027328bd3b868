import { describe, expect, it } from 'vitest';
import { morphing } from '../../src/detectors/morphing.ts';
import type { Bodies } from '../../src/landmarks.ts';
import { redrawn, seen as seenTexture } from '../observers/standing-texture.ts';
import { type Line, lettering } from '../signals/morphing/lettering.ts';
import {
  bodiesOf,
  COLUMNS,
  clip,
  drift,
  faced,
  nobody,
  type Plant,
  people,
  ROWS,
  type Somebody,
  seen,
} from './morphing-signals.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

describe('morphing', () => {
  it('has nothing to say about ordinary footage', () => {
    expect(faultsOf(morphing, clip, seen())).toEqual([]);
    expect(scoreOf(morphing, clip, seen())).toBeLessThan(0.3);
  });

  it('finds a region that changes its nature, where and when', () => {
    const [fault, ...more] = faultsOf(morphing, clip, seen({ from: 12, to: 19, size: 7, strength: 1.6 }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'morph', unit: 'probability' });
    // What happens between frames 45 and 54 shows in windows 12 to 18: all that hold some of it.
    expect(fault.start).toBeLessThanOrEqual(48);
    expect(fault.end).toBeGreaterThan(48);
    expect(fault.end - fault.start).toBeGreaterThan(3);
    expect(fault.end - fault.start).toBeLessThan(30);
    const [x, y, width, height] = fault.box!;
    const cell = 1280 / COLUMNS;
    expect(Math.abs(x + width / 2 - 8.5 * cell)).toBeLessThan(1.2 * cell);
    expect(Math.abs(y + height / 2 - 6.5 * (720 / ROWS))).toBeLessThan(1.2 * cell);
    const { path } = fault;
    expect(path!.length).toBeGreaterThan(2);
    expect(path!.some(place => place.box.every((side, k) => side === fault.box![k]))).toBe(true);
    path!.slice(1).forEach(({ frame }, k) => {
      expect(frame).toBeGreaterThan(path![k].frame);
    });
    for (const { box } of path!) expect(Math.abs(box[0] + box[2] / 2 - 8.5 * cell)).toBeLessThan(3 * cell);
  });

  it.each([
    ['a trace of it', { from: 12, to: 17, strength: 0.15 }],
    ['one cell', { from: 12, to: 17, size: 1, strength: 1.6 }],
    ['one window alone', { from: 12, to: 13, size: 7, strength: 1.6 }],
  ])('leaves %s alone', (_, plant) => {
    expect(faultsOf(morphing, clip, seen(plant))).toEqual([]);
  });

  it('takes what happens in the whole picture for the picture, not for an event', () => {
    const whole = judged(morphing, clip, seen({ from: 12, to: 19, size: 60, strength: 1.6 }));
    const region = judged(morphing, clip, seen({ from: 12, to: 19, size: 7, strength: 1.6 }));
    if (whole.status !== 'ran' || region.status !== 'ran') throw new Error('skipped');
    expect(whole.score).toBeLessThan(region.score);
  });

  it('finds the face that becomes another, and when', () => {
    const [fault, ...more] = faultsOf(
      morphing,
      clip,
      faced(frame => Math.min(1, Math.max(0, (frame - 52) / 12))),
    );
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'identity', unit: 'cosine' });
    expect(fault.start).toBeLessThanOrEqual(60);
    expect(fault.end).toBeGreaterThan(52);
    expect(fault.box?.[2]).toBeGreaterThan(40);
  });

  it('does not call a face another because it turns away, is badly seen, or stays itself', () => {
    const change = (frame: number) => Math.min(1, Math.max(0, (frame - 52) / 12));
    expect(
      faultsOf(
        morphing,
        clip,
        faced(() => 0),
      ),
    ).toEqual([]);
    expect(
      faultsOf(
        morphing,
        clip,
        faced(change, frame => (frame < 56 ? -20 : 20)),
      ),
    ).toEqual([]);
    expect(faultsOf(morphing, clip, faced(change, undefined, 2))).toEqual([]);
  });

  it('knows a body whose arms change their length, and where', () => {
    const judge = (bodies: Bodies) => {
      const answer = judged(morphing, clip, { ...seen(), bodies });
      if (answer.status !== 'ran') throw new Error('skipped');
      return answer;
    };
    const stiff = judge(bodiesOf());
    const rubber = judge(bodiesOf(look => (look % 4 < 2 ? 1 : 3.5)));
    expect(stiff.measurements.bodiesCompared).toBe(1);
    expect(stiff.faults).toEqual([]);
    expect(rubber.score).toBeGreaterThan(stiff.score + 0.3);
    expect(rubber.faults).toHaveLength(1);
    const [{ kind, box, start, end, peak }] = rubber.faults;
    expect(kind).toBe('limbs');
    expect(start).toBeLessThanOrEqual(peak);
    expect(peak).toBeLessThan(end);
    const [x, y, width, height] = box!;
    const middle = 500 + peak;
    expect(x).toBeLessThan(middle);
    expect(x + width).toBeGreaterThan(middle);
    expect(y).toBeLessThan(360);
    expect(y + height).toBeGreaterThan(360);
  });

  it('takes somebody who vanishes in the middle of the picture for a sign, not for proof', () => {
    const stays = scoreOf(morphing, clip, { ...seen(), bodies: bodiesOf() });
    const vanishes = { ...seen(), bodies: bodiesOf(() => 1, 60) };
    expect(scoreOf(morphing, clip, vanishes)).toBeGreaterThan(stays);
    expect(faultsOf(morphing, clip, vanishes)).toEqual([]);
  });

  // The region of the plant lies around (435, 334) and shows what happens between frames 45 and 54.
  const melts: Plant = { from: 12, to: 19, size: 7, strength: 1.6 };
  const beside = { x: 800 };
  it.each([
    ['merge', { x: 435, to: 50 }, beside],
    ['split', { x: 435, from: 50 }, beside],
    ['merge', { x: 435, to: 50 }, { ...beside, to: 46 }, { ...beside, from: 56 }],
  ])('knows a %s by a face that melts beside another', (kind, ...all) => {
    const faults = faultsOf(morphing, clip, { ...seen(melts), faces: people(...(all as Somebody[])) });
    expect(faults).toHaveLength(1);
    const [{ box, ...fault }] = faults;
    expect(fault).toMatchObject({ kind, unit: 'probability' });
    expect(Math.abs(fault.peak - 50)).toBeLessThan(4);
    // The box holds both.
    expect(box![0]).toBeLessThan(435);
    expect(box![0] + box![2]).toBeGreaterThan(790);
  });

  it.each<[string, Plant | undefined, ...Somebody[]]>([
    ['one who is gone while nothing morphs', undefined, { x: 435, to: 50 }, beside],
    ['one who is alone', melts, { x: 435, to: 50 }],
    ['one who turns away', melts, { x: 435, to: 50, yaw: 60 }, beside],
    ['one who goes behind the other', melts, { x: 435, to: 50 }, { x: 470 }],
    ['one who leaves the picture', melts, { x: 435, to: 50, speed: -7 }, beside],
    ['two who stay', melts, { x: 435 }, beside],
    ['two of whom one goes far from the other', melts, { x: 100, to: 50 }, { x: 1150 }],
  ])('does not say of %s that they merge', (_, plant, ...all) => {
    const kinds = faultsOf(morphing, clip, { ...seen(plant), faces: people(...all) }).map(({ kind }) => kind);
    expect(kinds.filter(kind => kind === 'merge' || kind === 'split')).toEqual([]);
  });

  it('finds lettering that changes, and says what it read', () => {
    const sign = (after: Line) =>
      faultsOf(morphing, clip, {
        ...seen(),
        lettering: lettering([...Array(4).fill([{ text: 'KITCHEN' }]), ...Array(4).fill([after])]),
      });
    expect(sign({ text: 'KITCHEN' })).toEqual([]);
    const [fault, ...more] = sign({ text: 'KIAXMEN', certainty: 0.6 });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'text', unit: 'letters', measured: 3, start: 36, peak: 48 });
    expect(fault.values).toEqual({ before: 'KITCHEN', after: 'KIAXMEN', letters: 7 });
  });

  it('finds texture that boils where that is asked for, and is no judge of the shot by that alone', async () => {
    const textureChanges = await seenTexture(redrawn(1));
    const quiet = judged(morphing, clip, { ...seen(), textureChanges });
    expect(quiet).toMatchObject({ status: 'ran', faults: [], measurements: { boiling: expect.any(Number) } });
    const [fault, ...more] = faultsOf(morphing, clip, { ...seen(), textureChanges }, { nameBoiling: true });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'boil', unit: 'probability', start: 0, threshold: 0.5 });
    expect(fault.confidence).toBeGreaterThan(0.5);
    const still = await seenTexture(() => () => 120);
    expect(
      judged(morphing, clip, { semanticDrift: drift(undefined, 8), ...nobody, textureChanges: still }).status,
    ).toBe('skipped');
  });

  it('says when a shot is too short to be judged', () => {
    const answer = judged(morphing, clip, { semanticDrift: drift(undefined, 8), ...nobody });
    expect(answer.status).toBe('skipped');
  });
});
