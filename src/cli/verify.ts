import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { oneLine } from '../errors.ts';
import { CERTIFICATE_FILE } from '../gate/certificate/certificate.ts';
import { readVerifyingKey } from '../gate/certificate/sign.ts';
import { verifyCertificate } from '../gate/certificate/verify.ts';
import { readSmall } from '../gate/files.ts';
import { EXIT, interruptible, runCommand } from './run.ts';

interface VerifyOptions {
  key?: string;
  json?: boolean;
  verbose?: boolean;
}

/** `retake verify`: whether a certificate is whole, and whether an export is the one that it is for. */
export const verifyCommand = (): Command =>
  new Command('verify')
    .description('Check a gate certificate, everything that belongs to it, and the export that it is for')
    .argument('<certificate>', 'certificate.json, or the folder that holds it')
    .argument('[export]', 'the export (or the timeline, where no export was judged)')
    .option('--key <public.pem>', 'the Ed25519 key that must have signed it')
    .option('--json', 'print JSON')
    .option('-v, --verbose', 'whole error chains')
    .addHelpText(
      'after',
      `
Exit status: 0 everything holds and the certificate says pass, 1 something does not, 2 it could not be verified.

Examples:
  $ retake verify retake-gate/certificate.json master.mp4 --key gate-key.pub.pem`,
    )
    .action((certificate: string, film: string | undefined, options: VerifyOptions) =>
      runCommand(() => verify(certificate, film, options), options.verbose),
    );

async function verify(given: string, film: string | undefined, options: VerifyOptions): Promise<number> {
  const { signal, dispose } = interruptible();
  try {
    const info = await stat(given).catch(() => null);
    const path = info?.isDirectory() ? join(given, CERTIFICATE_FILE) : given;
    const key = options.key === undefined ? undefined : readVerifyingKey(await readSmall(options.key, 65_536));
    const { good, failures, notes, certificate } = await verifyCertificate(path, film, { key, signal });
    const { record } = certificate;
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ good, failures, notes, decision: record.decision, createdAt: record.createdAt, digest: certificate.digest }, null, 2)}\n`,
      );
    } else {
      const name = record.subject.export?.name ?? record.subject.timeline?.name ?? '';
      process.stdout.write(
        `${good ? 'HOLDS' : 'DOES NOT HOLD'}  ${oneLine(name)}, ${record.createdAt}, ${record.decision}\n`,
      );
      for (const failure of failures) process.stdout.write(`  ${oneLine(failure)}\n`);
      for (const note of notes) process.stdout.write(`  note: ${oneLine(note)}\n`);
    }
    return good ? EXIT.ok : EXIT.regenerate;
  } finally {
    dispose();
  }
}
