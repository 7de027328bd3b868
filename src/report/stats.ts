import type { ClipFacts } from '../clip.ts';
import type { Measured } from '../signals.ts';

/** Every signal as JSON: `{clip, times, signals}`, typed arrays as plain arrays, non-finite numbers as null. */
export function renderStats(clip: ClipFacts, signals: Measured): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, rounded);
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  };
  const { path, sha256, frames, times, video } = clip;
  return `${JSON.stringify({ clip: { path, sha256, frames, fps: video.fps }, times, signals }, plain)}\n`;
}

const rounded = (value: number): number | null => (Number.isFinite(value) ? Math.round(value * 1e5) / 1e5 : null);
