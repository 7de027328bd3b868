import { detectors } from '../detectors/index.ts';
import type { Inspection } from '../inspect.ts';
import type { Report } from '../report.ts';
import type { CiOptions } from './ci.ts';
import { gatherEvidence, posterJpeg } from './evidence.ts';
import { renderGithub } from './github.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
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

type RenderClip = (inspection: Inspection, context: FormatContext) => Promise<RenderedFile[]>;
type RenderBatch = (reports: readonly Report[], options: CiOptions) => RenderedFile;

/** Formats that stand beside each clip's report. */
const CLIP_FORMATS: Record<string, RenderClip> = {
  json: async ({ report }) => [{ file: 'report.json', content: renderJson(report) }],
  html: async (inspection, { folder, signal, embedBelow }) => {
    const { report, review } = inspection;
    const extras = await gatherEvidence(inspection, { folder, detectors, review, signal, embedBelow });
    const poster = await posterJpeg(report, extras);
    const page = { file: 'report.html', content: renderHtml(report, extras) };
    return poster ? [{ file: POSTER_FILE, content: poster }, page] : [page];
  },
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

/** Renders one clip's files in one format; none for a format of the whole batch. */
export const renderClip = async (
  name: string,
  inspection: Inspection,
  context: FormatContext,
): Promise<RenderedFile[]> => (await CLIP_FORMATS[name]?.(inspection, context)) ?? [];

/** Renders a batch's file in one format; null for a format that stands beside each clip. */
export const renderBatch = (name: string, reports: readonly Report[], options: CiOptions): RenderedFile | null =>
  BATCH_FORMATS[name]?.(reports, options) ?? null;
