import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RetakeError } from '../../src/errors.ts';
import type { Finding } from '../../src/finding.ts';
import type { Judge } from '../../src/hook/judge.ts';
import type { Policy } from '../../src/policy.ts';
import { withReview } from '../../src/report/review/decisions.ts';
import type { Decision, Report } from '../../src/report.ts';

/** What a test clip's text says: `{"decision":"regenerate","bad":[40,60],"detector":"freeze","delay":20}`. */
export interface Script {
  decision: Decision;
  /** Frames of the finding; the rest is usable. */
  bad?: [number, number];
  frames?: number;
  detector?: string;
  confidence?: number;
  /** Milliseconds of judging. */
  delay?: number;
  /** Error code to throw. */
  error?: 'clip-truncated' | 'internal';
  /** Takes the process down. */
  crash?: boolean;
  /** Makes equal scripts different bytes. */
  salt?: string | number;
}

export const fakeClip = (script: Script): Buffer => Buffer.from(JSON.stringify(script));

/** A report of schema 1 that says what the script says. */
export function fakeReport(
  script: Script,
  sha256: string,
  policy: Pick<Policy, 'name' | 'hash'>,
  path = 'clip.mp4',
): Report {
  const { decision, frames = 120, bad = [40, 60], detector = 'freeze', confidence = 0.95 } = script;
  const found = decision === 'regenerate' || decision === 'review';
  const finding: Finding = {
    detector,
    kind: 'frozen',
    message: 'The picture stands still',
    start: bad[0],
    end: bad[1],
    peak: bad[0],
    measured: 1,
    threshold: 0.5,
    unit: 's',
    confidence,
    severity: decision === 'review' ? 'review' : 'regenerate',
    advice: 'Ask for movement until the very end.',
  };
  const usable = found
    ? [
        { start: 0, end: bad[0] },
        { start: bad[1], end: frames },
      ].filter(({ start, end }) => end > start)
    : [{ start: 0, end: frames }];
  return {
    schema: 1,
    tool: { name: 'retake', version: '0.0.0-test', models: {} },
    clip: {
      path,
      sha256,
      width: 640,
      height: 360,
      fps: { num: 24, den: 1 },
      frames,
      seconds: frames / 24,
      audio: null,
    },
    policy: { name: policy.name, hash: policy.hash },
    shots: [{ id: 's1', start: 0, end: frames }],
    cuts: [],
    outcomes: [
      {
        detector,
        shot: 's1',
        status: decision === 'error' ? 'error' : 'ran',
        ...(decision === 'error' && { reason: 'broken', code: 'detector-failed' }),
        score: found ? confidence : 0,
        measurements: {},
        findings: found ? [finding] : [],
      },
    ],
    verdict: { decision, shots: [{ shot: 's1', decision, reasons: found ? [finding.message] : [] }], usable },
    timing: { startedAt: '2026-01-01T00:00:00.000Z', milliseconds: {} },
  };
}

/** A judge that reads its verdict out of the clip. */
export const judge: Judge = async (path, { policy, review = [], signal }) => {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  let script: Script;
  try {
    script = JSON.parse(bytes.toString('utf8')) as Script;
  } catch {
    throw new RetakeError('clip-not-media', 'not a test clip');
  }
  if (script.crash) process.kill(process.pid, 'SIGKILL');
  if (script.delay && !signal?.aborted) {
    await new Promise(resolve => {
      const timer = setTimeout(resolve, script.delay);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
  if (signal?.aborted) throw new RetakeError('aborted', 'stopped');
  if (script.error) throw new RetakeError(script.error, `scripted ${script.error}`);
  const report = fakeReport(script, sha256, policy, path);
  return { ...report, outcomes: withReview(report.outcomes, sha256, review, new Date()) };
};
