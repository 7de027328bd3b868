import { z } from 'zod';
import { hasSound, NO_SOUND, rounded, scoreAround } from '../signals/sound.ts';
import { frameAt, pictureSpan } from '../signals/timeline.ts';
import type { Loudness } from '../sound.ts';
import { defineDetector } from './detector.ts';

/** BS.1770 measures in blocks of 400 ms; a shorter sound has no loudness. */
const GATING_BLOCK = 0.4;
/** BS.1770-4 absolute gate, LUFS: what lies below does not count as programme. */
const ABSOLUTE_GATE = -70;

export const loudness = defineDetector({
  meta: {
    id: 'loudness',
    title: 'Loudness',
    summary: 'Integrated loudness of the whole clip outside a target window.',
    medium: 'sound',
    scope: 'clip',
    signals: ['loudness'],
    options: z.object({
      target: z
        .number()
        .min(-60)
        .max(0)
        .default(-20)
        .describe(
          'LUFS. The default is the middle of what can still be delivered by a change of gain; deliveries set their own: −23 EBU R128, −27 Netflix, −14 web platforms',
        ),
      tolerance: z
        .number()
        .positive()
        .max(40)
        .default(13)
        .describe(
          'LU either side. The default reaches from −33 (the quiet edge of Netflix’s −27 ±3, less 3 LU) to −7 LUFS (7 LU over the loudest platform target: crushed); EBU R128 allows 0.5, Netflix 3',
        ),
      sure: z
        .number()
        .nonnegative()
        .default(3)
        .describe(
          's. Sound shorter than this is judged with less confidence: loudness is defined for programmes (EBU R128 s1 treats under 30 s apart)',
        ),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      quiet: 'Too quiet: {measured} LUFS integrated, {difference} LU below the window of {target} ±{tolerance}.',
      loud: 'Too loud: {measured} LUFS integrated, {difference} LU above the window of {target} ±{tolerance}.',
    },
    advice: {
      quiet:
        'Raise the level in the edit; if that lifts hiss, generate again with the sound described as close and clear.',
      loud: 'Lower the level in the edit; if it stays harsh, generate again and leave “loud”, “blaring” or “shouting” out of the prompt.',
    },
    source: 'ITU-R BS.1770-4 gated loudness, EBU R128',
  },
  judge({ clip, signals, options }) {
    const sound = signals.loudness;
    if (!hasSound(clip, sound)) return { status: 'skipped', reason: NO_SOUND };
    const seconds = sound.momentary.length * sound.step;
    const heard = clip.audio === null ? seconds : Math.min(seconds, clip.audio.seconds);
    if (heard < GATING_BLOCK) {
      return { status: 'skipped', reason: 'The sound is shorter than the 400 ms that loudness is measured over.' };
    }
    if (!(sound.integrated > ABSOLUTE_GATE)) {
      return {
        status: 'skipped',
        reason: 'Nothing is louder than the −70 LUFS gate: there is no programme to measure.',
      };
    }
    const measurements = {
      integrated: rounded(sound.integrated),
      range: rounded(sound.range),
      seconds: rounded(heard),
    };
    const off = sound.integrated - options.target;
    const score = scoreAround(Math.abs(off), options.tolerance, Math.max(0.5, options.tolerance / 4));
    // A small allowance keeps 32-bit rounding from failing a clip that sits exactly on the edge.
    if (Math.abs(off) <= options.tolerance + 1e-3) return { status: 'ran', score, measurements, faults: [] };
    const loud = off > 0;
    const beyond = Math.abs(off) - options.tolerance;
    return {
      status: 'ran',
      score,
      measurements,
      faults: [
        {
          kind: loud ? 'loud' : 'quiet',
          start: 0,
          end: clip.frames,
          peak: frameAt(clip, extremeMoment(sound, loud, pictureSpan(clip))),
          measured: rounded(sound.integrated),
          threshold: options.target + (loud ? options.tolerance : -options.tolerance),
          unit: 'LUFS',
          confidence: heard < options.sure ? 0.6 : Math.min(0.95, 0.8 + beyond / 20),
          values: { target: options.target, tolerance: options.tolerance, difference: rounded(beyond, 1) },
        },
      ],
    };
  },
});

/** Seconds at which the momentary loudness under the picture is highest, or lowest among what passes the gate. */
function extremeMoment(sound: Loudness, loud: boolean, picture: { from: number; to: number }): number {
  let best = Number.NaN;
  let at = picture.from;
  sound.momentary.forEach((value, i) => {
    const seconds = i * sound.step;
    if (!(value > ABSOLUTE_GATE) || seconds < picture.from || seconds >= picture.to) return;
    if (Number.isNaN(best) || (loud ? value > best : value < best)) {
      best = value;
      at = seconds;
    }
  });
  return at;
}
