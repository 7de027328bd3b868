import type { Rational } from '../../clip.ts';
import type { Report } from '../../report.ts';
import { baseName, escapeXml, pathToUri } from '../text.ts';
import type { MarkedClip, Marker, MarkerOptions } from './marker.ts';
import { markClip } from './marker.ts';

/**
 * A project with the clip and its markers as FCPXML 1.10, for Final Cut Pro. Times are exact fractions of a second.
 * Markers lie in the clip, in its own time, so that they stay with it; usable ranges are keyword ranges. Final Cut Pro
 * knows marker kinds, not colours: `regenerate` is an open to-do (red), a waived finding a completed one (green), the
 * others are standard (blue). The timeline starts at 00:00:00:00 unless told.
 */
export function renderFcpxml(report: Report, options: MarkerOptions = {}): string {
  const clip = markClip(report, options, '00:00:00:00');
  const { rate, origin, length, markers, mediaPath } = clip;
  const { width, height, audio } = report.clip;
  const name = escapeXml(baseName(report.clip.path));
  const tcFormat = rate.drop ? 'DF' : 'NDF';
  const timeline = (frames: number): string => seconds(frames, rate.fps);
  const own = gridOf(clip);
  const sound = audio
    ? ` hasAudio="1" audioSources="1" audioChannels="${audio.channels}" audioRate="${audio.sampleRate}"`
    : '';
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
<resources>
<format id="r1" frameDuration="${timeline(1)}" width="${width}" height="${height}"/>
<format id="r2" frameDuration="${own.time(1)}" width="${width}" height="${height}"/>
<asset id="r3" name="${name}" start="0s" duration="${timeline(length)}" hasVideo="1" format="r2" videoSources="1"${sound}>
<media-rep kind="original-media" src="${escapeXml(pathToUri(mediaPath))}"/>
</asset>
</resources>
<library>
<event name="Retake">
<project name="${name}">
<sequence format="r1" duration="${timeline(length)}" tcStart="${timeline(origin)}" tcFormat="${tcFormat}">
<spine>
<asset-clip ref="r3" name="${name}" offset="${timeline(origin)}" start="0s" duration="${timeline(length)}" format="r2" tcFormat="${tcFormat}">
${markers.map(marker => renderMarker(marker, own)).join('\n')}
</asset-clip>
</spine>
</sequence>
</project>
</event>
</library>
</fcpxml>
`;
}

interface Grid {
  time(frames: number): string;
  start(marker: Marker): number;
  end(marker: Marker): number;
}

/** The clip's own frames where their rate is constant; the timeline's where it varies. */
function gridOf({ report, rate }: MarkedClip): Grid {
  if (report.clip.times !== undefined) {
    const time = (frames: number): string => seconds(frames, rate.fps);
    return { time, start: marker => marker.timelineStart, end: marker => marker.timelineEnd };
  }
  const time = (frames: number): string => seconds(frames, report.clip.fps);
  return { time, start: marker => marker.start, end: marker => marker.end };
}

function renderMarker(marker: Marker, grid: Grid): string {
  const start = grid.start(marker);
  const common =
    `start="${grid.time(start)}" duration="${grid.time(grid.end(marker) - start)}" ` +
    `value="${escapeXml(marker.tone === 'usable' ? 'Retake: usable' : marker.name)}"`;
  const note = `note="${escapeXml(marker.note)}"`;
  if (marker.tone === 'usable') return `<keyword ${common} ${note}/>`;
  const completed = { regenerate: ' completed="0"', waived: ' completed="1"', review: '', info: '' }[marker.tone];
  return `<marker ${common}${completed} ${note}/>`;
}

/** A number of frames as a reduced fraction of seconds, such as `1001/30000s` or `5s`. */
function seconds(frames: number, fps: Rational): string {
  const [top, bottom] = [BigInt(frames) * BigInt(fps.den), BigInt(fps.num)];
  const divisor = gcd(top, bottom);
  return bottom === divisor ? `${top / divisor}s` : `${top / divisor}/${bottom / divisor}s`;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
