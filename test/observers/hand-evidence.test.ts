import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureContext, toFrame } from '../../fixtures/photos.ts';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { HAND_THUMB } from '../../src/landmarks.ts';
import { handEvidence, readHand } from '../../src/observers/hand-evidence.ts';
import { type HandNet, openHandNet } from '../../src/observers/hand-net.ts';
import { countable, extraScore } from '../../src/signals/hands/experts.ts';
import { drawHand, flat, openHand } from './open-hand.ts';

const whole = { width: 160, height: 160 };
const square = { x: 80, y: 80, side: 160, angle: 0 };
const options = handIntegrity.meta.options.parse({});

describe('a close look at a drawn hand', () => {
  let net: HandNet;
  beforeAll(async () => {
    net = await openHandNet();
  });
  afterAll(() => net.close());
  const look = (more: [number, number][][] = []) => {
    drawHand(net.input, more);
    return readHand(net, square, whole, flat(openHand()), []);
  };

  it('sees five fingers where there are five', async () => {
    const seen = await look();
    expect(countable(seen, options)).toBe(true);
    expect(seen.tips).toBeGreaterThan(0.6);
    expect(extraScore(seen)).toBeLessThan(0.2);
  });

  it.each([
    [
      'beside the little finger',
      [
        [104, 108],
        [120, 96],
        [136, 84],
      ],
    ],
    [
      'between thumb and index finger',
      [
        [66, 108],
        [48, 84],
        [36, 66],
      ],
    ],
  ] as [string, [number, number][]][])('sees a sixth one %s, and where', async (_, finger) => {
    const seen = await look([finger]);
    expect(countable(seen, options)).toBe(true);
    // A drawing is no photograph, and five fingers are below 0.2.
    expect(extraScore(seen)).toBeGreaterThan(0.5);
    expect(Math.hypot(seen.extraX - finger[2][0], seen.extraY - finger[2][1])).toBeLessThan(6);
  });

  it('is the same every time, with a small picture that shows the hand', async () => {
    const first = await look();
    const second = await look();
    expect(second).toEqual(first);
    expect(first.thumb).toHaveLength(HAND_THUMB * HAND_THUMB);
    const at = (x: number, y: number) => first.thumb[y * HAND_THUMB + x];
    // The palm is lighter than the wall beside it.
    expect(at(12, 18)).toBeGreaterThan(at(22, 2) + 30);
  });
});

describe('the observer', () => {
  it('has no rows where there is no hand', async () => {
    const frame = await toFrame({ data: new Uint8Array(320 * 240 * 3).fill(90), width: 320, height: 240 });
    const run = await handEvidence.start(pictureContext(frame, 9));
    for (let index = 0; index < 9; index++) await run.frame?.({ ...frame, index });
    const { handEvidence: evidence } = await run.finish();
    await run.close?.();
    expect(evidence.frames).toHaveLength(0);
    expect(evidence.thumbs).toHaveLength(0);
    // 25 frames a second, six looks.
    expect(evidence.step).toBe(4);
  });
});
