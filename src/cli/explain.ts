import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { detectorById, detectors } from '../detectors/index.ts';
import { RetakeError } from '../errors.ts';
import { EXIT, runCommand } from './run.ts';

export const explainCommand = (): Command =>
  new Command('explain')
    .description('What a detector finds, what it does not claim, its options and their sources')
    .argument('[detector]', 'a detector id; without one, the list')
    .action((id?: string) => runCommand(() => explain(id)));

async function explain(id: string | undefined): Promise<number> {
  if (id === undefined) {
    const width = Math.max(...detectors.map(({ meta }) => meta.id.length));
    for (const { meta } of detectors) process.stdout.write(`${meta.id.padEnd(width)}  ${meta.summary}\n`);
    return EXIT.ok;
  }
  if (!detectorById(id))
    throw new RetakeError('usage', `no detector is called "${id}"`, {
      hint: `There are: ${detectors.map(({ meta }) => meta.id).join(', ')}.`,
    });
  process.stdout.write(await readDetectorPage(id));
  return EXIT.ok;
}

/** The detector's page. It stands beside the source, also in an installed package. */
const readDetectorPage = (id: string): Promise<string> =>
  readFile(new URL(`../../src/detectors/${id}.md`, import.meta.url), 'utf8');
