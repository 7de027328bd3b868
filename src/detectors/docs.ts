import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { RetakeError } from '../errors.ts';
import type { AnyDetector } from './detector.ts';

const START = '<!-- options -->';
const END = '<!-- /options -->';

/** The part of a detector's declaration that its documentation is made from. */
export interface Documented {
  meta: { id: string; options: z.ZodObject };
}

interface OptionSchema {
  description?: string;
  default?: unknown;
  type?: string | string[];
  enum?: unknown[];
  items?: OptionSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/**
 * Markdown table of a detector's options: name, default, allowed values, and the description (unit and source).
 * Made from the zod schema alone, so that the page, the policy schema and the code cannot drift apart.
 */
export function optionsTable(detector: Documented): string {
  const schema = z.toJSONSchema(detector.meta.options, { io: 'input' }) as {
    properties?: Record<string, OptionSchema>;
  };
  const rows = Object.entries(schema.properties ?? {});
  if (rows.length === 0) return 'No options.';
  return [
    '| Option | Default | Allowed | Meaning |',
    '|---|---|---|---|',
    ...rows.map(
      ([name, option]) =>
        `| \`${name}\` | ${code(option.default)} | ${cell(allowed(option))} | ${cell(option.description ?? '')} |`,
    ),
  ].join('\n');
}

/** The page with the table between its option markers replaced; throws `internal` when the page has no markers. */
export function withOptionsTable(page: string, detector: Documented): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) {
    throw new RetakeError('internal', `${detector.meta.id}.md lacks the markers ${START} and ${END}`);
  }
  return `${page.slice(0, start + START.length)}\n${optionsTable(detector)}\n${page.slice(end)}`;
}

/** Ids of the detectors that have a page in this folder, sorted. */
export async function documentedIds(folder = here()): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -3))
    .sort();
}

/** The declaration that `<id>.ts` exports; throws `internal` when the file exports none with that id. */
export async function loadDetector(id: string, folder = here()): Promise<Documented> {
  const module = (await import(pathToFileURL(join(folder, `${id}.ts`)).href)) as Record<string, unknown>;
  const found = Object.values(module).find(value => (value as Documented | undefined)?.meta?.id === id);
  if (found === undefined) throw new RetakeError('internal', `${id}.ts exports no detector with the id ${id}`);
  return found as Documented;
}

function allowed(option: OptionSchema): string {
  if (option.enum !== undefined) return option.enum.map(String).join(', ');
  if (option.type === 'array') return `list of ${option.items?.type ?? 'values'}`;
  const bounds: string[] = [];
  const low = option.exclusiveMinimum ?? option.minimum;
  const high = option.exclusiveMaximum ?? option.maximum;
  if (low !== undefined && Math.abs(low) < Number.MAX_SAFE_INTEGER) {
    bounds.push(`${option.exclusiveMinimum === undefined ? '≥' : '>'} ${low}`);
  }
  if (high !== undefined && Math.abs(high) < Number.MAX_SAFE_INTEGER) {
    bounds.push(`${option.exclusiveMaximum === undefined ? '≤' : '<'} ${high}`);
  }
  return bounds.length > 0 ? bounds.join(', ') : String(option.type ?? 'any');
}

const code = (value: unknown): string => (value === undefined ? 'required' : `\`${cell(JSON.stringify(value))}\``);
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
const here = (): string => dirname(fileURLToPath(import.meta.url));

const LIST = { start: '<!-- detectors -->', end: '<!-- /detectors -->' } as const;

/** The README with its table of detectors made from their declarations. Throws `internal` when the markers are missing. */
export function withDetectorList(readme: string, list: readonly AnyDetector[]): string {
  const from = readme.indexOf(LIST.start);
  const to = readme.indexOf(LIST.end);
  if (from < 0 || to < from) throw new RetakeError('internal', 'The README has lost its detectors markers');
  const rows = list.map(({ meta }) => `| \`${meta.id}\` | ${meta.medium} | ${cell(meta.summary)} |`);
  const table = ['| Detector | Looks at | Finds |', '|---|---|---|', ...rows].join('\n');
  return `${readme.slice(0, from + LIST.start.length)}\n${table}\n${readme.slice(to)}`;
}

/** Rewrites the options table of every page beside this file, the README's list and the published policy schema: `npm run docs`. */
async function main(): Promise<void> {
  const { detectors } = await import('./index.ts');
  const { policyJsonSchema } = await import('../policy.ts');
  const root = join(here(), '..', '..');
  await writeFile(join(root, 'docs', 'policy.schema.json'), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  const readme = join(root, 'README.md');
  await writeFile(readme, withDetectorList(await readFile(readme, 'utf8'), detectors));
  for (const id of await documentedIds()) {
    const path = join(here(), `${id}.md`);
    const page = await readFile(path, 'utf8');
    const updated = withOptionsTable(page, await loadDetector(id));
    if (updated === page) continue;
    await writeFile(path, updated);
    console.log(`${id}.md`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
