import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { type Credentials, credentialsText, readCredentials } from '../../src/gate/credentials.ts';

const signed = fileURLToPath(new URL('../../fixtures/credentials/signed.mp4', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-credentials-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('content credentials', () => {
  it('are read and validated', async () => {
    const found = await readCredentials(signed);
    expect(found).toEqual({ state: 'valid', signer: 'Retake test generator', declaresGenerated: true, failures: [] });
    expect(credentialsText(found)).toBe('present, valid');
  });

  it('are invalid when the picture was changed after signing', async () => {
    const bytes = await readFile(signed);
    bytes[bytes.length - 40] ^= 1;
    await writeFile(join(folder, 'changed.mp4'), bytes);
    const found = await readCredentials(join(folder, 'changed.mp4'));
    expect(found.state).toBe('invalid');
    expect(found.failures.join()).toMatch(/bmffHash\.mismatch/);
    expect(credentialsText(found)).toBe('present, invalid');
  });

  it('are stripped by an export, and absent where there were none', async () => {
    const path = join(folder, 'exported.mp4');
    await runFfmpeg(['-i', signed, '-c', 'copy', '-map_metadata', '-1', path]);
    const film = await readCredentials(path);
    expect(film.state).toBe('absent');
    expect(credentialsText(film, [await readCredentials(signed)])).toBe('stripped by export');
    expect(credentialsText(film, [film])).toBe('absent');
  });

  it('never throws on what is no film', async () => {
    const states: Credentials['state'][] = [];
    for (const [name, bytes] of [
      ['a.mp4', ''],
      ['b.mp4', 'not a film'],
      ['c.txt', 'text'],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      states.push((await readCredentials(join(folder, name))).state);
    }
    expect(states).toEqual(['unreadable', 'unreadable', 'absent']);
    expect((await readCredentials(join(folder, 'gone.mp4'))).state).toBe('unreadable');
  });
});
