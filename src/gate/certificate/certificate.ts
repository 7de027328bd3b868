import type { KeyObject } from 'node:crypto';
import { RetakeError } from '../../errors.ts';
import type { ReviewEntry } from '../../report/review/decisions.ts';
import type { Report } from '../../report.ts';
import { hashText } from '../files.ts';
import { renderCertificateHtml } from './html.ts';
import { renderCertificatePdf } from './pdf.ts';
import { type Certificate, type CertificateRecord, envelope, record as recordSchema } from './schema.ts';
import { digestOf, signDigest } from './sign.ts';

/** Name of the certificate's own file; the others are listed in it. */
export const CERTIFICATE_FILE = 'certificate.json';

/** A report as it is kept beside the certificate. */
export const reportText = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
export const reviewText = (entries: readonly ReviewEntry[]): string =>
  entries.map(entry => `${JSON.stringify(entry)}\n`).join('');

/** The only spelling of a certificate: any other byte sequence is refused by {@link parseCertificate}. */
export const certificateText = (certificate: Certificate): string => `${JSON.stringify(certificate, null, 2)}\n`;

export interface CertificateFile {
  file: string;
  content: string | Uint8Array;
}

/**
 * A certificate with everything that belongs to it: the JSON, a page, a PDF, and the evidence (reports and what people
 * said), each listed by hash. Signed when a key is given.
 */
export async function makeCertificate(
  given: CertificateRecord,
  evidence: readonly CertificateFile[],
  key?: KeyObject,
): Promise<CertificateFile[]> {
  const record = recordSchema.parse(JSON.parse(JSON.stringify(given)));
  const digest = digestOf(record, {});
  const files: CertificateFile[] = [
    ...evidence,
    { file: 'certificate.html', content: renderCertificateHtml(record, digest) },
    { file: 'certificate.pdf', content: await renderCertificatePdf(record, digest) },
  ];
  const hashes = Object.fromEntries(
    files.map(({ file, content }) => [file, hashText(content)]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const whole = digestOf(record, hashes);
  const certificate: Certificate = {
    schema: 1,
    kind: 'retake-gate-certificate',
    record,
    files: hashes,
    digest: whole,
    signature: key ? signDigest(whole, key) : null,
  };
  return [...files, { file: CERTIFICATE_FILE, content: certificateText(envelope.parse(certificate)) }];
}

/** Reads a certificate. Throws `certificate-invalid` for anything but the exact bytes that were written. */
export function parseCertificate(text: string): Certificate {
  const invalid = (message: string, cause?: unknown): RetakeError =>
    new RetakeError('certificate-invalid', message, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('The certificate is not JSON.', cause);
  }
  const parsed = envelope.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(
      `The certificate is not of a shape that this version writes: ${issue.path.map(String).join('.')}: ${issue.message}`,
      parsed.error,
    );
  }
  if (`${JSON.stringify(value, null, 2)}\n` !== text)
    throw invalid('The certificate’s bytes are not those that were written.');
  return parsed.data;
}
