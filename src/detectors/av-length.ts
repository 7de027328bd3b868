import { z } from 'zod';
import { toNumber } from '../clip.ts';
import { NO_SOUND, rounded, scoreAround } from '../signals/sound.ts';
import { framesBetween } from '../signals/timeline.ts';
import { defineDetector } from './detector.ts';

type Kind = 'short' | 'late' | 'long' | 'early';

export const avLength = defineDetector({
  meta: {
    id: 'av-length',
    title: 'Sound and picture length',
    summary: 'Sound that starts or ends at another time than the picture.',
    medium: 'container',
    scope: 'clip',
    signals: [],
    options: z.object({
      short: z
        .number()
        .nonnegative()
        .default(2)
        .describe('frames of picture without sound allowed, at the start and at the end. Telestream FC-108: 2; DPP: 1'),
      long: z
        .number()
        .nonnegative()
        .default(2)
        .describe('s of sound without picture allowed, before and after it. Telestream FC-108: 2; DPP: one frame'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      short: 'The sound ends {seconds} s ({frames} frames) before the picture.',
      late: 'The sound starts {seconds} s ({frames} frames) after the picture.',
      long: 'The sound runs on for {seconds} s after the picture has ended.',
      early: 'The sound starts {seconds} s before the picture.',
    },
    advice: {
      short: 'Trim the picture to the sound or generate the sound for the whole length.',
      late: 'Check whether the sound was meant to be in step: a lost start moves everything after it.',
      long: 'Trim the sound to the picture; if speech is cut off, generate a longer clip.',
      early: 'Trim the sound to the picture; check that lips and sound still agree.',
    },
    source: 'Telestream Vidchecker FC-108; DPP technical standards (one frame)',
  },
  judge({ clip, options }) {
    const { audio, video } = clip;
    if (audio === null) return { status: 'skipped', reason: NO_SOUND };
    const frame = 1 / toNumber(video.fps);
    const picture = { from: video.startTime, to: video.startTime + video.seconds };
    const sound = { from: audio.startTime, to: audio.startTime + audio.seconds };
    const bare = options.short * frame;
    const candidates: { kind: Kind; seconds: number; limit: number; from: number; to: number }[] = [
      { kind: 'late', seconds: sound.from - picture.from, limit: bare, from: picture.from, to: sound.from },
      { kind: 'short', seconds: picture.to - sound.to, limit: bare, from: sound.to, to: picture.to },
      { kind: 'early', seconds: picture.from - sound.from, limit: options.long, from: picture.from, to: picture.from },
      { kind: 'long', seconds: sound.to - picture.to, limit: options.long, from: picture.to, to: picture.to },
    ];
    // Times in containers are rounded to milliseconds (Matroska) or ticks: a hundredth of a frame decides nothing.
    const slack = frame / 100;
    const faults = candidates
      .filter(({ seconds, limit }) => seconds > limit + slack)
      .map(({ kind, seconds, limit, from, to }) => {
        const frames = framesBetween(clip, from, to);
        const inFrames = kind === 'short' || kind === 'late';
        const scale = inFrames ? frame : 1;
        return {
          kind,
          ...frames,
          peak: kind === 'late' ? frames.end - 1 : frames.start,
          measured: rounded(seconds / scale),
          threshold: rounded(limit / scale),
          unit: inFrames ? 'frames' : 's',
          confidence: rounded(Math.min(0.95, 0.7 + (0.1 * (seconds - limit)) / Math.max(limit, frame))),
          values: { seconds: rounded(seconds), frames: rounded(seconds / frame, 1) },
        };
      });
    const score = Math.max(
      ...candidates.map(({ seconds, limit }) =>
        scoreAround(Math.max(0, seconds), limit, Math.max(limit / 2, frame / 2)),
      ),
    );
    return {
      status: 'ran',
      score,
      measurements: {
        startDifference: rounded(sound.from - picture.from, 4),
        endDifference: rounded(sound.to - picture.to, 4),
      },
      faults,
    };
  },
});
