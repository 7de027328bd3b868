import type { ClipFacts } from '../clip.ts';
import type { Detector } from '../detectors/detector.ts';
import { type Faces, type LandmarkTable, pointOf } from '../landmarks.ts';
import type { Measured, Series, SignalName } from '../signals.ts';
import type { PlotSeries } from './page-data.ts';

/** Values that a plot is given at most: more than a wide screen has pixels for a trace. */
const MOST_VALUES = 1600;

/** Titles and units of signals that are worth naming better than by their own name. */
const NAMES: Partial<Record<SignalName, [title: string, unit: string]>> = {
  frameDifference: ['Frame difference', '8-bit levels'],
  motionResidual: ['Change beyond motion', '8-bit levels'],
  matchError: ['Unmatched blocks', ''],
  changedShare: ['Changed pixels', 'share'],
  lumaMean: ['Mean luma', '8-bit levels'],
  lumaDeviation: ['Contrast', '8-bit levels'],
  lumaLow: ['Darkest luma', '8-bit levels'],
  lumaHigh: ['Brightest luma', '8-bit levels'],
  saturation: ['Saturation', '8-bit levels'],
  sharpness: ['Sharpness', ''],
  histogramDistance: ['Histogram distance', ''],
  edgeChange: ['Edge change', 'share'],
  motionX: ['Pan', 'px'],
  motionY: ['Tilt', 'px'],
  flashRise: ['Flash rise', 'share'],
  flashFall: ['Flash fall', 'share'],
  flashRed: ['Red flash', 'share'],
  lumaBelowLegal: ['Below legal luma', 'share'],
  lumaAboveLegal: ['Above legal luma', 'share'],
  chromaIllegal: ['Illegal chroma', 'share'],
};

/** Signals that are plotted first when no finding is selected. */
const ORDER: string[] = ['frameDifference', 'sharpness', 'loudness', 'lumaMean', 'soundLevel', 'motionResidual'];

type Meta = Pick<Detector['meta'], 'id' | 'signals'>;

/** Every signal of a clip that has a value per frame (or can be given one), thinned for the screen. */
export function plotSeries(clip: ClipFacts, signals: Measured, detectors: readonly Meta[]): PlotSeries[] {
  const readers = (name: string) =>
    detectors.filter(meta => (meta.signals as readonly string[]).includes(name)).map(meta => meta.id);
  const one = (id: string, reads: string, values: ArrayLike<number>, title: string, unit: string): PlotSeries => ({
    id,
    title,
    unit,
    detectors: readers(reads),
    ...thin(values),
  });
  const plots: PlotSeries[] = [];
  for (const [name, value] of Object.entries(signals)) {
    if (!(value instanceof Float32Array) || value.length !== clip.frames || !varies(value)) continue;
    const [title, unit] = NAMES[name as SignalName] ?? [words(name), ''];
    plots.push(one(name, name, value, title, unit));
  }
  const { loudness, audioLevels, voice, bars, faces, hands } = signals;
  if (faces && faces.presence.length > 0)
    plots.push(
      one(
        'mouthOpening',
        'faces',
        perRow(clip, faces, row => mouthOpening(faces, row)),
        'Mouth opening',
        'of its width',
      ),
    );
  if (hands && hands.presence.length > 0)
    plots.push(
      one(
        'handPresence',
        'hands',
        perRow(clip, hands, row => hands.presence[row]),
        'Hand presence',
        'probability',
      ),
    );
  if (loudness) {
    const values = perFrame(clip, loudness.momentary, loudness.step, Math.max);
    plots.push(one('loudness', 'loudness', values, 'Momentary loudness', 'LUFS'));
  }
  if (audioLevels) {
    const loudest = acrossChannels(audioLevels.rms);
    plots.push(
      one('soundLevel', 'audioLevels', perFrame(clip, loudest, audioLevels.step, Math.max), 'Sound level', 'dBFS'),
    );
  }
  if (voice)
    plots.push(one('voice', 'voice', perFrame(clip, voice.probability, voice.step, Math.max), 'Speech', 'probability'));
  if (bars) {
    const height = bars.top.map((top, i) => top + bars.bottom[i]);
    const width = bars.left.map((left, i) => left + bars.right[i]);
    if (varies(height) || height[0] > 0) plots.push(one('barsHeight', 'bars', height, 'Letterbox', 'px'));
    if (varies(width) || width[0] > 0) plots.push(one('barsWidth', 'bars', width, 'Pillarbox', 'px'));
  }
  const place = (id: string) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  return plots.sort((a, b) => place(a.id) - place(b.id));
}

/** A value of the largest thing on each frame that was looked at, held until the next look. */
function perRow({ frames }: ClipFacts, table: LandmarkTable, value: (row: number) => number): Float32Array {
  const out = new Float32Array(frames).fill(Number.NaN);
  for (const [i, frame] of table.frames.entries()) {
    let largest = -1;
    for (let row = table.rows[i]; row < table.rows[i + 1]; row++)
      if (largest < 0 || table.place[3 * row + 2] > table.place[3 * largest + 2]) largest = row;
    if (largest >= 0) out.fill(value(largest), frame, Math.min(frames, frame + table.step));
  }
  return out;
}

/** Gap of the inner lips over the distance of the mouth's corners: face-mesh points 13, 14, 78 and 308. */
function mouthOpening(faces: Faces, row: number): number {
  const apart = (a: number, b: number) => {
    const [p, q] = [pointOf(faces, row, a), pointOf(faces, row, b)];
    return Math.hypot(p[0] - q[0], p[1] - q[1]);
  };
  return apart(13, 14) / (apart(78, 308) || 1);
}

const varies = (values: Series): boolean => values.some(value => value !== values[0]);

const words = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/^./, first => first.toUpperCase());

/** The loudest channel per block. */
function acrossChannels(channels: readonly Float32Array[]): Float32Array {
  const out = Float32Array.from(channels[0] ?? []);
  for (const channel of channels.slice(1))
    for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i], channel[i] ?? out[i]);
  return out;
}

/** Values on a time grid from the container's start, brought onto frames: what sounds while a frame is on screen. */
function perFrame(
  { times, video, frames }: ClipFacts,
  values: ArrayLike<number>,
  step: number,
  join: (a: number, b: number) => number,
): Float32Array {
  const length = video.fps.den / video.fps.num;
  const out = new Float32Array(frames).fill(Number.NaN);
  for (let frame = 0; frame < frames; frame++) {
    const start = times[frame] ?? frame * length;
    const end = times[frame + 1] ?? start + length;
    const last = Math.max(Math.floor(start / step), Math.ceil(end / step) - 1);
    for (let i = Math.floor(start / step); i <= last && i < values.length; i++) {
      if (i < 0) continue;
      out[frame] = Number.isNaN(out[frame]) ? values[i] : join(out[frame], values[i]);
    }
  }
  return out;
}

/**
 * Thins values by a whole factor, keeping of each group the value furthest from the group's mean: a fault of one frame
 * must stay visible in a clip of an hour.
 */
export function thin(values: ArrayLike<number>): Pick<PlotSeries, 'every' | 'values'> {
  const every = Math.max(1, Math.ceil(values.length / MOST_VALUES));
  const out: (number | null)[] = [];
  for (let from = 0; from < values.length; from += every) {
    const until = Math.min(values.length, from + every);
    let sum = 0;
    let count = 0;
    for (let i = from; i < until; i++)
      if (Number.isFinite(values[i])) {
        sum += values[i];
        count++;
      }
    let kept: number | null = null;
    let furthest = -1;
    for (let i = from; i < until; i++) {
      const away = Math.abs(values[i] - sum / count);
      if (Number.isFinite(away) && away > furthest) {
        furthest = away;
        kept = Number(values[i].toPrecision(4));
      }
    }
    out.push(kept);
  }
  return { every, values: out };
}
