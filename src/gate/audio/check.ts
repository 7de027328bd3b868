import { type FrameRange, frameTime } from '../../clip.ts';
import type { Outcome } from '../../finding.ts';
import type { AudioLevels, Loudness } from '../../sound.ts';
import { checked, failedCheck, type Problem } from '../checks.ts';
import type { Film } from '../film/examine.ts';
import { checkLips } from './lips.ts';
import { type FilmPlan, nameOf } from './plan.ts';
import { type Stretch, without } from './spans.ts';

/** A stretch in seconds, with the frames that it stands for. */
interface Seconds extends Stretch {
  frames: FrameRange;
}

/** Probability from which a block counts as speech: silero's own default. */
const SPEECH = 0.5;

/** Compares what is heard with what was planned. @param joins film frames of cuts */
export function checkAudioPlan(
  film: Pick<Film, 'clip' | 'signals' | 'failures' | 'shots'>,
  plan: FilmPlan,
  joins: readonly number[],
): Outcome {
  const { clip, signals } = film;
  const { limits } = plan;
  const lips = plan.lines.some(({ line }) => line.offScreen !== undefined);
  const failure =
    film.failures.get('voice') ?? (lips ? (film.failures.get('faces') ?? film.failures.get('speechBands')) : undefined);
  if (failure) return failedCheck('gate-audio', failure.code, failure.message);
  const { voice, loudness, audioLevels } = signals;
  if (!voice || !loudness) {
    const wanted = plan.lines.length + plan.music.length > 0;
    return checked('gate-audio', [
      ...(wanted
        ? [{ kind: 'no-sound', message: 'The film has no sound, and sound is planned.', end: clip.frames }]
        : []),
      ...plan.problems,
    ]);
  }
  const seconds = (frames: FrameRange): Seconds => ({
    start: frameTime(clip, frames.start),
    end: frameTime(clip, frames.end),
    frames,
  });
  const frameOf = (at: number): number => Math.max(0, Math.round((at * clip.video.fps.num) / clip.video.fps.den));
  const lines = plan.lines.map(({ frames, line, brief }) => ({ ...seconds(frames), line, brief }));
  const music = plan.music.map(seconds);
  const silence = plan.silence.map(seconds);
  const speech = (start: number, end: number): number => {
    const blocks = voice.probability.subarray(Math.max(0, Math.floor(start / voice.step)), Math.ceil(end / voice.step));
    return blocks.length === 0 ? 0 : blocks.reduce((sum, value) => sum + (value >= SPEECH ? 1 : 0), 0) / blocks.length;
  };
  const problems: Problem[] = [...plan.problems];
  for (const { start, end, frames, line } of lines.filter(({ brief }) => !brief)) {
    const share = speech(start, end);
    const who = nameOf(line);
    if (share < limits.leastSpeech) {
      problems.push({
        ...frames,
        kind: 'speech-missing',
        message: `${who} is planned, and speech is heard in ${Math.round(share * 100)} % of it.`,
        measured: share,
        threshold: limits.leastSpeech,
        unit: 'share',
      });
      continue;
    }
    const over = voiceOverBed(loudness, voice, { start, end }, music);
    if (over !== null && over < limits.voiceOverBed)
      problems.push({
        ...frames,
        kind: 'voice-buried',
        message: `${who} is ${over.toFixed(1)} LU over what lies under it; ${limits.voiceOverBed} are asked for.`,
        measured: over,
        threshold: limits.voiceOverBed,
        unit: 'LU',
        severity: 'review',
      });
  }
  const planned = lines.map(line => ({ start: line.start - limits.margin, end: line.end + limits.margin }));
  const unasked = plan.scope === null ? [] : without({ start: 0, end: clip.seconds + 1 }, plan.scope.map(seconds));
  for (const run of speechRuns(voice)) {
    for (const rest of without(run, [...planned, ...unasked]))
      if (rest.end - rest.start > limits.mostSpeech)
        problems.push({
          kind: 'speech-unplanned',
          message: `Speech is heard for ${(rest.end - rest.start).toFixed(2)} s where no line is planned.`,
          start: frameOf(rest.start),
          end: frameOf(rest.end),
          measured: rest.end - rest.start,
          threshold: limits.mostSpeech,
          unit: 's',
        });
  }
  for (const { start, end, frames } of silence) {
    const loudest = momentary(loudness, start + 0.4, end).reduce((a, b) => Math.max(a, b), -120);
    if (loudest > limits.silenceBelow)
      problems.push({
        ...frames,
        kind: 'not-silent',
        message: `Silence is planned, and ${loudest.toFixed(1)} LUFS are heard.`,
        measured: loudest,
        threshold: limits.silenceBelow,
        unit: 'LUFS',
      });
  }
  if (audioLevels) problems.push(...roomTone(audioLevels, limits.roomTone, joins, [...lines, ...music], speech, film));
  problems.push(...checkLips(film, plan.lines));
  return checked('gate-audio', problems, {
    lines: lines.length,
    takes: plan.takes,
    integrated: loudness.integrated,
  });
}

/** Momentary loudness between two moments; a value at t covers the 400 ms before it. */
const momentary = ({ momentary: values, step }: Loudness, start: number, end: number): number[] =>
  [...values.subarray(Math.max(0, Math.floor(start / step)), Math.max(0, Math.floor(end / step)))].filter(
    Number.isFinite,
  );

/** How far the voice stands over the bed: its loudness against that of the gaps and of the music beside it. Null without either. */
function voiceOverBed(
  loudness: Loudness,
  voice: { step: number; probability: Float32Array },
  line: { start: number; end: number },
  music: readonly Seconds[],
): number | null {
  const spoken: number[] = [];
  const bed: number[] = [];
  const from = Math.max(0, line.start - 3);
  for (let at = from + 0.4; at < line.end + 3; at += loudness.step) {
    const value = loudness.momentary[Math.floor(at / loudness.step)];
    if (value === undefined || !Number.isFinite(value)) continue;
    const window = voice.probability.subarray(
      Math.max(0, Math.floor((at - 0.4) / voice.step)),
      Math.ceil(at / voice.step),
    );
    const share =
      window.length === 0 ? 0 : window.reduce((sum, one) => sum + (one >= SPEECH ? 1 : 0), 0) / window.length;
    if (share > 0.7 && at >= line.start && at <= line.end) spoken.push(value);
    else if (share === 0 && music.some(range => at >= range.start + 0.4 && at <= range.end)) bed.push(value);
  }
  if (spoken.length < 3 || bed.length < 3) return null;
  return energyMean(spoken) - energyMean(bed);
}

const energyMean = (values: readonly number[]): number =>
  10 * Math.log10(values.reduce((sum, value) => sum + 10 ** (value / 10), 0) / values.length);

/** Stretches of speech; gaps of up to 0.25 s belong to them. */
function speechRuns({
  step,
  probability,
}: {
  step: number;
  probability: Float32Array;
}): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = 0; i < probability.length; i++) {
    if (probability[i] < SPEECH) continue;
    const last = runs.at(-1);
    if (last && i * step - last.end <= 0.25) last.end = (i + 1) * step;
    else runs.push({ start: i * step, end: (i + 1) * step });
  }
  return runs;
}

/** Room tone must go on over cuts: the quiet level before and after each, where nobody speaks and no music plays. */
function roomTone(
  levels: AudioLevels,
  most: number,
  joins: readonly number[],
  loud: readonly Seconds[],
  speech: (start: number, end: number) => number,
  { clip }: Pick<Film, 'clip'>,
): Problem[] {
  const window = 0.4;
  const level = (start: number, end: number): number => {
    const blocks = levels.rms.flatMap(channel => [
      ...channel.subarray(Math.floor(start / levels.step), Math.ceil(end / levels.step)),
    ]);
    return blocks.length === 0 ? -120 : blocks.sort((a, b) => a - b)[blocks.length >> 1];
  };
  return joins.flatMap((frame): Problem[] => {
    const at = frameTime(clip, frame);
    if (
      at < window ||
      loud.some(range => range.start < at + window && range.end > at - window) ||
      speech(at - window, at + window) > 0
    )
      return [];
    const jump = level(at, at + window) - level(at - window, at);
    if (Math.abs(jump) <= most) return [];
    return [
      {
        kind: 'room-tone',
        message: `Room tone jumps by ${jump.toFixed(1)} dB at the cut.`,
        start: frame,
        end: frame + 1,
        measured: Math.abs(jump),
        threshold: most,
        unit: 'dB',
        severity: 'review',
      },
    ];
  });
}
