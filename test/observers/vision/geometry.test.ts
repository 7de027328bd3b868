import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  blend,
  FACE,
  PALM,
  readDetections,
  squareOfPalm,
} from '../../../src/observers/vision/detections.ts';
import { sharpnessOf } from '../../../src/observers/vision/eye.ts';
import { FACE_POINTS, RIGID } from '../../../src/observers/vision/face-mesh.ts';
import { squareOfHand } from '../../../src/observers/vision/hand-eye.ts';
import { headPose } from '../../../src/observers/vision/head-pose.ts';
import { squareToPicture, tiles, turnedBox } from '../../../src/observers/vision/square.ts';

describe('detections', () => {
  it('have an anchor per output of each detector', () => {
    expect(anchorsOf(PALM)).toHaveLength(2 * 2016);
    expect(anchorsOf(FACE)).toHaveLength(2 * 896);
  });

  it('are read relative to their anchor and gated by score', () => {
    const anchors = anchorsOf(FACE);
    const boxes = new Float32Array(896 * 16);
    const scores = new Float32Array(896).fill(-9);
    const which = 2 * (5 * 16 + 3);
    scores[which] = 3;
    boxes.set([6.4, -12.8, 32, 64], which * 16);
    const [only, ...rest] = readDetections(boxes, scores, FACE, anchors, 0.5);
    expect(rest).toHaveLength(0);
    expect(only.x).toBeCloseTo(3.5 / 16 + 0.05, 6);
    expect(only.y).toBeCloseTo(5.5 / 16 - 0.1, 6);
    expect([only.width, only.height]).toEqual([0.25, 0.5]);
    expect(only.score).toBeCloseTo(0.9526, 3);
  });

  it('of one thing are blended by score, those of two are kept', () => {
    const box = (x: number, score: number) => ({ x, y: 0.5, width: 0.2, height: 0.2, score, points: [x, 0.5] });
    const kept = blend([box(0.5, 0.6), box(0.53, 0.9), box(0.9, 0.7)]);
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.7]);
    expect(kept[0].x).toBeCloseTo((0.5 * 0.6 + 0.53 * 0.9) / 1.5, 6);
  });
});

describe('squares', () => {
  it('map crop points to the picture', () => {
    const points = [0.5, 0.5, 0.5, 0];
    squareToPicture({ x: 100, y: 50, side: 20, angle: Math.PI / 2 }, points, 2);
    expect(points.map(v => Math.round(v * 1e6) / 1e6)).toEqual([100, 50, 110, 50]);
  });

  it('of a palm that points to the right turns a quarter clockwise and moves towards the fingers', () => {
    const points = new Array(14).fill(0);
    points[0] = 40;
    points[1] = 50;
    points[4] = 60;
    points[5] = 50;
    const square = squareOfPalm({ score: 1, x: 50, y: 50, width: 20, height: 20, points });
    expect(square.angle).toBeCloseTo(Math.PI / 2, 6);
    expect([square.x, square.y, square.side].map(Math.round)).toEqual([60, 50, 52]);
  });

  it('of a hand does not depend on which way the hand points', () => {
    const upright = new Float32Array(63);
    for (let k = 0; k < 21; k++) upright.set([100 + 10 * ((k % 5) - 2), 100 - 4 * k, 0], 3 * k);
    const a = squareOfHand(upright);
    const turned = upright.slice();
    const [c, s] = [Math.cos(1), Math.sin(1)];
    for (let k = 0; k < 63; k += 3) {
      turned[k] = upright[k] * c - upright[k + 1] * s;
      turned[k + 1] = upright[k] * s + upright[k + 1] * c;
    }
    const b = squareOfHand(turned);
    expect(b.side).toBeCloseTo(a.side, 3);
    expect(b.angle - a.angle).toBeCloseTo(1, 4);
    expect(b.x).toBeCloseTo(a.x * c - a.y * s, 3);
  });

  it('tile a picture with overlap and leave nothing out', () => {
    for (const [width, height] of [
      [1280, 720],
      [720, 1280],
      [300, 300],
      [64, 2000],
    ]) {
      const side = Math.ceil(Math.max(width, height) / 2.2);
      const squares = tiles({ width, height }, side);
      for (let y = 1; y < height; y += 13)
        for (let x = 1; x < width; x += 13)
          expect(squares.some(q => Math.abs(q.x - x) <= side / 2 && Math.abs(q.y - y) <= side / 2)).toBe(true);
      expect(squares.length).toBeLessThanOrEqual(9);
    }
  });

  it('box points in turned axes', () => {
    const points = Float32Array.from([0, 0, 0, 10, 10, 0]);
    const box = turnedBox(points, 3, Math.PI / 4);
    expect(box.width).toBeCloseTo(Math.hypot(10, 10), 4);
    expect(box.height).toBeCloseTo(0, 4);
  });
});

describe('head pose', () => {
  /** The canonical rigid points turned by yaw, then pitch, then roll (degrees), as a mesh in the picture. */
  function mesh(yaw: number, pitch: number, roll: number): Float32Array {
    const points = new Float32Array(FACE_POINTS * 3);
    const [a, b, g] = [yaw, -pitch, -roll].map(v => (v * Math.PI) / 180);
    for (const [point, , x, y, z] of RIGID) {
      let [px, py, pz]: number[] = [x * Math.cos(g) - y * Math.sin(g), x * Math.sin(g) + y * Math.cos(g), z];
      [py, pz] = [py * Math.cos(b) - pz * Math.sin(b), py * Math.sin(b) + pz * Math.cos(b)];
      [px, pz] = [px * Math.cos(a) + pz * Math.sin(a), -px * Math.sin(a) + pz * Math.cos(a)];
      points.set([300 + 9 * px, 200 - 9 * py, -9 * pz], 3 * point);
    }
    return points;
  }

  it.each([
    [0, 0, 0],
    [35, 0, 0],
    [0, 20, 0],
    [0, 0, -40],
    [-25, 12, 30],
    [70, -30, 100],
  ])('is yaw %d, pitch %d, roll %d', (yaw, pitch, roll) => {
    const pose = headPose(mesh(yaw, pitch, roll));
    expect(pose.yaw).toBeCloseTo(yaw, 2);
    expect(pose.pitch).toBeCloseTo(pitch, 2);
    expect(pose.roll).toBeCloseTo(roll, 2);
  });
});

describe('sharpness of a crop', () => {
  it('falls with blur and is 0 for a flat one', () => {
    const size = 64;
    const noise = new Float32Array(3 * size * size);
    for (let i = 0; i < size * size; i++) noise[size * size + i] = ((i * 7919) % 97) / 97;
    const blurred = noise.slice();
    for (let i = size * size + 2; i < 2 * size * size - 2; i++)
      blurred[i] = (noise[i - 2] + noise[i - 1] + noise[i] + noise[i + 1] + noise[i + 2]) / 5;
    expect(sharpnessOf(noise, size)).toBeGreaterThan(sharpnessOf(blurred, size));
    expect(sharpnessOf(new Float32Array(3 * size * size).fill(0.5), size)).toBe(0);
  });
});
