import { loadKeptModel } from '../../inference/store.ts';
import type { DriftSignal, ExpectationTables } from './expectation.ts';
import type { RegionNetwork } from './network.ts';
import type { StretchModel } from './stretches.ts';

/** What the check knows: made by training/morphing, described in models/retake-morphing.md. */
export interface MorphingModel {
  expectation: ExpectationTables;
  network: RegionNetwork;
  /** Log-odds that a region with this evidence is a morph: `slope · evidence + offset`. */
  calibration: { slope: number; offset: number };
  /** How ten seconds are judged as a whole. */
  whole: StretchModel;
}

interface ModelFile {
  expectation: {
    signals: DriftSignal[];
    floor: number;
    knots: number[][];
    contexts: number[];
    pairs: [number, number][];
    mean: number[];
    spread: number[];
    least: number[];
  };
  network: Omit<RegionNetwork, 'layers'> & {
    layers: Record<keyof RegionNetwork['layers'], { weight: number[]; bias: number[] }>;
  };
  calibration: { slope: number; offset: number };
  whole: StretchModel;
}

/** Reads a model from the text of its file. */
export function parseMorphingModel(text: string): MorphingModel {
  const { expectation, network, calibration, whole } = JSON.parse(text) as ModelFile;
  return {
    expectation: {
      ...expectation,
      mean: Float32Array.from(expectation.mean),
      spread: Float32Array.from(expectation.spread),
    },
    network: {
      ...network,
      layers: Object.fromEntries(
        Object.entries(network.layers).map(([name, { weight, bias }]) => [
          name,
          { weight: Float32Array.from(weight), bias: Float32Array.from(bias) },
        ]),
      ) as RegionNetwork['layers'],
    },
    calibration,
    whole,
  };
}

let loaded: MorphingModel | null = null;

/** Its name in models/manifest.json. */
export const MORPHING_MODEL = 'retake-morphing';

/** The model that comes with the package, verified and read once. Throws model-missing or model-corrupt. */
export function morphingModel(): MorphingModel {
  loaded ??= parseMorphingModel(Buffer.from(loadKeptModel(MORPHING_MODEL)).toString('utf8'));
  return loaded;
}
