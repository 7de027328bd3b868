import { describe, expect, it } from 'vitest';
import { FrameAssembler, PictureStream, pictureBytes } from '../../src/media/assemble.ts';
import { isRecent } from '../../src/media/binaries.ts';
import { fractionOf, numberOf, parseCompact, wordOf } from '../../src/media/compact.ts';
import { plainComplaint } from '../../src/media/failures.ts';
import { ffmpegVersion } from '../../src/media/ffmpeg.ts';
import { analysisSize, smallSize } from '../../src/media/graph.ts';
import { Journal } from '../../src/media/journal.ts';
import { LevelMeter } from '../../src/media/levels.ts';
import { LineSplitter } from '../../src/media/lines.ts';
import { PacketTimes, parsePacket } from '../../src/media/packets.ts';
import { isVariable, nominalRate, snapRate, toRational } from '../../src/media/rates.ts';
import { depthOf, hasAlpha } from '../../src/media/streams.ts';

const every = (count: number, step: number) => Float64Array.from({ length: count }, (_, index) => index * step);

describe('rates', () => {
  it('snaps to broadcast rates and nothing else', () => {
    expect(snapRate(23.976)).toEqual({ num: 24_000, den: 1001 });
    expect(snapRate(24)).toEqual({ num: 24, den: 1 });
    expect(snapRate(29.97003)).toEqual({ num: 30_000, den: 1001 });
    expect(snapRate(23.08)).toBeNull();
  });

  it('disbelieves a base rate of 90000 and a wrong average', () => {
    expect(nominalRate(every(50, 1 / 25), [{ num: 90_000, den: 1 }, null])).toEqual({ num: 25, den: 1 });
    expect(nominalRate(every(50, 1 / 25), [{ num: 30, den: 1 }])).toEqual({ num: 25, den: 1 });
  });

  it('sees through millisecond rounding', () => {
    const rounded = every(48, 1001 / 24_000).map(time => Math.round(time * 1000) / 1000);
    expect(nominalRate(rounded, [null])).toEqual({ num: 24_000, den: 1001 });
    expect(isVariable(rounded, 0.001)).toBe(false);
  });

  it('keeps an odd rate as the container writes it', () => {
    const times = every(48, 12 / 277);
    expect(nominalRate(times, [{ num: 277, den: 12 }])).toEqual({ num: 277, den: 12 });
    expect(toRational(277 / 12)).toEqual({ num: 277, den: 12 });
  });

  it('has an answer for one frame', () => {
    expect(nominalRate(new Float64Array([0]), [null, { num: 90_000, den: 1 }])).toEqual({ num: 25, den: 1 });
    expect(nominalRate(new Float64Array([0]), [{ num: 24, den: 1 }])).toEqual({ num: 24, den: 1 });
  });

  it('does not call one lost frame a variable rate', () => {
    const lost = every(100, 0.04).filter((_, index) => index !== 50);
    expect(isVariable(lost, 1e-4)).toBe(false);
    const stuttering = every(100, 0.04).filter((_, index) => index % 7 !== 3);
    expect(isVariable(stuttering, 1e-4)).toBe(true);
  });
});

describe('ffprobe output', () => {
  it('undoes escapes, and a tag cannot pose as a field', () => {
    const { name, fields } = parseCompact('format|start_time=0.5|tag:title=a\\|start_time=9\\nb\\\\c|tag:x=1=2');
    expect(name).toBe('format');
    expect([...fields]).toEqual([
      ['start_time', '0.5'],
      ['tag:title', 'a|start_time=9\nb\\c'],
      ['tag:x', '1=2'],
    ]);
  });

  it('reads numbers, words and fractions, and the lack of them', () => {
    const section = parseCompact('stream|a=N/A|b=unknown|c=0/0|d=24000/1001|e=16:9|f=-3.5|g=');
    expect(numberOf(section, 'a')).toBeNull();
    expect(wordOf(section, 'b')).toBeNull();
    expect(fractionOf(section, 'c')).toBeNull();
    expect(fractionOf(section, 'd')).toEqual({ num: 24_000, den: 1001 });
    expect(fractionOf(section, 'e')).toEqual({ num: 16, den: 9 });
    expect(numberOf(section, 'f')).toBe(-3.5);
    expect(numberOf(section, 'g')).toBeNull();
  });

  it('orders packets by presentation and leaves discarded ones out', () => {
    const times = new PacketTimes();
    for (const line of [
      'packet|stream_index=0|pts=0|dts=-2|duration=1|flags=KD',
      'packet|stream_index=0|pts=3|dts=-1|duration=1|flags=__',
      'packet|stream_index=0|pts=1|dts=0|duration=1|flags=__',
      'packet|stream_index=0|pts=2|dts=1|duration=1|flags=__',
    ])
      times.add(parsePacket(line)!);
    expect([...times.sorted()]).toEqual([1, 2, 3]);
    expect([times.count, times.end, times.discarded]).toEqual([3, 4, 1]);
    expect(parsePacket('stream|index=0')).toBeNull();
  });

  it('reads pixel formats', () => {
    expect(['yuv420p', 'yuv420p10le', 'gbrp12le', 'rgb48le', 'p010le', 'gray16be', 'nv12'].map(depthOf)).toEqual([
      8, 10, 12, 16, 10, 16, 8,
    ]);
    expect(['yuva420p', 'bgra', 'gbrap', 'yuv420p', 'rgb24'].map(hasAlpha)).toEqual([true, true, true, false, false]);
  });
});

describe('sizes', () => {
  it.each([
    [3840, 2160, 1280, 720],
    [1080, 1920, 720, 1280],
    [639, 361, 638, 360],
    [1, 1, 2, 2],
    [1280, 720, 1280, 720],
  ])('%i×%i is analysed at %i×%i', (width, height, w, h) => {
    expect(analysisSize({ width, height })).toEqual({ width: w, height: h });
  });

  it.each([
    [854, 480, 426, 240],
    [1280, 720, 640, 360],
    [1920, 1080, 640, 360],
    [640, 360, 640, 360],
    [256, 256, 256, 256],
    [720, 1280, 360, 640],
  ])('%i×%i without people to look for is analysed at %i×%i', (width, height, w, h) => {
    expect(analysisSize({ width, height }, 'coarse')).toEqual({ width: w, height: h });
  });

  it('keeps the small picture about 256 wide and never larger', () => {
    expect(smallSize({ width: 1280, height: 720 })).toEqual({ width: 256, height: 144 });
    expect(smallSize({ width: 64, height: 64 })).toEqual({ width: 64, height: 64 });
  });
});

describe('frame assembly', () => {
  const size = { width: 8, height: 4 };
  const bytes = pictureBytes(size);

  /** Pours bytes into a stream in pieces for as long as it takes them. */
  function pourInto(stream: PictureStream, all: Uint8Array): { at: number } {
    const state = { at: 0 };
    const pour = () => {
      for (let more = true; more && state.at < all.length; ) {
        const room = stream.room();
        const length = Math.min(31, room.length, all.length - state.at);
        room.set(all.subarray(state.at, state.at + length));
        state.at += length;
        more = stream.filled(length);
      }
      if (state.at === all.length) stream.end();
    };
    stream.resume = pour;
    pour();
    return state;
  }

  it('puts pictures together from pieces of any length, in order, waits for the consumer, and drops a part', async () => {
    expect(bytes).toBe(48);
    const all = new Uint8Array(bytes * 20 + 7);
    for (let picture = 0; picture < 20; picture++) all.fill(picture + 1, picture * bytes, (picture + 1) * bytes);
    for (let i = 0; i < bytes; i++) all[i] = i;
    const stream = new PictureStream(size);
    const poured = pourInto(stream, all);
    // Four buffers, one of them kept to go on with.
    expect(poured.at).toBe(3 * bytes);
    let count = 0;
    for (let picture = await stream.next(); picture !== null; picture = await stream.next()) {
      if (count === 0) {
        expect([...picture.y]).toEqual(Array.from({ length: 32 }, (_, i) => i));
        expect([picture.u[0], picture.u.length, picture.v[0], picture.v.length]).toEqual([32, 8, 40, 8]);
        expect([picture.stride, picture.chromaStride]).toEqual([8, 4]);
      } else expect(picture.y.every(value => value === count + 1)).toBe(true);
      count += 1;
    }
    expect(count).toBe(20);
  });

  it('joins the n-th pictures of both streams, and ends with the shorter one', async () => {
    const small = { width: 4, height: 2 };
    const assembler = new FrameAssembler(size, small);
    const numbered = (each: number, count: number) =>
      Uint8Array.from({ length: each * count }, (_, i) => Math.floor(i / each) + 1);
    pourInto(assembler.analysis, numbered(bytes, 30));
    pourInto(assembler.small, numbered(pictureBytes(small), 29));
    let count = 0;
    for (let frame = await assembler.next(); frame !== null; frame = await assembler.next()) {
      count += 1;
      expect([frame.index, frame.analysis.y[0], frame.small.v[0]]).toEqual([count - 1, count, count]);
    }
    expect([count, assembler.count]).toEqual([29, 29]);
  });
});

describe('the log', () => {
  const frame = (pts: number | string) =>
    `[Parsed_showinfo_0 @ 0x5] [info] n:   0 pts: ${pts} pts_time:0 pos: 1 fmt:yuv420p`;

  it('reads times exactly, and fills in those that are missing', () => {
    const journal = new Journal('file:/x');
    journal.add('[Parsed_showinfo_0 @ 0x5] [info] config in time_base: 1/24, frame_rate: 24/1');
    for (const pts of [0, 1, 'NOPTS', 3, 3]) journal.add(frame(pts));
    expect([...journal.times(5, new Float64Array(0), 1 / 24)]).toEqual([0, 1 / 24, 2 / 24, 3 / 24, 3 / 24 + 1e-6]);
    expect([...journal.times(6, new Float64Array([9, 9, 0.5, 9, 9, 7]), 1)].slice(2, 3)).toEqual([0.5]);
  });

  it('puts complaints at the frame, once each, and keeps their number bounded', () => {
    const journal = new Journal('file:/tmp/secret.mp4');
    journal.add(frame(0));
    journal.add('[h264 @ 0x55d00c0ed580] [error] error while decoding MB 3 4');
    journal.add('[h264 @ 0x55d00c0ed580] [error] error while decoding MB 3 4');
    journal.add('[warning] file:/tmp/secret.mp4: corrupt decoded frame in stream 0');
    journal.add('[h264 @ 0x55d00c0ed580] [warning] something harmless');
    expect(journal.faults(5)).toEqual([
      { frame: 1, message: 'h264: error while decoding MB 3 4' },
      { frame: 1, message: 'corrupt decoded frame in stream 0' },
    ]);
    for (let i = 0; i < 1000; i++) journal.add(`[h264 @ 0x5] [error] complaint ${i}`);
    const faults = journal.faults(1);
    expect(faults).toHaveLength(201);
    expect(faults[200]).toEqual({ frame: 0, message: '802 more complaints of the decoder' });
  });

  it('shows nothing of addresses, control characters or endless lines', () => {
    expect(plainComplaint('[NULL @ 0x55abd8e3ce80] [error] bad\u001b[31m')).toBe('bad [31m');
    expect(plainComplaint(`[h264 @ 0x1] [error] ${'x'.repeat(5000)}`).length).toBeLessThanOrEqual(200);
  });

  it('cuts text into lines and bounds them', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter(line => lines.push(line), 10);
    splitter.push('one\r\ntw');
    splitter.push('o\n');
    splitter.push('x'.repeat(100));
    splitter.push('y'.repeat(100));
    splitter.end();
    expect(lines).toEqual(['one', 'two', 'x'.repeat(10)]);
  });
});

describe('level meter', () => {
  it('gives the same levels whatever pieces the samples come in', () => {
    const samples = Float32Array.from(
      { length: 2 * 11_025 },
      (_, index) => Math.sin(index / 9) * (index % 2 ? 0.5 : 0.9),
    );
    const bytes = new Uint8Array(samples.buffer);
    const whole = new LevelMeter(2, 11_025);
    whole.push(bytes);
    const pieces = new LevelMeter(2, 11_025);
    for (let at = 0; at < bytes.length; at += 1001) pieces.push(bytes.subarray(at, at + 1001));
    expect(pieces.samples).toBe(11_025);
    const [a, b] = [whole.levels(), pieces.levels()];
    expect(a.rms[0]).toHaveLength(20);
    for (const channel of [0, 1]) {
      expect(a.peak[channel]).toEqual(b.peak[channel]);
      for (let i = 0; i < 20; i++) expect(a.rms[channel][i]).toBeCloseTo(b.rms[channel][i], 4);
    }
  });

  it('keeps blocks in step with time at rates that do not divide', () => {
    const meter = new LevelMeter(1, 22_055);
    meter.push(new Uint8Array(new Float32Array(22_055 * 10).buffer));
    expect(meter.levels().rms[0]).toHaveLength(200);
  });
});

describe('the program', () => {
  it('knows its version and what is too old', async () => {
    expect(await ffmpegVersion()).toMatch(/\d/);
    expect(['5.1.9-0+deb12u1', 'n6.0', '7.1', 'N-112233-gabcdef', '2024-01-01-git-abc'].map(isRecent)).toEqual([
      ...[true, true, true, true, true],
    ]);
    expect(['4.4.2', '5.0.1', 'n3.2'].map(isRecent)).toEqual([false, false, false]);
  });

  it('says how to install it when it is not there', async () => {
    process.env.FFMPEG_PATH = '/nowhere/ffmpeg';
    try {
      await expect(ffmpegVersion()).rejects.toMatchObject({
        code: 'ffmpeg-missing',
        hint: expect.stringContaining('apt-get install'),
      });
    } finally {
      delete process.env.FFMPEG_PATH;
    }
  });
});
