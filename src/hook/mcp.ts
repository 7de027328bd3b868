import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { detectorById, detectors } from '../detectors/index.ts';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import { FingerprintStore } from '../gate/fingerprint/store.ts';
import { gateFolder } from '../gate/folder.ts';
import { MediaLibrary } from '../gate/resolve/library.ts';
import type { GateResult } from '../gate/result.ts';
import { resolvePolicy } from '../policy.ts';
import type { Report } from '../report.ts';
import type { Ledger } from '../takes/ledger.ts';
import { waiversOf } from '../takes/waivers.ts';
import { version } from '../version.ts';
import { measureFile } from './clip-job.ts';
import type { Judge } from './judge.ts';
import { findingsOf, reasonsToRetake } from './regenerate/quality.ts';
import { pathBelow } from './requests.ts';

export interface McpParts {
  ledger: Ledger;
  judge: Judge;
  /** Folders that may be read; nothing outside of them is. */
  roots: readonly string[];
  grabFrames(
    path: string,
    frames: number[],
    options: { maxSide: number; signal?: AbortSignal },
  ): Promise<Map<number, Buffer>>;
  /** Clips in a folder, whole. */
  listClips(folder: string): Promise<string[]>;
}

type Content = { type: 'text'; text: string } | { type: 'image'; data: string; mimeType: string };
interface Answer {
  [key: string]: unknown;
  content: Content[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}
interface Extra {
  signal: AbortSignal;
}

const preset = z.enum(['draft', 'editorial', 'export']);
/** Stills that one answer carries: an agent pays for each of them. */
const MOST_STILLS = 8;

/** Retake's tools for agents, over the Model Context Protocol. The caller connects a transport. */
export function makeMcpServer(parts: McpParts): McpServer {
  const { ledger } = parts;
  const server = new McpServer({ name: 'retake', version });

  server.registerTool(
    'check_clip',
    {
      title: 'Check a clip',
      description:
        'Judges a video clip: which shots must be generated again, why, at which frames, and which stretches are clean. ' +
        'A clip that was judged under the same policy before is answered from the ledger.',
      inputSchema: { path: z.string().describe('Clip, below a permitted folder'), policy: preset.default('editorial') },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    guarded(async ({ path, policy }, { signal }) => {
      const { report, reportId, cached } = await check(parts, path, policy, signal);
      const summary = summarise(report);
      return answer({ report: reportId, cached, ...summary }, headline(path, report));
    }),
  );

  server.registerTool(
    'read_findings',
    {
      title: 'Read findings, with stills',
      description:
        'The findings on a clip in full: frames, box, measured value against threshold, confidence, and what to change ' +
        'in the prompt. With `stills`, the worst frame of each comes along as a picture.',
      inputSchema: {
        path: z.string().describe('Clip, below a permitted folder'),
        policy: preset.default('editorial'),
        stills: z.boolean().default(true),
        limit: z.int().min(1).max(50).default(8),
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    guarded(async ({ path, policy, stills, limit }, { signal }) => {
      const { report, real } = await check(parts, path, policy, signal);
      const order = { regenerate: 0, review: 1, info: 2 } as const;
      const findings = findingsOf(report)
        .sort((a, b) => order[a.severity] - order[b.severity] || b.confidence - a.confidence)
        .slice(0, limit);
      const result = answer({ decision: report.verdict.decision, findings }, headline(path, report));
      if (!stills || findings.length === 0) return result;
      const peaks = [...new Set(findings.map(({ peak }) => peak))].slice(0, MOST_STILLS);
      const pictures = await parts.grabFrames(real, peaks, { maxSide: 512, signal });
      for (const [frame, jpeg] of pictures) {
        const seen = findings.filter(({ peak }) => peak === frame).map(({ detector, kind }) => `${detector}/${kind}`);
        result.content.push({ type: 'text', text: `frame ${frame}: ${seen.join(', ')}` });
        result.content.push({ type: 'image', data: jpeg.toString('base64'), mimeType: 'image/jpeg' });
      }
      return result;
    }),
  );

  server.registerTool(
    'explain_detector',
    {
      title: 'Explain a detector',
      description:
        'What a detector finds, what it does not claim, its options and their sources. Without an id: the list.',
      inputSchema: { detector: z.string().optional() },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    guarded(async ({ detector }) => {
      if (detector === undefined) {
        return answer({ detectors: detectors.map(({ meta: { id, title, summary } }) => ({ id, title, summary })) });
      }
      if (detectorById(detector) === undefined) {
        throw new RetakeError('usage', `no detector is called "${oneLine(detector, 60)}"`, {
          hint: `There are: ${detectors.map(({ meta }) => meta.id).join(', ')}.`,
        });
      }
      const page = await readFile(new URL(`../../src/detectors/${detector}.md`, import.meta.url), 'utf8');
      return { content: [{ type: 'text', text: page }] };
    }),
  );

  server.registerTool(
    'list_takes',
    {
      title: 'List takes',
      description: 'Takes in the ledger, newest first: shot, provider, model, prompt, seed, parent, newest verdict.',
      inputSchema: {
        shot: z.string().optional(),
        provider: z.string().optional(),
        prompt: z.string().optional().describe('Words that the prompt contains'),
        decision: z.enum(['pass', 'review', 'regenerate', 'error']).optional(),
        limit: z.int().min(1).max(200).default(20),
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    guarded(async filter => {
      const takes = ledger.takes(filter).map(take => ({
        ...take,
        decision: take.sha256 === undefined ? null : (ledger.reports(take.sha256)[0]?.decision ?? null),
      }));
      return answer({ takes });
    }),
  );

  server.registerTool(
    'gate_folder',
    {
      title: 'Gate a folder',
      description:
        'Says whether what is in a folder may leave: its timelines and exports, or else every clip in it. One frame in use ' +
        'that fails or was never judged, a person without a release, a take that is not disclosed closes the gate.',
      inputSchema: {
        folder: z.string().describe('Folder, below a permitted one'),
        policy: preset.default('export'),
        disclosure: z
          .enum(['none', 'text', 'c2pa', 'either'])
          .default('either')
          .describe('How it must be disclosed that takes are generated'),
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    guarded(async ({ folder, policy, disclosure }, { signal }) => {
      const root = await folderBelow(parts.roots, folder);
      const mayRead = (path: string) =>
        pathBelow(parts.roots, path).then(
          () => true,
          () => false,
        );
      const results = await gateFolder(root, {
        ...{ disclosure, signal, policy: resolvePolicy(policy), now: new Date() },
        clips: await parts.listClips(root),
        library: await MediaLibrary.open({ ledger, media: [root], mayRead, signal }),
        fingerprints: new FingerprintStore(join(dirname(ledger.database.path), 'fingerprints')),
        judge: async path => {
          const { report, reportId } = await check(parts, path, policy, signal);
          return { report, review: waiversOf(ledger, report.clip.sha256), origin: reportId };
        },
      });
      const films = results.map(result => summariseGate(result, root, resolvePolicy(policy).strict));
      const open = results.every(({ decision }) => decision === 'pass');
      const clips = films.flatMap(film => film.clips);
      const passing = clips.filter(({ decision }) => decision === 'pass').length;
      return answer(
        { open, films },
        `${open ? 'open' : 'closed'}: ${passing} of ${clips.length} clips pass, ${films.flatMap(({ blocks }) => blocks).length} reasons against it`,
      );
    }),
  );
  return server;
}

async function check(
  { ledger, judge, roots }: McpParts,
  path: string,
  policyName: z.infer<typeof preset>,
  signal: AbortSignal,
): Promise<{ report: Report; reportId: string; real: string; cached: boolean }> {
  const real = await pathBelow(roots, path);
  const policy = resolvePolicy(policyName);
  const { sha256 } = await measureFile(real, undefined, signal);
  const known = ledger.reports(sha256, policy.hash).find(({ toolVersion }) => toolVersion === version);
  if (known !== undefined) return { report: ledger.report(known.id), reportId: known.id, real, cached: true };
  const report = await judge(real, { policy, review: waiversOf(ledger, sha256), signal });
  ledger.keepPolicy(policy);
  return { report, reportId: ledger.addReport(report), real, cached: false };
}

function summarise(report: Report) {
  const { decision, shots, usable, reasons = [] } = report.verdict;
  const worst = reasonsToRetake(report).slice(0, 10);
  return {
    decision,
    shots,
    usable,
    reasons: [...reasons, ...worst.map(({ message, start, end }) => `frames ${start}–${end}: ${message}`)],
    advice: [...new Set(worst.flatMap(({ advice }) => (advice === undefined ? [] : [advice])))],
    notJudged: report.outcomes.flatMap(({ detector, shot, status, reason }) =>
      status === 'ran' ? [] : [{ detector, shot, status, reason }],
    ),
  };
}

/** A gate's result: the decision, what blocks, and every stretch in use. */
function summariseGate({ decision, subject, uses }: GateResult, root: string, strict: boolean) {
  const blocks = subject.outcomes.flatMap(({ detector, status, reason, findings }) => [
    ...(status === 'error' ? [`${detector}: ${reason ?? 'failed'}`] : []),
    ...findings
      .filter(
        ({ severity, review }) =>
          review?.status !== 'waived' && severity !== 'info' && (strict || severity !== 'review'),
      )
      .map(({ message }) => `${detector}: ${message}`),
  ]);
  return {
    film: relative(root, subject.clip.path) || '.',
    decision,
    blocks,
    clips: uses.map(({ name, source, record, decision: judged, reasons, narrowed }) => ({
      clip: source ? relative(root, source.path) : name,
      frames: source?.frames ?? null,
      at: record,
      decision: judged === 'missing' ? 'error' : judged,
      reasons: narrowed ? summarise(narrowed).reasons : reasons,
    })),
  };
}

const headline = (path: string, report: Report): string =>
  `${oneLine(path, 200)}: ${report.verdict.decision}, ${findingsOf(report).filter(({ severity }) => severity !== 'info').length} findings`;

const answer = (value: Record<string, unknown>, line?: string): Answer => ({
  content: [
    ...(line === undefined ? [] : [{ type: 'text' as const, text: line }]),
    { type: 'text' as const, text: JSON.stringify(value) },
  ],
});

/** An error becomes an answer that an agent can read and act on, never a protocol failure. */
function guarded<Input>(tool: (input: Input, extra: Extra) => Promise<Answer>) {
  return async (input: Input, extra: Extra): Promise<Answer> => {
    try {
      return await tool(input, extra);
    } catch (thrown) {
      const { code, message, hint } = asRetakeError(thrown);
      return {
        isError: true,
        content: [{ type: 'text', text: `${code}: ${oneLine(message)}${hint ? ` ${hint}` : ''}` }],
      };
    }
  };
}

async function folderBelow(roots: readonly string[], folder: string): Promise<string> {
  const { realpath, stat } = await import('node:fs/promises');
  for (const root of roots) {
    try {
      const [real, base] = await Promise.all([
        realpath(join(folder.startsWith('/') ? '/' : root, folder)),
        realpath(root),
      ]);
      if ((real === base || real.startsWith(`${base}/`)) && (await stat(real)).isDirectory()) return real;
    } catch {
      // Not below this root, or not there.
    }
  }
  throw new RetakeError('refused', 'the folder is not below the permitted folders');
}
