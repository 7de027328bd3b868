import type { Report } from '../../report.ts';
import { baseName, escapeXml, pathToUri } from '../text.ts';
import { isNtsc, type TimelineRate, toTimecode } from '../timecode.ts';
import { type Marker, type MarkerOptions, markClip, type Tone } from './marker.ts';

/** Premiere's own numbers for its marker colours (0xAABBGGRR); green is what a marker without one gets. */
const COLOURS: Record<Tone, number | null> = {
  regenerate: 4281740498,
  review: 4281049552,
  info: 4294741314,
  waived: 4289825711,
  usable: null,
};

/**
 * A sequence with the clip and its markers as FCP 7 XML (xmeml 4), which Premiere Pro imports; so do Resolve and others.
 * Marker frames count from the start of the sequence, out exclusive. The sequence starts at 00:00:00:00 unless told.
 */
export function renderPremiere(report: Report, options: MarkerOptions = {}): string {
  const { rate, origin, length, markers, mediaPath } = markClip(report, options, '00:00:00:00');
  const { width, height, audio } = report.clip;
  const name = escapeXml(baseName(report.clip.path));
  const rateXml = renderRate(rate);
  const characteristics = `<samplecharacteristics>${rateXml}<width>${width}</width><height>${height}</height></samplecharacteristics>`;
  const clipItem = (kind: 'video' | 'audio', file: string): string =>
    `<clipitem id="clip-${kind}"><name>${name}</name><duration>${length}</duration>${rateXml}` +
    `<start>0</start><end>${length}</end><in>0</in><out>${length}</out>${file}` +
    `<sourcetrack><mediatype>${kind}</mediatype><trackindex>1</trackindex></sourcetrack></clipitem>`;
  const audioMedia = audio
    ? `<audio><samplecharacteristics><depth>16</depth><samplerate>${audio.sampleRate}</samplerate></samplecharacteristics>` +
      `<channelcount>${audio.channels}</channelcount></audio>`
    : '';
  const file =
    `<file id="file-1"><name>${name}</name><pathurl>${escapeXml(pathToUri(mediaPath))}</pathurl>${rateXml}` +
    `<duration>${length}</duration><media><video>${characteristics}</video>${audioMedia}</media></file>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
<sequence id="sequence-1">
<name>${name} (Retake)</name>
<duration>${length}</duration>
${rateXml}
<timecode>${rateXml}<string>${toTimecode(origin, rate)}</string><frame>${origin}</frame><displayformat>${rate.drop ? 'DF' : 'NDF'}</displayformat></timecode>
<media>
<video><format>${characteristics}</format><track>${clipItem('video', file)}</track></video>
${audio ? `<audio><track>${clipItem('audio', '<file id="file-1"/>')}</track></audio>\n` : ''}</media>
${markers.map(renderMarker).join('\n')}
</sequence>
</xmeml>
`;
}

/** `ntsc` stands for × 1000/1001. */
const renderRate = (rate: TimelineRate): string =>
  `<rate><timebase>${rate.base}</timebase><ntsc>${isNtsc(rate.fps) ? 'TRUE' : 'FALSE'}</ntsc></rate>`;

function renderMarker({ tone, name, note, timelineStart, timelineEnd }: Marker): string {
  const colour = COLOURS[tone] === null ? '' : `<pproColor>${COLOURS[tone]}</pproColor>`;
  return (
    `<marker><comment>${escapeXml(note)}</comment><name>${escapeXml(name)}</name>` +
    `<in>${timelineStart}</in><out>${timelineEnd}</out>${colour}</marker>`
  );
}
