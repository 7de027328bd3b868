import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pictureContext, readRgb, toFrame } from '../../fixtures/photos.ts';
import { LOOK_SIDE, type PersonLooks } from '../../src/landmarks.ts';
import { clothes, LOOK_BYTES, reduceLook, squareOfLook } from '../../src/observers/clothes.ts';
import { offsetOf, readLook } from '../../src/signals/people/look.ts';

const CELLS = LOOK_SIDE * LOOK_SIDE;

describe('a look', () => {
  it('holds means of colour, share of person and deviation of luma of each cell', () => {
    const size = 8 * LOOK_SIDE;
    const plane = size * size;
    const input = new Float32Array(3 * plane).fill(0.25);
    const mask = new Float32Array(plane);
    // The second cell is red, half of it a person's, half of it black.
    for (let y = 0; y < 8; y++)
      for (let x = 8; x < 16; x++) {
        const i = y * size + x;
        const lit = x < 12 ? 1 : 0;
        input[i] = lit;
        input[i + plane] = 0;
        input[i + 2 * plane] = 0;
        mask[i] = lit;
      }
    const look = reduceLook(input, mask, size);
    expect(look.length).toBe(LOOK_BYTES);
    expect([0, 1, 2, 3, 4].map(k => look[k * CELLS])).toEqual([64, 64, 64, 0, 0]);
    expect([0, 1, 2, 3].map(k => look[k * CELLS + 1])).toEqual([128, 0, 0, 128]);
    expect(look[4 * CELLS + 1]).toBe(Math.round(255 * 4 * 0.1495));
  });

  it('reaches from above the hair to the chest, where its cells say they are', () => {
    const square = squareOfLook({ x: 100, y: 200, side: 60 });
    const face = 60 / 1.5;
    const [x, y] = offsetOf(0);
    const cell = square.side / LOOK_SIDE;
    expect(200 + y * face).toBeCloseTo(square.y - square.side / 2 + cell / 2);
    expect(100 + x * face).toBeCloseTo(square.x - square.side / 2 + cell / 2);
  });
});

describe('clothes', () => {
  it('sees the largest people of a photo, their clothes below their faces', async () => {
    const demo = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
    const photo = await readRgb(path.join(demo, 'demo', 'sample6.jpg'), 960);
    const frame = await toFrame(photo);
    const context = pictureContext(frame, 1);
    const run = await clothes.start(context);
    try {
      await run.frame?.(frame);
      const { personLooks } = (await run.finish()) as { personLooks: PersonLooks };
      expect(personLooks.frames.length).toBe(3);
      const read = [0, 1, 2].map(row => readLook(personLooks, row, context.clip.video));
      for (const look of read) {
        expect(look.skin.length).toBeGreaterThan(20);
        expect(look.face).toBeGreaterThan(28);
      }
      // Somebody's clothes are seen, and all of them lie below the face.
      const worn = read.flatMap(({ cells }) => cells.clothes);
      expect(worn.length).toBeGreaterThan(60);
      expect(Math.min(...worn.map(cell => offsetOf(cell)[1]))).toBeGreaterThan(0.5);
    } finally {
      await run.close?.();
    }
  });
});
