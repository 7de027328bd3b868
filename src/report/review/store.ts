import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RetakeError } from '../../errors.ts';
import type { ReviewEntry } from './decisions.ts';

/** Name of the review file beside a report. */
export const REVIEW_FILE = 'review.json';

const text = (most: number) => z.string().trim().min(1).max(most);

/** A calendar day that exists. */
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day, YYYY-MM-DD')
  .refine(value => {
    const time = Date.parse(`${value}T00:00:00Z`);
    return Number.isFinite(time) && new Date(time).toISOString().startsWith(value);
  }, 'is no day of the calendar');

/** What a person may say about a finding; who, when and about which bytes is added by whoever records it. */
export const said = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('agree'), reason: text(2000).optional() }),
  z.strictObject({ action: z.literal('waive'), reason: text(2000), until: day.optional() }),
  z.strictObject({ action: z.literal('reopen') }),
  z.strictObject({ action: z.literal('note'), text: text(2000) }),
]);
export type Said = z.infer<typeof said>;

const common = {
  v: z.literal(1),
  at: z.iso.datetime(),
  clip: z.string().regex(/^[0-9a-f]{64}$/),
  finding: text(300),
  who: text(120),
};
const entry = z.discriminatedUnion(
  'action',
  said.options.map(option => option.extend(common)) as unknown as [z.ZodObject, ...z.ZodObject[]],
) as unknown as z.ZodType<ReviewEntry>;

export interface ReviewFile {
  entries: ReviewEntry[];
  /** Lines that are no decision, such as one cut off by a crash: they are left alone and count for nothing. */
  problems: string[];
}

/** Reads decisions out of a review file's text: one JSON object per line, or one JSON array. */
export function parseReview(source: string): ReviewFile {
  const file: ReviewFile = { entries: [], problems: [] };
  const add = (value: unknown, where: string) => {
    const parsed = entry.safeParse(value);
    if (parsed.success) file.entries.push(parsed.data);
    else file.problems.push(`${where}: ${parsed.error.issues[0]?.message ?? 'not a decision'}`);
  };
  if (/^\s*\[/.test(source)) {
    try {
      for (const [i, value] of (JSON.parse(source) as unknown[]).entries()) add(value, `entry ${i + 1}`);
      return file;
    } catch {
      file.problems.push('the file is no JSON array');
      return file;
    }
  }
  for (const [i, line] of source.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      add(JSON.parse(line), `line ${i + 1}`);
    } catch {
      file.problems.push(`line ${i + 1}: not JSON`);
    }
  }
  return file;
}

/** The decisions beside a report; none when there is no file. Throws `report-invalid` when it cannot be read. */
export async function readReview(path: string): Promise<ReviewFile> {
  try {
    return parseReview(await readFile(path, 'utf8'));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { entries: [], problems: [] };
    throw new RetakeError('report-invalid', 'The review file cannot be read', { cause: thrown });
  }
}

/**
 * Adds one decision at the end of a review file. One write of one line in append mode: two tabs, or two servers, cannot
 * tear each other's lines, and nothing that stands there is ever rewritten.
 * @throws RetakeError `output-full`, `output-unwritable`; `report-invalid` for an entry that is not a decision
 */
export async function appendReview(path: string, added: ReviewEntry): Promise<void> {
  // What is not set does not exist in JSON.
  const checked = entry.safeParse(JSON.parse(JSON.stringify(added)));
  if (!checked.success)
    throw new RetakeError('report-invalid', `Not a decision: ${checked.error.issues[0]?.message}`, {
      cause: checked.error,
    });
  try {
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      // A line that a crash cut off is ended first, so that it spoils no other.
      const torn = size > 0 && last[0] !== 0x0a;
      await file.writeFile(`${torn ? '\n' : ''}${JSON.stringify(checked.data)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new RetakeError(full ? 'output-full' : 'output-unwritable', `The decision could not be saved (${code})`, {
      hint: full ? 'Free some space and try again.' : 'The folder of the report must be writable.',
      cause: thrown,
    });
  }
}
