import type { Report } from '../../report.ts';
import { printable } from '../text.ts';
import { rateName, toTimecode } from '../timecode.ts';
import { type MarkerOptions, markClip } from './marker.ts';

const HEADER = [
  'Timecode Source In',
  'Timecode Source Out',
  'Duration',
  'Comment',
  'Name',
  'Rate',
  'Start Frame',
  'End Frame',
  'Peak Frame',
  'Status',
  'Detector',
  'Kind',
  'Measured',
  'Threshold',
  'Unit',
  'Confidence',
  'Advice',
];

/**
 * Markers as CSV after RFC 4180, one line per finding or usable range. Timecodes are the source's: 00:00:00:00 for the
 * first frame unless told; the out point is exclusive. Frames are the clip's own, end exclusive.
 */
export function renderCsv(report: Report, options: MarkerOptions = {}): string {
  const { rate, origin, markers } = markClip(report, options, '00:00:00:00');
  const lines = markers.map(({ tone, start, end, timelineStart, timelineEnd, name, note, finding }) => [
    toTimecode(origin + timelineStart, rate),
    toTimecode(origin + timelineEnd, rate),
    toTimecode(timelineEnd - timelineStart, rate),
    note,
    name,
    rateName(rate.fps),
    start,
    end,
    finding?.peak ?? '',
    tone,
    finding?.detector ?? '',
    finding?.kind ?? '',
    finding?.measured ?? '',
    finding?.threshold ?? '',
    finding?.unit ?? '',
    finding?.confidence ?? '',
    finding?.advice ?? '',
  ]);
  return [HEADER, ...lines].map(line => `${line.map(cell).join(',')}\r\n`).join('');
}

/** Numbers as they are. Text that a spreadsheet would run as a formula gets an apostrophe before it. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = printable(value);
  const safe = /^[\s]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
