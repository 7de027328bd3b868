import type { Report } from '../../report.ts';
import { singleLine } from '../text.ts';
import { toTimecode } from '../timecode.ts';
import { type MarkerOptions, markClip, type Tone } from './marker.ts';

/** Media Composer's marker colours are its own eight names, in small letters. */
const COLOURS: Record<Tone, string> = {
  regenerate: 'red',
  review: 'yellow',
  info: 'cyan',
  waived: 'magenta',
  usable: 'green',
};

/**
 * Markers as the tab-separated text that Avid Media Composer imports in its marker window: user, timecode, track,
 * colour, comment, length in frames. Timecodes are the sequence's: 01:00:00:00 for the first frame unless told.
 */
export function renderAvid(report: Report, options: MarkerOptions = {}): string {
  const { rate, origin, markers } = markClip(report, options, '01:00:00:00');
  const lines = markers.map(({ tone, name, note, timelineStart, timelineEnd }) =>
    [
      'Retake',
      toTimecode(origin + timelineStart, rate),
      'V1',
      COLOURS[tone],
      // singleLine leaves no tab or line break, the only characters that mean something here.
      singleLine(tone === 'usable' ? note : `${name}. ${note}`, 900),
      String(timelineEnd - timelineStart),
    ].join('\t'),
  );
  return lines.map(line => `${line}\n`).join('');
}
