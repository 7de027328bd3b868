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
      black: 'regenerate',
      freeze: 'regenerate',
      'decode-errors': 'regenerate',
      'hand-integrity': 'off',
      letterbox: 'off',
      'legal-range': 'off',
      'true-peak': 'off',
      loudness: 'off',
    },
  },
  editorial: {
    summary: 'before the edit: broken frames are made again, everything an editor should see is shown',
    strict: false,
    shots: 'multi',
    handle: 0.5,
    leastConfidence: 0.5,
    detectors: {
      black: 'regenerate',
      freeze: 'regenerate',
      flicker: 'regenerate',
      flashes: 'regenerate',
      'legal-range': 'off',
      'decode-errors': 'regenerate',
      'true-peak': 'off',
      loudness: 'off',
    },
  },
  export: {
    summary: "what leaves the house: broadcasters' figures, review counts as failure",
    strict: true,
    shots: 'multi',
    handle: 1,
    leastConfidence: 0.5,
    detectors: {
      black: 'regenerate',
      freeze: 'regenerate',
      cadence: 'regenerate',
      flicker: 'regenerate',
      flashes: 'regenerate',
      'decode-errors': 'regenerate',
      // EBU R37.
      'lip-sync': { level: 'review', early: 40, late: 60 },
      // DPP: one frame short; EBU and Telestream allow two. 40 ms is a frame at 25 fps.
      'av-length': { level: 'regenerate', short: 1, long: 0.04 },
      'no-audio': 'regenerate',
      'dead-channel': 'regenerate',
      phase: 'regenerate',
      clipping: 'regenerate',
      'true-peak': 'regenerate',
      // EBU R128: -23 LUFS, half a unit either way.
      loudness: { level: 'regenerate', target: -23, tolerance: 0.5 },
    },
  },
};
