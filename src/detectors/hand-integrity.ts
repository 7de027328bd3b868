import { z } from 'zod';
import { type Box, rangeSeconds } from '../clip.ts';
import { boxOf, type HandCue, type HandEvidence, type HandGate, type Hands } from '../landmarks.ts';
import { type Experts, experts, suspicionOf } from '../signals/hands/experts.ts';
import { noGates, type WatchedHand, watchedHands } from '../signals/hands/looks.ts';
import { ownerlessHands } from '../signals/hands/owners.ts';
import { timeCues } from '../signals/hands/time.ts';
import { rounded } from '../signals/sound.ts';
import { median, percentile } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** What a refused look says to an editor. */
const REASONS: Record<Exclude<HandGate, 'judged'>, string> = {
  outside: 'reach out of the picture',
  faint: 'are not certainly hands',
  small: 'are too small',
  blurred: 'are too blurred',
  crowded: 'touch another hand',
  hidden: 'hold something or are hidden by it',
};

/** Highest score of a shot in which no finding was made. */
const RANKED = 0.5;

export const handIntegrity = defineDetector({
  meta: {
    id: 'hand-integrity',
    title: 'Hand integrity',
    summary:
      'Hands with a finger too many, fused fingers, melting or an impossible pose, and hands that nobody in the picture can own.',
    medium: 'picture',
    scope: 'shot',
    signals: ['hands', 'bodies', 'faces', 'handEvidence'],
    options: z.object({
      extra: z
        .number()
        .min(0)
        .max(1)
        .default(0.6)
        .describe('probability of a finger too many, median over the looks of a window'),
      fused: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('probability of fused fingers, median over the looks of a window'),
      melted: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('probability of a hand that melts, median over the looks of a window'),
      pose: z
        .number()
        .min(0)
        .default(3)
        .describe(
          'standard deviations by which the strangest joint or bone lies outside what real hands show, median over the looks of a window',
        ),
      open: z
        .number()
        .int()
        .min(0)
        .max(5)
        .default(4)
        .describe('extended fingers that a hand must show, median, before fingers are counted'),
      tips: z
        .number()
        .min(0)
        .max(1)
        .default(0.4)
        .describe('probability with which the tips of its extended fingers must be seen, median of the fingers'),
      spread: z
        .number()
        .min(0)
        .default(0.24)
        .describe(
          'sizes of the hand by which neighbouring fingertips must be apart, the smallest gap of the four fingers',
        ),
      counted: z
        .number()
        .int()
        .min(1)
        .default(3)
        .describe(
          'looks of a window at which fingers can be counted, at least; the median is taken over these, the others say nothing',
        ),
      window: z
        .number()
        .int()
        .min(3)
        .default(9)
        .describe('looks over which the median is taken; six are made a second'),
      least: z
        .number()
        .int()
        .min(1)
        .default(5)
        .describe('looks at a hand that are enough where the clip has no more of them; with fewer it is not judged'),
      ownerless: z
        .number()
        .min(0)
        .max(1)
        .default(0.8)
        .describe('share of the looks of a window at which a hand belongs to nobody whose wrists are seen'),
      askedLooks: z
        .number()
        .int()
        .min(2)
        .default(5)
        .describe('looks of that window; bodies are looked at about eight times a second'),
    }),
    certainFrom: 1,
    models: ['retake-hand-local'],
    messages: {
      'extra-finger': 'A hand shows a finger too many for {seconds} s.',
      'fused-fingers': 'Fingers of a hand are grown together for {seconds} s.',
      melting: 'A hand melts or runs out of shape for {seconds} s.',
      'implausible-pose': 'A hand is bent or built as no hand can be for {seconds} s.',
      'extra-hand': 'A hand that belongs to nobody in the picture is seen for {seconds} s.',
    },
    advice: {
      'extra-finger':
        'Generate the shot again with another seed; keep the hand closed, busy with an object or out of the picture.',
      'fused-fingers':
        'Generate the shot again with another seed; ask for open hands, fingers apart, or keep the hands out of the picture.',
      melting:
        'Generate the shot again with another seed; let the hand move less, show it larger, or keep it out of the picture.',
      'implausible-pose':
        'Generate the shot again with another seed; describe a simple gesture, or keep the hand at rest or out of the picture.',
      'extra-hand':
        'Generate the shot again with another seed; say how many people are in the picture and what each of their hands does.',
    },
    source:
      'Fingertips found by a network that sees two fingers at most, matched one to one with the 21 landmarks of the whole hand; hands matched one to one with the wrists of bodies',
  },
  judge({ clip, shot, signals, options }) {
    const { hands, bodies, handEvidence } = signals;
    const watched = watchedHands(clip, shot, hands, handEvidence);
    const gates = noGates();
    for (const hand of watched) for (const gate of Object.keys(gates) as HandGate[]) gates[gate] += hand.gates[gate];
    const judged = watched.filter(({ looks }) => looks.length >= options.least);
    const counts = {
      hands: watched.length,
      judged: judged.length,
      looks: gates.judged,
      ...Object.fromEntries(Object.entries(gates).filter(([gate]) => gate !== 'judged')),
    };
    if (watched.length === 0) return { status: 'skipped', reason: 'No hand is seen.', measurements: counts };
    const owners = ownerlessHands(shot, signals, clip.video);
    if (judged.length === 0 && owners.asked.length < options.askedLooks)
      return { status: 'skipped', reason: whyNot(watched), measurements: counts };

    const found = watched.flatMap(hand => experts(hand, owners, bodies.step, options));
    const faults = found.flatMap(({ kind, suspicion }) =>
      suspicion.found.map(({ start, end, peak, hand, value, looks }): Fault<keyof Experts> => {
        const range = { start, end, peak };
        return {
          kind,
          ...range,
          box: roomy(boxOf(hands, hand), clip.video),
          measured: value,
          threshold: suspicion.threshold,
          unit: suspicion.unit,
          confidence: rounded(suspicion.confidence(value, looks)),
          values: { seconds: rounded(rangeSeconds(clip, range)) },
        };
      }),
    );
    const doubt = Math.max(0, ...judged.map(({ looks }) => suspicionOf(looks, options.window)));
    const strongest = (kind: keyof Experts): number =>
      rounded(found.reduce((most, one) => (one.kind === kind ? Math.max(most, one.suspicion.most) : most), 0));
    return {
      status: 'ran',
      // A doubtful hand ranks a take lower, and no finding is made of it.
      score: Math.max(RANKED * Math.max(0, 2 * doubt - 1), ...found.map(({ suspicion }) => suspicion.score)),
      measurements: {
        ...counts,
        asked: owners.asked.length,
        doubt: rounded(doubt),
        extra: strongest('extra-finger'),
        fused: strongest('fused-fingers'),
        melted: strongest('melting'),
        pose: strongest('implausible-pose'),
        ownerless: strongest('extra-hand'),
        ...(judged.length > 0 ? unjudged(judged, hands, handEvidence) : {}),
      },
      faults,
    };
  },
});

/** What is measured besides and not judged by, for tuning: the strangest hand of each, medians over its looks. */
function unjudged(judged: readonly WatchedHand[], hands: Hands, evidence: HandEvidence): Record<string, number> {
  const most = (figure: (hand: WatchedHand) => number): number => rounded(Math.max(...judged.map(figure)));
  const cue = (name: HandCue) => most(({ looks }) => median(looks.map(({ cues }) => cues[name])));
  const unsteady = rounded(
    percentile(
      judged.map(({ looks }) => median(looks.map(({ cues }) => cues.unsteady))),
      1,
    ),
    3,
  );
  return {
    tipless: cue('tipless'),
    webless: cue('webless'),
    damage: cue('damage'),
    ...(Number.isNaN(unsteady) ? {} : { unsteady }),
    bones: most(({ looks }) => timeCues(hands, evidence, looks).bones),
    restless: most(({ looks }) => timeCues(hands, evidence, looks).restless),
  };
}

/** Why no hand could be judged: the commonest reasons first. */
function whyNot(watched: readonly WatchedHand[]): string {
  const counts = noGates();
  for (const { gates } of watched) for (const gate of Object.keys(counts) as HandGate[]) counts[gate] += gates[gate];
  const reasons = (Object.keys(REASONS) as (keyof typeof REASONS)[])
    .filter(gate => counts[gate] > 0)
    .sort((a, b) => counts[b] - counts[a])
    .map(gate => REASONS[gate]);
  const many = watched.length === 1 ? 'One hand is seen' : `${watched.length} hands are seen`;
  if (reasons.length === 0 || counts.judged > 0) return `${many}, too briefly to be judged.`;
  return `${many}, none long enough in a state that can be judged: they ${reasons.slice(0, 2).join(' or ')}.`;
}

/** A box with a little room around it, inside the picture. */
function roomy([x, y, width, height]: Box, { width: across, height: down }: { width: number; height: number }): Box {
  const room = 0.15 * Math.max(width, height);
  const left = Math.max(0, x - room);
  const top = Math.max(0, y - room);
  return [left, top, Math.min(across, x + width + room) - left, Math.min(down, y + height + room) - top];
}
