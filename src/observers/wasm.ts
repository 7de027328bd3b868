/** What is used of WebAssembly; the type libraries of Node and the language leave it out. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

const PAGE = 65_536;
/** Bytes that the kernels keep for what the compiler puts into memory, and the width of a vector. */
const RESERVED = 1024;
const VECTOR = 16;

/** The least multiple of four floats, a vector, that holds so many. */
export const fours = (count: number): number => Math.ceil(count / 4) * 4;

/** Hands out the memory of a kernel, piece after piece, each at the beginning of a vector. */
export class Layout {
  /** Bytes handed out so far, and those in front. */
  bytes = RESERVED;

  /** Place of a piece of so many bytes. */
  take(bytes: number): number {
    const at = this.bytes;
    this.bytes = Math.ceil((at + bytes) / VECTOR) * VECTOR;
    return at;
  }

  /** Place of a piece of so many floats or integers of 32 bits. */
  numbers(count: number): number {
    return this.take(4 * count);
  }
}

/** Copies numbers to a place in the memory of a kernel. */
export const put = (buffer: ArrayBuffer, at: number, numbers: Float32Array | Int32Array): void =>
  new Uint8Array(buffer).set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), at);

const compiled = new Map<string, object>();

/**
 * An instance of a kernel with memory of its own that never grows, so that views of it stay valid.
 *
 * @param kernel base64 of a module made by `npm run kernels`; compiled once per process
 * @param bytes of memory
 */
export function instantiate<Exports>(kernel: string, bytes: number): { exports: Exports; buffer: ArrayBuffer } {
  let module = compiled.get(kernel);
  if (!module) {
    module = new Module(Buffer.from(kernel, 'base64'));
    compiled.set(kernel, module);
  }
  const memory = new Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new Instance(module, { env: { memory } });
  return { exports: exports as Exports, buffer: memory.buffer };
}
