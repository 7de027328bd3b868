import type { KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { oneLine, RetakeError } from '../../errors.ts';
import { hashFile, readSmall } from '../files.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './schema.ts';
import { checkSignature, digestOf } from './sign.ts';

export interface Verification {
  certificate: Certificate;
  /** Everything holds and the certificate says `pass`. */
  good: boolean;
  /** What does not hold, a sentence each. */
  failures: string[];
  /** What should be known besides. */
  notes: string[];
}

export interface VerifyOptions {
  /** The key that must have signed. */
  key?: KeyObject;
  now?: Date;
  signal?: AbortSignal;
}

/** Bytes of a certificate: a hundred thousand used ranges stay below. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Checks a certificate against an export: its bytes, its digest and signature, every file that belongs to it, and the
 * export's hash. Throws `certificate-invalid` when it cannot be read as one at all.
 */
export async function verifyCertificate(
  path: string,
  exportPath: string | undefined,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { now = new Date() } = options;
  const text = await readSmall(path, MOST_BYTES).catch((cause: unknown) => {
    throw new RetakeError('certificate-invalid', `${oneLine(path)} cannot be read`, { cause });
  });
  const certificate = parseCertificate(text);
  const { record, files } = certificate;
  const failures: string[] = [];
  const notes: string[] = [];

  if (digestOf(record, files) !== certificate.digest)
    failures.push('The record is not the one that the digest was made of.');
  const signature = checkSignature(certificate, options.key);
  if (signature.signed && !signature.valid) failures.push('The signature does not fit the record.');
  if (!signature.signed && options.key) failures.push('The certificate is not signed.');
  else if (!signature.signed) notes.push('The certificate is not signed: whoever can write it can write another.');
  if (signature.signed && signature.trusted === false)
    failures.push(`It was signed with another key: ${signature.fingerprint}.`);
  if (signature.valid && signature.trusted === null)
    notes.push(`Signed with the key ${signature.fingerprint}: compare it, or name yours with --key.`);

  const folder = dirname(path);
  for (const [file, expected] of Object.entries(files)) {
    if (file.split('/').includes('..')) failures.push(`${file} lies outside the certificate's folder.`);
    else {
      const found = await hashFile(join(folder, file), options.signal).catch((error: unknown) => {
        if (error instanceof RetakeError && error.code === 'aborted') throw error;
        return null;
      });
      if (found === null) failures.push(`${file} is missing.`);
      else if (found !== expected) failures.push(`${file} has been changed.`);
    }
  }
  for (const use of record.uses) {
    const kept = use.source && files[`reports/${use.source.sha256}.json`];
    if (use.report && kept !== use.report.sha256)
      failures.push(`${use.id} names another report than the one that is kept.`);
  }
  await checkExport(certificate, exportPath, failures, notes, options.signal);

  const ended = record.waivers.filter(
    ({ until }) => until !== null && now.getTime() >= Date.parse(`${until}T00:00:00Z`) + 86_400_000,
  );
  for (const { finding, who, until } of ended)
    notes.push(`The waiver of ${oneLine(finding, 100)} by ${oneLine(who, 80)} ended on ${until}.`);
  if (record.decision !== 'pass') failures.push(`The certificate itself says: ${record.decision}.`);
  return { certificate, good: failures.length === 0, failures, notes };
}

async function checkExport(
  certificate: Certificate,
  path: string | undefined,
  failures: string[],
  notes: string[],
  signal?: AbortSignal,
): Promise<void> {
  const { export: film, timeline } = certificate.record.subject;
  if (path === undefined) {
    notes.push('No export was given: only the certificate was verified.');
    return;
  }
  const info = await stat(path).catch(() => null);
  if (!info?.isFile()) throw new RetakeError('clip-not-found', `${oneLine(path)} is not there`);
  const sha256 = await hashFile(path, signal);
  if (film?.sha256 === sha256) return;
  if (timeline?.sha256 === sha256) {
    notes.push('The file is the timeline that was judged, not an export.');
    if (film) failures.push('The certificate is for an export, and a timeline was given.');
    return;
  }
  failures.push(
    `${oneLine(path)} is not the ${film ? 'export' : 'timeline'} that was judged: its bytes are ${sha256.slice(0, 16)}…, the certificate's ${(film ?? timeline)?.sha256.slice(0, 16)}….`,
  );
}
