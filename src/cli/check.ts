import { availableParallelism } from 'node:os';
import { basename, extname, join, relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import PQueue from 'p-queue';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import { type Inspection, inspect } from '../inspect.ts';
import { type Policy, withStrict } from '../policy.ts';
import { closeReferees, openReferees } from '../referee/open.ts';
import { composeUnjudged } from '../report/compose.ts';
import { formatNames, renderBatch, renderClip } from '../report/formats.ts';
import { type ClipSummary, renderIndex, summarise, unjudgedSummary } from '../report/index-page.ts';
import { annotate } from '../report/review/decisions.ts';
import { POSTER_FILE } from '../report/review/library.ts';
import { REVIEW_FILE, readReview } from '../report/review/store.ts';
import { renderStats } from '../report/stats.ts';
import { renderTerminal } from '../report/terminal.ts';
import type { Report } from '../report.ts';
import { expandInputs } from './inputs.ts';
import { loadPolicy } from './load-policy.ts';
import { reportFolderName, writeOutput } from './output.ts';
import { progressBars } from './progress.ts';
import { EXIT, errorText, interruptible, runCommand } from './run.ts';

interface CheckOptions {
  policy?: string;
  strict?: boolean;
  out: string;
  format: string[];
  json?: boolean;
  jobs: number;
  stats?: string;
  sample?: number;
  embed?: number;
  timeout?: number;
  referees?: string;
  verbose?: boolean;
}

/** What became of one clip of the batch. */
type Result = { path: string; report: Report } & (
  | { review: Inspection['review']; folder: string }
  | { error: RetakeError }
);

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('must be a number above 0');
  return value;
};

const list = (text: string): string[] => {
  const names = text.split(',').map(name => name.trim());
  const unknown = names.find(name => !formatNames.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${formatNames.join(', ')}`);
  return names;
};

export const checkCommand = (): Command =>
  new Command('check')
    .description('Judge clips and write a report for each')
    .argument('<clips...>', 'files, folders (searched whole) or glob patterns')
    .option('-p, --policy <preset|file>', 'draft, editorial, export, or a YAML/JSON file (default: editorial)')
    .option('--strict', 'count review as failure, whatever the policy says')
    .option('-o, --out <folder>', 'where reports go', 'retake-report')
    .option('-f, --format <names>', `comma-separated: ${formatNames.join(', ')}`, list, ['json', 'html'])
    .option('--json', 'print reports to stdout (one object, or an array for several clips) instead of the summary')
    .addOption(
      new Option('-j, --jobs <n>', 'clips judged at once')
        .argParser(text => Math.max(1, Math.round(positive(text))))
        .default(Math.max(1, Math.floor(availableParallelism() / 2)), 'half the cores'),
    )
    .option('--stats <file>', 'measure everything and also write the signals as JSON, for tuning')
    .option('--sample <n>', 'look for people on every n-th frame only: for long clips', positive)
    .option('--embed <MB>', 'put clips up to this size into the page itself, so that it travels alone', positive)
    .option('--referees <file>', 'ask for second opinions on findings worth a review, as the file says')
    .option('--timeout <seconds>', 'give up on a clip after so long', positive)
    .option('-v, --verbose', 'list every check, and whole error chains')
    .addHelpText(
      'after',
      `
Exit status: 0 pass or review, 1 shots must be generated again, 2 something could not be judged.

Examples:
  $ retake check takes/shot-010.mp4
  $ retake check takes/ --policy export --format json,html,junit
  $ retake check 'takes/**/*.mp4' --json | jq '.[].verdict.decision'`,
    )
    .action((clips: string[], options: CheckOptions) => runCommand(() => check(clips, options), options.verbose));

/** Judges every clip that the inputs name; one that cannot be judged does not stop the others. Resolves to the exit status. */
export async function check(inputs: string[], options: CheckOptions): Promise<number> {
  const policy = await policyOf(options);
  const paths = await expandInputs(inputs);
  const referees = options.referees === undefined ? [] : await openReferees(options.referees);
  const names = folderNames(paths);
  const { signal, dispose } = interruptible();
  const bars = progressBars(Boolean(process.stderr.isTTY) && !options.json);
  const queue = new PQueue({ concurrency: options.jobs });
  const judge = async (path: string, name: (sha256: string) => string): Promise<Result> => {
    const bar = bars.clip(path);
    const folderOf = (sha256: string) => join(options.out, name(sha256));
    try {
      const inspection = await inspect(path, {
        policy,
        signal,
        timeoutSeconds: options.timeout,
        referees,
        sample: options.sample && Math.max(1, Math.round(options.sample)),
        measure: options.stats ? 'everything' : 'needed',
        reviewOf: async sha256 => (await readReview(join(folderOf(sha256), REVIEW_FILE))).entries,
        onProgress: ({ stage, done, expected }) => stage === 'decode' && bar.update(done, expected),
      });
      const folder = folderOf(inspection.clip.sha256);
      await writeReports(inspection, folder, options, paths.length > 1, signal);
      // What was measured is let go of: a batch may have thousands of clips.
      return { path, folder, report: inspection.report, review: inspection.review };
    } catch (thrown) {
      const error = asRetakeError(thrown);
      const timing = { startedAt: new Date().toISOString(), milliseconds: {} };
      return { path, error, report: composeUnjudged(path, error, policy, timing) };
    } finally {
      bar.stop();
    }
  };
  try {
    const results = await Promise.all(paths.map((path, index) => queue.add(() => judge(path, names[index]))));
    bars.stop();
    if (signal.aborted) {
      process.stderr.write(stopped(results));
      return EXIT.interrupted;
    }
    const unwritten = await writeBatch(results, options).then(() => null, asRetakeError);
    await print(results, options);
    if (unwritten) throw unwritten;
    return exitStatus(results);
  } finally {
    bars.stop();
    dispose();
    await closeReferees(referees);
  }
}

async function policyOf(options: CheckOptions): Promise<Policy> {
  const policy = await loadPolicy(options.policy);
  return options.strict ? withStrict(policy) : policy;
}

/**
 * Clips whose names would give one folder get a number by their place among the inputs, so that a second run writes the
 * same folders: equal base names, and those that differ only in what a folder's name cannot hold.
 */
function folderNames(paths: string[]): ((sha256: string) => string)[] {
  const seen = new Map<string, number>();
  return paths.map(path => {
    const base = basename(path);
    const key = `${reportFolderName(base, '')}${extname(base)}`.toLowerCase();
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return sha256 =>
      reportFolderName(nth === 1 ? base : `${basename(base, extname(base))}-${nth}${extname(base)}`, sha256);
  });
}

async function writeReports(
  inspection: Inspection,
  folder: string,
  options: CheckOptions,
  several: boolean,
  signal: AbortSignal,
): Promise<void> {
  const embedBelow = options.embed === undefined ? undefined : options.embed * 1e6;
  for await (const { file, content } of renderClip(options.format, inspection, { folder, signal, embedBelow })) {
    signal.throwIfAborted();
    await writeOutput(join(folder, file), content);
  }
  if (options.stats) {
    const path = several ? join(folder, basename(options.stats)) : options.stats;
    await writeOutput(path, renderStats(inspection.clip, inspection.signals));
  }
}

/** What tells of the whole batch: a contact sheet beside the pages of several clips, and the formats that CI reads. */
async function writeBatch(results: readonly Result[], options: CheckOptions): Promise<void> {
  const reports = results.map(({ report }) => report);
  const now = new Date();
  const annotations = new Map(
    results.flatMap(result => {
      if ('error' in result) return [];
      const { sha256 } = result.report.clip;
      return [[sha256, annotate(sha256, result.review, now)]];
    }),
  );
  for (const format of options.format) {
    const rendered = renderBatch(format, reports, { annotations, strict: options.strict });
    if (rendered) await writeOutput(join(options.out, rendered.file), rendered.content);
  }
  if (results.length > 1 && options.format.includes('html'))
    await writeOutput(join(options.out, 'index.html'), renderIndex(results.map(result => summary(result, options))));
}

function summary(result: Result, options: CheckOptions): ClipSummary {
  if ('error' in result) return unjudgedSummary(result.path, result.error);
  const folder = encodeURIComponent(relative(options.out, result.folder));
  const { report, review } = result;
  return summarise(report, { href: `${folder}/report.html`, thumb: `${folder}/${POSTER_FILE}`, review });
}

/** The terminal's summary, or the reports themselves; failures always go to stderr, one line each. */
async function print(results: readonly Result[], options: CheckOptions): Promise<void> {
  for (const result of results)
    if ('error' in result) process.stderr.write(errorText(named(result.error, result.path), options.verbose));
  if (options.json) {
    const reports = results.map(({ report }) => report);
    process.stdout.write(`${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`);
    return;
  }
  for (const result of results) {
    if ('error' in result) continue;
    const page = options.format.includes('html') ? join(result.folder, 'report.html') : undefined;
    process.stdout.write(renderTerminal(result.report, { verbose: options.verbose, page }));
  }
  if (results.length > 1) process.stdout.write(`${tally(results)}\n`);
}

/** The error with the clip's name in front, unless its message says it already. */
const named = (error: RetakeError, path: string): RetakeError =>
  error.message.includes(oneLine(path)) || error.message.includes(oneLine(basename(path)))
    ? error
    : new RetakeError(error.code, `${oneLine(path)}: ${error.message}`, { hint: error.hint, cause: error });

/** What a stopped batch leaves: the clips that were judged before keep their reports, and no summary is written. */
function stopped(results: readonly Result[]): string {
  const done = results.filter(result => !('error' in result)).length;
  return `Stopped: ${done} of ${results.length} clips judged before, their reports are kept.\n`;
}

function exitStatus(results: readonly Result[]): number {
  const decisions = results.map(({ report }) => report.verdict.decision);
  if (decisions.includes('error')) return EXIT.unjudged;
  return decisions.includes('regenerate') ? EXIT.regenerate : EXIT.ok;
}

function tally(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { report } of results) {
    const decision = report.verdict.decision === 'error' ? 'not judged' : report.verdict.decision;
    counts.set(decision, (counts.get(decision) ?? 0) + 1);
  }
  return `${results.length} clips: ${[...counts].map(([decision, count]) => `${count} ${decision}`).join(', ')}`;
}
