import type { Report } from '../../report.ts';
import { baseName, singleLine } from '../text.ts';
import { rateName, toTimecode } from '../timecode.ts';
import { type Marker, type MarkerOptions, markClip, type Tone } from './marker.ts';

const COLOURS: Record<Tone, string> = {
  regenerate: 'ResolveColorRed',
  review: 'ResolveColorYellow',
  info: 'ResolveColorBlue',
  waived: 'ResolveColorPurple',
  usable: 'ResolveColorGreen',
};
const URGENCY: readonly Tone[] = ['regenerate', 'review', 'info', 'waived', 'usable'];

/**
 * Markers as an EDL that DaVinci Resolve reads (Timelines → Import → Timeline Markers from EDL). The timeline must have
 * the rate named in the title and start where the clip does: 01:00:00:00 unless told. Resolve keeps one marker per
 * frame, so markers that start together become one, with the colour and length of the most urgent; its note names the
 * frames of each.
 */
export function renderEdl(report: Report, options: MarkerOptions = {}): string {
  const { rate, origin, markers } = markClip(report, options, '01:00:00:00');
  const title = singleLine(`${baseName(report.clip.path).slice(0, 40)} (Retake, ${rateName(rate.fps)} fps)`, 70);
  const events = groups(markers).map((group, i) => {
    const frame = group[0].timelineStart;
    const [from, to] = [origin + frame, origin + frame + 1].map(at => toTimecode(at, rate));
    const number = String(i + 1).padStart(3, '0');
    const tone = URGENCY.find(candidate => group.some(marker => marker.tone === candidate)) ?? 'info';
    const leading = group.filter(marker => marker.tone === tone);
    const length = Math.max(...leading.map(marker => marker.timelineEnd)) - frame;
    const name = field(group.map(marker => marker.name).join(' + '), 120);
    const note = field(group.map(marker => marker.note).join(' + '), 900);
    return [
      `${number}  001      V     C        ${from} ${to} ${from} ${to}  `,
      `${note} |C:${COLOURS[tone]} |M:${name} |D:${length}`,
      '',
    ].join('\n');
  });
  const mode = rate.drop ? 'DROP FRAME' : 'NON-DROP FRAME';
  return `TITLE: ${field(title, 70)}\nFCM: ${mode}\n\n${events.join('\n')}`;
}

/** Markers that start at the same frame, in order. */
function groups(markers: readonly Marker[]): Marker[][] {
  const byStart = new Map<number, Marker[]>();
  for (const marker of markers) {
    const group = byStart.get(marker.timelineStart);
    if (group) group.push(marker);
    else byStart.set(marker.timelineStart, [marker]);
  }
  return [...byStart.values()];
}

/** A pipe begins the next field and a line break the next event; neither may come out of a text. */
const field = (text: string, limit: number): string => singleLine(text.replaceAll('|', '/'), limit);
