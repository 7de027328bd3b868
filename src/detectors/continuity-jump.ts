import { z } from 'zod';
import { type Box, framesOf, rangeSeconds } from '../clip.ts';
import { type JumpEvent, jumpEvents, jumpSums } from '../signals/continuity/events.ts';
import { heldStretches } from '../signals/continuity/held.ts';
import { CONTINUITY_MODEL, continuityModel, type JumpModel } from '../signals/continuity/model.ts';
import { FARTHEST, findRepetitions } from '../signals/continuity/repetition.ts';
import type { LumaGrid } from '../signals.ts';
import { defineDetector, type Fault, type Planned } from './detector.ts';

type Kind =
  | 'unplanned-cut'
  | 'jump'
  | 'exposure'
  | 'appears'
  | 'vanishes'
  | 'moves'
  | 'changes'
  | 'colour'
  | 'fades'
  | 'held'
  | 'loop'
  | 'reversal';

/** Which option moves which model's threshold. */
const LOGIT_SPAN = 3;
/** Frames that a cut may lie beside a planned one. */
const PLANNED_SLACK = 2;
/** Frames before and after the middle of a gradual change that the finding covers: half a second's worth at 24 per second. */
const GRADUAL = 6;
/**
 * Which kind a change is, from planted ones. Unlikeness along the flow (1 − correlation) up to which the shape stays and what
 * changes is colour or light: 0.02 to 0.37 for tints, 0.36 to 0.83 for other things.
 */
const SAME_SHAPE = 0.3;
/** Weight of the second place that changes against the first, from which on a thing jumped: 0.06 to 0.84, else up to 0.01. */
const SECOND_PLACE = 0.05;
/** Contrast along the outline after against before, a logarithm, from which on something came rather than went. */
const OUTLINED = 0.1;

export const continuityJump = defineDetector({
  meta: {
    id: 'continuity-jump',
    title: 'Continuity jump',
    summary:
      'Finds places where a shot does not go on: cuts nobody planned, jumps, things that appear, vanish or change by themselves.',
    medium: 'picture',
    scope: 'shot',
    signals: ['continuity', 'frameDifference', 'lumaGrid'],
    options: z.object({
      sensitivity: z
        .number()
        .min(-1)
        .max(1)
        .default(0)
        .describe(
          'From −1 (only the plainest) to 1 (everything that could be one); 0 gives at most 0.3 false findings per minute of untouched real footage.',
        ),
      repeats: z
        .int()
        .min(3)
        .default(4)
        .describe(
          'Frames that one picture must be held for beyond its own, once, while the shot moves before and after.',
        ),
      heldSeconds: z.number().positive().default(0.6).describe('Seconds: longer stillness is the freeze check’s.'),
    }),
    certainFrom: 1,
    messages: {
      'unplanned-cut': 'The picture cuts where no cut was planned.',
      jump: 'The shot jumps: the picture goes on from another moment or framing.',
      exposure: 'The whole picture changes its brightness from one frame to the next and stays so.',
      appears: 'Something appears {place} from one frame to the next.',
      vanishes: 'Something vanishes {place} from one frame to the next.',
      moves: 'Something jumps to another place from one frame to the next; the greater change is {place}.',
      changes: 'Something changes {place} from one frame to the next.',
      colour: 'Something changes its colour or brightness {place} from one frame to the next.',
      fades: 'Something appears, vanishes or turns into something else {place} within half a second.',
      held: 'One picture is held for {measured} s while the shot moves before and after.',
      loop: 'The shot repeats frames that were shown before, for {measured} s.',
      reversal: 'The shot runs backwards over frames that it has just shown, for {measured} s.',
    },
    advice: {
      'unplanned-cut': 'Ask for a single continuous take, name one camera position, and shorten what happens in it.',
      jump: 'Ask for a single continuous take; generate shorter pieces, or start the next one from the last good frame.',
      exposure: 'Name one steady light; pieces that were joined need the same last and first frame.',
      appears: 'Name who and what is in the picture from the start, and say that nobody and nothing else comes in.',
      vanishes: 'Say that it stays in the picture to the end; fewer things are kept more reliably.',
      moves: 'Ask for one motion at a time, and say where it begins and ends.',
      changes: 'Name the thing and what it looks like throughout; fewer things are kept more reliably.',
      colour: 'Name the colour and the light, and say that they stay the same.',
      fades: 'Name what is in the picture throughout; ask for less to happen in the shot.',
      held: 'Generate the shot again, or cut the held frames out.',
      loop: 'Ask for a shorter clip than the model repeats itself in, or trim it before the repetition.',
      reversal: 'Trim the shot before it turns back, or generate it without the loop option.',
    },
    models: [CONTINUITY_MODEL],
    source:
      'Boosted trees over residuals of dense inverse-search flow (Kroeger et al. 2016), trained on faults planted in real takes; exact comparison for held, repeated and reversed frames.',
  },
  judge({ clip, shot, signals, options, planned = 'multi' }) {
    const model = continuityModel();
    const { continuity, frameDifference, lumaGrid } = signals;
    const faults: Fault<Kind>[] = [];
    if (shot.start > 0 && !isPlanned(shot.start, planned)) {
      faults.push({
        kind: 'unplanned-cut',
        start: shot.start,
        end: shot.start + 1,
        peak: shot.start,
        measured: 1,
        threshold: 0,
        unit: 'cuts',
        confidence: 0.9,
      });
    }
    const judged = jumpSums(continuity, shot, model);
    const { sums } = judged;
    let score = faults.length > 0 ? 0.9 : 0;
    const events: JumpEvent[] = [];
    const leastOf = (name: JumpModel) => model.thresholds[name] - LOGIT_SPAN * options.sensitivity;
    for (const name of Object.keys(model.models) as JumpModel[]) {
      const least = leastOf(name);
      const highest = sums[name].reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      score = Math.max(score, probability(highest - least));
      events.push(...jumpEvents(continuity, shot, judged, name, least, model.features, clip.video));
    }
    for (const event of settled(events, leastOf)) {
      const kind = kindOf(event);
      const gradual = event.model === 'slow' ? GRADUAL : 0;
      faults.push({
        kind,
        start: Math.max(shot.start, event.frame - gradual),
        end: Math.min(shot.end, event.frame + gradual + 1),
        peak: event.frame,
        ...(event.box ? { box: event.box } : {}),
        measured: probability(event.sum),
        threshold: probability(leastOf(event.model)),
        unit: 'probability',
        confidence: Math.min(0.95, probability(event.sum - leastOf(event.model)) + 0.05),
        values: { place: event.box ? placeOf(event.box, clip.video) : 'in the picture' },
      });
    }
    const exact = heldAndRepeated(continuity.repeats, frameDifference, lumaGrid, shot, options.repeats);
    for (const { kind, start, end } of exact) {
      const seconds = rangeSeconds(clip, { start, end });
      if (kind === 'held' && seconds >= options.heldSeconds) continue;
      score = Math.max(score, 0.8);
      faults.push({
        kind,
        start,
        end,
        peak: Math.min(start + 1, end - 1),
        measured: seconds,
        threshold: kind === 'held' ? rangeSeconds(clip, { start, end: start + options.repeats + 1 }) : 0,
        unit: 's',
        confidence: 0.8,
      });
    }
    faults.sort((a, b) => a.start - b.start);
    return {
      status: 'ran',
      score,
      measurements: {
        judgedFrames: sums.pop.filter(Number.isFinite).length,
        shortestJudged: framesOf(clip, 0.1),
        ...Object.fromEntries(
          Object.entries(sums).map(([name, series]) => [`${name}Highest`, probability(highestOf(series))]),
        ),
      },
      faults,
    };
  },
});

const probability = (logit: number): number => 1 / (1 + Math.exp(-logit));
const highestOf = (series: Float64Array): number => series.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** Whether somebody asked for a cut there. */
function isPlanned(frame: number, planned: Planned): boolean {
  if (planned === 'multi') return true;
  return planned !== 'single' && planned.some(at => Math.abs(at - frame) <= PLANNED_SLACK);
}

/** One event where several models answer to the same break: the one that is surest. */
function settled(events: readonly JumpEvent[], leastOf: (name: JumpModel) => number): JumpEvent[] {
  const over = (event: JumpEvent) => event.sum - leastOf(event.model);
  const stays: JumpEvent[] = [];
  for (const event of [...events].sort((a, b) => over(b) - over(a) || a.frame - b.frame)) {
    const near = event.model === 'slow' ? GRADUAL : 2;
    if (stays.every(other => Math.abs(other.frame - event.frame) > near)) stays.push(event);
  }
  return stays.sort((a, b) => a.frame - b.frame);
}

function kindOf({ model, measure }: JumpEvent): Kind {
  if (model === 'slow') return 'fades';
  if (model === 'exposure') return 'exposure';
  if (model === 'jump') return 'jump';
  if (measure('part-cells') === 0) return 'changes';
  if (measure('part-unlike') <= SAME_SHAPE) return 'colour';
  if (measure('part-secondShare') > SECOND_PLACE) return 'moves';
  const outline = measure('part-outline');
  if (Math.abs(outline) < OUTLINED) return 'changes';
  return outline > 0 ? 'appears' : 'vanishes';
}

/** Where a box lies in the picture, in words that fit after a verb. */
function placeOf([x, y, width, height]: Box, picture: { width: number; height: number }): string {
  const across = (x + width / 2) / picture.width;
  const down = (y + height / 2) / picture.height;
  const column = across < 0.36 ? 'left' : across > 0.64 ? 'right' : '';
  const row = down < 0.36 ? 'upper' : down > 0.64 ? 'lower' : '';
  if (!column && !row) return 'in the middle';
  if (!row) return `on the ${column}`;
  return column ? `in the ${row} ${column}` : `in the ${row} part`;
}

function heldAndRepeated(
  repeats: Float32Array,
  frameDifference: Float32Array,
  lumaGrid: LumaGrid,
  shot: { start: number; end: number },
  least: number,
): { kind: 'held' | 'loop' | 'reversal'; start: number; end: number }[] {
  const kept: number[] = [];
  // What an earlier shot showed may come again where the seam was taken for a cut.
  for (let frame = Math.max(0, shot.start - FARTHEST); frame < shot.end; frame++) {
    if (frame === shot.start || !(repeats[frame] > 0)) kept.push(frame);
  }
  const first = kept.indexOf(shot.start);
  return [
    ...heldStretches(repeats, frameDifference, shot, least).map(range => ({ kind: 'held' as const, ...range })),
    ...findRepetitions(lumaGrid, kept, first).map(({ kind, again }) => ({ kind, ...again })),
  ];
}
