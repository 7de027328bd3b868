import { describe, expect, it } from 'vitest';
import { type Boundary, emptyBoundary, geometryOf } from '../../../src/observers/continuity/boundary.ts';
import { FollowedStack } from '../../../src/observers/continuity/followed.ts';

const geometry = geometryOf({ width: 128, height: 96 });
const { width, height } = geometry.quarter;
/** Quarter pixels that everything moves to the right from picture to picture. */
const SPEED = 1;

/** A texture that moves, with the flow that says so. */
function moving(index: number, speed = SPEED): Boundary {
  const boundary = emptyBoundary(geometry);
  for (let i = 0; i < width * height; i++) {
    const x = (i % width) - speed * index;
    boundary.luma[i] = Math.round(120 + 60 * Math.sin(x / 4) + 30 * Math.cos(Math.floor(i / width) / 3));
    boundary.blue[i] = Math.round(120 + 40 * Math.sin(x / 6));
  }
  boundary.forthU.fill(speed);
  boundary.backU.fill(-speed);
  return boundary;
}

const window = Array.from({ length: 21 }, (_, i) => moving(i));
const stack = new FollowedStack(geometry.quarter);

/** Greatest difference of two planes away from the sides. */
function farthest(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % width >= 6 && i % width < width - 6) most = Math.max(most, Math.abs(a[i] - b[i]));
  }
  return most;
}

describe('pictures followed along the flow', () => {
  it('stay where they are though they move', () => {
    stack.fill(window, 10);
    for (const offset of [-6, -3, 3, 5]) expect(farthest(stack.luma(offset), stack.luma(0))).toBeLessThan(3);
    expect(farthest(stack.chroma(-4)[0], stack.chroma(4)[0])).toBeLessThan(5);
    expect(farthest(Float32Array.from(window[15].luma), Float32Array.from(window[10].luma))).toBeGreaterThan(20);
  });

  it('know where they leave', () => {
    stack.fill(window, 10);
    const row = (height >> 1) * width;
    // To the right forwards, to the left backwards, both at once; in the middle never.
    expect(stack.reach[row]).toBe(1);
    expect(stack.reach[row + width - 1]).toBe(1);
    expect(stack.reach[row + (width >> 1)]).toBe(255);
  });

  it('beyond the ends of what is known are those at its ends', () => {
    stack.fill(window.slice(0, 4), 1);
    expect(stack.luma(-6)).toEqual(stack.luma(-1));
    expect(stack.luma(5)).toEqual(stack.luma(2));
  });
});
