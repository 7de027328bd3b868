import { access } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { detectors } from '../detectors/index.ts';
import { RetakeError } from '../errors.ts';
import { type Policy, policyJsonSchema } from '../policy.ts';
import { type PresetName, presets } from '../presets.ts';
import { loadPolicy } from './load-policy.ts';
import { writeOutput } from './output.ts';
import { EXIT, runCommand } from './run.ts';

export const policyCommand = (): Command => {
  const command = new Command('policy').description('Look at policies, start one, or get their JSON Schema');
  command
    .command('print')
    .description('Every key of a policy with its value, presets filled in')
    .argument('[preset|file]', 'draft, editorial, export, or a file', 'editorial')
    .option('--json', 'as JSON instead of YAML')
    .action((source: string, options: { json?: boolean }) =>
      runCommand(async () => {
        const values = printable(await loadPolicy(source));
        process.stdout.write(options.json ? `${JSON.stringify(values, null, 2)}\n` : stringify(values));
        return EXIT.ok;
      }),
    );
  command
    .command('init')
    .description('Write a commented policy file to start from')
    .argument('[file]', 'where to', 'retake.yaml')
    .addOption(
      new Option('--extends <preset>', 'preset to start from').choices(Object.keys(presets)).default('editorial'),
    )
    .option('--force', 'replace an existing file')
    .action((file: string, options: { extends: PresetName; force?: boolean }) => runCommand(() => init(file, options)));
  command
    .command('schema')
    .description('JSON Schema of a policy file, for an editor’s completion')
    .action(() =>
      runCommand(async () => {
        process.stdout.write(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
        return EXIT.ok;
      }),
    );
  return command;
};

/** A policy as its file would spell it, each detector's level first. */
function printable(policy: Policy): Record<string, unknown> {
  const { hash: _hash, detectors: settings, ...rest } = policy;
  const entries = Object.entries(settings).map(([id, { level, options }]) => [id, { level, ...options }]);
  return { ...rest, detectors: Object.fromEntries(entries) };
}

async function init(file: string, options: { extends: PresetName; force?: boolean }): Promise<number> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists && !options.force)
    throw new RetakeError('output-unwritable', `${file} exists already`, { hint: 'Use --force to replace it.' });
  await writeOutput(file, template(options.extends));
  process.stdout.write(`wrote ${file}: check it with \`retake policy print ${file}\`\n`);
  return EXIT.ok;
}

/** The schema that comes with this version, for editors that complete YAML by it. */
const schemaUrl = new URL('../../docs/policy.schema.json', import.meta.url).href;

/** A file that changes nothing until a line is uncommented. */
function template(preset: PresetName): string {
  const entries = detectors.map(({ meta }) => {
    const own = presets[preset].detectors[meta.id];
    const level = typeof own === 'string' ? own : (own?.level ?? 'review');
    return `  # ${meta.summary}\n  # ${meta.id}: ${level}\n`;
  });
  return `# yaml-language-server: $schema=${schemaUrl}
# Retake policy. Everything that is not written here is as in the preset.
# \`retake explain <detector>\` tells what an option means; \`retake policy print\` shows every value.
extends: ${preset} # ${presets[preset].summary}
# strict: ${presets[preset].strict} # count review as failure
# shots: ${presets[preset].shots} # single, multi, or a list of frames at which cuts are planned
# handle: ${presets[preset].handle} # seconds that a usable range must last
detectors: {}
${entries.join('').replaceAll(/^ {2}# /gm, '#   ')}`;
}
