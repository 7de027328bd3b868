import { z } from 'zod';
import { type Box, type ClipFacts, type FrameRange, frameTime } from '../clip.ts';
import { CELL } from '../signals/environment/compare.ts';
import { cameraPath, followLight, samplesIn } from '../signals/environment/course.ts';
import { colourDrift, type Drift, lightDrift } from '../signals/environment/drift.ts';
import { lightJumps } from '../signals/environment/light-jumps.ts';
import { percent, type WorstOf, worstOf } from '../signals/environment/mismatch.ts';
import { withPictures } from '../signals/environment/references.ts';
import { findReturns } from '../signals/environment/returns.ts';
import { compareScenes, pickThree } from '../signals/environment/scene.ts';
import type { Swap } from '../signals/environment/swap.ts';
import { findSwaps } from '../signals/environment/swaps.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { findShots, shotSignals } from '../signals/shots.ts';
import type { Shot, Views } from '../signals.ts';
import { defineDetector, type Fault } from './detector.ts';

type Kind = 'background-swap' | 'light' | 'white-balance' | 'scene-mismatch' | 'reference-mismatch';

/**
 * Least evidence of a change: how many times the cells' disagreement it is, times the share of the place found again. Real
 * takes reach 2.3 of light (shaken cameras among people) and 0.7 of colour.
 */
const LIGHT_EVIDENCE = 3.2;
const COLOUR_EVIDENCE = 1;
/** … and of a change within one frame, where real takes reach 1.1. */
const JUMP_EVIDENCE = 1.5;

const shotName = z.string().regex(/^s[1-9]\d{0,4}$/, 'a shot id such as s1');

export const environmentConsistency = defineDetector({
  meta: {
    id: 'environment-consistency',
    title: 'Environment consistency',
    summary: 'The place does not stay the same place: background swapped, light turning, white balance drifting.',
    medium: 'picture',
    scope: 'clip',
    signals: [...shotSignals, 'views', 'lightSteps'],
    options: z.object({
      light: z
        .number()
        .positive()
        .default(16)
        .describe(
          'percent by which one half of the picture may brighten against the other; real takes stay below where the place is found again',
        ),
      whiteBalance: z
        .number()
        .positive()
        .default(9)
        .describe(
          'percent by which red and blue may move against green (both together); cameras left alone stay below 3',
        ),
      area: z
        .number()
        .min(0.05)
        .max(1)
        .default(0.12)
        .describe('share of the picture that must have become another place, at once'),
      scenes: z
        .union([z.literal('all'), z.array(z.array(shotName).min(2).max(500)).max(100)])
        .default([])
        .describe(
          'shots that show one place, as lists of shot ids: [[s1, s3], [s2, s4]]; all: every shot shows the same place',
        ),
      sceneWhite: z
        .number()
        .positive()
        .default(20)
        .describe('percent by which the white balance of two shots of one scene may differ'),
      sceneColours: z
        .number()
        .min(0)
        .max(1)
        .default(0.8)
        .describe('share of the colours of one shot that may be missing in another of its scene'),
      referenceColours: z
        .number()
        .min(0)
        .max(1)
        .default(0.65)
        .describe(
          'share of the colours of the closest reference picture that may be missing in a shot: real takes reach 0.57 against their own first frame',
        ),
    }),
    certainFrom: 0.9,
    messages: {
      'background-swap': '{area} % of the background becomes another place {how} at {at} s.',
      light:
        'The light turns: the {side} of the picture grows {measured} % brighter than the other, {from} s to {to} s.',
      'white-balance': 'The white balance turns {tint} by {measured} %, {from} s to {to} s; the place stays the same.',
      'scene-mismatch': 'Shot {shot} does not match shot {other} of the same scene: {what}.',
      'reference-mismatch': 'Shot {shot} does not match the reference picture {other}: {what}.',
    },
    advice: {
      'background-swap':
        'Describe the place in the prompt and say that it does not change; give the first frame as a reference picture, or shorten the clip to before {at} s.',
      light:
        'Say in the prompt where the light comes from and that it stays; or grade the shot against its first frames.',
      'white-balance':
        'Name one light (such as steady daylight) in the prompt; a grade keyed over the drift can mend it.',
      'scene-mismatch':
        'Use the same description of place, light and time of day, or the same reference picture, for both shots.',
      'reference-mismatch':
        'Give the picture to the generator as the first frame or style reference, and describe its place, light and time of day.',
    },
    source:
      'Own: robust comparison of registered cells four times a second; bench:continuity tells what it finds in planted changes and in real takes.',
  },
  judge({ clip, signals, options, references = [] }) {
    const { views } = signals;
    if (views.frames.length < 2)
      return { status: 'skipped', reason: 'The clip is too short to compare views of a place.' };
    const { shots, cuts } = findShots(signals, clip);
    const path = cameraPath(views, signals);
    const faults: Fault<Kind>[] = [];
    let score = 0;

    let [turned, tinted] = [0, 0];
    const lights: Drift[] = [];
    const colours: Drift[] = [];
    const [leastLight, leastColour] = [options.light, options.whiteBalance].map(limit => Math.log(1 + limit / 100));
    for (const course of followLight(views, path, cuts)) {
      const light = lightDrift(course, leastLight);
      const colour = colourDrift(course, leastColour);
      if (light && evidenceOf(light) >= LIGHT_EVIDENCE) {
        turned = Math.max(turned, percent(light.size));
        if (light.size >= leastLight) lights.push(light);
      }
      if (colour && evidenceOf(colour) >= COLOUR_EVIDENCE) {
        tinted = Math.max(tinted, percent(colour.size));
        if (colour.size >= leastColour) colours.push(colour);
      }
    }
    // What jumps is also told where the camera moves on and the place is not seen again.
    const whole = { start: 0, end: clip.frames };
    const clear = (drift: Drift) => evidenceOf(drift) >= JUMP_EVIDENCE;
    for (const jump of lightJumps(signals.lightSteps, 'light', leastLight, whole).filter(clear)) {
      turned = Math.max(turned, percent(jump.size));
      if (!lights.some(other => overlap(other, jump))) lights.push(jump);
    }
    for (const jump of lightJumps(signals.lightSteps, 'colour', leastColour, whole).filter(clear)) {
      tinted = Math.max(tinted, percent(jump.size));
      if (!colours.some(other => overlap(other, jump))) colours.push(jump);
    }
    faults.push(...lights.map(light => lightFault(clip, light, options.light)));
    faults.push(...colours.map(colour => colourFault(clip, colour, options.whiteBalance)));
    score = Math.max(score, excess(turned, options.light), excess(tinted, options.whiteBalance));

    const swaps = [
      ...findSwaps(views, path, signals.frameDifference, cuts, options.area),
      ...shots.flatMap(shot => findReturns(views, samplesIn(views, shot), path, options.area)),
    ];
    for (const swap of swaps) {
      score = Math.max(score, excess(swap.area, options.area));
      faults.push(swapFault(clip, views, swap, options.area));
    }

    for (const [one, other] of pairsOf(options.scenes, shots)) {
      const found = compareScenes(views, pickThree(samplesIn(views, one)), views, pickThree(samplesIn(views, other)));
      if (!found) continue;
      const mismatch = worstOf(found, options);
      score = Math.max(score, mismatch.score);
      if (mismatch.score >= 0.5) faults.push(mismatchFault('scene-mismatch', clip, other, one.id, mismatch));
    }
    const seen = withPictures(
      views,
      references.map(({ picture }) => picture),
    );
    const asReference = { ...options, sceneColours: options.referenceColours };
    for (const shot of references.length > 0 ? shots : []) {
      const closest = references
        .flatMap(({ name }, k) => {
          const own = pickThree(samplesIn(views, shot));
          const found = compareScenes(seen.views, [seen.samples[k]], seen.views, own);
          return found ? [{ name, mismatch: worstOf(found, asReference) }] : [];
        })
        .sort((a, b) => a.mismatch.score - b.mismatch.score)[0];
      if (!closest) continue;
      score = Math.max(score, closest.mismatch.score);
      if (closest.mismatch.score >= 0.5)
        faults.push(mismatchFault('reference-mismatch', clip, shot, closest.name, closest.mismatch));
    }
    return {
      status: 'ran',
      score,
      measurements: { lightPercent: turned, whitePercent: tinted, swaps: swaps.length, views: views.frames.length },
      faults,
    };
  },
});

/** Whether one happens within the other, give or take the step between two views. */
const overlap = (a: FrameRange, b: FrameRange): boolean => a.start <= b.end + 1 && b.start <= a.end + 1;

const evidenceOf = ({ agreement, share }: Drift): number => agreement * share;

const timesOf = (clip: ClipFacts, { start, end }: FrameRange) => ({
  from: frameTime(clip, start).toFixed(1),
  to: frameTime(clip, end).toFixed(1),
});

function lightFault(clip: ClipFacts, drift: Drift, threshold: number): Fault<Kind> {
  const [across, down] = drift.parts;
  const side =
    Math.abs(across) >= Math.abs(down) ? (across > 0 ? 'right' : 'left') : down > 0 ? 'lower part' : 'upper part';
  return driftFault(clip, 'light', drift, threshold, { side });
}

function colourFault(clip: ClipFacts, drift: Drift, threshold: number): Fault<Kind> {
  const [warm, cool] = drift.parts;
  const balance = warm - cool;
  const green = -(warm + cool) / 2;
  const tint =
    Math.abs(green) > Math.abs(balance) / 2 ? (green > 0 ? 'green' : 'magenta') : balance > 0 ? 'warmer' : 'colder';
  return driftFault(clip, 'white-balance', drift, threshold, { tint });
}

function driftFault(
  clip: ClipFacts,
  kind: Kind,
  drift: Drift,
  threshold: number,
  values: Record<string, string>,
): Fault<Kind> {
  const measured = percent(drift.size);
  return {
    kind,
    start: drift.start,
    end: drift.end + 1,
    peak: drift.end,
    measured: Math.round(measured * 10) / 10,
    threshold,
    unit: '%',
    confidence: confidenceFrom(excess(measured, threshold), 0.6, 0.85),
    values: { ...values, ...timesOf(clip, drift) },
  };
}

const HOW: Record<Swap['way'], string> = {
  sudden: 'behind what stays',
  covered: 'behind something that passes',
  away: 'while the camera looks elsewhere',
};

function swapFault(clip: ClipFacts, views: Views, swap: Swap, threshold: number): Fault<Kind> {
  const box: Box = [
    swap.left * CELL * views.scaleX,
    swap.top * CELL * views.scaleY,
    (swap.right - swap.left) * CELL * views.scaleX,
    (swap.bottom - swap.top) * CELL * views.scaleY,
  ];
  return {
    kind: 'background-swap',
    start: swap.before,
    end: swap.after + 1,
    peak: swap.after,
    box,
    measured: swap.area,
    threshold,
    unit: 'of picture',
    confidence: confidenceFrom(excess(swap.area, threshold), 0.55, 0.85),
    values: {
      area: Math.round(100 * swap.area),
      how: HOW[swap.way],
      at: frameTime(clip, swap.after).toFixed(1),
    },
  };
}

/** Neighbouring shots of every scene; ids that the clip does not have are passed over, since takes differ in their cuts. */
function pairsOf(scenes: 'all' | readonly (readonly string[])[], shots: readonly Shot[]): [Shot, Shot][] {
  const lists = scenes === 'all' ? [shots.map(shot => shot.id)] : scenes;
  return lists.flatMap(ids => {
    const members = shots.filter(shot => ids.includes(shot.id));
    return members.slice(1).map((shot, k): [Shot, Shot] => [members[k], shot]);
  });
}

function mismatchFault(
  kind: 'scene-mismatch' | 'reference-mismatch',
  clip: ClipFacts,
  shot: Shot,
  other: string,
  { score, what, ...measure }: WorstOf,
): Fault<Kind> {
  return {
    kind,
    start: shot.start,
    end: Math.min(shot.end, clip.frames),
    peak: shot.start,
    ...measure,
    confidence: confidenceFrom(score, 0.5, 0.8),
    values: { shot: shot.id, other, what },
  };
}
