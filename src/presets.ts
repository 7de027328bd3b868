import type { Level } from './policy.ts';

export type PresetName = 'draft' | 'editorial' | 'export';

interface Preset {
  summary: string;
  strict: boolean;
  shots: 'single' | 'multi';
  handle: number;
  leastConfidence: number;
  /** Where a detector is not named, its level is `review` with its own defaults. */
  detectors: Record<string, Level | ({ level: Level } & Record<string, unknown>)>;
}

/**
 * The three moments at which a clip is judged. `draft`: straight from the generator, only what makes a take worthless
 * costs another generation. `editorial`: before the edit. `export`: what leaves the house, broadcasters' figures.
 */
export const presets: Record<PresetName, Preset> = {
  draft: {
    summary: 'straight from the generator: only faults that make a take worthless cost another generation',
    strict: false,
    shots: 'multi',
    handle: 0.5,
    leastConfidence: 0.5,
    detectors: {
      'decode-errors': 'regenerate',
      black: 'regenerate',
      freeze: 'regenerate',
      cadence: 'review',
      flicker: 'review',
      flashes: 'review',
      letterbox: 'off',
      'legal-range': 'off',
      sharpness: 'review',
      loudness: 'off',
      'true-peak': 'off',
      silence: 'review',
      clipping: 'review',
      phase: 'review',
      'av-length': 'review',
      'no-audio': 'review',
    },
  },
  editorial: {
    summary: 'before the edit: broken frames are made again, everything an editor should see is shown',
    strict: false,
    shots: 'multi',
    handle: 0.5,
    leastConfidence: 0.5,
    detectors: {
      'decode-errors': 'regenerate',
      black: 'regenerate',
      freeze: 'regenerate',
      flicker: 'regenerate',
      flashes: 'regenerate',
      letterbox: 'review',
      'legal-range': 'off',
      loudness: 'off',
      'true-peak': 'review',
    },
  },
  export: {
    summary: "what leaves the house: broadcasters' and platforms' figures, review counts as failure",
    strict: true,
    shots: 'multi',
    handle: 1,
    leastConfidence: 0.5,
    detectors: {
      'decode-errors': 'regenerate',
      black: 'regenerate',
      freeze: 'regenerate',
      cadence: 'regenerate',
      flicker: 'regenerate',
      flashes: 'regenerate',
      letterbox: 'review',
      'legal-range': 'review',
      'true-peak': 'regenerate',
      silence: 'review',
      clipping: 'regenerate',
      phase: 'regenerate',
      'av-length': 'regenerate',
      'no-audio': 'regenerate',
    },
  },
};
