import { dirname } from 'node:path';
import type { FrameRange } from '../clip.ts';
import { detectors } from '../detectors/index.ts';
import { asRetakeError, oneLine } from '../errors.ts';
import type { Policy } from '../policy.ts';
import { fromTimecode, isDropFrame, isNtsc, rateOf } from '../report/timecode.ts';
import type { Report } from '../report.ts';
import type { Problem } from './checks.ts';
import { framesOfUse, type MediaClock } from './resolve/frames.ts';
import type { JudgedReport, MediaLibrary } from './resolve/library.ts';
import { type Resolution, resolveSource } from './resolve/resolve.ts';
import type { JudgedUse } from './result.ts';
import type { Timeline, Use } from './timeline/timeline.ts';
import { narrowReport } from './used.ts';

export interface UseContext {
  library: MediaLibrary;
  policy: Policy;
  now: Date;
  /** Judges a clip on the spot; absent when unjudged media must fail. */
  judge?(path: string): Promise<JudgedReport>;
}

/** Judges every stretch of a timeline; problems are told with the film's frames. */
export async function judgeUses(
  timeline: Timeline & { path: string },
  context: UseContext,
): Promise<{ uses: JudgedUse[]; problems: Problem[] }> {
  const folder = dirname(timeline.path);
  const found = new Map<string, Promise<Resolution>>();
  const uses: JudgedUse[] = [];
  const problems: Problem[] = [];
  for (const use of timeline.uses) {
    const key = JSON.stringify([use.source.path, use.source.name, use.source.reel, use.source.sha256]);
    let resolving = found.get(key);
    if (!resolving) {
      resolving = resolveSource(use.source, context.library, folder);
      found.set(key, resolving);
    }
    const judged = await judgeUse(use, await resolving, context, null);
    uses.push(judged.use);
    if (judged.problem) problems.push({ ...judged.problem, ...use.record });
  }
  return { uses, problems };
}

/** A stretch of an export that was matched to a take by its pictures. */
export interface MatchedUse {
  id: string;
  record: FrameRange;
  frames: FrameRange;
  sha256: string;
  path: string;
}

export function judgeMatched(
  { id, record, frames, sha256, path }: MatchedUse,
  context: UseContext,
): Promise<{ use: JudgedUse; problem: Problem | null }> {
  const source = { name: path, path, reel: null, sha256 };
  const use = {
    id,
    name: path.split(/[\\/]/).pop() ?? path,
    medium: 'picture' as const,
    track: 'V1',
    record,
    source,
    speed: 1,
  };
  const takes = context.library.known(sha256)?.takes ?? [];
  return judgeUse(use, { status: 'found', by: 'fingerprint', sha256, path, takes }, context, frames);
}

type Placed = Pick<Use, 'id' | 'name' | 'medium' | 'track' | 'record' | 'speed'> & Partial<Use>;

async function judgeUse(
  use: Placed,
  resolution: Resolution,
  context: UseContext,
  known: FrameRange | null,
): Promise<{ use: JudgedUse; problem: Problem | null }> {
  const { id, name, medium, track, record, speed } = use;
  const base = { id, name, medium, track, record, speed, takes: [], full: null, narrowed: null, review: [] };
  const lost = (kind: string, message: string): { use: JudgedUse; problem: Problem } => ({
    use: { ...base, source: null, decision: 'missing', reasons: [message] },
    problem: { kind, message: `${id} ${message}` },
  });
  if (resolution.status !== 'found' && resolution.status !== 'unknown')
    return lost(resolution.status, resolution.message);
  const { sha256, path, takes } = resolution;
  const judged = await reportOf(sha256, path, context);
  if (judged instanceof Error) return lost('unjudged', `${oneLine(name) || oneLine(path)}: ${judged.message}`);
  const { report, review } = judged;
  const clock = clockOf(report);
  // Pictures are aligned at a constant rate: of a take whose rate varies, all of it counts as shown.
  const matched = known && clock.times ? { start: 0, end: clock.frames } : known;
  const frames =
    matched ?? framesOfUse({ range: use.range!, origin: use.origin ?? null, rate: use.rate ?? null }, clock);
  if (frames.end > clock.frames || frames.start < 0)
    return lost(
      'out-of-range',
      `${oneLine(name)}: the timeline shows frames ${frames.start}–${frames.end - 1} of ${oneLine(path)}, which has ${clock.frames}.`,
    );
  const narrowed = narrowReport(report, review, { id, frames, medium }, context.policy, detectors, context.now);
  const { decision, reasons = [] } = narrowed.verdict;
  const by = resolution.status === 'found' ? resolution.by : 'bytes';
  return {
    use: { ...base, source: { path, sha256, frames, by }, takes, decision, reasons, full: report, narrowed, review },
    problem: null,
  };
}

/** The newest report on these bytes under this policy; else a new one, where judging on the spot is allowed. */
async function reportOf(
  sha256: string,
  path: string,
  { library, policy, judge }: UseContext,
): Promise<JudgedReport | Error> {
  const reports = library.reports(sha256);
  const [newest] = reports.filter(({ report }) => report.policy.hash === policy.hash);
  if (newest && newest.report.error === undefined) return newest;
  if (judge) {
    try {
      const judged = await judge(path);
      if (judged.report.clip.sha256 !== sha256) return new Error('its bytes changed while it was judged.');
      library.addReport(judged);
      return judged;
    } catch (thrown) {
      const error = asRetakeError(thrown);
      if (error.code === 'aborted') throw error;
      return new Error(`could not be judged (${error.code}): ${error.message}`);
    }
  }
  const others = [...new Set(reports.map(({ report }) => report.policy.name))];
  return new Error(
    others.length > 0
      ? `was judged under ${others.map(other => oneLine(other, 60)).join(', ')}, never under this ${oneLine(policy.name, 60)} policy.`
      : 'was never judged.',
  );
}

/** The timecode of a clip's first frame, where its tags have one that can be read. */
export function clockOf({ clip }: Report): MediaClock {
  const code = clip.tags?.timecode;
  let startTimecode: number | null = null;
  if (code) {
    try {
      startTimecode = fromTimecode(code, rateOf(clip.fps, isDropFrame(code) && isNtsc(clip.fps)));
    } catch {
      startTimecode = null;
    }
  }
  return { fps: clip.fps, frames: clip.frames, startTimecode, times: clip.times ?? null };
}
