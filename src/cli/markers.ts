import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { oneLine, RetakeError } from '../errors.ts';
import { markerFormat, markerFormats } from '../report/markers/index.ts';
import { type Annotation, annotate } from '../report/review/decisions.ts';
import { REVIEW_FILE, readReview } from '../report/review/store.ts';
import { parseRate } from '../report/timecode.ts';
import { type Report, reportSchema } from '../report.ts';
import { writeOutput } from './output.ts';
import { EXIT, runCommand } from './run.ts';

interface MarkersOptions {
  format: string;
  startTc?: string;
  rate?: string;
  media?: string;
  out?: string;
}

/** `retake markers <report> --format …`: a report's findings and usable ranges as markers for an editing system. */
export const markersCommand = (): Command =>
  new Command('markers')
    .description('Carry a report’s findings and usable ranges into an editing system as markers')
    .argument('<report>', 'a report.json, or the folder that holds it')
    .addOption(
      new Option('--format <format>', `for: ${markerFormats.map(({ id, title }) => `${id} (${title})`).join('; ')}`)
        .choices(markerFormats.map(({ id }) => id))
        .makeOptionMandatory(),
    )
    .option('--start-tc <timecode>', 'timecode of the clip’s first frame on the timeline; 01:00:00;00 means drop-frame')
    .option('--rate <fps>', 'rate of the timeline: 23.976, 24, 25, 29.97, 30, 50, 59.94, 60 or a fraction')
    .option('--media <path>', 'where the clip lies for the editing system, when not where it was judged')
    .option('--out <file>', 'file to write; standard output otherwise')
    .action((path: string, options: MarkersOptions) => runCommand(() => markers(path, options)));

async function markers(path: string, options: MarkersOptions): Promise<number> {
  const { report, folder } = await readReport(path);
  const annotations: ReadonlyMap<string, Annotation> = annotate(
    report.clip.sha256,
    (await readReview(join(folder, REVIEW_FILE))).entries,
    new Date(),
  );
  const format = markerFormat(options.format);
  if (!format) throw new RetakeError('usage', `no marker format is called "${options.format}"`);
  const text = format.render(report, {
    annotations,
    ...(options.startTc === undefined ? {} : { startTimecode: options.startTc }),
    ...(options.rate === undefined ? {} : { rate: parseRate(options.rate) }),
    mediaPath: options.media === undefined ? await found(report.clip.path) : resolve(options.media),
  });
  if (options.out === undefined) process.stdout.write(text);
  else await writeOutput(options.out, text);
  return EXIT.ok;
}

/** A report by its own path or its folder's. Throws `report-invalid` for anything that is none. */
async function readReport(path: string): Promise<{ report: Report; folder: string }> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, 'report.json') : path;
    return { report: reportSchema.parse(JSON.parse(await readFile(file, 'utf8'))), folder: dirname(file) };
  } catch (thrown) {
    throw new RetakeError('report-invalid', `${oneLine(path)} is not a report that this version can read`, {
      hint: 'Name a report.json of `retake check`, or the folder that holds it.',
      cause: thrown,
    });
  }
}

/** A clip's path made absolute when it is still where it was judged; editing systems open no relative paths. */
const found = (path: string): Promise<string> =>
  stat(path).then(
    () => resolve(path),
    () => path,
  );
