import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureName, fixturePath } from '../../fixtures/make.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { runningPids } from '../../src/media/ffmpeg.ts';
import { probe } from '../../src/media/probe.ts';
import { framesByFfprobe } from './helpers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('probe: what a container says', () => {
  it('reads the plain facts of a clip with sound', async () => {
    const path = fixturePath('passing');
    const clip = await probe(path);
    expect(clip).toMatchObject({
      path,
      sha256: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      bytes: (await readFile(path)).length,
      container: expect.stringContaining('mp4'),
      video: {
        codec: 'h264',
        width: 640,
        height: 360,
        rotation: 0,
        sampleAspect: { num: 1, den: 1 },
        pixelFormat: 'yuv420p',
        bitDepth: 8,
        alpha: false,
        interlaced: false,
        fps: { num: 24, den: 1 },
        variableFrameRate: false,
        startTime: 0,
        seconds: 4,
      },
      audio: { codec: 'aac', sampleRate: 48_000, channels: 2, layout: 'stereo', startTime: 0 },
      streams: { video: 1, audio: 1, subtitle: 0, data: 0 },
    });
    expect(clip.times).toHaveLength(96);
    expect(clip.audio?.seconds).toBeCloseTo(4, 1);
  });

  it.each<FixtureName>([
    'tiny',
    'mkv',
    'avi',
    'mpg',
    'ts',
    'webm',
    'gif',
    'ntsc',
    'variableRate',
    'filmLate',
    'interlaced',
  ])('gives the frame times that ffprobe gets by decoding: %s', async name => {
    const clip = await probe(fixturePath(name));
    const truth = framesByFfprobe(fixturePath(name), clip.video.index);
    expect(clip.times).toHaveLength(truth.length);
    for (const [index, time] of truth.entries())
      if (!Number.isNaN(time)) expect(clip.times[index]).toBeCloseTo(time, 3);
  });

  it('keeps broadcast rates exact', async () => {
    const { video } = await probe(fixturePath('ntsc'));
    expect(video.fps).toEqual({ num: 24_000, den: 1001 });
    expect(video.variableFrameRate).toBe(false);
  });

  it('finds the rate behind rounded times', async () => {
    const { video } = await probe(fixturePath('mkv'));
    expect(video.fps).toEqual({ num: 30, den: 1 });
    expect(video.variableFrameRate).toBe(false);
  });

  it('tells variable frame rate', async () => {
    const { video, times } = await probe(fixturePath('variableRate'));
    expect(video.variableFrameRate).toBe(true);
    expect(video.fps.num / video.fps.den).toBeCloseTo((times.length - 1) / (times[times.length - 1] - times[0]), 1);
  });

  it.each<[FixtureName, number, number, number]>([
    ['rotated', 90, 180, 320],
    ['rotatedBack', 270, 180, 320],
    ['upsideDown', 180, 320, 180],
    ['corner', 0, 320, 180],
  ])('reads the rotation of %s and gives the displayed size', async (name, rotation, width, height) => {
    expect((await probe(fixturePath(name))).video).toMatchObject({ rotation, width, height });
  });

  it('reads high dynamic range, full range, sample aspect, alpha and interlace', async () => {
    const hdr = (await probe(fixturePath('hdr10'))).video;
    expect(hdr).toMatchObject({ bitDepth: 10, pixelFormat: 'yuv420p10le' });
    expect(hdr.colour).toEqual({
      range: 'limited',
      primaries: 'bt2020',
      transfer: 'smpte2084',
      matrix: 'bt2020nc',
      hdr: 'pq',
    });
    expect((await probe(fixturePath('fullRange'))).video.colour).toMatchObject({ range: 'full', hdr: null });
    expect((await probe(fixturePath('anamorphic'))).video.sampleAspect).toEqual({ num: 16, den: 11 });
    expect((await probe(fixturePath('alpha'))).video.alpha).toBe(true);
    expect((await probe(fixturePath('alphaProres'))).video).toMatchObject({ alpha: true });
    expect((await probe(fixturePath('interlaced'))).video.interlaced).toBe(true);
  });

  it('takes the stream that a player plays', async () => {
    const clip = await probe(fixturePath('severalVideo'));
    expect(clip.video).toMatchObject({ index: 1, width: 128, height: 128 });
    expect(clip.streams.video).toBe(2);
  });

  it('measures start times from the start of the container', async () => {
    const late = await probe(fixturePath('filmLate'));
    expect(late.video.startTime).toBeCloseTo(0.375, 3);
    expect(late.times[0]).toBeCloseTo(0.375, 3);
    expect(late.audio?.startTime).toBeCloseTo(0, 3);
    const sound = await probe(fixturePath('soundLate'));
    expect(sound.video.startTime).toBeCloseTo(0, 3);
    expect(sound.audio?.startTime).toBeCloseTo(0.5, 3);
    expect(sound.seconds).toBeCloseTo(2.5, 2);
  });

  it('counts a single frame as a clip, and a GIF as a film', async () => {
    expect((await probe(fixturePath('oneFrame'))).times).toHaveLength(1);
    const still = await probe(fixturePath('gifStill'));
    expect(still.times).toHaveLength(1);
    expect(still.video.seconds).toBeGreaterThan(0);
    const gif = await probe(fixturePath('gif'));
    expect(gif.video.fps).toEqual({ num: 10, den: 1 });
    expect(gif.audio).toBeNull();
  });

  it('says null for a film without sound', async () => {
    expect((await probe(fixturePath('silentFilm'))).audio).toBeNull();
  });

  it('reads channels and layout', async () => {
    expect((await probe(fixturePath('surround'))).audio).toMatchObject({ channels: 6, layout: '5.1' });
    expect((await probe(fixturePath('mono'))).audio).toMatchObject({ channels: 1, layout: 'mono' });
  });
});

describe('probe: bad input', () => {
  it.each<[FixtureName, ErrorCode]>([
    ['empty', 'clip-empty'],
    ['truncated', 'clip-truncated'],
    ['text', 'clip-not-media'],
    ['noise', 'clip-not-media'],
    ['still', 'clip-not-media'],
    ['playlist', 'clip-not-media'],
    ['concatScript', 'clip-not-media'],
    ['audioOnly', 'clip-no-video'],
    ['coverArt', 'clip-no-video'],
    ['coverArtMp3', 'clip-no-video'],
    ['zeroDuration', 'clip-no-frames'],
  ])('%s is %s', async (name, code) => {
    const refusal = probe(fixturePath(name));
    await expect(refusal).rejects.toMatchObject({ name: 'RetakeError', code });
    await expect(refusal).rejects.not.toThrow(/\n/);
  });

  it('names a file that does not exist, also one with a NUL in its name', async () => {
    await expect(probe(join(folder, 'nothing.mp4'))).rejects.toMatchObject({ code: 'clip-not-found' });
    await expect(probe('a\0b.mp4')).rejects.toMatchObject({ code: 'clip-not-found' });
    await expect(probe(join(fixturePath('tiny'), 'below-a-file.mp4'))).rejects.toMatchObject({
      code: 'clip-not-found',
    });
  });

  it('refuses folders, pipes and sockets instead of waiting for them', async () => {
    await expect(probe(folder)).rejects.toMatchObject({ code: 'clip-unreadable' });
    const pipe = join(folder, 'pipe.mp4');
    execFileSync('mkfifo', [pipe]);
    await expect(probe(pipe)).rejects.toMatchObject({ code: 'clip-unreadable' });
    const socket = join(folder, 'socket.mp4');
    const server = createServer().listen(socket);
    await new Promise(listening => server.once('listening', listening));
    await expect(probe(socket)).rejects.toMatchObject({ code: 'clip-unreadable' });
    server.close();
  });

  it.skipIf(process.getuid?.() === 0)('names a file that may not be read', async () => {
    const path = join(folder, 'secret.mp4');
    await copyFile(fixturePath('tiny'), path);
    await chmod(path, 0);
    await expect(probe(path)).rejects.toMatchObject({ code: 'clip-unreadable' });
  });

  it('names a file that the system cannot read, whoever asks: links in a circle', async () => {
    const path = join(folder, 'circle.mp4');
    await symlink(path, path);
    await expect(probe(path)).rejects.toMatchObject({ code: 'clip-unreadable' });
  });

  it.each<FixtureName>([
    'nameSpaces',
    'nameQuotes',
    'nameNewline',
    'nameDash',
    'nameProtocol',
    'nameConcat',
    'nameUnicode',
  ])('opens a plain file whatever its name looks like: %s', async name => {
    const tiny = await probe(fixturePath('tiny'));
    const here = await probe(fixturePath(name));
    const related = await probe(relative(process.cwd(), fixturePath(name)));
    expect(here.sha256).toBe(tiny.sha256);
    expect(here.times).toEqual(tiny.times);
    expect(related.sha256).toBe(tiny.sha256);
  });

  it('stops at once when told so before, and kills ffprobe when told so during', async () => {
    await expect(probe(fixturePath('tiny'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    const stop = new AbortController();
    const probing = probe(fixturePath('tiny'), { signal: stop.signal });
    const caught = expect(probing).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(() => runningPids().length, { interval: 1 }).toBeGreaterThan(0);
    const [pid] = runningPids();
    stop.abort();
    await caught;
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it('gives up after the time-out', async () => {
    await expect(probe(fixturePath('tiny'), { timeoutSeconds: 0 })).rejects.toMatchObject({ code: 'timed-out' });
  });
});
