import { ByteBuffer } from 'flatbuffers';

/**
 * A FlatBuffers table read by field number. The numbers come from TensorFlow Lite's schema (schema.fbs, version 3);
 * a field that the file leaves out has the default given here, as the format defines.
 */
export class FlatTable {
  readonly #buffer: ByteBuffer;
  readonly #at: number;

  constructor(buffer: ByteBuffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  /** The file's root table. */
  static root(bytes: Uint8Array): FlatTable {
    const buffer = new ByteBuffer(bytes);
    return new FlatTable(buffer, buffer.readInt32(0));
  }

  int8(field: number, otherwise = 0): number {
    const at = this.#field(field);
    return at === 0 ? otherwise : this.#buffer.readInt8(at);
  }

  int32(field: number, otherwise = 0): number {
    const at = this.#field(field);
    return at === 0 ? otherwise : this.#buffer.readInt32(at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#field(field);
    return at === 0 ? undefined : new FlatTable(this.#buffer, this.#buffer.__indirect(at));
  }

  tables(field: number): FlatTable[] {
    return this.#vector(field, 4, at => new FlatTable(this.#buffer, this.#buffer.__indirect(at)));
  }

  int32s(field: number): number[] {
    return this.#vector(field, 4, at => this.#buffer.readInt32(at));
  }

  uint16s(field: number): number[] {
    return this.#vector(field, 2, at => this.#buffer.readUint16(at));
  }

  /** A byte vector, copied, so that it starts aligned. */
  bytes(field: number): Uint8Array<ArrayBuffer> {
    const at = this.#field(field);
    if (at === 0) return new Uint8Array(0);
    const start = this.#buffer.__vector(at);
    // Not slice(): a Node Buffer's slice is a view.
    return new Uint8Array(this.#buffer.bytes().subarray(start, start + this.#buffer.__vector_len(at)));
  }

  text(field: number): string {
    return new TextDecoder().decode(this.bytes(field));
  }

  /** Where a field lies in the file; 0 when it is absent. */
  #field(field: number): number {
    const offset = this.#buffer.__offset(this.#at, 4 + 2 * field);
    return offset === 0 ? 0 : this.#at + offset;
  }

  #vector<Item>(field: number, size: number, read: (at: number) => Item): Item[] {
    const at = this.#field(field);
    if (at === 0) return [];
    const start = this.#buffer.__vector(at);
    return Array.from({ length: this.#buffer.__vector_len(at) }, (_, i) => read(start + size * i));
  }
}
