import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath, makeFixtures } from '../../fixtures/make.ts';
import { trim } from '../../src/hook/grab.ts';
import { probe } from '../../src/media/probe.ts';
import { grabStills } from '../../src/media/stills.ts';
import { COUNTERS, counterClip, readCounter } from '../report/counter.ts';
import { watch } from './helpers.ts';

let folder: string;
const never = new AbortController().signal;
beforeAll(async () => {
  await makeFixtures();
  folder = await mkdtemp(join(tmpdir(), 'retake-trim-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('trimming', () => {
  it.each(['film', 'ntsc', 'uneven', 'studio'] as const)('keeps exactly the frames asked for: %s', async name => {
    const source = await counterClip(COUNTERS[name]!);
    const target = join(folder, `${name}.mp4`);
    await trim(source, { start: 17, end: 41 }, target, never);
    const [before, after] = [await probe(source), await probe(target)];
    expect(after.times.length).toBe(24);
    if (!before.video.variableFrameRate) expect(after.video.fps).toEqual(before.video.fps);
    const stills = await grabStills(after, [0, 11, 23]);
    const read = await Promise.all([...stills].map(async ([frame, { jpeg }]) => [frame, await readCounter(jpeg)]));
    expect(read).toEqual([
      [0, 17],
      [11, 28],
      [23, 40],
    ]);
    const steps = (times: Float64Array) => [...times].map(time => Math.round((time - times[0]!) * 1000));
    expect(steps(after.times)).toEqual(steps(before.times.subarray(17, 41)));
  });

  it('keeps the sound with its frames', async () => {
    const target = join(folder, 'click.mp4');
    const whole = await watch(fixturePath('clickAac'));
    const { num, den } = whole.clip.video.fps;
    const start = 5;
    await trim(fixturePath('clickAac'), { start, end: whole.clip.times.length }, target, never);
    const cut = await watch(target);
    const loudest = (samples: Float32Array) =>
      samples.reduce((best, x, i) => (Math.abs(x) > Math.abs(samples[best]!) ? i : best), 0);
    const moved = (loudest(whole.samples) - loudest(cut.samples)) / 16_000;
    expect(Math.abs(moved - (start * den) / num)).toBeLessThan(0.002);
  });

  it.each(['rotated', 'oddSize', 'variableRate', 'fullRange', 'silentFilm', 'gif'] as const)('takes %s', async name => {
    const target = join(folder, `${name}.mp4`);
    const before = await probe(fixturePath(name));
    await trim(fixturePath(name), { start: 2, end: 6 }, target, never);
    const after = await probe(target);
    const even = (value: number) => Math.floor(value / 2) * 2;
    expect(after.times.length).toBe(4);
    expect([after.video.width, after.video.height]).toEqual([even(before.video.width), even(before.video.height)]);
    expect(after.video.colour.range === 'full').toBe(before.video.colour.range === 'full');
    expect(after.audio === null).toBe(before.audio === null);
  });

  it('leaves nothing behind when it cannot', async () => {
    const target = join(folder, 'never.mp4');
    await expect(trim(fixturePath('tiny'), { start: 4, end: 4 }, target, never)).rejects.toMatchObject({
      code: 'options-invalid',
    });
    const abort = new AbortController();
    abort.abort();
    await expect(trim(fixturePath('tiny'), { start: 0, end: 4 }, target, abort.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
    expect((await readdir(folder)).filter(name => name.includes('never') || name.startsWith('.'))).toEqual([]);
  });
});
