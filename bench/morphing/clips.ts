import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { windowsInside } from '../../src/signals/morphing/events.ts';
import { contextsOf, surprise } from '../../src/signals/morphing/expectation.ts';
import { blurred, driftMap } from '../../src/signals/morphing/maps.ts';
import type { MorphingModel } from '../../src/signals/morphing/model.ts';
import type { Morphs } from '../../src/signals/morphing/morphs.ts';
import { type Cached, readCached } from './cached.ts';
import { type Fold, judge, modelFor } from './judging.ts';
import { groupOf, type Label, labelOf, type ManifestRow, secondLabelOf } from './labels.ts';

/** The largest smoothed surprise of one map over the clip: what each kind of evidence says alone. */
function alone(clip: Cached, model: MorphingModel): number[] {
  const most = model.expectation.signals.map(() => -9);
  for (const shot of clip.shots)
    for (const window of windowsInside(clip.drift, shot)) {
      const contexts = contextsOf(clip.drift, window);
      surprise(model.expectation, clip.drift, window, contexts).forEach((plane, k) => {
        const values = blurred(
          plane.map(value => Math.min(8, value)),
          clip.drift,
        ).sort();
        const top = values.slice(-Math.max(4, Math.round(0.03 * values.length)));
        most[k] = Math.max(most[k], top.reduce((sum, value) => sum + value, 0) / top.length);
      });
    }
  return most;
}

const meanOf = ({ drift }: Cached, name: 'motion' | 'detail'): number => {
  let sum = 0;
  for (let k = 0; k < drift.starts.length; k++) {
    const map = driftMap(drift, k, name);
    sum += map.reduce((total, value) => total + value, 0) / map.length;
  }
  return sum / Math.max(1, drift.starts.length);
};

/** One clip of the folder, judged by a model that never saw it. */
export interface Row {
  name: string;
  label: Label;
  second: Label;
  generator: string;
  group: string;
  shots: Morphs[];
  findings: Morphs['found'];
  motion: number;
  detail: number;
  rate: number;
  pixels: number;
  alone: number[];
  seconds: number;
  row: ManifestRow;
}

/** Judges every clip of the manifest whose maps lie in the cache. */
export function readRows(data: string, cache: string, folds: readonly Fold[]): Row[] {
  const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8')) as ManifestRow[];
  const rows: Row[] = [];
  for (const row of manifest) {
    const name = row.file.replace('/', '__');
    const model = modelFor(folds, name);
    if (model === undefined || !existsSync(join(cache, 'drift', `${name}.json`))) continue;
    const clip = readCached(join(cache, 'drift'), name);
    const shots = judge(clip, model);
    rows.push({
      name,
      label: labelOf(row),
      second: secondLabelOf(row),
      generator: name.split('__')[1],
      group: groupOf(name),
      shots,
      findings: shots.flatMap(({ found }) => found),
      motion: meanOf(clip, 'motion'),
      detail: meanOf(clip, 'detail'),
      rate: clip.fps.num / clip.fps.den,
      pixels: clip.source.width * clip.source.height,
      // Compared among generated clips only.
      alone: row.origin === 'real' ? [] : alone(clip, model),
      seconds: clip.seconds,
      row,
    });
  }
  return rows;
}
