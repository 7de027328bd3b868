import type { Inspection } from '../inspect.ts';
import { renderJson } from './json.ts';

/** Where a report is going, and what may stop it. */
export interface FormatContext {
  /** Folder that the report is written to: pages refer to the clip relative to it. */
  folder: string;
  signal?: AbortSignal;
}

/** One file of a report. */
export interface RenderedFile {
  file: string;
  content: string | Uint8Array;
}

type Render = (inspection: Inspection, context: FormatContext) => Promise<RenderedFile>;

const FORMATS: Record<string, Render> = {
  json: async ({ report }) => ({ file: 'report.json', content: renderJson(report) }),
};

/** Names that `--format` takes. */
export const formatNames: readonly string[] = Object.keys(FORMATS);

/** Renders an inspection in one format. */
export const renderFormat = (name: string, inspection: Inspection, context: FormatContext): Promise<RenderedFile> =>
  FORMATS[name](inspection, context);
