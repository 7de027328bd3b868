import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import { probe } from '../../src/media/probe.ts';
import { handStrips } from '../../src/report/evidence-hands.ts';
import type { HandStrip } from '../../src/report/page-data.ts';
import { handSignals, SIX, STEP } from '../detectors/hand-signals.ts';

const FRAMES = 48;
const file = path.join(import.meta.dirname, '../../fixtures/generated/truck.mp4');

describe('strips of hands', () => {
  let strips: HandStrip[];
  let clip: ClipFacts;
  const shots = [{ id: 's1', start: 0, end: FRAMES }];
  beforeAll(async () => {
    const { times, ...facts } = await probe(file);
    clip = { ...facts, frames: times.length, times } as unknown as ClipFacts;
    // A calm hand, one with a finger too many in its second half, and one that could not be judged.
    const signals = handSignals(FRAMES, look => [{}, look >= 6 ? { cues: SIX } : {}, { gate: 'small', cues: SIX }]);
    // Every crop has its middle at the picture's middle, turned by a quarter.
    for (let row = 0; row < signals.handEvidence.frames.length; row++)
      signals.handEvidence.crops.set([clip.video.width / 2, clip.video.height / 2, 100, Math.PI / 2], 4 * row);
    strips = await handStrips(clip, shots, signals);
  });

  it('show every judged hand, the most suspicious first', () => {
    expect(strips.map(({ id }) => id)).toEqual(['h2', 'h1']);
    expect(strips[0].suspicion).toBeGreaterThan(0.8);
    expect(strips[1].suspicion).toBeLessThan(0.2);
    expect(strips[0].looks).toBe(FRAMES / STEP);
  });

  it('are crops in order of time, few and small', async () => {
    for (const { frames, still } of strips) {
      expect(frames).toHaveLength(8);
      expect([...frames].sort((a, b) => a - b)).toEqual(frames);
      const jpeg = Buffer.from(still.src.split(',')[1], 'base64');
      expect(jpeg.length).toBeLessThan(26_000);
      expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 8 * 96, height: 96 });
    }
  });

  it('are turned upright: the crop is the picture turned back', async () => {
    const signals = handSignals(1, () => [{}]);
    const at = (x: number, y: number, angle: number) => {
      signals.handEvidence.crops.set([x, y, 120, angle], 0);
      return handStrips(clip, [{ id: 's1', start: 0, end: 1 }], signals);
    };
    const few = async (angle: number) => {
      const [strip] = await atRows(angle);
      const { data } = await sharp(Buffer.from(strip.still.src.split(',')[1], 'base64'))
        .extract({ left: 0, top: 0, width: 96, height: 96 })
        .greyscale()
        .resize(8, 8)
        .raw()
        .toBuffer({ resolveWithObject: true });
      return [...data];
    };
    const atRows = async (angle: number) => {
      // A track needs three rows.
      const three = handSignals(3 * STEP, () => [{}]);
      for (let row = 0; row < 3; row++)
        three.handEvidence.crops.set([clip.video.width / 2, clip.video.height / 2, 120, angle], 4 * row);
      return handStrips(clip, [{ id: 's1', start: 0, end: 3 * STEP }], three);
    };
    const straight = await few(0);
    const turned = await few(Math.PI / 2);
    // What pointed right points up: row r of the turned crop is column 7 − r of the straight one.
    const expected = straight.map((_, k) => straight[(k % 8) * 8 + (7 - Math.floor(k / 8))]);
    const difference = turned.reduce((sum, value, k) => sum + Math.abs(value - expected[k]), 0) / 64;
    const unturned = turned.reduce((sum, value, k) => sum + Math.abs(value - straight[k]), 0) / 64;
    expect(difference).toBeLessThan(6);
    expect(difference).toBeLessThan(unturned / 2);
    expect(await at(0, 0, 0)).toEqual([]);
  });

  it('are none where no hand was looked at', async () => {
    expect(await handStrips(clip, shots, {})).toEqual([]);
  });
});
