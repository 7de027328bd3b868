/** What is used of WebAssembly; the type libraries of Node and the language leave it out. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

const PAGE = 65_536;
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
