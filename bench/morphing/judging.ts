import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClipFacts } from '../../src/clip.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import { type MorphingModel, parseMorphingModel } from '../../src/signals/morphing/model.ts';
import { type Morphs, morphsIn } from '../../src/signals/morphing/morphs.ts';
import type { Cached } from './cached.ts';

/** One model per fold, and the clips that it never saw. */
export interface Fold {
  model: MorphingModel;
  unseen: Set<string>;
}

/** The folds that training left in its cache. */
export function readFolds(cache: string): Fold[] {
  const folds: Fold[] = [];
  for (let k = 0; existsSync(join(cache, `fold-${k}.json`)); k++) {
    const text = readFileSync(join(cache, `fold-${k}.json`), 'utf8');
    folds.push({ model: parseMorphingModel(text), unseen: new Set(JSON.parse(text).unseen) });
  }
  if (folds.length === 0) throw new Error('run training/morphing/make.sh first');
  return folds;
}

/** The model that never saw a clip; undefined when all did. */
export const modelFor = (folds: readonly Fold[], name: string): MorphingModel | undefined =>
  folds.find(({ unseen }) => unseen.has(name))?.model;

/** The check's own options, as they are by default. */
export const options = morphing.meta.options.parse({});

/** What the product's own code says of a clip, shot by shot. */
export function judge(clip: Cached, model: MorphingModel, confidence = options.confidence): Morphs[] {
  const facts = { video: { ...clip.source, fps: clip.fps } } as Pick<ClipFacts, 'video'>;
  const signals = { semanticDrift: clip.drift, bodies: clip.bodies };
  return clip.shots.map(shot => {
    const morphs = morphsIn(model, facts, shot, signals, confidence);
    return { ...morphs, found: morphs.found.slice(0, options.most) };
  });
}
/** The largest value of any shot. */
export const most = (shots: readonly Morphs[], value: (shot: Morphs) => number | null | undefined): number =>
  Math.max(-9, ...shots.map(shot => value(shot) ?? -9));
