import { describe, expect, it } from 'vitest';
import { backgroundViews } from '../../src/observers/background-views.ts';
import { grey, type Paint, paint, see, texture } from './pictures.ts';

describe('background-views', () => {
  it('keeps four small pictures a second, with colours where they were', async () => {
    const red = paint(256, 144, x => [100, 128, x < 128 ? 180 : 128]);
    const frames = Array.from({ length: 24 }, () => ({ analysis: red }));
    const { views } = await see(backgroundViews, frames, { width: 1280, height: 720, fps: { num: 24, den: 1 } });
    expect([...views.frames]).toEqual([0, 6, 12, 18]);
    expect([views.width, views.height]).toEqual([128, 72]);
    expect([views.scaleX, views.scaleY]).toEqual([10, 10]);
    expect(views.luma.length).toBe(4 * 128 * 72);
    expect([views.red[0], views.red[63], views.blue[0]]).toEqual([180, 128, 128]);
  });

  it('takes means, not single pixels', async () => {
    const { views } = await see(backgroundViews, [{ analysis: paint(256, 144, texture) }]);
    const mean = (texture(0, 0)[0] + texture(1, 0)[0] + texture(0, 1)[0] + texture(1, 1)[0]) / 4;
    expect(Math.abs(views.luma[0] - mean)).toBeLessThanOrEqual(1);
  });

  it('shows a clip of full range in the codes of its limited twin', async () => {
    const colour = { range: 'full', primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', hdr: null } as const;
    const shown = async (at: Paint, video = {}) =>
      (await see(backgroundViews, [{ analysis: paint(256, 144, at) }], video)).views;
    const twin: Paint = (x, y) => [texture(x, y)[0], 100, 170];
    const views = await shown(twin);
    const full = await shown(
      (x, y) =>
        [
          Math.round(((twin(x, y)[0] - 16) * 255) / 219),
          ...[100, 170].map(code => 128 + ((code - 128) * 255) / 224),
        ] as never,
      { colour },
    );
    for (const plane of ['luma', 'blue', 'red'] as const)
      expect(Math.max(...full[plane].map((code, k) => Math.abs(code - views[plane][k])))).toBeLessThanOrEqual(1);
  });

  it('does not grow with the length of the clip: it looks less often instead, at even steps', async () => {
    const frame = { analysis: paint(16, 16, grey(90)) };
    const { views } = await see(
      backgroundViews,
      Array.from({ length: 5000 }, () => frame),
      { fps: { num: 8, den: 1 } },
    );
    expect(views.frames.length).toBeLessThanOrEqual(480);
    expect(views.frames.length).toBeGreaterThan(240);
    const steps = new Set([...views.frames].slice(1).map((value, k) => value - views.frames[k]));
    expect(steps.size).toBe(1);
  });
});
