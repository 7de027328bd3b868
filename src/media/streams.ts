import type { AudioStream, Colour, VideoStream } from '../clip.ts';
import { fractionOf, numberOf, type Section, wordOf } from './compact.ts';

const word = wordOf;

/** Is this stream a picture that belongs to the file (cover art, thumbnail) rather than film? */
export const isCover = (stream: Section): boolean =>
  stream.fields.get('disposition:attached_pic') === '1' || stream.fields.get('disposition:timed_thumbnails') === '1';

const isDefault = (stream: Section): boolean => stream.fields.get('disposition:default') === '1';

/** Clockwise degrees that a player turns the picture by; ffprobe's `rotation` counts the other way. */
function rotationOf(stream: Section): VideoStream['rotation'] {
  const counter = numberOf(stream, 'rotation');
  const clockwise = counter === null ? (numberOf(stream, 'tag:rotate') ?? 0) : -counter;
  const quarter = ((Math.round(clockwise / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarter];
}

/** Pixel formats that hold red, green and blue (or a palette of them): gbrp, rgb24, bgra, pal8, argb … */
const isRgb = (format: string): boolean => /^(gbr|.?rgb|.?bgr|pal8|.bgr|x2rgb|x2bgr)/.test(format);

/** Does the format carry an alpha plane? pal8 (GIF, PNG) may, and is decoded as if it did. */
export const hasAlpha = (format: string): boolean =>
  /^(yuva|gbrap|rgba|bgra|argb|abgr|ayuv|ya8|ya16|pal8)/.test(format);

/** Bits per component by the format's name, for streams that do not state them. */
export function depthOf(format: string): number {
  if (/^(rgb|bgr)(48|a64)|^rgba64|^bgra64/.test(format)) return 16;
  if (/^x2(rgb|bgr)10/.test(format)) return 10;
  const planar = /(?:p|gray|ya|y2|p0)(9|10|12|14|16)(?:le|be)?$/.exec(format);
  return planar === null ? 8 : Number(planar[1]);
}

/** How code values are to be read. RGB and the `yuvj` formats are full range by nature, whatever the tag says. */
export function colourOf(stream: Section): Colour {
  const format = stream.fields.get('pix_fmt') ?? '';
  const tag = stream.fields.get('color_range');
  const transfer = word(stream, 'color_transfer') ?? 'unknown';
  const full = format.startsWith('yuvj') || isRgb(format) || tag === 'pc';
  return {
    range: full ? 'full' : tag === 'tv' ? 'limited' : 'unknown',
    primaries: word(stream, 'color_primaries') ?? 'unknown',
    transfer,
    matrix: word(stream, 'color_space') ?? 'unknown',
    hdr: transfer === 'smpte2084' ? 'pq' : transfer === 'arib-std-b67' ? 'hlg' : null,
  };
}

/** Everything about a video stream that its own section says; times and rates are the prober's business. */
export function videoFacts(stream: Section): Omit<VideoStream, 'fps' | 'variableFrameRate' | 'startTime' | 'seconds'> {
  const rotation = rotationOf(stream);
  const coded = { width: numberOf(stream, 'width') ?? 0, height: numberOf(stream, 'height') ?? 0 };
  const turned = rotation === 90 || rotation === 270;
  const aspect = fractionOf(stream, 'sample_aspect_ratio') ?? { num: 1, den: 1 };
  const pixelFormat = word(stream, 'pix_fmt') ?? 'unknown';
  const order = word(stream, 'field_order');
  return {
    index: numberOf(stream, 'index') ?? 0,
    codec: word(stream, 'codec_name') ?? 'unknown',
    profile: word(stream, 'profile'),
    width: turned ? coded.height : coded.width,
    height: turned ? coded.width : coded.height,
    rotation,
    sampleAspect: turned ? { num: aspect.den, den: aspect.num } : aspect,
    pixelFormat,
    bitDepth: numberOf(stream, 'bits_per_raw_sample') || depthOf(pixelFormat),
    alpha: hasAlpha(pixelFormat) || stream.fields.get('tag:alpha_mode') === '1',
    interlaced: order !== null && order !== 'progressive',
    colour: colourOf(stream),
    bitRate: numberOf(stream, 'bit_rate'),
  };
}

/** Everything about an audio stream that its own section says. */
export function audioFacts(stream: Section): Omit<AudioStream, 'startTime' | 'seconds'> {
  const channels = numberOf(stream, 'channels') ?? 0;
  return {
    index: numberOf(stream, 'index') ?? 0,
    codec: word(stream, 'codec_name') ?? 'unknown',
    sampleRate: numberOf(stream, 'sample_rate') ?? 0,
    channels,
    layout: word(stream, 'channel_layout') ?? `${channels} channels`,
    bitRate: numberOf(stream, 'bit_rate'),
  };
}

/**
 * The stream a player plays: among those of a kind the first marked as default, else the first. Of video streams cover
 * pictures never count, and one without a size cannot be shown.
 */
export function chooseStream(streams: Section[], kind: 'video' | 'audio'): Section | null {
  const fitting = streams.filter(stream =>
    kind === 'video'
      ? !isCover(stream) && (numberOf(stream, 'width') ?? 0) > 0 && (numberOf(stream, 'height') ?? 0) > 0
      : (numberOf(stream, 'channels') ?? 0) > 0 && (numberOf(stream, 'sample_rate') ?? 0) > 0,
  );
  return fitting.find(isDefault) ?? fitting[0] ?? null;
}
