import type { Bodies, Faces } from '../../src/landmarks.ts';
import { TableBuilder } from '../../src/observers/vision/table.ts';

/** A standing person, arms down: nose, shoulders, elbows, wrists and hips, from the middle of the shoulders. */
export interface Person {
  x: number;
  y: number;
  /** Wrists when they are elsewhere. */
  wrists?: readonly [readonly [number, number], readonly [number, number]];
  /** Visibility of the wrists, 0–1. */
  sure?: number;
}

const PLACES: readonly (readonly [number, number, number])[] = [
  [0, 0, -110],
  [11, 70, 0],
  [12, -70, 0],
  [13, 90, 110],
  [14, -90, 110],
  [15, 90, 210],
  [16, -90, 210],
  [23, 50, 220],
  [24, -50, 220],
];

/** An empty table of bodies, as the pose observer fills it. */
export const bodyTable = (step: number, rowsPerFrame: number) =>
  new TableBuilder({
    points: 33,
    columns: { visibility: { of: 'byte', values: 33 }, world: { of: 'short', values: 99 } },
    budget: 1e7,
    rowsPerFrame,
    step,
  });

/** People as the pose observer would give them, measured every `step` frames. */
export function bodiesOf(frames: number, step: number, seen: (frame: number) => readonly Person[]): Bodies {
  const builder = bodyTable(step, 4);
  for (let frame = 0; frame < frames; frame += step)
    builder.add(
      frame,
      seen(frame).map(({ x, y, wrists, sure = 1 }, k) => {
        const points = new Float32Array(99);
        for (let p = 0; p < 33; p++) points.set([x, y], 3 * p);
        for (const [p, dx, dy] of PLACES) points.set([x + dx, y + dy], 3 * p);
        if (wrists) for (const [side, at] of wrists.entries()) points.set(at, 3 * (15 + side));
        const visibility = new Uint8Array(33).fill(255);
        visibility.fill(Math.round(255 * sure), 15, 17);
        return {
          lineage: k,
          presence: 1,
          sharpness: 1,
          place: [x, y, 600],
          points,
          extra: { visibility, world: new Int16Array(99) },
        };
      }),
    );
  return builder.finish() as unknown as Bodies;
}

/** Faces, each a place and a side, in every frame. */
export function facesOf(
  frames: number,
  seen: (frame: number) => readonly (readonly [number, number, number])[],
): Faces {
  const builder = new TableBuilder({
    points: 478,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 4,
    step: 1,
  });
  for (let frame = 0; frame < frames; frame++)
    builder.add(
      frame,
      seen(frame).map(([x, y, side], k) => ({
        lineage: k,
        presence: 1,
        sharpness: 1,
        place: [x, y, side],
        points: new Float32Array(478 * 3),
        extra: { pose: [0, 0, 0] },
      })),
    );
  return builder.finish() as unknown as Faces;
}
