import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clip } from '../../src/clip.ts';
import { runningPids } from '../../src/media/ffmpeg.ts';
import { probe } from '../../src/media/probe.ts';
import { makeProxy, playability } from '../../src/media/proxy.ts';
import { composeStrip, differenceOf, grabStills, MOST_STILLS, stillSize } from '../../src/media/stills.ts';
import { clipFacts } from '../helpers.ts';
import { COUNTERS, counterClip, readCounter } from './counter.ts';

let folder: string;
const clips = new Map<string, Clip>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-stills-'));
  for (const [name, clip] of Object.entries(COUNTERS)) clips.set(name, await probe(await counterClip(clip)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('grabStills', () => {
  it.each(['film', 'ntsc', 'uneven', 'studio'])('takes exactly the frames asked for: %s', async name => {
    const clip = clips.get(name)!;
    const last = clip.times.length - 1;
    const wanted = [last, 0, 1, 17, 33, 34, last];
    const stills = await grabStills(clip, wanted);
    const read = await Promise.all([...stills].map(async ([frame, { jpeg }]) => [frame, await readCounter(jpeg)]));
    expect(read).toEqual([0, 1, 17, 33, 34, last].map(frame => [frame, frame]));
  });

  it('leaves out frames that the clip does not have, and starts nothing for none', async () => {
    const stills = await grabStills(clips.get('film')!, [119, 120, 4000, -1, 0.5]);
    expect([...stills.keys()]).toEqual([119]);
    expect(await grabStills(clips.get('film')!, [])).toEqual(new Map());
  });

  it('keeps to sizes and bytes', async () => {
    const clip = clips.get('film')!;
    const stills = await grabStills(clip, [3, 4], {
      maxSide: 200,
      sideOf: frame => (frame === 3 ? 200 : 96),
      maxBytes: 3000,
    });
    expect([stills.get(3)?.width, stills.get(3)?.height]).toEqual([200, 112]);
    expect(stills.get(4)?.width).toBe(96);
    for (const { jpeg, width, height } of stills.values()) {
      expect(jpeg.length).toBeLessThanOrEqual(3000);
      expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width, height });
    }
  });

  it('shows the displayed shape, never enlarged', () => {
    const { video } = clipFacts();
    expect(
      stillSize({ video: { ...video, width: 720, height: 576, sampleAspect: { num: 16, den: 11 } } }, 640),
    ).toEqual({ width: 640, height: 352 });
    expect(stillSize({ video: { ...video, width: 201, height: 99 } }, 640)).toEqual({ width: 202, height: 100 });
    expect(stillSize({ video: { ...video, width: 1080, height: 1920 } }, 640)).toEqual({ width: 360, height: 640 });
  });

  it('stops when told to, and refuses far too many', async () => {
    const controller = new AbortController();
    const grabbing = grabStills(clips.get('film')!, [100], { signal: controller.signal });
    controller.abort();
    await expect(grabbing).rejects.toMatchObject({ code: 'aborted' });
    const crowd = Array.from({ length: MOST_STILLS + 1 }, (_, i) => i);
    await expect(grabStills(clips.get('film')!, crowd)).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(grabStills({ ...clips.get('film')!, path: join(folder, 'none.mp4') }, [1])).rejects.toMatchObject({
      name: 'RetakeError',
    });
    expect(runningPids()).toEqual([]);
  });
});

describe('composeStrip', () => {
  it('sets pictures side by side and draws the box where it is', async () => {
    const grey = await sharp({ create: { width: 160, height: 90, channels: 3, background: '#808080' } })
      .jpeg()
      .toBuffer();
    const image = { jpeg: grey, width: 160, height: 90 };
    const box = { box: [80, 0, 80, 45] as const, sourceWidth: 160, sourceHeight: 90 };
    const strip = await composeStrip([image, { ...image, box }, image], { height: 90, gap: 4 });
    expect([strip.width, strip.height]).toEqual([488, 90]);
    const { data } = await sharp(strip.jpeg).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray(3 * (y * 488 + x), 3 * (y * 488 + x) + 3)];
    const [red, green] = at(164 + 80, 20);
    expect(red - green).toBeGreaterThan(50);
    expect(at(80, 20)).toEqual([128, 128, 128]);
  });
});

describe('differenceOf', () => {
  it('is bright where two pictures differ and dim where they do not', async () => {
    const picture = async (left: number) => {
      const square = await sharp({ create: { width: 50, height: 50, channels: 3, background: '#f0f0f0' } })
        .png()
        .toBuffer();
      const jpeg = await sharp({ create: { width: 200, height: 100, channels: 3, background: '#505050' } })
        .composite([{ input: square, left, top: 25 }])
        .jpeg({ quality: 95 })
        .toBuffer();
      return { jpeg, width: 200, height: 100 };
    };
    const [one, other] = [await picture(10), await picture(140)];
    const differs = await differenceOf(one, other);
    expect([differs.width, differs.height]).toEqual([200, 100]);
    const { data } = await sharp(differs.jpeg).raw().toBuffer({ resolveWithObject: true });
    const light = (x: number, y: number) => data[3 * (y * 200 + x)];
    expect(light(35, 50)).toBeGreaterThan(200);
    expect(light(165, 50)).toBeGreaterThan(200);
    expect(light(100, 50)).toBeLessThan(60);
    const same = await differenceOf(one, one);
    expect(Math.max(...(await sharp(same.jpeg).raw().toBuffer()))).toBeLessThan(110);
  });
});

describe('playability', () => {
  const facts = (container: string, codec: string, pixelFormat: string, sound: string | null) => {
    const { video, audio } = clipFacts();
    return {
      container,
      video: { ...video, codec, pixelFormat },
      audio: sound === null ? null : { ...audio!, codec: sound },
    };
  };
  const MP4 = 'mov,mp4,m4a,3gp,3g2,mj2';
  it.each<[string, string, string, string | null, string]>([
    [MP4, 'h264', 'yuv420p', 'aac', 'video/mp4'],
    [MP4, 'h264', 'yuvj420p', null, 'video/mp4'],
    [MP4, 'av1', 'yuv420p10le', 'aac', 'video/mp4'],
    ['matroska,webm', 'vp9', 'yuv420p', 'opus', 'video/webm'],
    [MP4, 'h264', 'yuv420p', 'pcm_s16le', 'remux'],
    ['matroska,webm', 'h264', 'yuv420p', 'aac', 'remux'],
    ['matroska,webm', 'vp8', 'yuv420p', 'aac', 'remux'],
    [MP4, 'h264', 'yuv420p10le', 'aac', 'transcode'],
    [MP4, 'h264', 'yuv444p', 'aac', 'transcode'],
    [MP4, 'hevc', 'yuv420p', 'aac', 'transcode'],
    [MP4, 'prores', 'yuv422p10le', null, 'transcode'],
    ['gif', 'gif', 'bgra', null, 'transcode'],
    ['avi', 'mpeg4', 'yuv420p', 'mp3', 'transcode'],
  ])('%s %s %s %s: %s', (container, codec, pixels, sound, answer) => {
    const play = playability(facts(container, codec, pixels, sound));
    expect(play.playable ? play.type : play.by).toBe(answer);
  });
});

describe('makeProxy', () => {
  it.each(['studio', 'uneven'])('has the same frames at the same times: %s', async name => {
    const clip = clips.get(name)!;
    // Whatever the container, it is treated as one that browsers do not play.
    const foreign = name === 'studio' ? clip : { ...clip, video: { ...clip.video, codec: 'hevc' } };
    const { file, type } = await makeProxy(foreign, folder, `proxy-${name}`);
    expect(type).toBe('video/mp4');
    const proxy = await probe(join(folder, file));
    expect(playability(proxy)).toEqual({ playable: true, type: 'video/mp4' });
    expect(proxy.times.length).toBe(clip.times.length);
    for (const [frame, time] of clip.times.entries()) expect(Math.abs(proxy.times[frame] - time)).toBeLessThan(0.002);
    const last = clip.times.length - 1;
    const stills = await grabStills(proxy, [0, 13, last]);
    expect(await Promise.all([...stills.values()].map(({ jpeg }) => readCounter(jpeg)))).toEqual([0, 13, last]);
  });

  it('copies the pictures where only the sound is in the way', async () => {
    const clip = clips.get('film')!;
    const odd = { ...clip, audio: clip.audio && { ...clip.audio, codec: 'pcm_s16le' } };
    const { file } = await makeProxy(odd, folder, 'remux');
    const proxy = await probe(join(folder, file));
    expect(proxy.times.length).toBe(120);
    expect((await stat(join(folder, file))).size).toBeGreaterThan(1000);
    const stills = await grabStills(proxy, [64]);
    expect(await readCounter(stills.get(64)!.jpeg)).toBe(64);
  });

  it('leaves nothing half-written behind', async () => {
    const empty = await mkdtemp(join(folder, 'none-'));
    const gone = { ...clips.get('studio')!, path: join(folder, 'none.mov') };
    await expect(makeProxy(gone, empty)).rejects.toMatchObject({ name: 'RetakeError' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    await expect(makeProxy(clips.get('studio')!, empty, 'p', { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await readdir(empty)).toEqual([]);
    expect(runningPids()).toEqual([]);
  });
});
