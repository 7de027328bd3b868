/** What a field or an element of a FlatBuffer can be. References to parts of an older buffer are kept, not copied. */
export type FlatValue =
  | { kind: 'int8' | 'int32' | 'float'; value: number }
  | { kind: 'table'; fields: (FlatValue | undefined)[] }
  | { kind: 'vector'; items: readonly FlatValue[] }
  | { kind: 'int32s' | 'floats'; values: readonly number[] }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'text'; text: string }
  | { kind: 'old'; at: number };

export const int8 = (value: number): FlatValue => ({ kind: 'int8', value });
export const int32 = (value: number): FlatValue => ({ kind: 'int32', value });
export const table = (...fields: (FlatValue | undefined)[]): FlatValue => ({ kind: 'table', fields });
export const vector = (items: readonly FlatValue[]): FlatValue => ({ kind: 'vector', items });
export const int32s = (values: readonly number[]): FlatValue => ({ kind: 'int32s', values });
export const floats = (values: readonly number[]): FlatValue => ({ kind: 'floats', values });
export const bytes = (value: Uint8Array): FlatValue => ({ kind: 'bytes', bytes: value });
export const text = (value: string): FlatValue => ({ kind: 'text', text: value });
/** A table, vector or string of the old buffer, by its position there. */
export const old = (at: number): FlatValue => ({ kind: 'old', at });

const ALIGNMENT = 16;

/**
 * Writes a FlatBuffer with the given root, followed by an older buffer that it may refer into: offsets only point
 * forward, so that new tables in front can share everything that stands behind.
 */
export function writeFlat(root: FlatValue, identifier: string, older: Uint8Array = new Uint8Array(0)): Uint8Array {
  const writer = new Prefix();
  const rootAt = writer.place(root);
  const front = writer.finish();
  const out = new Uint8Array(front.length + older.length);
  out.set(front);
  out.set(older, front.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, rootAt, true);
  out.set(new TextEncoder().encode(identifier), 4);
  for (const { from, at } of writer.oldReferences) view.setUint32(from, front.length + at - from, true);
  return out;
}

class Prefix {
  readonly oldReferences: { from: number; at: number }[] = [];
  #buffer = new Uint8Array(1 << 16);
  #view = new DataView(this.#buffer.buffer);
  /** Root offset and file identifier come first. */
  #end = 8;

  finish(): Uint8Array {
    this.#align(ALIGNMENT);
    return this.#buffer.slice(0, this.#end);
  }

  /** Writes a value that is referred to and everything below it; returns its position. */
  place(value: FlatValue): number {
    switch (value.kind) {
      case 'table':
        return this.#table(value.fields);
      case 'vector':
        return this.#vector(value.items);
      case 'int32s':
        return this.#numbers(value.values, (at, n) => this.#view.setInt32(at, n, true));
      case 'floats':
        return this.#numbers(value.values, (at, n) => this.#view.setFloat32(at, n, true));
      case 'bytes':
        return this.#bytes(value.bytes);
      case 'text':
        return this.#bytes(new TextEncoder().encode(value.text), 1);
      default:
        throw new TypeError(`${value.kind} is not written by reference`);
    }
  }

  #table(fields: (FlatValue | undefined)[]): number {
    const vtable = this.#take(4 + 2 * fields.length, 4);
    const at = this.#take(4 + 4 * fields.length, 4);
    this.#view.setUint16(vtable, 4 + 2 * fields.length, true);
    this.#view.setUint16(vtable + 2, 4 + 4 * fields.length, true);
    this.#view.setInt32(at, at - vtable, true);
    fields.forEach((field, k) => {
      if (field === undefined) return;
      const slot = 4 + 4 * k;
      this.#view.setUint16(vtable + 4 + 2 * k, slot, true);
      this.#inline(at + slot, field);
    });
    return at;
  }

  #vector(items: readonly FlatValue[]): number {
    const at = this.#take(4 + 4 * items.length, 4);
    this.#view.setUint32(at, items.length, true);
    items.forEach((item, k) => {
      this.#inline(at + 4 + 4 * k, item);
    });
    return at;
  }

  #inline(at: number, value: FlatValue): void {
    if (value.kind === 'int8') this.#view.setInt8(at, value.value);
    else if (value.kind === 'int32') this.#view.setInt32(at, value.value, true);
    else if (value.kind === 'float') this.#view.setFloat32(at, value.value, true);
    else if (value.kind === 'old') this.oldReferences.push({ from: at, at: value.at });
    else {
      const target = this.place(value);
      this.#view.setUint32(at, target - at, true);
    }
  }

  #numbers(values: readonly number[], set: (at: number, value: number) => void): number {
    const at = this.#take(4 + 4 * values.length, 4);
    this.#view.setUint32(at, values.length, true);
    values.forEach((value, k) => {
      set(at + 4 + 4 * k, value);
    });
    return at;
  }

  /** Contents start on a 16-byte boundary, as weights must. */
  #bytes(content: Uint8Array, terminator = 0): number {
    this.#align(4);
    while ((this.#end + 4) % ALIGNMENT !== 0) this.#end += 4;
    const at = this.#take(4 + content.length + terminator, 4);
    this.#view.setUint32(at, content.length, true);
    this.#buffer.set(content, at + 4);
    return at;
  }

  #take(length: number, alignment: number): number {
    this.#align(alignment);
    const at = this.#end;
    this.#end += length;
    if (this.#end + ALIGNMENT > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#end + ALIGNMENT, this.#buffer.length * 2));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  #align(alignment: number): void {
    this.#end = Math.ceil(this.#end / alignment) * alignment;
  }
}
