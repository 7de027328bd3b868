import { describe, expect, it } from 'vitest';
import type { BodySighting } from '../../../src/observers/vision/body-eye.ts';
import type { FaceSighting } from '../../../src/observers/vision/face-eye.ts';
import type { HandSighting } from '../../../src/observers/vision/hand-eye.ts';
import { isPatchOfFace, wristAreas } from '../../../src/observers/vision/scene.ts';

/** Points on a grid that fills a box around a centre. */
function spread<T>(count: number, x: number, y: number, size: number): T {
  const points = new Float32Array(count * 3);
  for (let k = 0; k < count; k++)
    points.set([x + size * ((k % 5) / 4 - 0.5), y + size * ((k % 7) / 6 - 0.5), 0], 3 * k);
  return { points } as T;
}

describe('what hands are looked for by', () => {
  it('is the wrists that are visible, with room for the hand', () => {
    const body = { points: new Float32Array(99), visibility: new Float32Array(33) } as BodySighting;
    const put = (point: number, x: number, y: number) => body.points.set([x, y], 3 * point);
    put(13, 100, 100);
    put(15, 100, 200);
    put(17, 95, 220);
    put(19, 105, 220);
    put(14, 400, 100);
    put(16, 400, 200);
    put(18, 395, 220);
    put(20, 405, 220);
    body.visibility[15] = 0.9;
    body.visibility[16] = 0.2;
    const areas = wristAreas(body);
    expect(areas).toHaveLength(1);
    expect(areas[0]).toMatchObject({ x: 100, y: 210, angle: 0 });
    expect(areas[0].side).toBeCloseTo(120, 4);
  });

  it('is not a patch of skin inside a face, but a hand before a face is one', () => {
    const face = spread<FaceSighting>(478, 300, 200, 200);
    expect(isPatchOfFace(spread<HandSighting>(21, 300, 140, 60), [face])).toBe(true);
    expect(isPatchOfFace(spread<HandSighting>(21, 300, 200, 150), [face])).toBe(false);
    expect(isPatchOfFace(spread<HandSighting>(21, 500, 200, 60), [face])).toBe(false);
    expect(isPatchOfFace(spread<HandSighting>(21, 300, 140, 60), [])).toBe(false);
  });
});
