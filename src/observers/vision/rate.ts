import { type Clip, toNumber } from '../../clip.ts';

/** Frames per second for cadences: the nominal rate within what is sensible, 30 when it is not known. */
export function clipRate(clip: Pick<Clip, 'video'>): number {
  const rate = toNumber(clip.video.fps);
  return Number.isFinite(rate) && rate > 0 ? Math.min(240, Math.max(1, rate)) : 30;
}
