import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useFolder } from './folder.ts';

const folder = useFolder();

async function tried(...args: string[]): Promise<string[]> {
  const child = fileURLToPath(new URL('offline-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), child, ...args],
    {
      env: { ...process.env, RETAKE_MODELS: folder() },
    },
  );
  return JSON.parse(stdout) as string[];
}

describe('network', () => {
  it('is not touched by building, loading and running models', async () => {
    expect(await tried()).toEqual([]);
  });

  it('would be seen if it were touched', async () => {
    expect(await tried('probe')).toEqual(['global.fetch', 'http.request', 'socket.connect']);
  });
});
