import type { Measured } from '../signals.ts';
import { bytesOf, Shelf } from './shelf.ts';

/** Bytes from which on a signal counts as large. */
const LARGE = 4 * 2 ** 20;
/** Bytes of large signals that are in memory at once, beyond the one that was just asked for. */
const IN_MEMORY = 96 * 2 ** 20;

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
      this.#makeRoom(name);
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

  /** Lets go of what was read longest ago, but of nothing when one signal alone is too large. */
  #makeRoom(wanted: string): void {
    for (const [name, stored] of this.#stored) {
      if (this.#inMemory <= this.#most) return;
      if (name === wanted || stored.value === null) continue;
      stored.recall ??= shelve(stored.value);
      stored.value = null;
      this.#inMemory -= stored.bytes;
    }
  }
}

/** Bytes of every array in a value. */
function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 0);
}

/** Puts the arrays of a value on a shelf and returns what makes an equal value of it. */
function shelve(value: unknown): () => unknown {
  const shelf = new Shelf();
  const put = (part: unknown): (() => unknown) => {
    if (ArrayBuffer.isView(part)) {
      const place = shelf.put(bytesOf(part));
      const { constructor: Kind, length } = part as TypedArray;
      return () => {
        const array = new (Kind as Maker)(length);
        shelf.read(place, bytesOf(array));
        return array;
      };
    }
    if (part === null || typeof part !== 'object') return () => part;
    const entries = Object.entries(part).map(([key, inner]) => [key, put(inner)] as const);
    const list = Array.isArray(part);
    return () => {
      const made = entries.map(([key, make]) => [key, make()] as const);
      return list ? made.map(([, inner]) => inner) : Object.fromEntries(made);
    };
  };
  return put(value);
}
