import { createRequire } from 'node:module';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pictureContext, readPhoto } from '../../fixtures/photos.ts';
import { openFaceTask, openHandTask } from '../../src/inference/mediapipe.ts';
import { crc32, taskBundle } from '../../src/inference/mediapipe-assets.ts';
import { type LandmarkTable, pointsOf } from '../../src/landmarks.ts';
import { faces } from '../../src/observers/faces.ts';
import { hands } from '../../src/observers/hands.ts';

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);
const LOOKS = 3;

afterEach(() => vi.restoreAllMocks());

/** Rows of the last of three frames that show the same photo. */
async function lastRows(file: string, kind: 'faces' | 'hands'): Promise<Float32Array[]> {
  const { frame } = await readPhoto(file, 960);
  const run = await (kind === 'faces' ? faces : hands).start(pictureContext(frame, LOOKS));
  try {
    for (let index = 0; index < LOOKS; index++) await run.frame?.({ ...frame, index });
    const table = ((await run.finish()) as unknown as Record<string, LandmarkTable>)[kind];
    const from = table.rows[LOOKS - 1];
    return Array.from({ length: table.rows[LOOKS] - from }, (_, k) => pointsOf(table, from + k));
  } finally {
    await run.close?.();
  }
}

/** Mean distance to the nearest of our rows over the longer side of the box. */
function error(points: { x: number; y: number }[], rows: Float32Array[], width: number, height: number): number {
  const xs = points.map(({ x }) => x * width + 0.5);
  const ys = points.map(({ y }) => y * height + 0.5);
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const distances = rows.map(row => {
    const sum = xs.reduce((total, x, k) => total + Math.hypot(row[3 * k] - x, row[3 * k + 1] - ys[k]), 0);
    return sum / xs.length / size;
  });
  return Math.min(...distances);
}

describe('MediaPipe’s own tasks', () => {
  it('run in Node without the network, and the hand observer agrees with them', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const task = await openHandTask({ looks: LOOKS });
    const file = path.join(demo, 'sample4.jpg');
    const { rgba } = await readPhoto(file, 960);
    const reference = task.detect(rgba);
    task.close();
    const rows = await lastRows(file, 'hands');
    const errors = reference.map(({ points }) => error(points, rows, rgba.width, rgba.height)).sort((a, b) => a - b);
    expect(reference.length).toBeGreaterThanOrEqual(2);
    for (const { points, right } of reference) {
      expect(points).toHaveLength(21);
      expect(right).toBeGreaterThanOrEqual(0);
    }
    // The two hands that are plainly visible.
    expect(errors[0]).toBeLessThan(0.02);
    expect(errors[1]).toBeLessThan(0.04);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('find the 478 points of the same faces', async () => {
    const task = await openFaceTask();
    const file = path.join(demo, 'sample3.jpg');
    const { rgba } = await readPhoto(file, 960);
    const reference = task.detect(rgba);
    task.close();
    const rows = await lastRows(file, 'faces');
    expect(reference).toHaveLength(2);
    for (const { points } of reference) {
      expect(points).toHaveLength(478);
      expect(error(points, rows, rgba.width, rgba.height)).toBeLessThan(0.03);
    }
  });
});

describe('task bundle', () => {
  it('is a zip with stored, aligned contents', () => {
    const bundle = Buffer.from(
      taskBundle({ 'a.tflite': Buffer.from('first'), 'long-name.bin': Buffer.from('second') }),
    );
    expect(bundle.readUInt32LE(0)).toBe(0x04034b50);
    expect(bundle.indexOf('first') % 16).toBe(0);
    expect(bundle.indexOf('second') % 16).toBe(0);
    const end = bundle.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    expect(bundle.readUInt16LE(end + 10)).toBe(2);
    const directory = bundle.readUInt32LE(end + 16);
    expect(bundle.readUInt32LE(directory)).toBe(0x02014b50);
    expect(bundle.readUInt32LE(directory + 16)).toBe(crc32(Buffer.from('first')));
    expect(bundle.readUInt16LE(directory + 28)).toBe('a.tflite'.length);
    expect(bundle.readUInt32LE(directory + 42)).toBe(0);
  });

  it('has the checksum that everybody knows', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});
