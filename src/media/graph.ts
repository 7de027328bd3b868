import type { AudioStream, Clip, VideoStream } from '../clip.ts';
import type { PictureSize } from './frame.ts';

/** Longest side of the analysis picture: enough for faces and hands, cheap enough for every frame. */
const ANALYSIS_SIDE = 1280;
/** Width of the small picture that statistics, motion and cuts are measured on. */
const SMALL_WIDTH = 256;

/** Largest even number not above `value`, at least 2: chroma planes have half the size. */
const even = (value: number): number => Math.max(2, Math.floor(value / 2) * 2);

/** How much detail the analysis picture must keep: all that faces and hands need, or what technical checks need. */
export type Detail = 'fine' | 'coarse';

/** Longest side up to which a coarse picture is as large as the source, and the least that larger ones are reduced to. */
const COARSE_SIDE = { most: 640, least: 426 } as const;

/** Size of the analysis picture for a source of this size: never enlarged, both sides even. */
export function analysisSize(source: { width: number; height: number }, detail: Detail = 'fine'): PictureSize {
  const longest = Math.max(source.width, source.height);
  const { most, least } = COARSE_SIDE;
  const coarse = longest <= most ? longest : Math.max(least, Math.min(most, longest / 2));
  const scale = Math.min(1, (detail === 'fine' ? ANALYSIS_SIDE : coarse) / longest);
  return { width: even(Math.round(source.width * scale)), height: even(Math.round(source.height * scale)) };
}

/** Size of the small picture: about 256 wide, same shape, never larger than the analysis picture. */
export function smallSize(analysis: PictureSize): PictureSize {
  const scale = Math.min(1, SMALL_WIDTH / analysis.width);
  return { width: even(Math.round(analysis.width * scale)), height: even(Math.round(analysis.height * scale)) };
}

/**
 * Filter graph with two outputs, `[analysis]` and `[small]`, out of one decode. `showinfo` comes first and prints the
 * frame's time; after it frames are numbered, so that no later filter can drop or double one because of its time stamp.
 *
 * The player's rotation has been applied by ffmpeg before the graph begins. More than 8 bits are rounded to 8 and an alpha
 * plane is dropped without compositing: what a generator hides behind transparency is judged too. High dynamic range is
 * not tone-mapped: code values are measured as they are.
 */
export function pictureGraph(clip: Clip, analysis: PictureSize, small: PictureSize): string {
  const { video } = clip;
  const full = video.colour.range === 'full' ? 'full' : 'limited';
  const range = `in_range=${full}:out_range=${full}`;
  const format = full === 'full' ? 'yuvj420p' : 'yuv420p';
  const rate = `${video.fps.den}/${video.fps.num}`;
  const coarse = analysisSize(video, 'coarse');
  const fitted = (size: PictureSize, flags: string) => fitFilters(video, size, format, `flags=${flags}:${range}`);
  const head = `[0:${video.index}]showinfo=checksum=0,settb=${rate},setpts=N`;
  // The small picture is always made from the coarse one: the same clip has the same cuts whatever else is measured.
  const toSmall = `scale=${small.width}:${small.height}:flags=area:${range},format=${format}[small]`;
  if (analysis.width === coarse.width && analysis.height === coarse.height)
    return [`${head},${fitted(coarse, 'area')},split[analysis][copy]`, `[copy]${toSmall}`].join(';');
  return [
    `${head},split[first][second]`,
    `[first]${fitted(analysis, 'bilinear')}[analysis]`,
    `[second]${fitted(coarse, 'area')},${toSmall}`,
  ].join(';');
}

/** Filters that bring a decoded picture to a size in 8-bit 4:2:0; what is delivered as wanted is passed on untouched. */
function fitFilters(video: VideoStream, size: PictureSize, format: string, options: string): string {
  const { width, height } = size;
  const filters: string[] = [];
  const sameSize = video.width === width && video.height === height;
  // Only the last odd row or column is off: cut it instead of resampling the whole picture.
  const cropped = video.width - width <= 1 && video.height - height <= 1;
  if (!sameSize && cropped && video.width >= 2 && video.height >= 2) filters.push(`crop=${width}:${height}:0:0`);
  if (!sameSize || video.pixelFormat !== format) filters.push(`scale=${width}:${height}:${options}`);
  return [...filters, `format=${format}`].join(',');
}

/** Names of the files that the sound filters write into the run's temporary folder. */
export const SPEECH_FILE = 'speech.s16';
export const LOUDNESS_FILE = 'loudness.txt';
export const SPEECH_RATE = 16_000;
/** Interval of ebur128's measurements in seconds. */
export const LOUDNESS_STEP = 0.1;

/** Silence is put in where the sound starts late or has a hole, so that sample n is at n / rate of container time. */
const ALIGN = 'aresample=async=1:first_pts=0';

/** Filters for the original-rate branch: alignment, loudness (if asked for) into a file, samples as 32-bit float in the stream's layout. */
export function levelFilters(audio: AudioStream, loudness: boolean): string {
  const named = /^[a-z0-9.]+(\([a-z]+\))?$/.test(audio.layout) && !/^\d+$/.test(audio.layout);
  const layout = named ? `:channel_layouts=${audio.layout}` : '';
  return [
    ALIGN,
    `aformat=sample_rates=${audio.sampleRate}${layout}`,
    ...(loudness
      ? ['ebur128=peak=true:metadata=1:framelog=verbose', `ametadata=mode=print:file=${LOUDNESS_FILE}`]
      : []),
    'aformat=sample_fmts=flt',
  ].join(',');
}

/** Filters for the branch that speech is measured on. */
export const SPEECH_FILTERS = `${ALIGN},aresample=${SPEECH_RATE},aformat=sample_fmts=s16:channel_layouts=mono`;
