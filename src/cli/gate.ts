import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RetakeError } from '../errors.ts';
import { audioPlanSchema } from '../gate/audio/schema.ts';
import { CERTIFICATE_FILE, makeCertificate } from '../gate/certificate/certificate.ts';
import type { CertificateRecord } from '../gate/certificate/schema.ts';
import { readSigningKey } from '../gate/certificate/sign.ts';
import { hashFile, hashText, readSmall } from '../gate/files.ts';
import { FingerprintStore } from '../gate/fingerprint/store.ts';
import { type GateInput, runGate } from '../gate/gate.ts';
import { type GateJob, gateJobs } from '../gate/inputs.ts';
import { makeRecord } from '../gate/record.ts';
import { GATE_FORMATS, type GateFormat, gateText, renderGate } from '../gate/render.ts';
import { MediaLibrary } from '../gate/resolve/library.ts';
import type { GateResult } from '../gate/result.ts';
import { deliveryPresets, resolveStyle } from '../gate/style/presets.ts';
import { DELIVERY_PRESETS, type DeliveryPreset, styleSchema } from '../gate/style/schema.ts';
import { loadTimeline, timelineFile } from '../gate/timeline/read.ts';
import { loadYaml } from '../gate/yaml.ts';
import { inspect } from '../inspect.ts';
import { type Policy, withStrict } from '../policy.ts';
import { REVIEW_FILE, readReview } from '../report/review/store.ts';
import { parseRate } from '../report/timecode.ts';
import { ledgerPath } from '../takes/database.ts';
import { type Ledger, openLedger } from '../takes/ledger.ts';
import { loadPolicy } from './load-policy.ts';
import { writeOutput } from './output.ts';
import { progressBars } from './progress.ts';
import { EXIT, interruptible, runCommand } from './run.ts';

interface GateOptions {
  policy: string;
  strict?: boolean;
  ledger?: string;
  reports: string[];
  media: string[];
  style?: string;
  audio?: string;
  checkMissing?: boolean;
  fps?: string;
  sequence?: string;
  out: string;
  format: GateFormat[];
  sign?: string;
  json?: boolean;
  verbose?: boolean;
}

const several = (text: string, before: string[]): string[] => [...before, text];
const formats = (text: string): GateFormat[] =>
  text.split(',').map(name => {
    const format = GATE_FORMATS.find(one => one === name.trim());
    if (!format) throw new InvalidArgumentError(`"${name}" is none of ${GATE_FORMATS.join(', ')}`);
    return format;
  });

/** `retake gate`: whether a film may leave. */
export const gateCommand = (): Command =>
  new Command('gate')
    .description('Judge a final export or timeline: nothing unjudged, nothing broken, nothing without consent leaves')
    .argument('<films...>', 'exports, timelines (OTIO, FCPXML, Premiere/FCP 7 XML, CMX 3600 EDL), or folders with them')
    .option('-p, --policy <preset|file>', 'policy that the takes must have been judged under', 'export')
    .option('--strict', 'count review as failure, whatever the policy says')
    .option('--ledger <file>', 'the ledger file (default: as `retake takes`)')
    .addOption(
      new Option('--reports <folder>', 'folder of `retake check` reports; repeat for more')
        .argParser(several)
        .default([], 'retake-report'),
    )
    .addOption(
      new Option('--media <folder>', 'where the takes lie when the timeline’s paths lead elsewhere; repeat for more')
        .argParser(several)
        .default([], 'nowhere else'),
    )
    .option(
      '--style <file|preset>',
      `style bible (YAML), or a delivery preset: ${DELIVERY_PRESETS.filter(name => name !== 'none').join(', ')}`,
    )
    .option('--audio <file>', 'audio plan (YAML)')
    .option('--check-missing', 'judge takes that were never judged under the policy now')
    .option('--fps <rate>', 'frame rate of an EDL, which does not say it')
    .option('--sequence <name>', 'sequence or project, where the timeline file holds several')
    .option('-o, --out <folder>', 'where the certificate and other files go', 'retake-gate')
    .addOption(
      new Option('-f, --format <names>', `also write, comma-separated: ${GATE_FORMATS.join(', ')}`)
        .argParser(formats)
        .default([], 'none'),
    )
    .option('--sign <key.pem>', 'sign the certificate with this Ed25519 private key')
    .option('--json', 'print the record as JSON (an array for several films) instead of the summary')
    .option('-v, --verbose', 'whole error chains')
    .addHelpText(
      'after',
      `
With a timeline, only the frames that it uses are judged, by the reports of their takes. Without one, the export is
split into shots that are matched back to the takes by their pictures.

Exit status: 0 passes, 1 does not, 2 could not be judged.

Examples:
  $ retake gate cut.otio master.mp4
  $ retake gate master.mp4 --media takes/ --reports retake-report --style youtube
  $ retake gate cut.edl --fps 25 --check-missing --format junit,sarif,github --sign gate-key.pem`,
    )
    .action((films: string[], options: GateOptions) => runCommand(() => gate(films, options), options.verbose));

async function gate(films: string[], options: GateOptions): Promise<number> {
  const loaded = await loadPolicy(options.policy);
  const policy = options.strict ? withStrict(loaded) : loaded;
  const key = options.sign === undefined ? undefined : readSigningKey(await readSmall(options.sign, 65_536));
  const jobs = await gateJobs(films);
  const { style, styleFolder, plan, rules } = await rulesOf(options);
  const ledger = ledgerOf(options);
  const { signal, dispose } = interruptible();
  const bars = progressBars(Boolean(process.stderr.isTTY) && !options.json);
  try {
    const library = await MediaLibrary.open({ ledger, reports: reportFolders(options), media: options.media, signal });
    const results: number[] = [];
    const records: CertificateRecord[] = [];
    for (const job of jobs) {
      const now = new Date();
      const out = jobs.length === 1 ? options.out : join(options.out, folderName(job));
      const bar = bars.clip(job.export ?? job.timeline!);
      const input: GateInput = {
        ...{ policy, library, now, style, styleFolder, styled: options.style !== undefined, plan, signal },
        ...(options.checkMissing ? { judge: judgeNow(policy, ledger, signal) } : {}),
        ...(await subjectOf(job, options, signal)),
        review: (await readReview(join(out, REVIEW_FILE))).entries,
        fingerprints: new FingerprintStore(join(cacheFolder(options, ledger), 'fingerprints')),
        onProgress: (_stage, done, expected) => bar.update(done, expected),
      };
      const result = await runGate(input);
      bar.stop();
      const { record, evidence } = makeRecord(result, { policy, ledger, rules, now });
      for (const { file, content } of await makeCertificate(record, evidence, key))
        await writeOutput(join(out, file), content);
      for (const format of options.format) {
        const { file, content } = renderGate(format, result, policy.strict, now);
        await writeOutput(join(out, file), content);
      }
      records.push(record);
      if (!options.json)
        process.stdout.write(`${gateText(result, policy.strict)}  certificate: ${join(out, CERTIFICATE_FILE)}\n`);
      results.push(exitOf(result));
    }
    if (options.json) process.stdout.write(`${JSON.stringify(records.length === 1 ? records[0] : records, null, 2)}\n`);
    return Math.max(...results);
  } finally {
    bars.stop();
    dispose();
    ledger?.close();
  }
}

const exitOf = ({ decision }: GateResult): number =>
  ({ pass: EXIT.ok, fail: EXIT.regenerate, error: EXIT.unjudged })[decision];

async function subjectOf(
  job: GateJob,
  options: GateOptions,
  signal: AbortSignal,
): Promise<Pick<GateInput, 'timeline' | 'export'>> {
  const fps = options.fps === undefined ? undefined : parseRate(options.fps);
  const { timeline: path, export: film } = job;
  return {
    ...(path === undefined
      ? {}
      : {
          timeline: {
            ...(await loadTimeline(path, { fps, sequence: options.sequence })),
            path,
            sha256: await hashFile(timelineFile(path), signal),
          },
        }),
    ...(film === undefined ? {} : { export: { path: film, sha256: await hashFile(film, signal) } }),
  };
}

async function rulesOf({
  style,
  audio,
}: GateOptions): Promise<Pick<GateInput, 'style' | 'styleFolder' | 'plan'> & { rules: CertificateRecord['rules'] }> {
  const rules: CertificateRecord['rules'] = [];
  let resolved = resolveStyle({ extends: 'none' });
  let styleFolder = '.';
  if (style !== undefined && Object.hasOwn(deliveryPresets, style)) {
    resolved = resolveStyle({ extends: style as DeliveryPreset });
    rules.push({ kind: 'style', name: style, sha256: hashText(JSON.stringify(resolved)) });
  } else if (style !== undefined) {
    const { value, text } = await loadYaml(style, styleSchema);
    resolved = resolveStyle(value);
    styleFolder = dirname(style);
    rules.push({ kind: 'style', name: basename(style), sha256: hashText(text) });
  }
  if (audio === undefined) return { style: resolved, styleFolder, rules };
  const { value, text } = await loadYaml(audio, audioPlanSchema);
  rules.push({ kind: 'audio', name: basename(audio), sha256: hashText(text) });
  return { style: resolved, styleFolder, plan: value, rules };
}

function ledgerOf({ ledger }: GateOptions): Ledger | undefined {
  const path = ledgerPath(ledger);
  if (existsSync(path)) return openLedger(path);
  if (ledger !== undefined) throw new RetakeError('usage', `${path}: no such ledger`);
  return undefined;
}

const reportFolders = ({ reports }: GateOptions): string[] =>
  reports.length > 0 ? reports : ['retake-report'].filter(existsSync);

/** Fingerprints are kept beside the ledger, else with the gate's own files. */
const cacheFolder = (options: GateOptions, ledger: Ledger | undefined): string =>
  ledger ? dirname(ledger.database.path) : join(resolve(options.out), 'cache');

const folderName = ({ timeline, export: film }: GateJob): string => {
  const path = film ?? timeline!;
  return basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, '-') || 'film';
};

const judgeNow = (policy: Policy, ledger: Ledger | undefined, signal: AbortSignal) => async (path: string) => {
  const { report } = await inspect(path, { policy, signal });
  if (ledger && ledger.takes({ sha256: report.clip.sha256, limit: 1 }).length > 0) {
    ledger.keepPolicy(policy);
    ledger.addReport(report);
  }
  return { report, review: [], origin: 'judged on the spot' };
};
