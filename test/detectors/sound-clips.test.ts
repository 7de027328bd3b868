import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SoundSceneName, soundFixture, soundScenes } from '../../fixtures/sound.ts';
import type { ClipFacts } from '../../src/clip.ts';
import { avLength } from '../../src/detectors/av-length.ts';
import { clipping } from '../../src/detectors/clipping.ts';
import { deadChannel } from '../../src/detectors/dead-channel.ts';
import { loudness } from '../../src/detectors/loudness.ts';
import { phase } from '../../src/detectors/phase.ts';
import { silence } from '../../src/detectors/silence.ts';
import { truePeak } from '../../src/detectors/true-peak.ts';
import { decode } from '../../src/media/decode.ts';
import { probe } from '../../src/media/probe.ts';
import type { AudioLevels, Loudness } from '../../src/sound.ts';
import { judged } from './sound-bench.ts';

const DETECTORS = [loudness, truePeak, silence, clipping, phase, deadChannel, avLength];

interface Heard {
  clip: ClipFacts;
  signals: { loudness: Loudness | null; audioLevels: AudioLevels | null };
}

async function hear(name: SoundSceneName): Promise<Heard> {
  const clip = await probe(await soundFixture(name));
  const decoding = await decode(clip);
  try {
    const { frames, times, loudness, audioLevels } = await decoding.finish();
    return { clip: { ...clip, frames, times }, signals: { loudness, audioLevels } };
  } finally {
    await decoding.close();
  }
}

const heard = new Map<SoundSceneName, Heard>();
beforeAll(async () => {
  for (const name of Object.keys(soundScenes) as SoundSceneName[]) heard.set(name, await hear(name));
});

/** Everything that any sound detector finds, as `detector kind start–end`. */
function found(name: SoundSceneName): string[] {
  const { clip, signals } = heard.get(name)!;
  return DETECTORS.flatMap(detector => {
    const answer = judged(detector, clip, signals);
    const faults = answer.status === 'ran' ? answer.faults : [];
    return faults.map(({ kind, start, end }) => `${detector.meta.id} ${kind} ${start}–${end}`);
  });
}

describe('rendered sound, all detectors with their defaults', () => {
  it.each<[SoundSceneName, string[]]>([
    ['clean', []],
    ['mono', []],
    ['room-tone', []],
    ['silent', ['silence whole 0–75']],
    ['dropout', ['silence dropout 25–35']],
    ['silent-head', ['silence head 0–30']],
    ['one-peak', ['true-peak over 25–27']],
    ['against-phase', ['phase out-of-phase 25–50']],
    ['dead-right', ['dead-channel whole 0–75']],
    ['dead-left-stretch', ['dead-channel stretch 25–60']],
    ['late', ['av-length late 0–10']],
    ['short', ['av-length short 60–75']],
    ['long', ['av-length long 74–75']],
    ['quiet', ['loudness quiet 0–75']],
    // A second of a loud whistle lifts the gated loudness of a 3 s clip over any window.
    ['between-samples', ['loudness loud 0–75', 'true-peak over 25–50']],
  ])('%s: %j', (name, expected) => {
    expect(found(name)).toEqual(expected);
  });

  it('clipped: the stretch, and the level and peaks that come with it', () => {
    expect(found('clipped')).toEqual(['loudness loud 0–75', 'true-peak over 25–40', 'clipping clipped 25–40']);
  });

  it('a wave between the samples is over although no sample is', () => {
    const { clip, signals } = heard.get('between-samples')!;
    const answer = judged(truePeak, clip, signals);
    expect(answer).toMatchObject({ status: 'ran', measurements: { samplePeak: expect.closeTo(-1.5, 1) } });
    expect(signals.loudness!.truePeak).toBeGreaterThan(0.5);
  });
});

/** The same clip through ffmpeg's own meters. */
async function ffmpegSays(name: SoundSceneName): Promise<string> {
  const filters = 'silencedetect=noise=-85dB:duration=0.3,ebur128=peak=true';
  const args = ['-nostdin', '-hide_banner', '-i', await soundFixture(name), '-vn', '-af', filters, '-f', 'null', '-'];
  return (await promisify(execFile)(process.env.FFMPEG_PATH ?? 'ffmpeg', args)).stderr;
}

describe('against ffmpeg’s own meters', () => {
  it.each<SoundSceneName>(['clean', 'quiet', 'clipped', 'between-samples'])(
    '%s: loudness and true peak',
    async name => {
      const said = await ffmpegSays(name);
      const { loudness: ours } = heard.get(name)!.signals;
      expect(ours!.integrated).toBeCloseTo(Number(/I:\s+(-?[\d.]+) LUFS\s+Threshold/.exec(said)![1]), 0);
      // Compared as amplitudes: far below full scale the meter's own steps are coarse in decibels, and nobody cares.
      const peak = Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(said)![1]);
      expect(Math.abs(10 ** (ours!.truePeak / 20) - 10 ** (peak / 20))).toBeLessThan(0.01);
    },
  );

  it.each<SoundSceneName>(['dropout', 'silent-head'])('%s: the same stretch of silence', async name => {
    const said = await ffmpegSays(name);
    const { clip, signals } = heard.get(name)!;
    const answer = judged(silence, clip, signals);
    const [fault] = answer.status === 'ran' ? answer.faults : [];
    const start = Number(/silence_start: (-?[\d.]+)/.exec(said)![1]);
    const seconds = Number(/silence_duration: ([\d.]+)/.exec(said)![1]);
    expect(clip.times[fault.start]).toBeCloseTo(start, 1);
    expect(fault.measured).toBeCloseTo(seconds, 1);
  });

  it('finds no silence where ffmpeg finds none', async () => {
    expect(await ffmpegSays('clean')).not.toContain('silence_start');
  });
});
