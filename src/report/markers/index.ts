import type { Report } from '../../report.ts';
import { renderAvid } from './avid.ts';
import { renderCsv } from './csv.ts';
import { renderEdl } from './edl.ts';
import { renderFcpxml } from './fcpxml.ts';
import type { MarkerOptions } from './marker.ts';
import { renderOtio } from './otio.ts';
import { renderPremiere } from './premiere.ts';

export type { Marker, MarkerOptions, Tone } from './marker.ts';

/** A way to carry findings into an editing system. */
export interface MarkerFormat {
  id: string;
  /** Which program reads it, and where. */
  title: string;
  /** File name extension with its dot. */
  extension: string;
  /** Pure. Throws `usage` for a start timecode that the timeline's rate cannot have. */
  render(report: Report, options?: MarkerOptions): string;
}

/** Every marker format, in the order of the help text. */
export const markerFormats: readonly MarkerFormat[] = [
  {
    id: 'edl',
    title: 'DaVinci Resolve: Timelines, Import, Timeline Markers from EDL',
    extension: '.edl',
    render: renderEdl,
  },
  { id: 'fcpxml', title: 'Final Cut Pro: FCPXML 1.10', extension: '.fcpxml', render: renderFcpxml },
  { id: 'premiere', title: 'Premiere Pro: FCP 7 XML', extension: '.xml', render: renderPremiere },
  { id: 'otio', title: 'OpenTimelineIO', extension: '.otio', render: renderOtio },
  { id: 'avid', title: 'Avid Media Composer: marker window, Import Markers', extension: '.txt', render: renderAvid },
  { id: 'csv', title: 'spreadsheets and other importers', extension: '.csv', render: renderCsv },
];

/** The format with that id, or undefined. */
export const markerFormat = (id: string): MarkerFormat | undefined => markerFormats.find(format => format.id === id);
