import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overlayCommand, writeOverlay } from '../../src/cli/overlay.ts';
import { Canvas, INKS } from '../../src/cli/overlay-canvas.ts';
import { decode } from '../../src/media/decode.ts';
import type { Picture } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';

const run = promisify(execFile);
let folder: string;
let clip: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlay-'));
  clip = path.join(folder, 'in put’s.mp4');
  const demo = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
    'demo',
  );
  const args = ['-v', 'error', '-loop', '1', '-i', path.join(demo, 'sample6.jpg'), '-f', 'lavfi', '-i', 'sine=440'];
  args.push(
    '-vf',
    'scale=480:384',
    '-t',
    '0.4',
    '-r',
    '25',
    '-pix_fmt',
    'yuv420p',
    '-c:v',
    'libx264',
    '-c:a',
    'aac',
    clip,
  );
  await run('ffmpeg', args);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const blank = (width: number, height: number): Picture => ({
  width,
  height,
  stride: width,
  chromaStride: width / 2,
  y: new Uint8Array(width * height).fill(100),
  u: new Uint8Array((width * height) / 4).fill(128),
  v: new Uint8Array((width * height) / 4).fill(128),
});

async function frames(file: string): Promise<{ count: number; green: number }> {
  const decoding = await decode(await probe(file), { audio: false });
  let count = 0;
  let green = 0;
  try {
    for await (const { analysis } of decoding.frames) {
      count++;
      for (let k = 0; k < analysis.u.length; k++) if (analysis.u[k] < 90 && analysis.v[k] < 90) green++;
    }
  } finally {
    await decoding.close();
  }
  return { count, green };
}

describe('overlay', () => {
  it('writes the clip with its sound and what was seen', async () => {
    const out = path.join(folder, 'seen.mp4');
    await writeOverlay(clip, out);
    const [before, after] = [await frames(clip), await frames(out)];
    expect(after.count).toBe(before.count);
    // Boxes and mesh points of four faces in every frame.
    expect(after.green - before.green).toBeGreaterThan(100 * before.count);
    const written = await probe(out);
    expect(written.audio?.codec).toBe('aac');
    expect(written.video).toMatchObject({ width: 480, height: 384, fps: { num: 25, den: 1 } });
  });

  it('leaves nothing behind when it cannot write or is stopped', async () => {
    const nowhere = path.join(folder, 'no such folder', 'x.mp4');
    await expect(writeOverlay(clip, nowhere)).rejects.toMatchObject({ code: 'output-unwritable' });
    const stopped = path.join(folder, 'stopped.mp4');
    await expect(writeOverlay(clip, stopped, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await readdir(folder)).not.toContain('stopped.mp4');
  });

  it('takes a whole number of frames to skip only', () => {
    const command = overlayCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    expect(() => command.parse(['x.mp4', '-o', 'y.mp4', '--sample', '1.5'], { from: 'user' })).toThrow(/whole number/);
  });
});

describe('canvas', () => {
  it('draws nothing outside the picture', () => {
    const picture = blank(16, 8);
    const canvas = new Canvas(picture);
    canvas.line(-100, -50, 200, 90, INKS.green);
    canvas.box(-5, -5, 1000, 1000, INKS.cyan);
    canvas.disc(15, 7, 3, INKS.white);
    canvas.text(500, 500, 'f1 ✓ 0.99', INKS.white);
    canvas.dot(Number.NaN, 3, INKS.white);
    canvas.line(0, 0, Number.POSITIVE_INFINITY, 0, INKS.white);
    expect(picture.y).toHaveLength(128);
    expect(new Set(picture.y).size).toBeGreaterThan(1);
  });

  it('writes letters dot by dot', () => {
    const picture = blank(16, 16);
    new Canvas(picture).text(0, 0, 'l', INKS.white);
    const rows = Array.from({ length: 9 }, (_, y) =>
      [...picture.y.subarray(16 * y, 16 * y + 7)].map(v => (v === 235 ? '#' : '.')).join(''),
    );
    expect(rows).toEqual(['.......', ...Array(6).fill('.#.....'), '.#####.', '.......']);
  });
});
