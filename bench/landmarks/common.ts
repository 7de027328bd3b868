import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pictureContext } from '../../fixtures/photos.ts';
import type { LandmarkTable } from '../../src/landmarks.ts';
import type { Frame } from '../../src/media/frame.ts';
import { faces } from '../../src/observers/faces.ts';
import { hands } from '../../src/observers/hands.ts';

/** What was asked for on the command line. */
export interface Asked {
  /** Holds `manifest.json`, `hands/correct` (stills), `footage` and `talking` (clips). */
  folder: string;
  /** Less of everything. */
  quick: boolean;
  /** Name the stills in which a hand was missed. */
  missed: boolean;
}

/**
 * Each picture is shown so many times, as a still video, to both sides, until crop and landmarks have settled on each
 * other: that is the state in which a clip is followed. A single look depends on the detector's rough crop, which
 * MediaPipe's hand task besides turns by 26.6° (its graph gives the target angle of 90° in radians). On some pictures the
 * task never settles: where it differs by more than the limit from what it said itself at half as many looks, nothing
 * could agree with it but by chance; those are counted too, and the rest by itself.
 */
export const LOOKS = 16;
/** The rows of the last frame alone. */
function lastFrame(table: LandmarkTable): LandmarkTable {
  const from = table.rows[table.rows.length - 2];
  const per = 3 * table.points;
  return {
    ...table,
    frames: table.frames.slice(-1),
    rows: Uint32Array.of(0, table.presence.length - from),
    place: table.place.slice(3 * from),
    packed: table.packed.slice(per * from),
    presence: table.presence.slice(from),
    lineage: table.lineage.slice(from),
    sharpness: table.sharpness.slice(from),
  };
}

export async function look(frame: Frame, kind: 'faces' | 'hands', looks = LOOKS): Promise<LandmarkTable> {
  const context = pictureContext(frame, looks);
  const observer = kind === 'faces' ? faces : hands;
  const run = await observer.start(context);
  try {
    for (let index = 0; index < looks; index++) await run.frame?.({ ...frame, index });
    const signals = (await run.finish()) as unknown as Record<string, LandmarkTable>;
    return lastFrame(signals[kind]);
  } finally {
    await run.close?.();
  }
}

export const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
export const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

export interface Entry {
  file: string;
  notes: string;
  label: string;
}

/** The labelled stills of correct hands. */
export async function stillsIn(folder: string): Promise<Entry[]> {
  const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as Entry[];
  return manifest.filter(({ file }) => file.startsWith('hands/correct/'));
}

export const some = <T>(items: T[], most: number): T[] =>
  items.length <= most ? items : Array.from({ length: most }, (_, k) => items[Math.floor((k * items.length) / most)]);

export async function clipsIn(folder: string, name: string, pattern: RegExp): Promise<string[]> {
  const names = (await readdir(path.join(folder, name))).filter(file => pattern.test(file)).sort();
  return names.map(file => path.join(folder, name, file));
}
