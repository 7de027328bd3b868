import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import type { Context } from 'hono';
import { z } from 'zod';
import { RetakeError } from '../errors.ts';
import { resolvePolicy } from '../policy.ts';
import type { ClipFile } from '../takes/ledger.ts';
import { takeFacts } from '../takes/take.ts';
import type { ClipJobInput } from './clip-job.ts';
import type { HookContext } from './context.ts';
import { extensionOf, type ReceiveLimits, receive } from './net/download.ts';
import { parseJson } from './requests.ts';

/** Bytes that a text field of a form may have. */
const FIELD_BYTES = 256 * 1024;

/**
 * A clip that comes in the request itself: as its body (facts as JSON and the policy in the query), or as the one file of
 * a multipart form (in fields of the same names). The same bytes under the same policy are one job of this version.
 */
export async function uploadedClip(context: HookContext, c: Context, type: string): Promise<ClipJobInput> {
  const { config } = context;
  const form = type === 'multipart/form-data';
  if (!form && !/^(video\/|image\/gif$|application\/octet-stream$)/.test(type)) {
    throw new RetakeError('clip-not-media', 'send JSON, a form, or a clip as video/… or application/octet-stream', {
      hint: 'curl --data-binary @clip.mp4 -H "content-type: video/mp4" …/clips, or curl -F clip=@clip.mp4 …/clips',
    });
  }
  const about = describe(context, { facts: c.req.query('facts'), policy: c.req.query('policy') });
  if (c.req.raw.body === null) throw new RetakeError('clip-empty', 'the body is empty');
  const body = Readable.fromWeb(c.req.raw.body as NodeStream);
  const length = Number(c.req.header('content-length'));
  const announced = Number.isSafeInteger(length) && length > 0 ? length : undefined;
  let given = about;
  let file: ClipFile;
  if (form) {
    const received = await receiveForm(body, c.req.header('content-type')!, config.store, { limits: config.limits });
    file = received.file;
    given = { ...about, ...describe(context, received.fields) };
  } else {
    const extension = extensionOf(c.req.query('name') ?? '', type);
    file = await receive(body, config.store, { limits: config.limits, expected: announced, extension });
  }
  const hash = given.policyHash ?? context.policy.hash;
  return {
    source: { type: 'file', path: file.path, sha256: file.sha256, bytes: file.bytes },
    facts: given.facts ?? {},
    policyHash: hash,
    key: `upload:${file.sha256}:${hash}:${context.toolVersion}`,
  };
}

/** What the caller says about the clip. Throws `usage` naming the field. */
function describe(
  context: HookContext,
  given: { facts?: string; policy?: string },
): Partial<Pick<ClipJobInput, 'facts' | 'policyHash'>> {
  const facts = given.facts === undefined ? undefined : takeFacts.safeParse(parseJson(given.facts));
  if (facts?.success === false) throw new RetakeError('usage', `facts: ${facts.error.issues[0]!.message}`);
  const policy = z.enum(['draft', 'editorial', 'export']).optional().safeParse(given.policy);
  if (!policy.success) throw new RetakeError('usage', 'policy: draft, editorial or export');
  return {
    ...(facts && { facts: facts.data }),
    ...(policy.data && { policyHash: policyHash(context, policy.data) }),
  };
}

/** The hash of a preset, or of the policy of clips that name none. */
export function policyHash(context: HookContext, name: 'draft' | 'editorial' | 'export' | undefined): string {
  if (name === undefined) return context.policy.hash;
  const policy = resolvePolicy(name);
  context.ledger.keepPolicy(policy);
  return policy.hash;
}

/**
 * The one file of a multipart form, streamed into the store under the limits of every upload, and its text fields.
 * Throws `usage` for a form that has no file, more than one, or too many or too large fields; else what `receive` throws.
 */
async function receiveForm(
  body: Readable,
  contentType: string,
  store: string,
  options: { limits?: Partial<ReceiveLimits> } = {},
): Promise<{ file: ClipFile; fields: Record<string, string> }> {
  const parser = parserOf(contentType);
  const fields: Record<string, string> = Object.create(null);
  const abort = new AbortController();
  let clip: Promise<ClipFile> | undefined;
  let refusal: unknown;
  const refuse = (error: unknown): void => {
    refusal ??= error;
    abort.abort();
    body.destroy();
    parser.destroy();
  };
  parser.on('file', (_field, stream, name, _encoding, type) => {
    // The parser may complain about a part after its reader has let go of it.
    stream.on('error', refuse);
    const extension = extensionOf(name ?? '', type);
    clip = receive(stream, store, { limits: options.limits, extension, signal: abort.signal });
    clip.catch(refuse);
  });
  parser.on('error', refuse);
  parser.on('field', (name, value, nameCut, valueCut) => {
    if (nameCut || valueCut) refuse(new RetakeError('usage', 'a field of the form is too large'));
    else fields[name] = value;
  });
  parser.on('filesLimit', () => refuse(new RetakeError('usage', 'send one clip at a time')));
  for (const limit of ['fieldsLimit', 'partsLimit'] as const)
    parser.on(limit, () => refuse(new RetakeError('usage', 'the form has too many fields')));
  try {
    await pipeline(body, parser);
    if (clip === undefined) throw new RetakeError('usage', 'the form has no file');
    return { file: await clip, fields };
  } catch (error) {
    refuse(error);
    await clip?.catch(() => undefined);
    if (refusal instanceof RetakeError) throw refusal;
    throw new RetakeError('download-failed', 'the form ended early or is none', { cause: refusal });
  }
}

function parserOf(contentType: string): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: 1, fields: 16, parts: 17, fieldNameSize: 100, fieldSize: FIELD_BYTES, headerSize: 8192 },
    });
  } catch (error) {
    throw new RetakeError('usage', 'the form does not say its boundary', { cause: error });
  }
}
