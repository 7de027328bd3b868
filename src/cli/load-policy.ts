import { readFile } from 'node:fs/promises';
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
    return resolvePolicy(document.toJS({ maxAliasCount: 100 }) ?? {}, origin);
  } catch (thrown) {
    if (thrown instanceof RetakeError) throw thrown;
    throw new RetakeError('policy-invalid', `${origin}: ${oneLine(String(thrown))}`, { cause: thrown });
  }
}
