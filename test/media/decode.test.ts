import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureName, fixturePath } from '../../fixtures/make.ts';
import { type Decoding, decode } from '../../src/media/decode.ts';
import { runningPids } from '../../src/media/ffmpeg.ts';
import type { Frame, Picture } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';
import { framesByFfprobe, meanLuma, run, watch } from './helpers.ts';

/** Every test's temporary files go here, so that what is left over can be seen. */
let folder: string;
const before = process.env.TMPDIR;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-test-'));
  process.env.TMPDIR = folder;
});
afterAll(async () => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await rm(folder, { recursive: true, force: true });
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The luma plane without the padding of its rows. */
const luma = (picture: Picture): Uint8Array => {
  const packed = new Uint8Array(picture.width * picture.height);
  for (let y = 0; y < picture.height; y++) {
    packed.set(picture.y.subarray(y * picture.stride, y * picture.stride + picture.width), y * picture.width);
  }
  return packed;
};

describe('decode: pictures', () => {
  it('gives the same small picture at both details, and a smaller analysis picture where less will do', async () => {
    const clip = await probe(fixturePath('eightK'));
    const sums = async (detail: 'fine' | 'coarse') => {
      const decoding = await decode(clip, { detail });
      const seen: number[][] = [];
      for await (const { small } of decoding.frames) seen.push([...luma(small)]);
      await decoding.close();
      return { seen, width: decoding.analysis.width };
    };
    const [fine, coarse] = [await sums('fine'), await sums('coarse')];
    expect([fine.width, coarse.width]).toEqual([1280, 640]);
    expect(fine.seen.length).toBeGreaterThan(0);
    expect(coarse.seen).toEqual(fine.seen);
  });

  it('leaves loudness out when nobody asks for it', async () => {
    const decoding = await decode(await probe(fixturePath('tiny')), { loudness: false });
    const { loudness, audioLevels } = await decoding.finish();
    await decoding.close();
    expect(loudness).toBeNull();
    expect(audioLevels?.rms[0].length).toBeGreaterThan(0);
  });

  it.each<FixtureName>([
    ...(['passing', 'tiny', 'mkv', 'avi', 'mpg', 'ts', 'webm', 'gif', 'ntsc', 'variableRate', 'filmLate'] as const),
    ...(['oneFrame', 'interlaced', 'severalVideo', 'truncatedTail', 'damaged', 'alpha', 'badSound'] as const),
  ])('delivers the frames and times that ffprobe decodes: %s', async name => {
    const indices: number[] = [];
    const { clip, decoded } = await watch(fixturePath(name), frame => indices.push(frame.index));
    const truth = framesByFfprobe(fixturePath(name), clip.video.index);
    expect(decoded.frames).toBe(truth.length);
    expect(indices).toEqual(truth.map((_, index) => index));
    expect(decoded.times).toHaveLength(truth.length);
    for (const [index, time] of truth.entries()) {
      if (!Number.isNaN(time)) expect(decoded.times[index]).toBeCloseTo(time, 5);
      if (index > 0) expect(decoded.times[index]).toBeGreaterThan(decoded.times[index - 1]);
    }
  });

  it('gives the same code values as ffmpeg where nothing is scaled', async () => {
    const path = fixturePath('corner');
    const raw = join(folder, 'raw.yuv');
    run('ffmpeg', ['-v', 'error', '-i', path, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', raw]);
    const expected = readFileSync(raw);
    await rm(raw);
    const bytes = 320 * 180;
    await watch(path, ({ index, analysis }) => {
      const from = index * bytes * 1.5;
      const planes = Buffer.concat([luma(analysis), analysis.u, analysis.v]);
      expect(planes.equals(expected.subarray(from, from + bytes * 1.5))).toBe(true);
    });
  });

  it.each<[FixtureName, [number, number, number, number]]>([
    ['corner', [0, 0, 0.12, 0.2]],
    ['rotated', [0.8, 0, 1, 0.12]],
    ['rotatedBack', [0, 0.88, 0.2, 1]],
    ['upsideDown', [0.88, 0.8, 1, 1]],
  ])('turns the picture as a player does, both sizes: %s', async (name, corner) => {
    await watch(fixturePath(name), ({ analysis, small }) => {
      for (const picture of [analysis, small]) {
        expect(meanLuma(picture, corner)).toBeGreaterThan(200);
        // The mark is 4 % of the picture: elsewhere it is black.
        expect(meanLuma(picture, [0, 0, 1, 1])).toBeLessThan(30);
      }
    });
  });

  it('shows the same moment and the same colours at both sizes', async () => {
    await watch(fixturePath('hardCuts'), ({ analysis, small }) => {
      expect([analysis.width, analysis.height, small.width, small.height]).toEqual([640, 360, 256, 144]);
      const [a, b] = [meanLuma(analysis, [0, 0, 1, 1]), meanLuma(small, [0, 0, 1, 1])];
      expect(Math.abs(a - b)).toBeLessThan(0.6);
      const quarter = [0, 0, 0.5, 0.5] as [number, number, number, number];
      expect(Math.abs(meanLuma(analysis, quarter) - meanLuma(small, quarter))).toBeLessThan(1.5);
      const chroma = (picture: Picture, plane: Uint8Array) => {
        let sum = 0;
        for (let y = 0; y < picture.height / 2; y++) {
          for (let x = 0; x < picture.width / 2; x++) sum += plane[y * picture.chromaStride + x];
        }
        return sum / ((picture.width * picture.height) / 4);
      };
      expect(Math.abs(chroma(analysis, analysis.u) - chroma(small, small.u))).toBeLessThan(1);
      expect(Math.abs(chroma(analysis, analysis.v) - chroma(small, small.v))).toBeLessThan(1);
    });
  });

  it.each<[FixtureName, number[]]>([
    ['oddSize', [638, 360, 256, 144]],
    ['oddSize420', [100, 56, 100, 56]],
    ['eightK', [1280, 720, 256, 144]],
    ['gif', [64, 64, 64, 64]],
    ['anamorphic', [180, 144, 180, 144]],
  ])('chooses even sizes that never enlarge: %s', async (name, sizes) => {
    let frames = 0;
    await watch(fixturePath(name), ({ analysis, small }) => {
      expect([analysis.width, analysis.height, small.width, small.height]).toEqual(sizes);
      frames += 1;
    });
    expect(frames).toBeGreaterThan(0);
  });

  it('keeps code values: full range stays full, ten bits become eight, alpha is dropped', async () => {
    await watch(fixturePath('fullRange'), ({ analysis }) =>
      expect(meanLuma(analysis, [0, 0, 1, 1])).toBeGreaterThan(253),
    );
    const { decoded } = await watch(fixturePath('hdr10'));
    expect(decoded.frames).toBe(12);
    expect((await watch(fixturePath('alphaProres'))).decoded.frames).toBe(6);
  });

  it('reuses a few buffers and waits for a slow consumer', async () => {
    const buffers = new Set<ArrayBufferLike>();
    const seen: number[] = [];
    const hold = async (frame: Frame) => {
      buffers.add(frame.analysis.y.buffer);
      const first = frame.analysis.y.slice();
      await new Promise(later => setTimeout(later, 2));
      // Nothing may write into a frame while it is lent.
      expect(Buffer.compare(frame.analysis.y, first)).toBe(0);
      seen.push(frame.index);
    };
    const decoding = await decode(await probe(fixturePath('hardCuts')));
    for await (const frame of decoding.frames) await hold(frame);
    await decoding.close();
    expect(seen).toHaveLength(144);
    expect(buffers.size).toBeLessThanOrEqual(4);
  });

  it('finishes without the frames being taken', async () => {
    const decoding = await decode(await probe(fixturePath('tiny')));
    expect((await decoding.finish()).frames).toBe(24);
    await decoding.close();
  });
});

describe('decode: damage', () => {
  it('tells complaints with their frame, without a path in them, the same every time', async () => {
    const { decoded } = await watch(fixturePath('damaged'));
    expect(decoded.faults.length).toBeGreaterThan(0);
    for (const fault of decoded.faults) {
      expect(fault.frame).toBeGreaterThanOrEqual(30);
      expect(fault.frame).toBeLessThan(40);
      expect(fault.message).not.toMatch(/0x|file:|damaged\.mp4|\n/);
    }
    expect((await watch(fixturePath('damaged'))).decoded.faults).toEqual(decoded.faults);
    expect((await watch(fixturePath('faststart'))).decoded.faults).toEqual([]);
  });

  it('judges what is there of a clip that is cut off, and tells', async () => {
    const { decoded } = await watch(fixturePath('truncatedTail'));
    expect(decoded.frames).toBeGreaterThan(30);
    expect(decoded.frames).toBeLessThan(72);
    expect(decoded.faults.length).toBeGreaterThan(0);
  });

  it('does not lose the picture over sound that cannot be decoded', async () => {
    const { clip, decoded, samples } = await watch(fixturePath('badSound'));
    expect(clip.audio).not.toBeNull();
    expect(decoded.frames).toBe(30);
    expect(decoded.audioLevels).toBeNull();
    expect(decoded.loudness).toBeNull();
    expect(samples).toHaveLength(0);
    expect(decoded.faults.map(fault => fault.message).join()).toContain('sound');
  });

  it('says so when a clip has vanished or became unreadable after probing', async () => {
    const path = join(folder, 'gone.mp4');
    await writeFile(path, readFileSync(fixturePath('tiny')));
    const clip = await probe(path);
    await rm(path);
    const decoding = await decode(clip);
    await expect(decoding.finish()).rejects.toMatchObject({ code: 'clip-unreadable' });
    await decoding.close();
  });

  it('says so when not one frame can be decoded', async () => {
    const path = join(folder, 'hollow.mp4');
    const bytes = readFileSync(fixturePath('silentFilm'));
    const from = bytes.indexOf('mdat') + 4;
    bytes.fill(0, from, bytes.indexOf('moov') - 4);
    await writeFile(path, bytes);
    const decoding = await decode(await probe(path));
    await expect(decoding.finish()).rejects.toMatchObject({ code: 'clip-no-frames' });
    await decoding.close();
    await rm(path);
  });
});

describe('decode: ending early', () => {
  const begun = async (options = {}): Promise<{ decoding: Decoding; pid: number }> => {
    const decoding = await decode(await probe(fixturePath('hardCuts')), options);
    const [pid] = runningPids();
    expect(alive(pid)).toBe(true);
    return { decoding, pid };
  };

  it('kills ffmpeg on abort and leaves nothing behind', async () => {
    const stop = new AbortController();
    const { decoding, pid } = await begun({ signal: stop.signal });
    const watching = (async () => {
      for await (const frame of decoding.frames) if (frame.index === 5) stop.abort();
    })();
    await expect(watching).rejects.toMatchObject({ code: 'aborted' });
    await expect(decoding.finish()).rejects.toMatchObject({ code: 'aborted' });
    await decoding.close();
    expect(alive(pid)).toBe(false);
    expect(runningPids()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('kills ffmpeg when the time is up', async () => {
    const { decoding, pid } = await begun({ timeoutSeconds: 0.2 });
    const slowly = (async () => {
      for await (const _ of decoding.frames) await new Promise(later => setTimeout(later, 50));
    })();
    await expect(slowly).rejects.toMatchObject({ code: 'timed-out' });
    await decoding.close();
    expect(alive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('kills ffmpeg when the consumer stops and closes', async () => {
    const { decoding, pid } = await begun();
    for await (const frame of decoding.frames) if (frame.index === 2) break;
    expect(readdirSync(folder)).toHaveLength(1);
    await decoding.close();
    await decoding.close();
    expect(alive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('starts nothing when stopped before', async () => {
    const clip = await probe(fixturePath('tiny'));
    await expect(decode(clip, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(runningPids()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says where temporary files cannot be written', async () => {
    const clip = await probe(fixturePath('tiny'));
    process.env.TMPDIR = join(folder, 'not-there');
    await expect(decode(clip)).rejects.toMatchObject({ code: 'output-unwritable' });
    process.env.TMPDIR = folder;
  });

  it.skipIf(!existsSync('/dev/full'))('names a full disk', async () => {
    // The speech file is replaced by a link to the device that is always full before ffmpeg opens it.
    const wrapper = join(folder, 'full-ffmpeg');
    await writeFile(
      wrapper,
      '#!/bin/sh\ncase "$*" in *speech.s16*) ln -s /dev/full speech.s16 ;; esac\nexec ffmpeg "$@"\n',
      {
        mode: 0o755,
      },
    );
    process.env.FFMPEG_PATH = wrapper;
    try {
      const decoding = await decode(await probe(fixturePath('passing')));
      await expect(decoding.finish()).rejects.toMatchObject({ code: 'output-full' });
      await decoding.close();
    } finally {
      delete process.env.FFMPEG_PATH;
      await rm(wrapper);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
