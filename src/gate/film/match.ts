import type { FrameRange } from '../../clip.ts';
import { asRetakeError, oneLine, RetakeError } from '../../errors.ts';
import { probe } from '../../media/probe.ts';
import type { Problem } from '../checks.ts';
import { type Candidate, matchShot } from '../fingerprint/match.ts';
import type { FingerprintStore } from '../fingerprint/store.ts';
import type { MediaLibrary } from '../resolve/library.ts';
import type { JudgedUse } from '../result.ts';
import { judgeMatched, type UseContext } from '../uses.ts';
import type { Film } from './examine.ts';

export interface MatchContext extends UseContext {
  library: MediaLibrary;
  fingerprints: FingerprintStore;
  signal?: AbortSignal;
  onProgress?(stage: string, done: number, expected: number): void;
}

/** Finds the take behind every shot of an export by its pictures, and judges the stretches that were found. */
export async function matchFilm(
  film: Film,
  context: MatchContext,
  graphics: readonly FrameRange[],
): Promise<{ uses: JudgedUse[]; problems: Problem[]; candidates: number }> {
  const places = await placesOf(context);
  const candidates: Candidate[] = [];
  const problems: Problem[] = [];
  for (const [i, { sha256, path }] of places.entries()) {
    context.onProgress?.('takes', i, places.length);
    try {
      candidates.push({
        sha256,
        fingerprint: await context.fingerprints.get(sha256, path, { signal: context.signal }),
      });
    } catch (thrown) {
      const error = asRetakeError(thrown);
      if (error.code === 'aborted') throw error;
      problems.push({
        kind: 'take-unreadable',
        message: `${oneLine(path)} could not be compared (${error.code}).`,
        severity: 'info',
      });
    }
  }
  const pathOf = new Map(places.map(({ sha256, path }) => [sha256, path]));
  const uses: JudgedUse[] = [];
  for (const shot of withoutTransitions(film)) {
    const { matches, unmatched } = matchShot(shot, film.fingerprint, candidates);
    for (const match of matches) {
      const id = `u${uses.length + 1}`;
      const judged = await judgeMatched(
        { id, record: match.frames, frames: match.source, sha256: match.sha256, path: pathOf.get(match.sha256)! },
        context,
      );
      uses.push(judged.use);
      if (judged.problem) problems.push({ ...judged.problem, ...match.frames });
      if (match.rivals.length > 0)
        problems.push({
          ...match.frames,
          kind: 'ambiguous',
          message: `Frames ${match.frames.start}–${match.frames.end - 1} fit ${1 + match.rivals.length} takes as well: ${[match.sha256, ...match.rivals].map(sha256 => oneLine(pathOf.get(sha256) ?? sha256, 80)).join(', ')}.`,
          measured: match.score,
          advice: 'Gate the timeline instead: it names the takes.',
        });
    }
    for (const { frames, reason, score } of unmatched) {
      if (graphics.some(range => frames.start >= range.start && frames.end <= range.end)) continue;
      if (reason === 'blank')
        problems.push({
          ...frames,
          kind: 'blank',
          message: `Frames ${frames.start}–${frames.end - 1} show one colour.`,
          severity: 'info',
        });
      else
        problems.push({
          ...frames,
          kind: 'unknown-shot',
          message: `No judged take shows frames ${frames.start}–${frames.end - 1}.`,
          measured: score,
          threshold: 0.95,
          unit: 'correlation',
          advice: 'Judge its take, or name titles and cards under graphics in the style bible.',
        });
    }
  }
  return { uses, problems, candidates: candidates.length };
}

/** Shots of the film without the mixed frames of dissolves and fades. */
function withoutTransitions({ shots, cuts }: Film): FrameRange[] {
  return shots
    .map(({ start, end }) => {
      const before = cuts.find(cut => cut.frame === start && cut.kind !== 'cut');
      const after = cuts.find(cut => cut.frame === end && cut.kind !== 'cut');
      return { start: before ? Math.max(start, before.end) : start, end: after ? Math.min(end, after.start) : end };
    })
    .filter(({ start, end }) => end > start);
}

/** Files that may be behind a shot: every known take that is where it was, and whatever lies in the media folders. */
async function placesOf({ library }: MatchContext): Promise<{ sha256: string; path: string }[]> {
  const places = new Map<string, string>();
  for (const entry of library.all()) {
    const place = await library.locate(entry);
    if (place?.sha256 === entry.sha256) places.set(entry.sha256, place.path);
  }
  for (const path of await library.files())
    if (/\.(mp4|mov|m4v|mkv|webm|avi|mpe?g|mxf|gif)$/i.test(path)) {
      const sha256 = await library.hash(path);
      if (
        !places.has(sha256) &&
        (await probe(path).then(
          () => true,
          () => false,
        ))
      )
        places.set(sha256, path);
    }
  if (places.size === 0)
    throw new RetakeError('no-clips', 'There is no take to find the export’s shots in.', {
      hint: 'Name the takes with --reports, --media or --ledger, or gate a timeline.',
    });
  return [...places].map(([sha256, path]) => ({ sha256, path }));
}
