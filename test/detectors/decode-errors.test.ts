import { describe, expect, it } from 'vitest';
import { decodeErrors } from '../../src/detectors/decode-errors.ts';
import { facts, ordinary, outcomeOf, ranges } from './picture-signals.ts';

const complaints = (...frames: number[]) => ({
  ...ordinary(100),
  decodeFaults: frames.map(frame => ({ frame, message: 'error while decoding MB 12 7' })),
});

describe('decode-errors', () => {
  it('passes a stream without complaints', () => {
    const outcome = outcomeOf(decodeErrors, facts(100), complaints());
    expect(outcome).toMatchObject({ status: 'ran', score: 0, findings: [] });
  });

  it.each([
    { frames: [40], found: [['corrupt', 40, 41]] },
    { frames: [40, 41, 50], found: [['corrupt', 40, 51]] },
    {
      frames: [10, 80],
      found: [
        ['corrupt', 10, 11],
        ['corrupt', 80, 81],
      ],
    },
    // The decoder may complain after its last frame.
    { frames: [100], found: [['corrupt', 99, 100]] },
  ])('groups complaints at $frames', ({ frames, found }) => {
    expect(ranges(outcomeOf(decodeErrors, facts(100), complaints(...frames)))).toEqual(found);
  });

  it('can ask for more than one complaint', () => {
    const options = { faults: 3 };
    expect(outcomeOf(decodeErrors, facts(100), complaints(40, 41), { options }).findings).toEqual([]);
    expect(outcomeOf(decodeErrors, facts(100), complaints(40, 41, 42), { options }).findings).toHaveLength(1);
  });

  it('never lets the decoder’s text through raw', () => {
    const signals = { ...ordinary(100), decodeFaults: [{ frame: 5, message: `\u001b[2J\n${'x'.repeat(500)}` }] };
    const [{ message }] = outcomeOf(decodeErrors, facts(100), signals).findings;
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(250);
  });

  it('counts frames lost beside a complaint by the times, and leaves other holes to cadence', () => {
    const times = Array.from({ length: 100 }, (_, i) => (i < 50 ? i : i + 6) / 24);
    const clip = facts(100, { times });
    expect(ranges(outcomeOf(decodeErrors, clip, complaints()))).toEqual([]);
    const outcome = outcomeOf(decodeErrors, clip, complaints(48));
    expect(ranges(outcome)).toEqual([
      ['corrupt', 48, 49],
      ['missing', 49, 51],
    ]);
    expect(outcome.findings[1]).toMatchObject({ measured: 6, peak: 50 });
  });

  it.each([
    { missing: 1, found: false },
    { missing: 2, found: false },
    { missing: 3, found: true },
    { missing: 60, found: true },
  ])('a picture that ends $missing frames early: $found', ({ missing, found }) => {
    const outcome = outcomeOf(decodeErrors, facts(100, { seconds: (100 + missing) / 24 }), complaints());
    expect(ranges(outcome)).toEqual(found ? [['truncated', 99, 100]] : []);
    expect(outcome.score! >= 0.5).toBe(found);
  });

  it('does not take a picture that is longer than stated for a fault', () => {
    expect(outcomeOf(decodeErrors, facts(100, { seconds: 3 }), complaints()).findings).toEqual([]);
  });
});
