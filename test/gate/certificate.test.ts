import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, reportText, reviewText } from '../../src/gate/certificate/certificate.ts';
import type { CertificateRecord } from '../../src/gate/certificate/schema.ts';
import { readSigningKey, readVerifyingKey } from '../../src/gate/certificate/sign.ts';
import { verifyCertificate } from '../../src/gate/certificate/verify.ts';
import type { ReviewEntry } from '../../src/report/review/decisions.ts';
import { judgedReport, NOW } from './support.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const sha256 = 'a'.repeat(64);
const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const film = Buffer.from('the film that was judged, in some container');
const report = reportText(judgedReport({ path: 'takes/a.mp4', sha256 }));
const waiver: ReviewEntry = {
  v: 1,
  at: '2027-01-01T00:00:00Z',
  clip: sha256,
  finding: 'freeze/frozen@1-9',
  action: 'waive',
  who: '李 <b>Kim</b>',
  reason: 'planned',
  until: '2027-03-31',
};

const record: CertificateRecord = {
  createdAt: NOW.toISOString(),
  tool: { name: 'retake', version: '0.1.0' },
  policy: { name: 'export', hash: 'b'.repeat(64) },
  decision: 'pass',
  subject: {
    export: { name: 'film.mp4', sha256: hash(film) },
    timeline: null,
    fps: { num: 24_000, den: 1001 },
    frames: 1000,
  },
  rules: [],
  checks: [{ id: 'gate-media', status: 'ran', reason: null, blocking: [], notes: ['A note.'] }],
  uses: Array.from({ length: 120 }, (_, i) => ({
    id: `u${i + 1}`,
    name: `A ${'long name '.repeat(12)}`,
    medium: 'picture' as const,
    record: { start: i * 8, end: i * 8 + 8 },
    speed: i === 3 ? null : 1,
    source: { name: 'a.mp4', sha256, frames: { start: 0, end: 8 }, by: 'bytes' },
    takes: ['take_1'],
    decision: 'pass',
    reasons: [],
    report: { sha256: hash(report), version: '0.1.0', models: {} },
  })),
  waivers: [
    { clip: sha256, finding: waiver.finding, who: waiver.who, at: waiver.at, reason: 'planned', until: '2027-03-31' },
  ],
  people: [
    {
      name: 'Ana Müller',
      take: 'take_1',
      speaks: true,
      releases: [{ sha256: 'c'.repeat(64), covers: ['likeness', 'voice'], expires: null }],
    },
  ],
  credentials: { export: 'absent', sources: [{ sha256, state: 'absent' }] },
};

let folder: string;
let path: string;
let filmPath: string;
const originals = new Map<string, Buffer>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-certificate-'));
  path = join(folder, 'certificate.json');
  filmPath = join(folder, 'film.mp4');
  const evidence = [
    { file: 'gate.json', content: '{}\n' },
    { file: `reports/${sha256}.json`, content: report },
    { file: `reviews/${sha256}.jsonl`, content: reviewText([waiver]) },
  ];
  for (const { file, content } of await makeCertificate(record, evidence, readSigningKey(privateKey))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
    originals.set(file, Buffer.from(content));
  }
  await writeFile(filmPath, film);
  originals.set('film.mp4', film);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (key?: string) =>
  verifyCertificate(path, filmPath, { now: NOW, ...(key ? { key: readVerifyingKey(key) } : {}) });

describe('certificate', () => {
  it('holds, signed by the key that is asked for', async () => {
    expect(await check(publicKey)).toMatchObject({ good: true, failures: [], notes: [] });
    expect((await check()).notes.join()).toMatch(/Signed with the key/);
  });

  it('says so when another key signed it', async () => {
    const other = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect((await check(other.publicKey)).failures.join()).toMatch(/another key/);
  });

  it('detects any byte that changes in export, report, waiver, page, PDF or certificate', async () => {
    for (const [file, bytes] of originals) {
      const places = Array.from({ length: 60 }, (_, i) => Math.floor((i * (bytes.length - 1)) / 59));
      for (const at of new Set(places)) {
        const tampered = Buffer.from(bytes);
        tampered[at] ^= 1;
        await writeFile(join(folder, file), tampered);
        const good = await check(publicKey).then(
          ({ good }) => good,
          error => {
            expect(error.code).toBe('certificate-invalid');
            return false;
          },
        );
        expect(good, `${file} byte ${at}`).toBe(false);
      }
      await writeFile(join(folder, file), bytes);
    }
    expect((await check(publicKey)).good).toBe(true);
  });

  it('detects a byte more, a file gone, and a record that was written anew', async () => {
    for (const [file, bytes] of originals) {
      await writeFile(join(folder, file), Buffer.concat([bytes, Buffer.from('\n')]));
      expect(
        await check(publicKey).then(
          ({ good }) => good,
          () => false,
        ),
        file,
      ).toBe(false);
      await writeFile(join(folder, file), bytes);
    }
    await rm(join(folder, `reviews/${sha256}.jsonl`));
    expect((await check(publicKey)).failures.join()).toMatch(/reviews.*missing/);
    await writeFile(join(folder, `reviews/${sha256}.jsonl`), originals.get(`reviews/${sha256}.jsonl`)!);
    const certificate = JSON.parse((await readFile(path)).toString());
    certificate.record.waivers = [];
    await writeFile(path, `${JSON.stringify(certificate, null, 2)}\n`);
    expect((await check(publicKey)).failures.join()).toMatch(/not the one that the digest/);
    await writeFile(path, originals.get('certificate.json')!);
  });

  it('refuses what is no certificate', async () => {
    for (const text of ['', '{}', '[1]', '{"schema":1', 'x'.repeat(1000)]) {
      await writeFile(path, text);
      await expect(check()).rejects.toMatchObject({ code: 'certificate-invalid' });
    }
    await writeFile(path, originals.get('certificate.json')!);
  });

  it('is a page without scripts and with every text escaped', () => {
    const html = originals.get('certificate.html')!.toString();
    expect(html).toContain('李 &lt;b&gt;Kim&lt;/b&gt;');
    expect(html).not.toMatch(/<script|<b>Kim/);
  });

  it('is a PDF of several pages that names the decision in its metadata', async () => {
    const pdf = await PDFDocument.load(originals.get('certificate.pdf')!, { updateMetadata: false });
    expect(pdf.getPageCount()).toBeGreaterThan(2);
    expect(pdf.getProducer()).toBe('Retake 0.1.0');
  });

  it('accepts Ed25519 keys only', () => {
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect(() => readSigningKey(rsa.privateKey)).toThrow(/not Ed25519/);
    expect(() => readSigningKey('hello')).toThrow(/PEM/);
  });

  it('does not hold for a film that did not pass', async () => {
    const failed = await makeCertificate({ ...record, uses: [], decision: 'fail' }, []);
    const other = join(folder, 'failed');
    await mkdir(other);
    for (const { file, content } of failed) await writeFile(join(other, file), content);
    const result = await verifyCertificate(join(other, 'certificate.json'), filmPath, { now: NOW });
    expect(result.failures).toEqual(['The certificate itself says: fail.']);
    expect(result.notes.join()).toMatch(/not signed/);
  });
});
