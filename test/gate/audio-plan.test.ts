import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/gate/audio/plan.ts';
import { audioPlanSchema } from '../../src/gate/audio/schema.ts';
import type { JudgedUse } from '../../src/gate/result.ts';
import { type PlannedSound, plannedSound } from '../../src/takes/planned-sound.ts';
import type { Take } from '../../src/takes/take.ts';
import { judgedReport } from './support.ts';

const clock = { fps: { num: 25, den: 1 }, base: 25, drop: false, start: 90_000 };

const take = (audioPlan?: PlannedSound): Take => ({
  id: 'take_1',
  parameters: {},
  references: [],
  status: 'present',
  createdAt: '2027-01-01T00:00:00Z',
  ...(audioPlan ? { audioPlan } : {}),
});

/** A use of frames `from`–`to` of a clip, heard from film frame `at` on. */
function use(
  from: number,
  to: number,
  at: number,
  over: {
    plan?: object;
    sha256?: string;
    fps?: { num: number; den: number };
    tags?: Record<string, string>;
    times?: number[];
  } & Partial<JudgedUse> = {},
): JudgedUse {
  const { plan, sha256 = 'a'.repeat(64), fps = clock.fps, tags, times, ...rest } = over;
  const report = judgedReport({ sha256, path: 'a.mp4', fps, frames: 400, tags });
  const full = times ? { ...report, clip: { ...report.clip, times } } : report;
  const length = Math.round(((to - from) * fps.den * 25) / fps.num);
  return {
    id: 'u1',
    name: 'a.mp4',
    medium: 'sound',
    track: 'A1',
    record: { start: at, end: at + length },
    speed: 1,
    source: { path: 'a.mp4', sha256, frames: { start: from, end: to }, by: 'bytes' },
    takes: [take(plan ? plannedSound.parse(plan) : undefined)],
    decision: 'pass',
    reasons: [],
    full,
    narrowed: null,
    review: [],
    ...rest,
  };
}
const film = (text: object) => audioPlanSchema.parse(text);
const lines = (plan: ReturnType<typeof planOf>) =>
  plan?.lines.map(({ frames, brief }) => `${frames.start}-${frames.end}${brief ? ' brief' : ''}`);
const spans = (ranges: readonly { start: number; end: number }[] | null | undefined) =>
  ranges?.map(({ start, end }) => `${start}-${end}`);

describe('audio plans of takes', () => {
  const spoken = { lines: [{ from: '2s', to: '4s', speaker: 'Ana' }] };

  it('count in the clip’s time and are cut to what is used', () => {
    // 2–4 s of the clip are its frames 50–100.
    expect(lines(planOf(undefined, [use(0, 200, 500, { plan: spoken })], clock, true))).toEqual(['550-600']);
    expect(lines(planOf(undefined, [use(75, 200, 500, { plan: spoken })], clock, true))).toEqual(['500-525']);
    expect(lines(planOf(undefined, [use(90, 200, 500, { plan: spoken })], clock, true))).toEqual(['500-510 brief']);
    expect(lines(planOf(undefined, [use(100, 200, 500, { plan: spoken })], clock, true))).toEqual([]);
  });

  it('take frames, timecodes of the clip, other rates and varying rates', () => {
    const at = (from: string | number, to: string | number, over: object = {}) =>
      lines(planOf(undefined, [use(10, 200, 0, { plan: { lines: [{ from, to }] }, ...over })], clock, true));
    expect(at(50, 100)).toEqual(['40-90']);
    expect(at('01:00:02:00', '01:00:04:00', { tags: { timecode: '01:00:00:00' } })).toEqual(['40-90']);
    const fps = { num: 50, den: 1 };
    expect(at(60, 110, { fps })).toEqual(['25-50']);
    expect(at('1.2s', '2.2s', { fps })).toEqual(['25-50']);
    const times = Array.from({ length: 400 }, (_, i) => i / 12.5);
    expect(at(20, 30, { times })).toEqual(['20-40']);
  });

  it('follow the sound, not the picture, and stereo counts once', () => {
    const picture = use(0, 100, 0, { plan: spoken, medium: 'picture' });
    const left = use(40, 140, 300, { plan: spoken });
    const plan = planOf(undefined, [picture, left, { ...left, track: 'A2' }], clock, true);
    expect(lines(plan)).toEqual(['310-360']);
    expect(plan?.takes).toBe(1);
  });

  it('follow the picture that was found where there is no timeline', () => {
    const found = use(0, 200, 500, { plan: spoken, medium: 'picture' });
    expect(lines(planOf(undefined, [found], clock, false))).toEqual(['550-600']);
    const still = { ...found, source: { ...found.source!, frames: { start: 0, end: 300 } } };
    const plan = planOf(undefined, [still], clock, false);
    expect(lines(plan)).toEqual([]);
    expect(plan?.problems.map(({ kind, severity }) => [kind, severity])).toEqual([['plan-unplaced', 'info']]);
  });

  it('are said to be left out where the clip is retimed or nothing sounds', () => {
    const notes = (uses: JudgedUse[]) =>
      planOf(undefined, uses, clock, true)
        ?.problems.map(({ message }) => message)
        .join();
    expect(notes([use(0, 200, 0, { plan: spoken, speed: 2 })])).toMatch(/u1 a\.mp4 is retimed/);
    expect(notes([use(0, 200, 0, { plan: spoken, medium: 'picture' })])).toMatch(/no sound/);
  });

  it('yield to the film’s plan where both say something', () => {
    const uses = [
      use(0, 400, 0, {
        plan: {
          lines: [
            { from: 50, to: 100 },
            { from: 200, to: 250 },
          ],
          silence: [{ from: 300, to: 350 }],
          music: [{ from: 0, to: 40 }],
        },
      }),
    ];
    const plan = planOf(
      film({
        lines: [{ from: 60, to: 110 }],
        silence: [{ from: 0, to: 20 }],
        music: [{ from: 320, to: 340 }],
        mostSpeech: 2,
      }),
      uses,
      clock,
      true,
    );
    expect(lines(plan)).toEqual(['50-60 brief', '60-110', '200-250']);
    expect(spans(plan?.silence)).toEqual(['0-20', '300-320', '340-350']);
    expect(spans(plan?.music)).toEqual(['320-340', '20-40']);
    expect(plan?.limits.mostSpeech).toBe(2);
    expect(plan?.scope).toBeNull();
  });

  it('expect no speech only where they speak for all that sounds', () => {
    const other = use(0, 40, 130, { sha256: 'b'.repeat(64) });
    const planned = use(0, 100, 100, { plan: { silence: [{ from: 0, to: 100 }] } });
    const plan = planOf(undefined, [planned, other], clock, true);
    expect(spans(plan?.scope)).toEqual(['100-130', '170-200']);
    expect(spans(plan?.silence)).toEqual(['100-130', '170-200']);
  });

  it('are nothing without a plan anywhere', () => {
    expect(planOf(undefined, [use(0, 100, 0)], clock, true)).toBeNull();
  });

  it('name the take whose span has no length', () => {
    const wrong = use(0, 100, 0, { plan: { lines: [{ from: '4s', to: '2s' }] } });
    expect(() => planOf(undefined, [wrong], clock, true)).toThrow(/a\.mp4: 4s to 2s/);
  });
});
