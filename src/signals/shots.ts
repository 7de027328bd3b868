import type { ClipFacts } from '../clip.ts';
import type { Cut, Shot, Signals } from '../signals.ts';

export const shotSignals = [
  'frameDifference',
  'changedShare',
  'histogramDistance',
  'edgeChange',
  'motionX',
  'motionY',
  'motionFit',
  'motionResidual',
  'matchError',
  'lumaMean',
  'lumaDeviation',
  'lumaGrid',
] as const;
export type ShotSignals = Pick<Signals, (typeof shotSignals)[number]>;

export function findShots(_signals: Partial<ShotSignals>, clip: ClipFacts): { shots: Shot[]; cuts: Cut[] } {
  return { shots: [{ id: 's1', start: 0, end: clip.frames }], cuts: [] };
}
