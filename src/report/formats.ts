import { detectors } from '../detectors/index.ts';
import type { Inspection } from '../inspect.ts';
import type { Report } from '../report.ts';
import type { CiOptions } from './ci.ts';
import { gatherEvidence, posterJpeg, renderStrips } from './evidence.ts';
import { renderGithub } from './github.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import type { PageExtras } from './page-data.ts';
import { POSTER_FILE } from './review/library.ts';
import { renderSarif } from './sarif.ts';

/** Where a report is going, and what may stop it. */
export interface FormatContext {
  /** Folder that the report is written to: pages refer to the clip relative to it. */
  folder: string;
  signal?: AbortSignal;
  /** Clips of at most so many bytes become part of the page instead of being referred to. */
  embedBelow?: number;
}

/** One file of a report. */
export interface RenderedFile {
  file: string;
  content: string | Uint8Array;
}

/** Pictures, plots and the playable clip, gathered when a format first asks and then shared by all of them. */
type Evidence = () => Promise<PageExtras>;
type RenderClip = (report: Report, evidence: Evidence) => Promise<RenderedFile[]>;
type RenderBatch = (reports: readonly Report[], options: CiOptions) => RenderedFile;

/** Formats that stand beside each clip's report. */
const CLIP_FORMATS: Record<string, RenderClip> = {
  json: async report => [{ file: 'report.json', content: renderJson(report) }],
  html: async (report, evidence) => {
    const extras = await evidence();
    const poster = await posterJpeg(report, extras);
    const page = { file: 'report.html', content: renderHtml(report, extras) };
    return poster ? [{ file: POSTER_FILE, content: poster }, page] : [page];
  },
  strips: async (report, evidence) => renderStrips(report, await evidence()),
  plots: async (_report, evidence) => [
    { file: 'plots.json', content: `${JSON.stringify((await evidence()).series)}\n` },
  ],
};

/** Formats that tell of a whole batch in one file. */
const BATCH_FORMATS: Record<string, RenderBatch> = {
  junit: (reports, options) => ({ file: 'junit.xml', content: renderJunit(reports, options) }),
  sarif: (reports, options) => ({ file: 'retake.sarif', content: renderSarif(reports, options) }),
  github: (reports, options) => ({ file: 'annotations.txt', content: renderGithub(reports, options) }),
  markdown: (reports, options) => ({ file: 'summary.md', content: renderMarkdown(reports, options) }),
};

/** Names that `--format` takes. */
export const formatNames: readonly string[] = [...Object.keys(CLIP_FORMATS), ...Object.keys(BATCH_FORMATS)];

/**
 * Renders one clip's files in the formats named, one after another; a format of the whole batch adds none. However many
 * formats show pictures, the clip is read for them once.
 */
export async function* renderClip(
  names: readonly string[],
  inspection: Inspection,
  { folder, signal, embedBelow }: FormatContext,
): AsyncGenerator<RenderedFile, void> {
  let gathered: Promise<PageExtras> | undefined;
  const evidence: Evidence = () => {
    // Only the page plays the clip: without it no proxy is made and nothing is embedded.
    const played = names.includes('html') ? { embedBelow } : { proxy: false };
    gathered ??= gatherEvidence(inspection, { folder, detectors, review: inspection.review, signal, ...played });
    return gathered;
  };
  for (const name of names) yield* (await CLIP_FORMATS[name]?.(inspection.report, evidence)) ?? [];
}

/** Renders a batch's file in one format; null for a format that stands beside each clip. */
export const renderBatch = (name: string, reports: readonly Report[], options: CiOptions): RenderedFile | null =>
  BATCH_FORMATS[name]?.(reports, options) ?? null;
