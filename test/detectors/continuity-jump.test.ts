import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FrameRange } from '../../src/clip.ts';
import { continuityJump } from '../../src/detectors/continuity-jump.ts';
import type { Planned } from '../../src/detectors/detector.ts';
import { judge as judgeShots } from '../../src/judge.ts';
import { continuity } from '../../src/observers/continuity/continuity.ts';
import { FADES } from '../../src/observers/continuity/fade-measures.ts';
import { CONTINUITY_FEATURES } from '../../src/observers/continuity/feature-names.ts';
import { frameChange } from '../../src/observers/frame-change.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { boostedSum, continuityModel, JUMP_MODELS } from '../../src/signals/continuity/model.ts';
import { clipOf, grainy, type Painting, relit, scene, times, WIDTH, watch } from '../observers/scenes.ts';

const options = continuityJump.meta.options.parse({});

/** Judges pictures as one shot, or the part of them that `shot` names. */
async function judge(
  paintings: readonly Painting[],
  planned?: Planned,
  shot: FrameRange = { start: 0, end: paintings.length },
) {
  const signals = {
    ...(await watch(continuity, paintings)),
    ...(await watch(frameChange, paintings)),
    ...(await watch(pictureStatistics, paintings)),
  };
  const input = { clip: clipOf(paintings.length), shot: { id: 's1', ...shot }, signals, options, planned };
  const judged = continuityJump.judge(input);
  if (judged.status !== 'ran') throw new Error(judged.reason);
  return judged;
}

const other = scene(77);
const [LEFT, TOP, ACROSS, DOWN] = [100, 50, 48, 40];

/** The picture with a thing of another scene over it. */
function withThing(painting: Painting, share = 1): Painting {
  return relit(painting, (luma, i) => {
    const x = i % WIDTH;
    const y = Math.floor(i / WIDTH);
    return x < LEFT || x >= LEFT + ACROSS || y < TOP || y >= TOP + DOWN ? luma : luma + (other.y[i] - luma) * share;
  });
}

const shot = times(44, i => grainy(scene(5, 0.5 * i, 0.2 * i), 1, i));
const kinds = ({ faults }: Awaited<ReturnType<typeof judge>>) => faults.map(({ kind, start }) => [kind, start]);

describe('in a shot', () => {
  it('without a fault nothing is found', async () => {
    const { faults, score } = await judge(shot);
    expect(faults).toEqual([]);
    expect(score).toBeLessThan(0.5);
  });

  it('a thing that appears is found at its frame, with its place', async () => {
    const { faults, score } = await judge(shot.map((painting, i) => (i >= 22 ? withThing(painting) : painting)));
    expect(faults).toHaveLength(1);
    const [{ kind, start, end, peak, box, confidence, values }] = faults;
    expect([kind, start, end, peak]).toEqual(['appears', 22, 23, 22]);
    const [x, y, width, height] = box!.map(side => side / 5);
    expect(Math.abs(x + width / 2 - (LEFT + ACROSS / 2))).toBeLessThan(12);
    expect(Math.abs(y + height / 2 - (TOP + DOWN / 2))).toBeLessThan(12);
    expect(values?.place).toBe('in the middle');
    expect(confidence).toBeGreaterThan(0.5);
    expect(score).toBeGreaterThan(0.5);
  });

  it('a thing that vanishes is told from one that appears', async () => {
    expect(kinds(await judge(shot.map((painting, i) => (i < 22 ? withThing(painting) : painting))))).toEqual([
      ['vanishes', 22],
    ]);
  });

  it('a thing that fades in within ten frames is found, one that slides in as fast is not', async () => {
    const share = (i: number) => Math.min(1, Math.max(0, (i - 17) / 9));
    const { faults } = await judge(shot.map((painting, i) => withThing(painting, share(i))));
    expect(faults.map(({ kind }) => kind)).toEqual(['fades']);
    expect(Math.abs(faults[0].peak! - 21)).toBeLessThan(5);
    const [x, y, width, height] = faults[0].box!.map(side => side / 5);
    expect(Math.abs(x + width / 2 - (LEFT + ACROSS / 2))).toBeLessThan(12);
    expect(Math.abs(y + height / 2 - (TOP + DOWN / 2))).toBeLessThan(12);
    const slid = shot.map((painting, i) => {
      const shown = withThing(painting);
      return relit(painting, (luma, at) => ((at % WIDTH) - LEFT < ACROSS * share(i) ? shown.y[at] : luma));
    });
    expect(kinds(await judge(slid)).filter(([kind]) => kind === 'fades')).toEqual([]);
  });

  it('two bright frames are a flash, not a fault', async () => {
    const lit = shot.map((painting, i) => (i === 22 || i === 23 ? relit(painting, luma => 1.5 * luma + 8) : painting));
    expect(kinds(await judge(lit))).toEqual([]);
  });

  it('one picture held for six frames', async () => {
    const { faults } = await judge(shot.map((painting, i) => (i > 20 && i <= 26 ? shot[20] : painting)));
    expect(faults.filter(({ kind }) => kind === 'held')).toEqual([
      expect.objectContaining({ start: 20, end: 27, unit: 's', measured: expect.closeTo(7 / 25, 2) }),
    ]);
  });

  it('frames that come again, and frames that run back', async () => {
    const again = [...shot.slice(0, 30), ...shot.slice(10, 30)];
    expect((await judge(again)).faults).toContainEqual(expect.objectContaining({ kind: 'loop', start: 30, end: 50 }));
    const back = [...shot.slice(0, 26), ...shot.slice(5, 25).reverse()];
    expect((await judge(back)).faults).toContainEqual(expect.objectContaining({ kind: 'reversal', end: 46 }));
  });
});

describe('what was planned', () => {
  const cut = [...shot.slice(0, 20), ...times(24, i => grainy(scene(9, 0.5 * i, 0), 1, i + 90))];
  const second = { start: 20, end: 44 };

  it.each([
    ['multi', 0],
    ['single', 1],
    [[20], 0],
    [[18, 40], 0],
    [[17], 1],
  ] as [Planned, number][])('%j: %d findings', async (planned, count) => {
    const { faults } = await judge(cut, planned, second);
    expect(faults.filter(({ kind, start }) => kind === 'unplanned-cut' && start === 20)).toHaveLength(count);
  });
});

it('the policy says what was planned, and the finding says it in words', async () => {
  const signals = {
    ...(await watch(continuity, shot)),
    ...(await watch(frameChange, shot)),
    ...(await watch(pictureStatistics, shot)),
  };
  const shots = [
    { id: 's1', start: 0, end: 20 },
    { id: 's2', start: 20, end: 44 },
  ];
  const found = (plan: unknown) =>
    judgeShots([continuityJump], resolvePolicy({ shots: plan }), clipOf(44), shots, signals, new Map()).flatMap(
      ({ shot: id, findings }) =>
        findings.filter(({ kind }) => kind === 'unplanned-cut').map(({ message }) => [id, message]),
    );
  expect(found('multi')).toEqual([]);
  expect(found([20])).toEqual([]);
  expect(found('single')).toEqual([['s2', 'The picture cuts where no cut was planned.']]);
});

describe('the model', () => {
  const model = continuityModel();

  it('reads what the observer measures', () => {
    expect(model.features).toEqual(CONTINUITY_FEATURES);
    expect(model.fades).toEqual(FADES);
  });

  it('sums its trees to the bits of the library that grew them', () => {
    const file = new URL('../../training/continuity/parity.json', import.meta.url);
    const { rows, sums } = JSON.parse(readFileSync(file, 'utf8')) as {
      rows: Record<'boundaries' | 'places', number[][]>;
      sums: Record<string, number[]>;
    };
    for (const name of JUMP_MODELS) {
      const read = rows[name === 'slow' ? 'places' : 'boundaries'];
      expect(read.length).toBeGreaterThan(10);
      expect(read.map(row => boostedSum(model.models[name], Float32Array.from(row)))).toEqual(sums[name]);
    }
  });
});

it('a shot too short to judge gives nothing', async () => {
  expect((await judge(shot.slice(0, 3))).faults).toEqual([]);
});
