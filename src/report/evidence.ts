import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ClipFacts, frameTime } from '../clip.ts';
import type { Detector } from '../detectors/detector.ts';
import { asRetakeError } from '../errors.ts';
import { makeProxy, playability } from '../media/proxy.ts';
import { composeStrip, differenceOf, grabStills, type StillImage, shrinkJpeg } from '../media/stills.ts';
import type { Report } from '../report.ts';
import type { Measured } from '../signals.ts';
import { handStrips } from './evidence-hands.ts';
import { landmarksFor } from './evidence-landmarks.ts';
import { lipSyncCurves } from './evidence-lip-sync.ts';
import { plotSeries } from './evidence-series.ts';
import type { ClipSource, PageExtras, PlotSeries, Still, Strip } from './page-data.ts';
import { keyedFindings, type ReviewEntry } from './review/decisions.ts';

export interface EvidenceOptions {
  /** Folder that the page will lie in: the clip is referenced relative to it, a proxy is written into it. */
  folder: string;
  detectors: readonly Pick<Detector, 'meta'>[];
  /** Decisions that were made about these bytes before. */
  review?: readonly ReviewEntry[];
  /** The clip (or its proxy) becomes part of the page when it has at most so many bytes. Default 0: never. */
  embedBelow?: number;
  /** Makes a proxy when browsers cannot play the clip. Default true. */
  proxy?: boolean;
  /** Bytes of all stills together. Default 1.5 MB, which is 2 MB as text in the page. */
  stillBytes?: number;
  /** Curves of a detector's own, such as a score per frame, to be plotted beside the signals. */
  curves?: readonly PlotSeries[];
  signal?: AbortSignal;
}

/** Findings that get pictures of their own, the worst first; the rest share what is there. */
const MOST_PICTURED = 60;
const MOST_POSTERS = 24;
const PEAK_SIDE = 640;
const CONTEXT_SIDE = 320;
const POSTER_SIDE = 240;

/** A judged clip: what `inspect` returns. */
export interface Judged {
  report: Report;
  clip: ClipFacts;
  signals: Measured;
}

/**
 * Gathers what the page shows beside the report: stills around each finding, plots, landmarks, and a playable clip.
 * Pictures that cannot be had do not cost the report: the page says why they are missing.
 * @throws RetakeError `aborted` only
 */
export async function gatherEvidence(judged: Judged, options: EvidenceOptions): Promise<PageExtras> {
  const { report, clip, signals } = judged;
  const metas = options.detectors.map(detector => detector.meta);
  const strips = chooseStrips(report);
  const posters = choosePosters(report);
  const warnings: string[] = [];
  const images = await attempt(() => picture(clip, report, strips, posters, options), warnings, 'Stills');
  const source = await attempt(() => clipSource(clip, options), warnings, 'The clip');
  const hands = await attempt(() => handStrips(clip, report.shots, signals, options.signal), warnings, 'Hands');
  const findings = report.outcomes.flatMap(outcome => outcome.findings);
  return {
    clip: source ?? { how: 'none', type: '' },
    firstFrameTime: micro(frameTime(clip, 0)),
    ...irregular(clip),
    stills: Object.fromEntries([...(images ?? [])].map(([frame, image]) => [frame, dataStill(image)])),
    strips,
    posters,
    series: [...(options.curves ?? []), ...lipSyncCurves(clip, report, signals), ...plotSeries(clip, signals, metas)],
    landmarks: landmarksFor(findings, signals),
    ...(hands?.length ? { hands } : {}),
    detectors: Object.fromEntries(
      metas.map(({ id, title, summary, medium, source }) => [id, { title, summary, medium, source }]),
    ),
    review: options.review ? options.review.filter(entry => entry.clip === clip.sha256) : [],
    warnings,
  };
}

async function attempt<T>(work: () => Promise<T>, warnings: string[], what: string): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    const error = asRetakeError(thrown);
    if (error.code === 'aborted') throw error;
    warnings.push(`${what} could not be prepared (${error.code}): ${error.message}`);
    return null;
  }
}

/** Frames just before, at and just after each finding, inside the shots that it begins and ends in: never across a cut. */
export function chooseStrips(report: Report): Record<string, Strip> {
  const rank = { regenerate: 0, review: 1, info: 2 } as const;
  const worst = keyedFindings(report.outcomes)
    .sort((a, b) => rank[a.finding.severity] - rank[b.finding.severity] || b.finding.confidence - a.finding.confidence)
    .slice(0, MOST_PICTURED);
  const last = report.clip.frames - 1;
  return Object.fromEntries(
    worst.map(({ key, finding }) => {
      const before = finding.start - 1 >= shotAt(report, finding.start).start ? finding.start - 1 : null;
      const after = finding.end < shotAt(report, finding.end - 1).end ? finding.end : null;
      return [key, { before, peak: Math.min(finding.peak, last), after }];
    }),
  );
}

const shotAt = ({ shots, clip }: Report, frame: number): { start: number; end: number } =>
  shots.find(({ start, end }) => frame >= start && frame < end) ?? { start: 0, end: clip.frames };

/** A frame a little into each shot, past what a dissolve leaves. */
function choosePosters({ shots }: Report): Record<string, number> {
  return Object.fromEntries(
    shots
      .slice(0, MOST_POSTERS)
      .map(({ id, start, end }) => [id, start + Math.floor(Math.min(12, (end - start - 1) / 3))]),
  );
}

/** Grabs every frame once, at the largest size that something needs it in. */
async function picture(
  clip: ClipFacts,
  report: Report,
  strips: Record<string, Strip>,
  posters: Record<string, number>,
  { stillBytes = 1_500_000, signal }: EvidenceOptions,
): Promise<Map<number, StillImage>> {
  const sides = new Map<number, number>();
  const want = (frame: number | null, side: number) => {
    if (frame !== null && frame < report.clip.frames) sides.set(frame, Math.max(side, sides.get(frame) ?? 0));
  };
  for (const { before, peak, after } of Object.values(strips)) {
    want(peak, PEAK_SIDE);
    want(before, CONTEXT_SIDE);
    want(after, CONTEXT_SIDE);
  }
  for (const frame of Object.values(posters)) want(frame, POSTER_SIDE);
  const share = stillBytes / Math.max(1, sides.size);
  // Many findings: smaller pictures rather than fewer.
  const shrink = Math.min(1, Math.max(0.4, Math.sqrt(share / 16_000)));
  return grabStills(clip, [...sides.keys()], {
    maxSide: PEAK_SIDE,
    sideOf: frame => Math.round((sides.get(frame) ?? CONTEXT_SIDE) * shrink),
    maxBytes: Math.max(6_000, Math.min(70_000, 2 * share)),
    signal,
  });
}

/** A small JPEG for the index: the worst finding's frame, else the first shot's poster. Null when there is no still. */
export async function posterJpeg(report: Report, extras: PageExtras, side = 320): Promise<Buffer | null> {
  const findings = keyedFindings(report.outcomes).map(({ key }) => extras.strips[key]?.peak);
  const first = Object.keys(extras.strips)[0];
  const frames = [extras.strips[first]?.peak, extras.posters[report.shots[0]?.id], ...findings];
  const frame = frames.find(one => one !== undefined && extras.stills[one] !== undefined);
  if (frame === undefined) return null;
  const base64 = extras.stills[frame].src.split(',')[1] ?? '';
  return shrinkJpeg(Buffer.from(base64, 'base64'), side);
}

/** Detectors whose faults are changes: what differs between before and after is shown as well. */
const CHANGES = new Set(['morphing']);

/**
 * Each pictured finding as one JPEG of its own, just before, at its worst (with its box) and just after: for a mail, a
 * ticket or a chat. What morphs has a fourth picture, the difference of before and after. Names are made of the finding's place in the report, its detector and its worst frame.
 */
export async function renderStrips(
  report: Report,
  extras: Pick<PageExtras, 'stills' | 'strips'>,
): Promise<{ file: string; content: Buffer }[]> {
  const files: { file: string; content: Buffer }[] = [];
  const { width: sourceWidth, height: sourceHeight } = report.clip;
  for (const [place, { key, finding }] of keyedFindings(report.outcomes).entries()) {
    const strip = extras.strips[key];
    if (!strip) continue;
    const images: Parameters<typeof composeStrip>[0][number][] = [strip.before, strip.peak, strip.after]
      .filter(frame => frame !== null)
      .flatMap(frame => {
        const still = extras.stills[frame];
        if (!still?.src.startsWith('data:image/jpeg;base64,')) return [];
        const jpeg = Buffer.from(still.src.split(',')[1], 'base64');
        const boxed =
          frame === strip.peak && finding.box ? { box: { box: finding.box, sourceWidth, sourceHeight } } : {};
        return [{ jpeg, width: still.width, height: still.height, ...boxed }];
      });
    if (images.length === 0) continue;
    if (CHANGES.has(finding.detector) && strip.before !== null && strip.after !== null && images.length === 3)
      images.push(await differenceOf(images[0], images[2]));
    const detector = finding.detector.replace(/[^a-z0-9-]+/gi, '-').slice(0, 40);
    const number = String(place + 1).padStart(2, '0');
    files.push({
      file: `strips/${number}-${detector}-${strip.peak}.jpg`,
      content: (await composeStrip(images)).jpeg,
    });
  }
  return files;
}

const dataStill = ({ jpeg, width, height }: StillImage): Still => ({
  src: `data:image/jpeg;base64,${jpeg.toString('base64')}`,
  width,
  height,
});

/** The clip itself, a proxy beside the page, or either inside the page. */
async function clipSource(
  clip: ClipFacts,
  { folder, embedBelow = 0, proxy = true, signal }: EvidenceOptions,
): Promise<ClipSource> {
  const play = playability(clip);
  if (play.playable) {
    if (clip.bytes <= embedBelow) return { how: 'embedded', data: await base64(clip.path), type: play.type };
    return { how: 'original', src: relativeUrl(folder, clip.path), type: play.type };
  }
  if (!proxy) return { how: 'none', type: '', note: `The clip is not shown: ${play.why}.` };
  await mkdir(folder, { recursive: true });
  const made = await makeProxy(clip, folder, 'clip-proxy', { signal });
  const path = join(folder, made.file);
  const note = `A proxy is shown: ${play.why}. The checks were made on the original.`;
  if ((await stat(path)).size <= embedBelow) {
    const data = await base64(path);
    await rm(path, { force: true });
    return { how: 'embedded', data, type: made.type, note };
  }
  return { how: 'proxy', src: made.file, type: made.type, note };
}

const base64 = async (path: string): Promise<string> => (await readFile(path)).toString('base64');

/** URL of a file as a page in `folder` refers to it; on another drive there is only the absolute one. */
export function relativeUrl(folder: string, path: string): string {
  const way = relative(resolve(folder), resolve(path));
  if (isAbsolute(way)) return pathToFileURL(way).href;
  return way.split(sep).map(encodeURIComponent).join('/');
}

/** Frame times, only where counting at the nominal rate would come to another frame. */
function irregular(clip: ClipFacts): { times?: number[] } {
  const step = clip.video.fps.den / clip.video.fps.num;
  const first = frameTime(clip, 0);
  const astray = clip.times.some((time, frame) => Math.abs(time - first - frame * step) > 0.2 * step);
  return astray ? { times: Array.from(clip.times, micro) } : {};
}

const micro = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
