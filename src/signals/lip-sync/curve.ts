import { mouthChannels, soundChannels } from './channels.ts';
import { LAG, project } from './correlation.ts';
import { soundRows } from './estimate.ts';
import type { LipSyncModel } from './model.ts';
import { MEASURES, type MouthTrack } from './mouth.ts';

/** One movement of the lips as it is seen and as it is heard: standard deviations from the mean, 50 Hz, + more open. */
export interface LipCurves {
  seen: Float32Array;
  heard: Float32Array;
}

/**
 * The movement that sound tells most about (the first canonical component), in the picture and in the sound of the same
 * moment, for rows `from` to before `to` of a mouth: what a person sees shifted when lips and sound are apart.
 */
export function lipCurves(
  model: LipSyncModel,
  mouth: MouthTrack,
  bands: Float32Array,
  from: number,
  to: number,
): LipCurves {
  const start = mouth.first + from;
  const before = Math.max(0, Math.min(LAG, start));
  const after = Math.max(0, Math.min(LAG, soundRows(bands) - (mouth.first + to)));
  const sound = soundChannels(bands, 2 * (start - before), 2 * (mouth.first + to + after));
  const both = project(model, mouthChannels(model, mouth, from, to), sound);
  const count = to - from;
  const seen = Float32Array.from({ length: count }, (_, k) => both.mouth.values[k * both.mouth.width]);
  const heard = Float32Array.from({ length: count }, (_, k) => both.sound.values[(k + before) * both.sound.width]);
  let open = 0;
  let mean = 0;
  for (let k = 0; k < count; k++) mean += mouth.measures[(from + k) * MEASURES.length] / count;
  for (let k = 0; k < count; k++) open += (mouth.measures[(from + k) * MEASURES.length] - mean) * seen[k];
  const sign = open < 0 ? -1 : 1;
  return { seen: scaled(seen, sign), heard: scaled(heard, sign) };
}

function scaled(values: Float32Array, sign: number): Float32Array {
  let [mean, squares] = [0, 0];
  for (const value of values) mean += value / values.length;
  for (const value of values) squares += (value - mean) ** 2 / values.length;
  const scale = sign / (Math.sqrt(squares) + 1e-9);
  return values.map(value => (value - mean) * scale);
}
