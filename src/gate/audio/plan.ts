import type { FrameRange } from '../../clip.ts';
import { oneLine, RetakeError } from '../../errors.ts';
import type { Moment, PlannedLine, PlannedSound } from '../../takes/planned-sound.ts';
import type { Problem } from '../checks.ts';
import { type FilmClock, frameAt, framesOfSpan } from '../moment.ts';
import type { JudgedUse } from '../result.ts';
import { clockOf } from '../uses.ts';
import { type AudioPlan, audioPlanSchema } from './schema.ts';
import { common, without } from './spans.ts';

/** A line at the film's frames. */
export interface FilmLine {
  frames: FrameRange;
  line: PlannedLine;
  /** Too little of it is left by the edit to expect speech in it; speech there is planned all the same. */
  brief: boolean;
}

/** All that is planned to be heard in a film, at its frames. */
export interface FilmPlan {
  lines: FilmLine[];
  silence: FrameRange[];
  music: FrameRange[];
  /** Where speech that nobody planned is looked for; null: everywhere. */
  scope: FrameRange[] | null;
  /** Limits: the film's plan's, else the defaults. */
  limits: Omit<AudioPlan, keyof PlannedSound>;
  /** What could not be carried over from a take. */
  problems: Problem[];
  /** Takes whose plans take part. */
  takes: number;
}

/** A line as a message begins with it. */
export const nameOf = ({ speaker, text }: PlannedLine): string =>
  `${speaker ? `${oneLine(speaker, 60)}'s` : 'The'} line${text ? ` "${oneLine(text, 60)}"` : ''}`;

/** What is left of a line by the edit must last this long to be expected, seconds: a short word. */
const BRIEF = 0.5;
/** Frames by which a matched stretch may be uncertain before a plan cannot be placed in it. */
const UNCERTAIN = 2;

/**
 * The film's own plan with those of the takes that are heard in it. A take's plan counts where the clip's sound is used
 * (without a timeline: where its picture was found), shifted to the film's frames and cut to the used range. Where both
 * say something, the film's plan wins: its lines and its silence replace a take's lines, its lines, music and silence a
 * take's silence, its music and silence a take's music. Null when nothing is planned.
 * @param timeline whether the uses come from a timeline
 */
export function planOf(
  own: AudioPlan | undefined,
  uses: readonly JudgedUse[],
  clock: FilmClock,
  timeline: boolean,
): FilmPlan | null {
  const place = (spans: readonly { from: Moment; to: Moment }[]): FrameRange[] =>
    spans.map(span => framesOfSpan(span, clock));
  const { lines, silence, music, ...limits } = own ?? audioPlanSchema.parse({});
  const plan: FilmPlan = {
    lines: lines.map(line => ({ frames: framesOfSpan(line, clock), line, brief: false })),
    silence: place(silence),
    music: place(music),
    scope: null,
    limits,
    problems: [],
    takes: 0,
  };
  const planned = plannedUses(uses, timeline, plan.problems);
  if (planned.length === 0) return own || plan.problems.length > 0 ? plan : null;
  addTakes(plan, planned, heard(uses, timeline), clock);
  return own ? plan : { ...plan, scope: scopeOf(planned, heard(uses, timeline)) };
}

interface PlannedUse {
  use: JudgedUse;
  source: NonNullable<JudgedUse['source']>;
  sound: PlannedSound;
}

/** Uses that sound. Pictures found in a bare export are taken to have brought their sound along. */
const heard = (uses: readonly JudgedUse[], timeline: boolean): JudgedUse[] =>
  uses.filter(({ medium }) => !timeline || medium === 'sound');

const planOfUse = ({ takes }: JudgedUse): PlannedSound | undefined => takes.find(take => take.audioPlan)?.audioPlan;

/** Uses whose takes have a plan, each stretch once (stereo sound comes as two tracks), and why others are left out. */
function plannedUses(uses: readonly JudgedUse[], timeline: boolean, problems: Problem[]): PlannedUse[] {
  const sounding = heard(uses, timeline);
  const silent = uses.find(use => planOfUse(use));
  if (timeline && sounding.length === 0 && silent)
    problems.push({
      ...silent.record,
      kind: 'plan-unplaced',
      message: 'The timeline has no sound: what the takes’ plans say is not looked for.',
      severity: 'info',
    });
  const seen = new Set<string>();
  return sounding.flatMap((use): PlannedUse[] => {
    const { source, record, speed, full } = use;
    const sound = planOfUse(use);
    if (!sound || !source || !full) return [];
    const key = [source.sha256, source.frames.start, record.start, record.end].join(' ');
    if (seen.has(key)) return [];
    seen.add(key);
    const reason = speed !== 1 ? 'is retimed' : placeable(use, timeline) ? null : 'fits at several places of the take';
    if (reason === null) return [{ use, source, sound }];
    problems.push({
      ...record,
      kind: 'plan-unplaced',
      message: `${use.id} ${oneLine(use.name)} ${reason}: what its plan says is not looked for.`,
      severity: 'info',
    });
    return [];
  });
}

/** Whether it is known which frame of the take is shown when: a still picture is found everywhere. */
function placeable({ source, record, full }: JudgedUse, timeline: boolean): boolean {
  if (timeline || !source || !full) return true;
  return (
    source.frames.end - source.frames.start <= record.end - record.start + UNCERTAIN && full.clip.times === undefined
  );
}

function addTakes(
  plan: FilmPlan,
  planned: readonly PlannedUse[],
  sounding: readonly JudgedUse[],
  clock: FilmClock,
): void {
  const own = { lines: plan.lines.map(({ frames }) => frames), silence: plan.silence, music: plan.music };
  const takesLines: FilmLine[] = [];
  const brief = (BRIEF * clock.fps.num) / clock.fps.den;
  plan.takes = new Set(planned.map(({ source }) => source.sha256)).size;
  for (const { use, source, sound } of planned) {
    const at = placer(use, source.frames.start, clock);
    for (const line of sound.lines)
      for (const frames of at(line, [...own.lines, ...own.silence]))
        takesLines.push({ frames, line, brief: frames.end - frames.start < brief });
    for (const range of sound.music) plan.music.push(...at(range, [...own.music, ...own.silence]));
    // What else sounds at the same time is not silent for this take's sake.
    const others = sounding.filter(other => other.source?.sha256 !== source.sha256).map(({ record }) => record);
    for (const range of sound.silence)
      plan.silence.push(...at(range, [...own.lines, ...own.silence, ...own.music, ...others]));
  }
  plan.lines = [...plan.lines, ...takesLines].sort((a, b) => a.frames.start - b.frames.start);
}

/** Film frames of a span of the clip as far as the use shows it and the holes leave it. */
function placer({ full, record, name }: JudgedUse, first: number, clock: FilmClock) {
  const { clip } = full!;
  const media = clockOf(full!);
  const rate = clip.fps.num / clip.fps.den;
  const clipClock = {
    fps: clip.fps,
    base: Math.max(1, Math.round(rate)),
    drop: false,
    start: media.startTimecode ?? 0,
  };
  const time = (frame: number): number => clip.times?.[frame] ?? frame / rate;
  const secondsAt = (at: Moment): number =>
    typeof at === 'string' && at.endsWith('s') ? Number(at.slice(0, -1)) : time(frameAt(at, clipClock));
  const frame = (seconds: number): number =>
    record.start + Math.round(((seconds - time(first)) * clock.fps.num) / clock.fps.den);
  return ({ from, to }: { from: Moment; to: Moment }, holes: readonly FrameRange[]): FrameRange[] => {
    const [start, end] = [secondsAt(from), secondsAt(to)];
    if (end <= start)
      throw new RetakeError('policy-invalid', `The audio plan of ${oneLine(name)}: ${from} to ${to} has no length.`);
    const shown = common({ start: frame(start), end: frame(end) }, record);
    return shown ? without(shown, holes) : [];
  };
}

/** Where every take that is heard has a plan. */
function scopeOf(planned: readonly PlannedUse[], sounding: readonly JudgedUse[]): FrameRange[] {
  const known = new Set(planned.map(({ use }) => use.source?.sha256));
  const others = sounding.filter(({ source }) => !known.has(source?.sha256)).map(({ record }) => record);
  return planned.flatMap(({ use }) => without(use.record, others));
}
