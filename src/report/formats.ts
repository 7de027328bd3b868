import { detectors } from '../detectors/index.ts';
import type { Inspection } from '../inspect.ts';
import { gatherEvidence } from './evidence.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';

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

type Render = (inspection: Inspection, context: FormatContext) => Promise<RenderedFile>;

const FORMATS: Record<string, Render> = {
  html: async (inspection, { folder, signal, embedBelow }) => {
    const extras = await gatherEvidence(inspection, { folder, detectors, signal, embedBelow });
    return { file: 'report.html', content: renderHtml(inspection.report, extras) };
  },
  json: async ({ report }) => ({ file: 'report.json', content: renderJson(report) }),
};

/** Names that `--format` takes. */
export const formatNames: readonly string[] = Object.keys(FORMATS);

/** Renders an inspection in one format. */
export const renderFormat = (name: string, inspection: Inspection, context: FormatContext): Promise<RenderedFile> =>
  FORMATS[name](inspection, context);
