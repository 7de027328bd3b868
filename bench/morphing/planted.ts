import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Box } from '../../src/clip.ts';

/** A pair of windows, one of them with a planted morph. */
export interface Planted {
  key: string;
  /** Key of the pair whose untouched half serves; its own when none is named. */
  a: string;
  kind: string;
  strength: string;
  start: number;
  end: number;
  /** Intersection over union of a box with the box of all that was changed. */
  overlap(box: Box, source: { width: number; height: number }): number;
}

/** Pairs whose drift was measured; see training/morphing/plant.py. */
export function readPlanted(cache: string): Planted[] {
  return readdirSync(join(cache, 'planted'))
    .filter(file => file.endsWith('.json'))
    .map(file => file.slice(0, -5))
    .flatMap(key => {
      const about = { a: key, ...JSON.parse(readFileSync(join(cache, 'planted', `${key}.json`), 'utf8')) };
      const kept = [`${about.a}-a`, `${key}-b`].every(name =>
        existsSync(join(cache, 'planted-drift', `planted__${name}.mp4.json`)),
      );
      if (!kept) return [];
      const changed = changedArea(readFileSync(join(cache, 'planted', `${key}.npy`)));
      return { key, ...about, overlap: (box: Box, source) => overlapOf(box, changed, source) };
    });
}

/** Left, top, right and bottom of what changed by more than a third, as shares of the picture; from an array of bytes, frames × rows × columns. */
function changedArea(file: Buffer): [number, number, number, number] {
  const length = file.readUInt16LE(8);
  const header = file.toString('latin1', 10, 10 + length);
  const [, rows, columns] = (/\((\d+), (\d+), (\d+)\)/.exec(header) ?? ['', '0', '0', '0']).slice(1).map(Number);
  const values = file.subarray(10 + length);
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < 85) continue;
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  return [left / columns, top / rows, right / columns, bottom / rows];
}

function overlapOf(
  [x, y, width, height]: Box,
  [left, top, right, bottom]: [number, number, number, number],
  source: { width: number; height: number },
): number {
  const [a, b, c, d] = [x / source.width, y / source.height, (x + width) / source.width, (y + height) / source.height];
  const shared =
    Math.max(0, Math.min(c, right) - Math.max(a, left)) * Math.max(0, Math.min(d, bottom) - Math.max(b, top));
  return shared / ((c - a) * (d - b) + (right - left) * (bottom - top) - shared || 1);
}
