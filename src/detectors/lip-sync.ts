import type { z } from 'zod';
import { frameTime } from '../clip.ts';
import { alongSlope, analyse, changeOf, isSure } from '../signals/lip-sync/analyse.ts';
import { believed, belonging, bestWindow, isSteady, speaksInstead } from '../signals/lip-sync/belief.ts';
import { LIP_SYNC_MODEL, type LipSyncModel, lipSyncModel } from '../signals/lip-sync/model.ts';
import { MOUTH_RATE } from '../signals/lip-sync/mouth.ts';
import { options } from '../signals/lip-sync/options.ts';
import { boxAt, findTalkers } from '../signals/lip-sync/talkers.ts';
import { type Unmatched, unmatchedStretches } from '../signals/lip-sync/unmatched.ts';
import { hasSound, NO_SOUND, rounded, scoreAround } from '../signals/sound.ts';
import { frameAt } from '../signals/timeline.ts';
import { defineDetector, type Fault, type JudgeInput, type Judgement } from './detector.ts';

type Kind = 'offset' | 'drift' | 'splice' | 'mouth-without-speech' | 'speech-without-mouth' | 'closure';
interface Limits {
  early: number;
  late: number;
}

/** Standard error of one estimate in ms: what the limits are blurred by. */
const ERROR = 12;

type Options = z.output<typeof options>;

export const lipSync = defineDetector({
  meta: {
    id: 'lip-sync',
    title: 'Lip sync',
    summary: 'Lips and speech apart, drifting apart, jumping apart, or one of them without the other, within a shot.',
    medium: 'sound',
    scope: 'shot',
    signals: ['faces', 'voice', 'speechBands'],
    options,
    certainFrom: 0.8,
    models: [LIP_SYNC_MODEL],
    costsFrames: false,
    messages: {
      offset: 'The sound is {size} ms {side} against the lips ({threshold} ms are allowed).',
      drift: 'Lips and sound drift apart by {measured} ms per second: from {from} ms to {to} ms (+ the sound is late).',
      splice: 'From {at} s on the sound lies {size} ms {side} against the lips; before it was {before} ms (+ late).',
      'mouth-without-speech':
        'The mouth goes on speaking for {seconds} s in which nothing is said ({measured} movements of the lips per second).',
      'speech-without-mouth':
        'For {seconds} s the lips stay shut although this face is heard speaking, unless somebody else speaks off screen.',
      closure: 'Lips open on p, b and m: {where} they come no nearer than {measured} eye distances.',
    },
    advice: {
      offset: 'Move the sound by {size} ms against the picture, or generate the lips again from this sound.',
      drift:
        'Sound and picture run at different speeds: check frame rates and sample rates, or generate the lips again.',
      splice: 'Cut the sound again at this place, or generate the lips from there on.',
      'mouth-without-speech':
        'Say in the prompt what is spoken and that the mouth rests afterwards, or generate the lips again from this sound.',
      closure: 'Generate the lips again from this sound: they must meet on p, b and m.',
      'speech-without-mouth':
        'Generate the lips again from this sound, or name the speaker who is off screen in the prompt.',
    },
    source:
      'ITU-R BT.1359-1 and EBU R37; canonical correlation and a two-stream network on face landmarks, trained by shifting',
  },
  judge: input => judgeWith(lipSyncModel, input),
});

/** Judges with a model of choice: benches judge speakers with models that never saw them. */
export function judgeWith(
  modelOf: () => LipSyncModel,
  { clip, shot, signals, options }: JudgeInput<'faces' | 'voice' | 'speechBands', Options>,
): Judgement<Kind> {
  const { faces, voice, speechBands } = signals;
  if (!hasSound(clip, speechBands) || voice === null) return { status: 'skipped', reason: NO_SOUND };
  const found = findTalkers(clip, shot, faces, voice, speechBands, options);
  if ('reason' in found) return { status: 'skipped', reason: found.reason };

  const model = modelOf();
  const judged = found.talkers
    .map(talker => ({ talker, course: analyse(model, talker.mouth, speechBands.values, talker.from, talker.to) }))
    .sort((a, b) => believed(b.course) - believed(a.course));
  const { talker, course } = judged[0];
  const { whole } = course;
  const contested = judged.slice(1).some(other => speaksInstead(other.course, course));
  // Where others take turns, this face's best window says where its own speech lies.
  const part = contested ? bestWindow(course) : { from: talker.from, to: talker.to, estimate: whole };
  const measurements = {
    offset: rounded(part.estimate.offset, 0),
    confidence: rounded(part.estimate.confidence),
    match: rounded(part.estimate.match),
    seconds: rounded((talker.to - talker.from) / MOUTH_RATE),
    speech: rounded(talker.speech),
    faces: judged.length,
    drift: course.slope ? rounded(course.slope.perSecond) : null,
    driftGain: course.slope ? rounded(course.slope.gain) : null,
    jump: course.split ? rounded(course.split.after.offset - course.split.before.offset, 0) : null,
    jumpGain: course.split ? rounded(course.split.gain) : null,
    closures: 0,
    closureEvidence: 0,
    openClosures: '',
  };
  const { slope, split } = course;
  const change = contested ? null : changeOf(course, options);
  const jumps = change === 'splice';
  const drifts = change === 'drift' && believed(course) >= options.match;
  const placed = isSure(part.estimate, options) && (contested || isSteady(course));
  const others = judged.slice(1).map(one => one.talker);
  const {
    found: unmatched,
    closures,
    evidence,
  } = jumps || drifts || contested
    ? { found: [], closures: [], evidence: 0 }
    : unmatchedStretches(model, talker, course, others, speechBands.values, voice, options);
  if (!jumps && !drifts && !placed && unmatched.length === 0)
    return {
      status: 'skipped',
      reason:
        'The speech cannot be told to come from a face that is seen: narration, singing and hidden lips are not judged.',
      measurements,
    };

  const belongs = belonging(
    Math.max(part.estimate.match, split && jumps ? Math.min(split.before.match, split.after.match) : 0),
    (part.to - part.from) / MOUTH_RATE,
  );
  const faults: Fault<Kind>[] = [];
  const at = (row: number) => frameAt(clip, (talker.mouth.first + row) / MOUTH_RATE);
  const range = (from: number, to: number, worst = (from + to) / 2) => {
    const start = at(from);
    const end = Math.max(start + 1, at(to - 1) + 1);
    const peak = Math.min(end - 1, Math.max(start, at(worst)));
    const box = boxAt(faces, talker, peak);
    return { start, end, peak, ...(box ? { box } : {}) };
  };
  let score = 0;
  const addOffset = (offset: number, confidence: number, from: number, to: number) => {
    const { size, side, limit } = against(offset, options);
    score = Math.max(score, scoreAround(size, limit, 2 * ERROR));
    if (size <= limit) return;
    faults.push({
      kind: 'offset',
      ...range(from, to),
      measured: offset,
      threshold: limit,
      unit: 'ms',
      confidence: rounded(belongs * confidence * certainty((size - limit) / ERROR)),
      values: { size: rounded(size, 0), side },
    });
  };

  if (jumps && split) {
    const { before, after, row } = split;
    const confidence = Math.min(before.confidence, after.confidence);
    const jump = after.offset - before.offset;
    score = confidence;
    const { size, side } = against(after.offset, options);
    faults.push({
      kind: 'splice',
      ...range(row, talker.to),
      peak: at(row),
      measured: jump,
      threshold: options.jump,
      unit: 'ms',
      confidence: rounded(belongs * confidence * certainty((Math.abs(jump) - options.jump) / ERROR)),
      values: {
        at: rounded(frameTime(clip, at(row)), 1),
        size: rounded(size, 0),
        side,
        before: rounded(before.offset, 0),
      },
    });
    addOffset(before.offset, before.confidence, talker.from, row);
  } else if (drifts && slope) {
    const middle = (talker.from + talker.to) / 2;
    const confidence = Math.min(0.97, 0.6 + slope.gain / (10 * options.driftGain));
    score = confidence;
    faults.push({
      kind: 'drift',
      ...range(talker.from, talker.to),
      measured: slope.perSecond,
      threshold: options.drift,
      unit: 'ms/s',
      confidence: rounded(confidence),
      values: {
        from: rounded(alongSlope(slope, talker.from, middle), 0),
        to: rounded(alongSlope(slope, talker.to, middle), 0),
      },
    });
  } else if (placed) addOffset(part.estimate.offset, part.estimate.confidence, part.from, part.to);
  measurements.closures = closures.length;
  measurements.closureEvidence = rounded(evidence);
  for (const stretch of unmatched) {
    const frames = stretch.misses?.missed.map(({ row }) => at(row)) ?? [];
    if (frames.length > 0) measurements.openClosures = frames.join(' ');
    const fault = faultOf(stretch, options, range(stretch.from, stretch.to, stretch.worst), frames);
    score = Math.max(score, 0.5, fault.confidence);
    faults.push(fault);
  }
  return { status: 'ran', score, measurements, faults };
}

/** A stretch in which lips and sound have nothing to do with each other, as a fault. */
function faultOf(
  { kind, from, to, measured, grounds, misses, open }: Unmatched,
  options: Options,
  range: Pick<Fault, 'start' | 'end' | 'peak' | 'box'>,
  frames: readonly number[],
): Fault<Kind> {
  const { estimate } = grounds;
  const belongs = belonging(estimate.match, grounds.seconds) * estimate.confidence;
  const { limit, unit, trust } = STRETCHES[kind];
  const seconds = rounded((to - from) / MOUTH_RATE, 1);
  const on = misses ? `on frames ${list(frames)}, where they are heard,` : '';
  return {
    kind,
    ...range,
    measured: rounded(measured, 3),
    threshold: rounded(open ?? options[limit], 3),
    unit,
    confidence: rounded(belongs * (misses && open !== undefined ? HEARD_TRUST : trust)),
    values: { seconds, where: on || `in ${seconds} s of speech` },
  };
}

/** Single p, b and m are heard less surely: below what may ask for a new take. */
const HEARD_TRUST = 0.75;

/** The first frames of a list, in words. */
const list = (frames: readonly number[], most = 6): string =>
  frames.length > most ? `${frames.slice(0, most).join(', ')} …` : frames.join(', ');

/** How far such stretches are believed where the mouth is known: few silences were at hand, and speech may come from off screen. */
const STRETCHES = {
  'mouth-without-speech': { limit: 'strokes', unit: 'per second', trust: 0.9 },
  'speech-without-mouth': { limit: 'still', unit: 'of the opening in speech', trust: 0.8 },
  closure: { limit: 'open', unit: 'eye distances', trust: 0.8 },
} as const;

function against(offset: number, { early, late }: Limits): { size: number; side: 'early' | 'late'; limit: number } {
  return offset < 0 ? { size: -offset, side: 'early', limit: early } : { size: offset, side: 'late', limit: late };
}

/** Probability that a value so many standard errors beyond its limit is really beyond it (logistic for the normal). */
const certainty = (errors: number): number => 1 / (1 + Math.exp(-1.702 * errors));
