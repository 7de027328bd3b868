import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A fresh folder for each test, gone afterwards; `RETAKE_MODELS` and `XDG_CACHE_HOME` are put back. */
export function useFolder(): () => string {
  let folder = '';
  const before = { RETAKE_MODELS: process.env.RETAKE_MODELS, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'retake-models-'));
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  });
  return () => folder;
}
