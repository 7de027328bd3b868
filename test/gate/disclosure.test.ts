import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { MANIFEST_BOX, mayHoldManifest } from '../../src/gate/boxes.ts';
import { credentialsOf, disclosureProblems } from '../../src/gate/disclosure.ts';
import { MediaLibrary } from '../../src/gate/resolve/library.ts';
import type { JudgedUse } from '../../src/gate/result.ts';
import { resolveStyle } from '../../src/gate/style/presets.ts';
import { type Style, styleSchema } from '../../src/gate/style/schema.ts';
import { openDatabase } from '../../src/takes/database.ts';
import { Ledger } from '../../src/takes/ledger.ts';

const signedFilm = fileURLToPath(new URL('../../fixtures/credentials/signed.mp4', import.meta.url));
let folder: string;
/** The same film signed, changed after signing, and with its credentials stripped. */
let signed: string;
let changed: string;
let plain: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-disclosure-'));
  [signed, changed, plain] = ['signed.mp4', 'changed.mp4', 'plain.mp4'].map(name => join(folder, name));
  await copyFile(signedFilm, signed);
  const bytes = await readFile(signed);
  bytes[bytes.length - 40] ^= 1;
  await writeFile(changed, bytes);
  await runFfmpeg(['-i', signed, '-c', 'copy', '-map_metadata', '-1', plain]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function disclosed(
  source: string,
  film: string | undefined,
  disclosure: Style['disclosure'],
  text?: string,
): Promise<{ text: string; problems: string[] }> {
  const ledger = new Ledger(openDatabase(':memory:'));
  const sha256 = createHash('sha256')
    .update(await readFile(source))
    .digest('hex');
  const take = ledger.addTake({ shot: '010' }, { sha256, path: source, bytes: 1 });
  if (text !== undefined) ledger.consent.disclose({ take: take.id, method: 'caption', text });
  const use: JudgedUse = {
    ...{ id: 'u1', name: 'a.mp4', medium: 'picture', track: 'V1', record: { start: 3, end: 9 }, speed: 1 },
    source: { path: source, sha256, frames: { start: 0, end: 6 }, by: 'bytes' },
    ...{ takes: [take], decision: 'pass', reasons: [], full: null, narrowed: null, review: [] },
  };
  const credentials = await credentialsOf([use], film);
  const style = resolveStyle(styleSchema.parse({ disclosure }));
  const library = await MediaLibrary.open({ ledger });
  const problems = disclosureProblems({ library, style }, [use], credentials);
  return {
    text: credentials.exportText,
    problems: problems.map(({ kind, severity }) => `${kind}${severity ? ` (${severity})` : ''}`),
  };
}

describe('disclosure', () => {
  it('by content credentials needs them in source and export', async () => {
    expect(await disclosed(signed, signed, 'c2pa')).toEqual({ text: 'present, valid', problems: [] });
    expect(await disclosed(signed, undefined, 'c2pa')).toEqual({ text: 'no export', problems: [] });
    expect(await disclosed(plain, plain, 'c2pa')).toEqual({ text: 'absent', problems: ['undisclosed'] });
    expect(await disclosed(signed, plain, 'c2pa')).toEqual({
      text: 'stripped by export',
      problems: ['undisclosed', 'credentials-stripped (regenerate)'],
    });
  });

  it('by text needs a record of it, and says that credentials were stripped all the same', async () => {
    expect((await disclosed(plain, plain, 'text')).problems).toEqual(['undisclosed']);
    expect((await disclosed(plain, plain, 'text', '  ')).problems).toEqual(['undisclosed']);
    expect((await disclosed(plain, plain, 'text', 'Generated.')).problems).toEqual([]);
    expect((await disclosed(signed, signed, 'text')).problems).toEqual(['undisclosed']);
    expect((await disclosed(signed, plain, 'text', 'Generated.')).problems).toEqual(['credentials-stripped (info)']);
  });

  it('by either takes either, by none asks for nothing', async () => {
    expect((await disclosed(signed, signed, 'either')).problems).toEqual([]);
    expect((await disclosed(plain, plain, 'either', 'Generated.')).problems).toEqual([]);
    expect((await disclosed(plain, plain, 'either')).problems).toEqual(['undisclosed']);
    expect((await disclosed(plain, plain, 'none')).problems).toEqual([]);
  });

  it('refuses invalid credentials wherever they are and whatever is asked for', async () => {
    expect(await disclosed(changed, plain, 'none')).toEqual({
      text: 'stripped by export',
      problems: ['credentials-invalid', 'credentials-stripped (info)'],
    });
    expect(await disclosed(signed, changed, 'none')).toEqual({
      text: 'present, invalid',
      problems: ['credentials-invalid'],
    });
    expect((await disclosed(changed, changed, 'c2pa')).problems).toEqual([
      'credentials-invalid',
      'undisclosed',
      'credentials-invalid',
    ]);
  });
});

describe('boxes of a film', () => {
  const box = (type: string, content: Buffer, wide = false): Buffer => {
    const size = content.length + (wide ? 16 : 8);
    const head = Buffer.alloc(wide ? 16 : 8);
    head.writeUInt32BE(wide ? 1 : size, 0);
    head.write(type, 4, 'latin1');
    if (wide) head.writeBigUInt64BE(BigInt(size), 8);
    return Buffer.concat([head, content]);
  };
  const may = async (...boxes: Buffer[]): Promise<boolean> => {
    const path = join(folder, 'boxes.mp4');
    await writeFile(path, Buffer.concat(boxes));
    return mayHoldManifest(path);
  };
  const media = box('mdat', Buffer.alloc(100_000), true);

  it('tell whether it can hold content credentials', async () => {
    expect(await mayHoldManifest(signed)).toBe(true);
    expect(await mayHoldManifest(plain)).toBe(false);
    expect(await may(box('ftyp', Buffer.from('isom')), media)).toBe(false);
    expect(await may(media, box('uuid', Buffer.concat([MANIFEST_BOX, Buffer.alloc(9)])))).toBe(true);
    expect(await may(media, box('uuid', Buffer.concat([MANIFEST_BOX, Buffer.alloc(9)]), true))).toBe(true);
    expect(await may(media, box('uuid', Buffer.alloc(24)))).toBe(false);
  });

  it('tell nothing where they do not lead to the end', async () => {
    const torn = Buffer.from([0, 0, 0, 4, 109, 100, 97, 116]);
    for (const bytes of [Buffer.alloc(0), Buffer.from('text'), torn, media.subarray(0, 50_000)])
      expect(await may(bytes)).toBe(true);
    const last = box('mdat', Buffer.alloc(100));
    last.writeUInt32BE(0, 0);
    expect(await may(last)).toBe(false);
  });
});
