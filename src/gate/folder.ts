import { basename } from 'node:path';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import { hashFile } from './files.ts';
import type { FingerprintStore } from './fingerprint/store.ts';
import { runGate } from './gate.ts';
import { gateJobs, hasTimeline } from './inputs.ts';
import type { JudgedReport, MediaLibrary } from './resolve/library.ts';
import type { GateResult } from './result.ts';
import { type Style, styleSchema } from './style/schema.ts';
import { frames, ZERO } from './timeline/exact.ts';
import { loadTimeline, timelineFile } from './timeline/read.ts';
import type { Timeline } from './timeline/timeline.ts';

export interface FolderInput {
  policy: Policy;
  /** Knows the ledger's takes and the media below the folder. */
  library: MediaLibrary;
  fingerprints: FingerprintStore;
  disclosure: Style['disclosure'];
  now: Date;
  signal?: AbortSignal;
  /** The clips of the folder: what is gated, one after the other, where no timeline lies in it. */
  clips: readonly string[];
  judge(path: string): Promise<JudgedReport>;
}

/**
 * Gates what a folder holds: its timelines and exports where there is a timeline, else every clip in it from its first
 * frame to its last. Throws `no-clips` for nothing, and what a timeline or an export cannot be read with.
 */
export async function gateFolder(folder: string, input: FolderInput): Promise<GateResult[]> {
  const style = styleSchema.parse({ disclosure: input.disclosure });
  const base = { ...input, style, styleFolder: folder, styled: false, review: [] };
  if (!(await hasTimeline(folder))) {
    if (input.clips.length === 0) throw new RetakeError('no-clips', `no clip in ${oneLine(basename(folder))}`);
    const judged = await judgeAll(input);
    const timeline = await wholeClips(folder, input.clips, judged);
    return [await runGate({ ...base, timeline, judge: path => judged.get(path)!() })];
  }
  const results: GateResult[] = [];
  /** What is read must lie where reading is allowed, also where a link leads elsewhere. */
  const known = async (path: string, file = path): Promise<{ path: string; sha256: string }> => {
    if (!(await input.library.readable(file)))
      throw new RetakeError('refused', `${oneLine(basename(path))} is not a file below the permitted folders`);
    return { path, sha256: await hashFile(file, input.signal) };
  };
  for (const job of await gateJobs([folder])) {
    const film = job.export ? { export: await known(job.export) } : {};
    if (!job.timeline) results.push(await runGate({ ...base, ...film }));
    else {
      const source = await known(job.timeline, timelineFile(job.timeline));
      results.push(await runGate({ ...base, ...film, timeline: { ...(await loadTimeline(job.timeline)), ...source } }));
    }
  }
  return results;
}

type Answer = () => Promise<JudgedReport>;

/** Every clip's report, or why there is none, told again whenever it is asked for. */
async function judgeAll({ clips, judge, library, signal }: FolderInput): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const path of clips) {
    if (signal?.aborted) throw new RetakeError('aborted', 'Stopped before the gate was done.');
    try {
      const judged = await judge(path);
      library.addReport(judged);
      answers.set(path, async () => judged);
    } catch (thrown) {
      const error = asRetakeError(thrown);
      if (error.code === 'aborted') throw error;
      answers.set(path, () => Promise.reject(error));
    }
  }
  return answers;
}

/** A timeline that shows every clip whole. One that could not be judged has a frame: where it would stand. */
async function wholeClips(
  folder: string,
  clips: readonly string[],
  judged: ReadonlyMap<string, Answer>,
): Promise<Timeline & { path: string; sha256: string }> {
  const uses: Timeline['uses'] = [];
  let at = 0;
  const fps = { num: 25, den: 1 };
  for (const path of clips) {
    const clip = await judged.get(path)!().then(
      ({ report }) => report.clip,
      () => null,
    );
    const length = clip ? Math.max(1, Math.round((clip.seconds * fps.num) / fps.den)) : 1;
    const rate = clip?.fps ?? fps;
    const name = basename(path);
    for (const medium of ['picture', 'sound'] as const) {
      if (medium === 'sound' && !clip?.audio) continue;
      uses.push({
        ...{ id: `u${uses.length + 1}`, name, medium, track: medium === 'picture' ? 'V1' : 'A1' },
        record: { start: at, end: at + length },
        source: { name, path, reel: null, sha256: clip?.sha256 ?? null },
        range: { start: ZERO, end: frames(clip?.frames ?? 1, rate) },
        ...{ origin: ZERO, rate, speed: 1, transition: 0 },
      });
    }
    at += length;
  }
  const head = { format: 'folder', name: basename(folder), fps, drop: false, start: 0, length: at, notes: [] };
  return { ...head, uses, path: folder, sha256: '' };
}
