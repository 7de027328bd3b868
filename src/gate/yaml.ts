import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { oneLine, RetakeError } from '../errors.ts';
import { readSmall } from './files.ts';

/** A YAML or JSON text checked against a schema. Throws `policy-invalid` naming every key that does not fit. */
export function parseYaml<Schema extends z.ZodType>(text: string, schema: Schema, origin: string): z.output<Schema> {
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem)
    throw new RetakeError('policy-invalid', `${oneLine(origin)}: ${oneLine(problem.message)}`, { cause: problem });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (cause) {
    throw new RetakeError('policy-invalid', `${oneLine(origin)}: ${oneLine(String(cause))}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(
    issue => `${issue.path.map(String).join('.') || '(top level)'}: ${issue.message}`,
  );
  throw new RetakeError('policy-invalid', `${oneLine(origin)}: ${oneLine([...new Set(lines)].join('; '), 1000)}`, {
    cause: parsed.error,
  });
}

export async function loadYaml<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<{ value: z.output<Schema>; text: string }> {
  const text = await readSmall(path);
  return { value: parseYaml(text, schema, path), text };
}
