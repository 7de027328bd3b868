import type { Report } from '../../report.ts';
import { baseName, pathToUri, printable } from '../text.ts';
import { type Marker, type MarkerOptions, markClip, type Tone } from './marker.ts';

/** OpenTimelineIO's marker colours. */
const COLOURS: Record<Tone, string> = {
  regenerate: 'RED',
  review: 'YELLOW',
  info: 'BLUE',
  waived: 'PURPLE',
  usable: 'GREEN',
};

/**
 * A timeline with the clip and its markers for OpenTimelineIO 0.14 and later (Marker.2, Clip.1). Markers lie on the clip
 * in media time; everything Retake knows about a finding stands in `metadata.retake`. `global_start_time` is
 * 00:00:00:00 unless told.
 */
export function renderOtio(report: Report, options: MarkerOptions = {}): string {
  const { rate, origin, length, markers, mediaPath } = markClip(report, options, '00:00:00:00');
  const time = (value: number) => ({ OTIO_SCHEMA: 'RationalTime.1', rate: rate.fps.num / rate.fps.den, value });
  const range = (start: number, duration: number) => ({
    OTIO_SCHEMA: 'TimeRange.1',
    start_time: time(start),
    duration: time(duration),
  });
  const marker = ({ tone, name, note, timelineStart, timelineEnd, start, end, finding, annotation }: Marker) => ({
    OTIO_SCHEMA: 'Marker.2',
    name,
    comment: note,
    color: COLOURS[tone],
    marked_range: range(timelineStart, timelineEnd - timelineStart),
    metadata: {
      retake: {
        status: tone,
        start_frame: start,
        end_frame: end,
        ...(finding ? { finding } : {}),
        ...(annotation ? { review: annotation } : {}),
      },
    },
  });
  const name = printable(baseName(report.clip.path));
  const item = (schema: string) => ({
    OTIO_SCHEMA: schema,
    metadata: {},
    effects: [],
    markers: [],
    source_range: null,
  });
  const clip = {
    ...item('Clip.1'),
    name,
    source_range: range(0, length),
    markers: markers.map(marker),
    media_reference: {
      OTIO_SCHEMA: 'ExternalReference.1',
      name,
      metadata: {},
      available_range: range(0, length),
      target_url: pathToUri(mediaPath),
    },
  };
  const timeline = {
    OTIO_SCHEMA: 'Timeline.1',
    name: `${name} (Retake)`,
    global_start_time: time(origin),
    metadata: {
      retake: {
        version: report.tool.version,
        sha256: report.clip.sha256,
        decision: report.verdict.decision,
        rate: `${rate.fps.num}/${rate.fps.den}`,
        drop_frame: rate.drop,
      },
    },
    tracks: {
      ...item('Stack.1'),
      name: 'tracks',
      children: [{ ...item('Track.1'), name: 'V1', kind: 'Video', children: [clip] }],
    },
  };
  return `${JSON.stringify(timeline, (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value), 2)}\n`;
}
