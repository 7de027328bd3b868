import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probe } from '../../media/probe.ts';
import { fingerprintOf } from './collect.ts';
import { CELLS, FINGERPRINT_VERSION, type Fingerprint } from './fingerprint.ts';

/** Cells are kept as whole numbers: a cell of a unit vector rarely passes 0.4. */
const SCALE = 300;

/** Fingerprints by the clip's sha-256, kept in a folder so that each take is decoded once for all gates. */
export class FingerprintStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The kept fingerprint, or a new one from the file. Throws what decoding throws. */
  async get(sha256: string, path: string, options: { signal?: AbortSignal } = {}): Promise<Fingerprint> {
    const kept = await readFile(this.#path(sha256)).then(decodeFingerprint, () => null);
    if (kept) return kept;
    const fingerprint = await fingerprintOf(await probe(path, options), options);
    await this.keep(sha256, fingerprint);
    return fingerprint;
  }

  /** A folder that cannot be written to only costs the next gate's time. */
  async keep(sha256: string, fingerprint: Fingerprint): Promise<void> {
    const draft = `${this.#path(sha256)}.${process.pid}.tmp`;
    await mkdir(this.#folder, { recursive: true })
      .then(() => writeFile(draft, encodeFingerprint(fingerprint)))
      .then(() => rename(draft, this.#path(sha256)))
      .catch(() => {});
  }

  #path(sha256: string): string {
    return join(this.#folder, `${sha256}.fp`);
  }
}

const HEADER = 5 * 4;
const MAGIC = 0x52_54_46_50;

export function encodeFingerprint({ fps, frames, whole, inside }: Fingerprint): Uint8Array {
  const bytes = new Uint8Array(HEADER + 2 * whole.length);
  new DataView(bytes.buffer).setUint32(0, MAGIC);
  [FINGERPRINT_VERSION, fps.num, fps.den, frames].forEach((value, i) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * i, value);
  });
  const cells = new Int8Array(bytes.buffer, HEADER);
  for (let i = 0; i < whole.length; i++) {
    cells[i] = Math.max(-127, Math.min(127, Math.round(whole[i] * SCALE)));
    cells[whole.length + i] = Math.max(-127, Math.min(127, Math.round(inside[i] * SCALE)));
  }
  return bytes;
}

/** Null for bytes that are no fingerprint of this version. */
export function decodeFingerprint(bytes: Uint8Array): Fingerprint | null {
  if (bytes.length < HEADER) return null;
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  const [magic, version, num, den, frames] = [0, 1, 2, 3, 4].map(i => header.getUint32(4 * i));
  if (magic !== MAGIC || version !== FINGERPRINT_VERSION || num === 0 || den === 0) return null;
  if (bytes.length !== HEADER + 2 * frames * CELLS) return null;
  const cells = new Int8Array(bytes.buffer, bytes.byteOffset + HEADER, 2 * frames * CELLS);
  return {
    fps: { num, den },
    frames,
    whole: unitViews(cells.subarray(0, frames * CELLS)),
    inside: unitViews(cells.subarray(frames * CELLS)),
  };
}

function unitViews(cells: Int8Array): Float32Array {
  const views = new Float32Array(cells.length);
  for (let from = 0; from < cells.length; from += CELLS) {
    let squares = 0;
    for (let i = from; i < from + CELLS; i++) squares += cells[i] * cells[i];
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = from; i < from + CELLS; i++) views[i] = cells[i] * scale;
  }
  return views;
}
