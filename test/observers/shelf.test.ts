import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Shelf } from '../../src/observers/shelf.ts';

const folder = mkdtempSync(join(tmpdir(), 'retake-shelf-test-'));
afterEach(() => vi.unstubAllEnvs());

/** Bytes 0, 1, 2 … 250, 0, … from `from` on. */
const run = (from: number, length: number) => Uint8Array.from({ length }, (_, k) => (from + k) % 251);

function fill(shelf: Shelf, lengths: readonly number[]): void {
  for (const length of lengths) {
    const place = shelf.length;
    expect(shelf.put(run(place, length))).toBe(place);
  }
}

function readsBack(shelf: Shelf): void {
  for (const [place, length] of [
    [0, shelf.length],
    [0, 1],
    [90, 40],
    [99, 2],
    [shelf.length - 7, 7],
  ] as const) {
    const into = new Uint8Array(length);
    shelf.read(place, into);
    expect(into).toEqual(run(place, length));
  }
}

describe('Shelf', () => {
  it('gives back what was put on it, from memory and from its file', () => {
    const shelf = new Shelf(100);
    fill(shelf, [3, 97, 250, 0, 61, 1000]);
    expect(shelf.length).toBe(1411);
    readsBack(shelf);
    fill(shelf, [500]);
    readsBack(shelf);
    shelf.close();
    shelf.close();
    expect(shelf.length).toBe(0);
  });

  it('leaves no file behind to be seen, not even while it is in use', () => {
    vi.stubEnv('TMPDIR', folder);
    const shelf = new Shelf(100);
    fill(shelf, [1000]);
    expect(readdirSync(folder)).toEqual([]);
    readsBack(shelf);
    shelf.close();
  });

  it('keeps everything in memory where no file can be made', () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    const shelf = new Shelf(100);
    fill(shelf, [350, 20, 777]);
    readsBack(shelf);
    shelf.close();
  });

  it('does not read beyond its end', () => {
    const shelf = new Shelf(100);
    fill(shelf, [150]);
    expect(() => shelf.read(140, new Uint8Array(11))).toThrow(RangeError);
    shelf.close();
  });
});
