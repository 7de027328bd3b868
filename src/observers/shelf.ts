import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes that are gathered in memory before they are written. */
const BLOCK = 256 * 1024;
let made = 0;

/** Files of shelves that nobody holds any more. They have no names, so that they vanish with the process in any case. */
const forgotten = new FinalizationRegistry<number>(file => closeSync(file));

/**
 * Bytes put one after the other and read back later: what a long clip is remembered by while its frames go by. A little of
 * it stays in memory; the rest lies in a file of its own without a name, which goes when the shelf is closed, forgotten, or
 * the process ends in whatever way. Where no file can be made or filled everything stays in memory.
 */
export class Shelf {
  readonly #most: number;
  #block = new Uint8Array(0);
  #filled = 0;
  #written = 0;
  #file: number | null = null;
  /** Blocks that could not be written, in order, behind what is in the file. */
  readonly #kept: Uint8Array[] = [];
  #writes = true;

  /** @param block bytes that stay in memory */
  constructor(block = BLOCK) {
    this.#most = block;
  }

  /** Bytes put so far. */
  get length(): number {
    return this.#written + this.#kept.length * this.#most + this.#filled;
  }

  /** Appends a copy and returns the place of its first byte. */
  put(bytes: Uint8Array): number {
    const place = this.length;
    for (let from = 0; from < bytes.length; ) {
      const take = Math.min(bytes.length - from, this.#most - this.#filled);
      this.#reserve(this.#filled + take);
      this.#block.set(bytes.subarray(from, from + take), this.#filled);
      this.#filled += take;
      from += take;
      if (this.#filled === this.#most) this.#putAway();
    }
    return place;
  }

  /** Fills `into` with the bytes from `place` on, all of which have been put. */
  read(place: number, into: Uint8Array): void {
    let done = 0;
    const filed = Math.min(into.length, this.#written - place);
    while (done < filed) {
      const got = readSync(this.#file as number, into, done, filed - done, place + done);
      if (got === 0) throw new RangeError('a shelf is shorter than what was put on it');
      done += got;
    }
    while (done < into.length) {
      const at = place + done - this.#written;
      const block = this.#kept[Math.floor(at / this.#most)] ?? this.#block;
      const from = at % this.#most;
      const take = Math.min(into.length - done, (block === this.#block ? this.#filled : this.#most) - from);
      if (take <= 0) throw new RangeError('a shelf is shorter than what was put on it');
      into.set(block.subarray(from, from + take), done);
      done += take;
    }
  }

  /** Gives file and memory back; nothing can be read any more. Safe to call twice. */
  close(): void {
    if (this.#file !== null) {
      forgotten.unregister(this);
      closeSync(this.#file);
    }
    this.#file = null;
    this.#written = 0;
    this.#filled = 0;
    this.#kept.length = 0;
    this.#block = new Uint8Array(0);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#block.length) return;
    const grown = new Uint8Array(Math.min(this.#most, Math.max(bytes, 2 * this.#block.length, 1024)));
    grown.set(this.#block.subarray(0, this.#filled));
    this.#block = grown;
  }

  #putAway(): void {
    this.#filled = 0;
    if (this.#writes) {
      try {
        this.#write();
        return;
      } catch {
        // A full or read-only disk: what is written stays readable, the rest is kept.
        this.#writes = false;
      }
    }
    this.#kept.push(this.#block);
    this.#block = new Uint8Array(0);
  }

  #write(): void {
    this.#file ??= this.#open();
    for (let done = 0; done < this.#most; )
      done += writeSync(this.#file, this.#block, done, this.#most - done, this.#written + done);
    this.#written += this.#most;
  }

  #open(): number {
    made += 1;
    const path = join(tmpdir(), `retake-${process.pid}-${performance.now().toString(36)}-${made}.rows`);
    const file = openSync(path, 'wx+', 0o600);
    // Without a name from the start: no exit, however sudden, leaves it behind.
    unlinkSync(path);
    forgotten.register(this, file, this);
    return file;
  }
}

/** The bytes of an array, not copied. */
export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
