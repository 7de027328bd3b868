import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { oneLine, RetakeError } from '../errors.ts';
import { type Policy, resolvePolicy } from '../policy.ts';
import { type PresetName, presets } from '../presets.ts';

/**
 * A policy by preset name, or from a YAML or JSON file. Throws `policy-unreadable` when the file cannot be read,
 * `policy-invalid` with the place when it says something it should not.
 */
export async function loadPolicy(nameOrFile: string | undefined): Promise<Policy> {
  if (nameOrFile === undefined) return resolvePolicy('editorial');
  if (Object.hasOwn(presets, nameOrFile)) return resolvePolicy(nameOrFile as PresetName);
  const origin = oneLine(nameOrFile);
  const text = await readFile(nameOrFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new RetakeError(
      'policy-unreadable',
      `${origin}: ${cause.code === 'ENOENT' ? 'no such policy file' : cause.message}`,
      {
        hint: `Give a file, or one of the presets ${Object.keys(presets).join(', ')}. \`retake policy init\` writes a file to start from.`,
        cause,
      },
    );
  });
  // JSON is YAML: one reader serves both. Aliases are bounded against expansion bombs.
  const document = parseDocument(text, { prettyErrors: true });
  const problem = document.errors[0];
  if (problem) throw new RetakeError('policy-invalid', `${origin}: ${oneLine(problem.message)}`, { cause: problem });
  try {
    return resolvePolicy(located(document.toJS({ maxAliasCount: 100 }) ?? {}, dirname(nameOrFile)), origin);
  } catch (thrown) {
    if (thrown instanceof RetakeError) throw thrown;
    throw new RetakeError('policy-invalid', `${origin}: ${oneLine(String(thrown))}`, { cause: thrown });
  }
}

/** Paths in a file are meant from where the file is. Anything that is no such list is left for the schema to refuse. */
function located(file: unknown, folder: string): unknown {
  const paths = (file as { references?: unknown }).references;
  if (!Array.isArray(paths)) return file;
  return {
    ...(file as object),
    references: paths.map(path => (typeof path === 'string' && path ? resolve(folder, path) : path)),
  };
}
