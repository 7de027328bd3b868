import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** Kernels and where their compiled form is kept. */
export const kernels = [
  { source: 'flow.ts', target: '../flow/kernel.ts' },
  { source: 'crop.ts', target: '../vision/crop-kernel.ts' },
  { source: 'match.ts', target: '../match-kernel.ts' },
  { source: 'things.ts', target: '../things-kernel.ts' },
  { source: 'area.ts', target: '../semantic/area-kernel.ts' },
  { source: 'likeness.ts', target: '../semantic/likeness-kernel.ts' },
  { source: 'texture.ts', target: '../texture-kernel.ts' },
  { source: 'layer.ts', target: '../../signals/morphing/layer-kernel.ts' },
  { source: 'cells.ts', target: '../../signals/environment/cell-kernel.ts' },
] as const;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compiles one kernel to WebAssembly with SIMD. The same source gives the same bytes. */
export async function compileKernel(source: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'retake-kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const options = [
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--enable',
      'simd',
    ];
    const { error, stderr } = await asc.main([here(source), '-o', out, ...options]);
    if (error) throw new Error(`${source} does not compile: ${stderr.toString() || error.message}`);
    return new Uint8Array(await readFile(out));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A module that holds the bytes: no file to be found at run time, whether from source or built. */
export const kernelModule = (
  source: string,
  bytes: Uint8Array,
): string => `// biome-ignore-all format: made by \`npm run kernels\` from src/observers/kernels/${source}
/** WebAssembly (SIMD) of src/observers/kernels/${source}, base64. */
export const KERNEL =
  '${Buffer.from(bytes).toString('base64')}';
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { source, target } of kernels) {
    const bytes = await compileKernel(source);
    await writeFile(here(target), kernelModule(source, bytes));
    process.stdout.write(`${source}: ${bytes.length} bytes\n`);
  }
}
