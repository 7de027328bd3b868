import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RetakeError } from '../errors.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.array(z.union([z.int().nonnegative(), z.string()]));

const source = z.object({
  /** Path inside the package. */
  file: z.string(),
  /** Byte range inside that file; the whole file when absent. */
  start: z.int().optional(),
  end: z.int().optional(),
  /** Of the range. */
  sha256: hash,
});

const input = z.object({
  name: z.string(),
  type: z.enum(['float32', 'int64']),
  /** Names stand for lengths that the caller chooses. */
  shape,
  layout: z.string().optional(),
  /** A picture's byte becomes `byte · scale + offset`. */
  normalisation: z.object({ scale: z.number(), offset: z.number() }).optional(),
  /** For an input that always has the same value. */
  value: z.int().optional(),
});

const output = z.object({
  name: z.string(),
  /** Name in the source graph. */
  from: z.string().optional(),
  shape,
  meaning: z.string(),
});

const model = z.object({
  name: z.string(),
  purpose: z.string(),
  /** File name in the models folder. Tables that models come with are text. The project's own models are ONNX graphs or weights as JSON that its own code runs. */
  file: z.string().regex(/^([a-z0-9-]+\.(onnx|txt)|retake-[a-z0-9-]+\.json)$/),
  /** Of the finished file. */
  sha256: hash,
  bytes: z.int().nonnegative(),
  licence: z.string(),
  /** `kept`: the project's own model, in the repository as it is: its package is `retake`, its sources are none. */
  conversion: z.enum(['tflite', 'tfjs', 'copy', 'kept']),
  package: z.string(),
  version: z.string(),
  sources: z.array(source),
  inputs: z.array(input),
  outputs: z.array(output),
});

const manifest = z.object({ version: z.literal(1), models: z.array(model) });

export type ModelEntry = z.infer<typeof model>;
export type ModelSource = z.infer<typeof source>;
export type ModelManifest = z.infer<typeof manifest>;

/** `models/` of this package: holds the manifest and the project's own models; the same from `src` and from `dist`. */
export const PACKAGE_MODELS = fileURLToPath(new URL('../../models/', import.meta.url));
export const MANIFEST_FILE = fileURLToPath(new URL('../../models/manifest.json', import.meta.url));

let cached: ModelManifest | undefined;

/** The list of every model, from `models/manifest.json`. Throws model-missing when it cannot be read, model-corrupt when it is not a manifest. */
export function readManifest(): ModelManifest {
  cached ??= parseManifest();
  return cached;
}

/** One model's entry. Throws model-missing, with the known names, when there is none. */
export function modelEntry(name: string): ModelEntry {
  const { models } = readManifest();
  const entry = models.find(candidate => candidate.name === name);
  if (entry !== undefined) return entry;
  throw new RetakeError('model-missing', `there is no model called ${JSON.stringify(name)}`, {
    hint: `known: ${models.map(candidate => candidate.name).join(', ')}`,
  });
}

function parseManifest(): ModelManifest {
  const hint = 'reinstall retake: models/manifest.json belongs to the package';
  let text: string;
  try {
    text = readFileSync(MANIFEST_FILE, 'utf8');
  } catch (cause) {
    throw new RetakeError('model-missing', 'the list of models cannot be read', { hint, cause });
  }
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new RetakeError('model-corrupt', 'the list of models is damaged', { hint, cause });
  }
}
