import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { RetakeError } from '../errors.ts';
import { classifierDeclaration, openClassifier } from './classifier.ts';
import type { Referee } from './referee.ts';
import { openVision, visionDeclaration } from './vision.ts';

/** A file with referees: YAML or JSON. */
export const refereeFile = z.strictObject({
  referees: z
    .array(z.discriminatedUnion('kind', [classifierDeclaration, visionDeclaration]))
    .min(1)
    .max(8),
});

/**
 * Opens every referee that a file declares; nobody is asked unless such a file is named.
 * @throws RetakeError `options-invalid` with what is wrong where, `model-missing`, `model-corrupt`
 */
export async function openReferees(file: string, environment: NodeJS.ProcessEnv = process.env): Promise<Referee[]> {
  let declared: unknown;
  try {
    declared = parse(await readFile(file, 'utf8'), { maxAliasCount: 20 });
  } catch (cause) {
    throw new RetakeError('options-invalid', 'the file of referees cannot be read as YAML or JSON', { cause });
  }
  const checked = refereeFile.safeParse(declared);
  if (!checked.success)
    throw new RetakeError('options-invalid', `referees: ${z.prettifyError(checked.error).replace(/\s+/g, ' ')}`);
  const open: Referee[] = [];
  try {
    for (const declaration of checked.data.referees)
      open.push(
        declaration.kind === 'classifier'
          ? await openClassifier(declaration, file)
          : openVision(declaration, environment),
      );
    return open;
  } catch (thrown) {
    await closeReferees(open);
    throw thrown;
  }
}

export async function closeReferees(referees: readonly Referee[]): Promise<void> {
  for (const referee of referees) await referee.close?.();
}
