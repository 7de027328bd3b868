import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { examineFilm, type Film } from '../../src/gate/film/examine.ts';
import { checkStyle } from '../../src/gate/style/check.ts';
import { resolveStyle } from '../../src/gate/style/presets.ts';
import { styleSchema } from '../../src/gate/style/schema.ts';
import { quietPolicy } from './support.ts';

/** A photograph of several people that a package brings along for its own demonstration. */
const group = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
  'sample6.jpg',
);
const clock = { fps: { num: 12, den: 1 }, base: 12, drop: false, start: 0 };
let folder: string;
let film: Film;

const person = (left: number, top: number, side: number) =>
  sharp(group).extract({ left, top, width: side, height: side });

/** A second of one person of the group. References: her in another crop, size and light; another person; nobody. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-characters-'));
  await person(1384, 230, 400).resize(480).png().toFile(join(folder, 'frame.png'));
  await person(1364, 215, 430).resize(620).modulate({ brightness: 0.8 }).jpeg().toFile(join(folder, 'ana.jpg'));
  await person(584, 292, 400).jpeg().toFile(join(folder, 'bea.jpg'));
  await sharp({ create: { width: 300, height: 300, channels: 3, background: '#777' } })
    .png()
    .toFile(join(folder, 'nobody.png'));
  const path = join(folder, 'film.mp4');
  await runFfmpeg([
    ...['-loop', '1', '-framerate', '12', '-i', join(folder, 'frame.png'), '-t', '1'],
    ...['-pix_fmt', 'yuv420p', '-crf', '28', path],
  ]);
  film = await examineFilm(path, { policy: quietPolicy, signals: ['identities'] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const found = async (...pictures: string[]) => {
  const style = resolveStyle(styleSchema.parse({ characters: [{ name: 'Ana', pictures, from: 0, to: 12 }] }));
  return (await checkStyle(film, style, clock, folder)).map(({ kind, measured }) => ({ kind, measured }));
};

describe('reference faces', () => {
  it('find a character who is there, in any of several pictures', async () => {
    expect(film.signals.identities?.frames.length).toBeGreaterThan(0);
    expect(await found('ana.jpg')).toEqual([]);
    expect(await found('bea.jpg', 'ana.jpg')).toEqual([]);
  });

  it('miss a character when somebody else is seen', async () => {
    const [missing, ...more] = await found('bea.jpg');
    expect(more).toEqual([]);
    expect(missing.kind).toBe('character');
    expect(missing.measured).toBeGreaterThan(-1);
    expect(missing.measured).toBeLessThan(0.5);
  });

  it('must show a face', async () => {
    await expect(found('nobody.png')).rejects.toMatchObject({ code: 'policy-invalid' });
  });
});
