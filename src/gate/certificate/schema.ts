import { z } from 'zod';
import { frameRange, rational } from '../../clip.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const label = z.string().max(4096);

/** What was judged and decided, frame ranges end exclusive. */
export const record = z.strictObject({
  createdAt: z.iso.datetime(),
  tool: z.strictObject({ name: z.literal('retake'), version: label }),
  policy: z.strictObject({ name: label, hash: label }),
  decision: z.enum(['pass', 'fail', 'error']),
  subject: z.strictObject({
    export: z.strictObject({ name: label, sha256: hash }).nullable(),
    timeline: z.strictObject({ name: label, sha256: hash, format: label }).nullable(),
    fps: rational,
    frames: z.int(),
  }),
  /** Style bible and audio plan that were applied, by the hash of their file. */
  rules: z.array(z.strictObject({ kind: z.enum(['style', 'audio']), name: label, sha256: hash })),
  checks: z.array(
    z.strictObject({
      id: label,
      status: z.enum(['ran', 'skipped', 'error']),
      reason: label.nullable(),
      blocking: z.array(label),
      notes: z.array(label),
    }),
  ),
  uses: z.array(
    z.strictObject({
      id: label,
      name: label,
      medium: z.enum(['picture', 'sound']),
      record: frameRange,
      speed: z.number().nullable(),
      source: z.strictObject({ name: label, sha256: hash, frames: frameRange, by: label }).nullable(),
      takes: z.array(label),
      decision: label,
      reasons: z.array(label),
      report: z.strictObject({ sha256: hash, version: label, models: z.record(z.string(), z.string()) }).nullable(),
    }),
  ),
  waivers: z.array(
    z.strictObject({ clip: hash, finding: label, who: label, at: label, reason: label, until: label.nullable() }),
  ),
  people: z.array(
    z.strictObject({
      name: label,
      take: label,
      speaks: z.boolean(),
      releases: z.array(z.strictObject({ sha256: label, covers: z.array(label), expires: label.nullable() })),
    }),
  ),
  credentials: z.strictObject({ export: label, sources: z.array(z.strictObject({ sha256: hash, state: label })) }),
});
export type CertificateRecord = z.infer<typeof record>;

export const envelope = z.strictObject({
  schema: z.literal(1),
  kind: z.literal('retake-gate-certificate'),
  record,
  /** sha-256 of every file beside the certificate that belongs to it, by name. */
  files: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/), hash),
  /** sha-256 of the canonical JSON of `record` and `files`. */
  digest: hash,
  signature: z
    .strictObject({ algorithm: z.literal('Ed25519'), publicKey: z.string().max(200), value: z.string().max(200) })
    .nullable(),
});
export type Certificate = z.infer<typeof envelope>;
