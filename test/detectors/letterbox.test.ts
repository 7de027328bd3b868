import { describe, expect, it } from 'vitest';
import { letterbox } from '../../src/detectors/letterbox.ts';
import { facts, noise, ordinary, outcomeOf, type PictureSignals, ranges } from './picture-signals.ts';

function frame(
  signals: PictureSignals,
  start: number,
  end: number,
  [top, bottom, left, right]: [number, number, number, number],
): PictureSignals {
  const { bars } = signals;
  bars.top.fill(top, start, end);
  bars.bottom.fill(bottom, start, end);
  bars.left.fill(left, start, end);
  bars.right.fill(right, start, end);
  return signals;
}

describe('letterbox', () => {
  it.each<[string, [number, number, number, number], string | null, number[]]>([
    ['2.39:1 in 16:9', [92, 92, 0, 0], 'letterbox', [0, 92, 1280, 536]],
    ['uneven', [60, 40, 0, 0], 'letterbox', [0, 60, 1280, 620]],
    ['just wide enough', [15, 15, 0, 0], 'letterbox', [0, 15, 1280, 690]],
    ['just too narrow', [14, 14, 0, 0], null, []],
    ['4:3 in 16:9', [0, 0, 160, 160], 'pillarbox', [160, 0, 960, 720]],
    ['just too narrow at the sides', [0, 0, 25, 25], null, []],
    ['just wide enough at the sides', [0, 0, 26, 26], 'pillarbox', [26, 0, 1228, 720]],
    ['all round', [60, 60, 100, 100], 'windowbox', [100, 60, 1080, 600]],
    ['a dark strip on one side', [0, 120, 0, 0], null, []],
  ])('%s', (_, margins, kind, box) => {
    const outcome = outcomeOf(letterbox, facts(96), frame(ordinary(96), 0, 96, margins));
    expect(ranges(outcome)).toEqual(kind ? [[kind, 0, 96]] : []);
    expect(outcome.score! >= 0.5).toBe(kind !== null);
    if (kind) expect(outcome.findings[0].box).toEqual(box);
  });

  it('finds bars that come at a frame', () => {
    const outcome = outcomeOf(letterbox, facts(96), frame(ordinary(96), 50, 96, [92, 92, 0, 0]));
    expect(ranges(outcome)).toEqual([['changing', 50, 96]]);
    expect(outcome.findings[0].peak).toBe(50);
  });

  it('finds bars that change their shape', () => {
    const signals = frame(ordinary(96), 0, 40, [92, 92, 0, 0]);
    frame(signals, 40, 96, [0, 0, 160, 160]);
    expect(ranges(outcomeOf(letterbox, facts(96), signals))).toEqual([
      ['changing', 0, 40],
      ['changing', 40, 96],
    ]);
  });

  it.each([
    { frames: 11, found: false },
    { frames: 12, found: true },
  ])('bars for $frames of 96 frames: $found', ({ frames, found }) => {
    const outcome = outcomeOf(letterbox, facts(96), frame(ordinary(96), 40, 40 + frames, [92, 92, 0, 0]));
    expect(ranges(outcome)).toEqual(found ? [['changing', 40, 40 + frames]] : []);
  });

  it('does not take the moving margins of a dark scene for bars', () => {
    const random = noise(3);
    const signals = ordinary(96);
    for (let i = 0; i < 96; i++) {
      const margin = 80 + 60 * random();
      frame(signals, i, i + 1, [margin, margin * 0.9, 0, 0]);
    }
    expect(outcomeOf(letterbox, facts(96), signals).findings).toEqual([]);
  });

  it('bridges dark frames, and is skipped when nearly all are dark', () => {
    const signals = frame(ordinary(96), 0, 96, [92, 92, 0, 0]);
    frame(signals, 20, 60, [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(ranges(outcomeOf(letterbox, facts(96), signals))).toEqual([['letterbox', 0, 96]]);
    frame(signals, 10, 96, [Number.NaN, 0, 0, 0]);
    const outcome = outcomeOf(letterbox, facts(96), signals);
    expect(outcome.status).toBe('skipped');
    expect(outcome.reason).toMatch(/dark/);
  });

  it('keeps one finding over a short interruption', () => {
    const signals = frame(ordinary(96), 0, 96, [92, 92, 0, 0]);
    frame(signals, 40, 46, [70, 92, 0, 0]);
    expect(ranges(outcomeOf(letterbox, facts(96), signals))).toEqual([['letterbox', 0, 96]]);
  });

  it('allows for edges that waver by a pixel', () => {
    const random = noise(8);
    const signals = ordinary(96);
    for (let i = 0; i < 96; i++) frame(signals, i, i + 1, [92 + Math.round(random()), 92 + Math.round(random()), 0, 0]);
    expect(ranges(outcomeOf(letterbox, facts(96), signals))).toEqual([['letterbox', 0, 96]]);
  });
});
