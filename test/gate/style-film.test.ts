import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { renderScene } from '../../fixtures/scene.ts';
import { checkContinuity } from '../../src/gate/film/continuity.ts';
import { examineFilm, type Film } from '../../src/gate/film/examine.ts';
import { checkStyle } from '../../src/gate/style/check.ts';
import { resolveStyle } from '../../src/gate/style/presets.ts';
import { styleSchema } from '../../src/gate/style/schema.ts';
import { parseYaml } from '../../src/gate/yaml.ts';
import { IDENTITY_LENGTH } from '../../src/landmarks.ts';
import { quietPolicy } from './support.ts';

const clock = { fps: { num: 24, den: 1 }, base: 24, drop: false, start: 0 };
let folder: string;
let film: Film;

/** Two seconds: a chart with a logo at the upper right, then one second of warm flat-toned noise without it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-style-'));
  const logo =
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32"><rect width="64" height="32" rx="9" fill="#fff"/><circle cx="18" cy="16" r="10" fill="#c00"/><path d="M36 6l18 10-18 10z" fill="#000"/></svg>';
  await sharp(Buffer.from(logo)).png().toFile(join(folder, 'logo.png'));
  await sharp({ create: { width: 64, height: 36, channels: 3, background: '#b06030' } })
    .png()
    .toFile(join(folder, 'warm.png'));
  await writeFile(join(folder, 'note.txt'), '');
  const chart = 'testsrc2=s=640x360:r=24:d=1';
  const warm = 'color=c=0xb06030:s=640x360:r=24:d=1,noise=alls=12:allf=t';
  await runFfmpeg([
    '-f',
    'lavfi',
    '-i',
    chart,
    '-i',
    join(folder, 'logo.png'),
    '-f',
    'lavfi',
    '-i',
    warm,
    '-filter_complex',
    '[0:v][1:v]overlay=560:16[a];[a]format=yuv420p,setsar=1[c];[2:v]format=yuv420p,setsar=1[d];[c][d]concat[v]',
    '-map',
    '[v]',
    '-crf',
    '20',
    join(folder, 'film.mp4'),
  ]);
  film = await examineFilm(join(folder, 'film.mp4'), {
    policy: quietPolicy,
    signals: ['lumaHigh', 'motionX', 'motionY', 'motionFit'],
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const kinds = async (text: string) => {
  const style = resolveStyle(parseYaml(text, styleSchema, 'style.yaml'));
  return (await checkStyle(film, style, clock, folder)).map(({ kind, start }) => `${kind} ${start}`);
};
const mark = (rule: string, from: number, to: number) =>
  `marks: [{ name: Logo, picture: logo.png, width: 0.1, rule: ${rule}, area: [0.7, 0, 0.3, 0.3], from: ${from}, to: ${to} }]`;

describe('style bible on a film', () => {
  it('finds marks where they must be and where they must not', async () => {
    expect(film.shots.map(({ start, end }) => [start, end])).toEqual([
      [0, 24],
      [24, 48],
    ]);
    expect(await kinds(mark('required', 0, 24))).toEqual([]);
    expect(await kinds(mark('required', 0, 48))).toEqual([expect.stringMatching(/^mark-missing (2[4-9]|3\d)$/)]);
    expect(await kinds(mark('forbidden', 24, 48))).toEqual([]);
    expect(await kinds(mark('forbidden', 12, 48))).toEqual(['mark-forbidden 12']);
    expect(await kinds(mark('required', 60, 70))).toEqual(['mark-missing 60']);
  });

  it('compares shots with the look of their scene', async () => {
    expect(await kinds('look: [{ picture: warm.png, tolerance: 8 }]')).toEqual(['look 0']);
    expect(
      await kinds(
        'scenes: [{ name: warm, from: 24, to: 48 }]\nlook: [{ picture: warm.png, tolerance: 8, scene: warm }]',
      ),
    ).toEqual([]);
  });

  it('says which picture is not there', async () => {
    await expect(kinds('look: [{ picture: gone.png }]')).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('finds a jump of colour within a scene', async () => {
    const style = resolveStyle(parseYaml('scenes: [{ name: one, from: 0, to: 48 }]', styleSchema, 's'));
    expect((await checkContinuity(film, style, clock)).findings.map(({ kind, start }) => `${kind} ${start}`)).toEqual([
      'colour-drift 24',
    ]);
    const apart = resolveStyle(
      parseYaml('scenes: [{ name: one, from: 0, to: 24 }, { name: two, from: 24, to: 48 }]', styleSchema, 's'),
    );
    expect((await checkContinuity(film, apart, clock)).findings).toEqual([]);
  });

  it('finds another face, other clothes and another level of sound within a scene, each by its limit', async () => {
    const style = (limits: string) =>
      resolveStyle(
        parseYaml(`scenes: [{ name: one, from: 0, to: 48 }]\ncontinuity: { colour: 200, ${limits} }`, styleSchema, 's'),
      );
    const person = (who: number) =>
      Array.from({ length: IDENTITY_LENGTH }, (_, i) => ((i * 7 + who * 13) % 31 < 15 ? 9000 : -9000));
    /** A face in frames 10 and 34: the second one is person `after`, in the warm shot. */
    const withFaces = (after: number, gain = 0): Film => ({
      ...film,
      signals: {
        ...film.signals,
        identities: {
          ...{ frames: Uint32Array.of(10, 34), lineage: Uint32Array.of(1, 2) },
          place: Float32Array.of(320, 100, 120, 320, 100, 120),
          vectors: Int16Array.from([...person(1), ...person(after)]),
        },
        voice: { step: 0.032, probability: new Float32Array(63).fill(0.02) },
        loudness: {
          ...{ integrated: -30, range: 2, truePeak: -9, step: 0.1 },
          momentary: Float32Array.from({ length: 20 }, (_, k) => (k > 11 ? -30 + gain : -30)),
        },
      },
    });
    const found = async (limits: string, given: Film) => {
      const outcome = await checkContinuity(given, style(limits), clock);
      expect(outcome.measurements).toMatchObject({ cuts: 1, faces: 1, sounds: 1 });
      return outcome.findings.map(({ kind, severity }) => `${kind} ${severity}`);
    };
    expect(await found('wardrobe: 200', withFaces(1))).toEqual([]);
    expect(await found('wardrobe: 5', withFaces(1))).toEqual(['wardrobe-drift review']);
    expect(await found('wardrobe: 5', withFaces(2))).toEqual(['identity-drift review']);
    expect(await found('wardrobe: 200', withFaces(1, 12))).toEqual(['loudness-drift review']);
    expect(await found('wardrobe: 200, loudness: 13', withFaces(1, 12))).toEqual([]);
  });

  it('tells a moving camera from a static one', async () => {
    const moving = join(folder, 'pan.mp4');
    await runFfmpeg(
      ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '320x180', '-r', '24', '-i', 'pipe:0', '-crf', '20', moving],
      renderScene({ width: 320, height: 180, frames: 48 }),
    );
    const pan = await examineFilm(moving, {
      policy: quietPolicy,
      signals: ['lumaHigh', 'motionX', 'motionY', 'motionFit'],
    });
    const style = resolveStyle(parseYaml('motion: [{ camera: static }]', styleSchema, 's'));
    expect((await checkStyle(pan, style, clock, folder)).map(({ kind }) => kind)).toEqual(['camera-moves']);
    expect(
      (await checkStyle(pan, resolveStyle(parseYaml('motion: [{ most: 200 }]', styleSchema, 's')), clock, folder)).map(
        ({ kind }) => kind,
      ),
    ).toEqual([]);
  });
});
