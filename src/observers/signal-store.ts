import type { Measured } from '../signals.ts';
import { collectGarbage } from './collect.ts';
import { bytesOf, Shelf } from './shelf.ts';

/** Bytes from which on a signal counts as large. */
const LARGE = 4 * 2 ** 20;
/**
 * Bytes of large signals that are in memory at once, beyond the one that was just asked for: as many as the checks that read
 * most of them read for one shot of a clip of half an hour, so that they are fetched once.
 */
const IN_MEMORY = 128 * 2 ** 20;

type TypedArray = Float32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array | Int16Array;
type Maker = new (length: number) => TypedArray;

/** A large signal: in memory, on a shelf, or both. */
interface Stored {
  bytes: number;
  value: unknown;
  /** Makes the value anew from the shelf; null as long as it was never put there. */
  recall: (() => unknown) | null;
}

/**
 * What was measured of a clip, a plain object to those who read it. Of long clips, signals are many: the large ones that were
 * not read lately lie on shelves and come back when they are asked for. What comes back is equal, not the same object.
 */
export class SignalStore {
  readonly signals: Measured = {};
  readonly #most: number;
  readonly #large: number;
  /** By name, the one that was read last at the end. */
  readonly #stored = new Map<string, Stored>();
  #inMemory = 0;
  /** Bytes let go of since memory was last given back. */
  #garbage = 0;

  constructor({ most = IN_MEMORY, large = LARGE } = {}) {
    this.#most = most;
    this.#large = large;
  }

  add(measured: Measured): void {
    for (const [name, value] of Object.entries(measured)) {
      const bytes = sizeOf(value);
      if (bytes < this.#large) {
        Object.assign(this.signals, { [name]: value });
        continue;
      }
      this.#stored.set(name, { bytes, value, recall: null });
      this.#inMemory += bytes;
      Object.defineProperty(this.signals, name, {
        enumerable: true,
        configurable: true,
        get: () => this.#read(name),
      });
      this.#makeRoom();
    }
  }

  #read(name: string): unknown {
    const found = this.#stored.get(name) as Stored;
    this.#stored.delete(name);
    this.#stored.set(name, found);
    if (found.value === null) {
      this.#inMemory += found.bytes;
      this.#makeRoom(name);
      found.value = found.recall?.();
    }
    return found.value;
  }

  /** Lets go of what was read longest ago until the rest and what is `wanted` now fit, or nothing else is left. */
  #makeRoom(wanted?: string): void {
    const before = this.#inMemory;
    for (const [name, stored] of this.#stored) {
      if (this.#inMemory <= this.#most) break;
      if (name === wanted || stored.value === null) continue;
      stored.recall ??= shelve(stored.value);
      stored.value = null;
      this.#inMemory -= stored.bytes;
    }
    this.#garbage += before - this.#inMemory;
    if (this.#garbage < this.#most / 4) return;
    this.#garbage = 0;
    collectGarbage();
  }
}

/** Bytes of every array in a value. */
function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 0);
}

/**
 * Puts the arrays of a value on a shelf and returns what makes an equal value of it. Each kind of maker comes from a function
 * of its own: closures of one scope share what any of them refers to, and would keep the arrays.
 */
function shelve(value: unknown, shelf = new Shelf()): () => unknown {
  if (ArrayBuffer.isView(value)) {
    const { constructor: Kind, length } = value as TypedArray;
    return arrayFrom(shelf, shelf.put(bytesOf(value)), Kind as Maker, length);
  }
  if (value === null || typeof value !== 'object') return always(value);
  const entries = Object.entries(value).map(([key, part]) => [key, shelve(part, shelf)] as const);
  return Array.isArray(value) ? listOf(entries) : objectOf(entries);
}

type Entries = readonly (readonly [string, () => unknown])[];

const always = (value: unknown) => () => value;
const listOf = (entries: Entries) => () => entries.map(([, make]) => make());
const objectOf = (entries: Entries) => () => Object.fromEntries(entries.map(([key, make]) => [key, make()]));
const arrayFrom = (shelf: Shelf, place: number, Kind: Maker, length: number) => () => {
  const array = new Kind(length);
  shelf.read(place, bytesOf(array));
  return array;
};
