import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
/** Where the writers look for the bundles when they run from source and from the built package alike. */
export const pageFolder = path.resolve(here, '../../../dist/report/page');

const LICENCES = `/*! Contains Preact and Preact Signals (MIT, (c) 2015-present Jason Miller; (c) 2022-present Preact Team) and uPlot (MIT, (c) Leon Sorokin). */`;

/**
 * Bundles the browser code of the report page and the index page into `outDir`: page.js, page.css, index.js, index.css.
 * Files appear whole or not at all, so that two builds at once do no harm.
 */
export async function buildPage(outDir: string = pageFolder): Promise<void> {
  await mkdir(outDir, { recursive: true });
  const result = await build({
    entryPoints: { page: path.join(here, 'main.tsx'), index: path.join(here, 'index-main.ts') },
    bundle: true,
    write: false,
    outdir: outDir,
    format: 'iife',
    target: ['chrome105', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    banner: { js: LICENCES },
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'preact' } },
  });
  for (const file of result.outputFiles) {
    const partial = `${file.path}.${process.pid}.tmp`;
    await writeFile(partial, file.contents);
    await rename(partial, file.path);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildPage(process.argv[2]);
