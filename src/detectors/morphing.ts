import { z } from 'zod';
import type { Measurements } from '../finding.ts';
import { identityCourse } from '../signals/morphing/identity.ts';
import { type Melding, type MeldingCourse, meldings } from '../signals/morphing/melding.ts';
import { MORPHING_MODEL, morphingModel } from '../signals/morphing/model.ts';
import { type Morph, morphsIn } from '../signals/morphing/morphs.ts';
import { textCourse } from '../signals/morphing/text.ts';
import { rounded } from '../signals/sound.ts';
import { defineDetector, type Fault, type JudgeInput } from './detector.ts';

type Kind = 'morph' | 'limbs' | 'merge' | 'split' | 'identity' | 'text';

/** Best likenesses of a face to its past and to another face lie either side of this; what one step of the log-odds takes. */
const IDENTITY = { even: 0.77, step: 0.03 } as const;

const SIGNALS = ['semanticDrift', 'faces', 'identities', 'bodies', 'lettering'] as const;

const OPTIONS = z.object({
  confidence: z
    .number()
    .min(0.05)
    .max(0.99)
    .default(0.5)
    .describe(
      'least probability that something morphs; the default gave under one finding in two minutes of real footage',
    ),
  likeness: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe(
      'cosine of a face with its own past below which it is another face: real faces stayed above 0.80, of 23 planted changes of the inner face 22 fell below 0.66 and one to 0.74',
    ),
  lostLetters: z
    .int()
    .positive()
    .default(2)
    .describe(
      'letters of a line that were read well before and in no look afterwards, from which on it is said that the line changes',
    ),
  most: z.int().positive().default(3).describe('findings of morphing regions per shot, at most: the worst'),
});

type Input = JudgeInput<(typeof SIGNALS)[number], z.output<typeof OPTIONS>>;

export const morphing = defineDetector({
  meta: {
    id: 'morphing',
    title: 'Morphing',
    summary: 'Something melts, merges or becomes something else without a cut, or a face becomes another.',
    medium: 'picture',
    scope: 'shot',
    signals: SIGNALS,
    options: OPTIONS,
    certainFrom: 0.95,
    messages: {
      morph: 'Something here does not stay what it is: its looks change beyond its motion for {seconds} s.',
      limbs:
        'What is taken for a body here does not keep its proportions: arms, legs or trunk change their length for {seconds} s.',
      merge:
        'Two people become one: a face melts into what is beside it instead of going behind it or out of the picture.',
      split:
        'One person becomes two: a face grows out of what is beside it instead of coming from behind it or into the picture.',
      identity:
        'The face becomes another one: it resembles its own past by {measured} ({threshold} would still be the same person).',
      text: 'Lettering changes: "{before}" reads "{after}" later on; {measured} of {letters} letters are lost.',
    },
    advice: {
      morph:
        'Describe the thing and what it does in one plain action, ask for less motion or a shorter shot, or give a reference picture; another seed may do.',
      limbs:
        'Describe one plain movement, ask for fewer people or a closer shot, or give a video of the movement as a reference.',
      merge:
        'Keep people apart in the prompt: say where each stands and what each does, let them neither touch nor cross, or ask for one person less; another seed may do.',
      split:
        'Say how many people there are and what each does from the first frame to the last, or ask for one alone; another seed may do.',
      identity: 'Give a reference picture of the person, or a shorter shot with less turning of the head.',
      text: 'Ask for less lettering, larger and still, or for none, and lay it over the picture afterwards; a reference picture of the sign may help.',
    },
    models: [MORPHING_MODEL],
    source:
      'Drift of object features along the flow against real footage of the same motion and texture, fused by a network trained on planted morphs; lengths of bones over time',
  },
  judge(input) {
    const parts = EVIDENCE.map(evidence => evidence(input));
    const measurements: Measurements = Object.assign({}, ...parts.map(part => part.measurements));
    const scores = parts.flatMap(({ score }) => score ?? []);
    if (scores.length === 0)
      return { status: 'skipped', reason: 'The shot is shorter than half a second of looks.', measurements };
    return { status: 'ran', score: Math.max(...scores), measurements, faults: parts.flatMap(({ faults }) => faults) };
  },
});

/** What one kind of evidence says of a shot; a score of null: there was nothing to be judged. */
interface Part {
  score: number | null;
  measurements: Measurements;
  faults: Fault<Kind>[];
}

function morphEvidence({ clip, shot, signals, options }: Input): Part {
  const { found, score, region, whole, parts, windows, bodies, evidence } = morphsIn(
    morphingModel(),
    clip,
    shot,
    signals,
    options.confidence,
  );
  const { counted, found: melted } = evidence === null ? NO_FACES : meldings(clip, shot, signals, evidence);
  const people = melted.filter(({ probability }) => probability >= options.confidence);
  return {
    score: score === null ? null : Math.max(score, ...people.map(({ probability }) => probability)),
    measurements: {
      windows,
      ...(score !== null && {
        bodiesCompared: bodies,
        evidence: region === null ? null : rounded(region),
        seconds: whole === null ? null : rounded(whole),
        things: parts && rounded(parts.near),
        limbs: parts && rounded(parts.limbs),
        comings: parts && rounded(parts.visits),
        facesLost: counted,
        melting: melted.length === 0 ? null : rounded(melted[0].evidence),
      }),
    },
    faults: [
      // Where people melt is a region that morphs too: it is said once.
      ...found
        .filter(morph => !people.some(one => morph.kind === 'morph' && sameEvent(morph, one)))
        .slice(0, options.most),
      ...people,
    ]
      .sort((a, b) => a.start - b.start)
      .map(morph => morphFault(morph, options.confidence, clip.video.fps)),
  };
}

const NO_FACES: MeldingCourse = { counted: 0, found: [] };

/** Whether two findings show the same place at the same time. */
const sameEvent = (a: Pick<Morph, 'start' | 'end' | 'box'>, b: Pick<Morph, 'start' | 'end' | 'box'>): boolean =>
  a.start < b.end &&
  b.start < a.end &&
  a.box[0] < b.box[0] + b.box[2] &&
  b.box[0] < a.box[0] + a.box[2] &&
  a.box[1] < b.box[1] + b.box[3] &&
  b.box[1] < a.box[1] + a.box[3];

function identityEvidence({ clip, shot, signals, options }: Input): Part {
  const { faces, least, changes } = identityCourse(clip, shot, signals.faces, signals.identities, options.likeness);
  return {
    score: faces === 0 ? null : least === null ? 0 : same(least),
    measurements: { facesCompared: faces, likeness: least === null ? null : rounded(least) },
    faults: changes.map(
      ({ start, end, peak, likeness, box }): Fault<Kind> => ({
        kind: 'identity',
        start,
        end,
        peak,
        box,
        measured: likeness,
        threshold: options.likeness,
        unit: 'cosine',
        confidence: rounded(same(likeness)),
      }),
    ),
  };
}

function textEvidence({ shot, signals, options }: Input): Part {
  const { lines, most, changes } = textCourse(shot, signals.lettering, options.lostLetters);
  return {
    score: lines === 0 ? null : Math.max(0, ...changes.map(({ lost }) => textConfidence(lost))),
    measurements: { linesCompared: lines, lettersLost: most === null ? null : rounded(most) },
    faults: changes.map(
      ({ start, end, peak, box, before, after, lost, letters }): Fault<Kind> => ({
        kind: 'text',
        start,
        end,
        peak,
        box,
        measured: lost,
        threshold: options.lostLetters,
        unit: 'letters',
        confidence: rounded(textConfidence(lost)),
        values: { before, after, letters },
      }),
    ),
  };
}

/** What is looked at, one after the other; the worst makes the score. */
const EVIDENCE: readonly ((input: Input) => Part)[] = [morphEvidence, identityEvidence, textEvidence];

/** Probability that lettering changed of which so many letters are lost. */
const textConfidence = (lost: number): number => 1 - 0.5 ** (0.75 * lost);

/** Probability that two groups of samples with this cosine are different people. */
const same = (cosine: number): number => 1 / (1 + Math.exp((cosine - IDENTITY.even) / IDENTITY.step));

function morphFault(
  { kind, start, end, peak, box, probability }: Omit<Morph, 'kind'> & { kind: Morph['kind'] | Melding['kind'] },
  threshold: number,
  fps: { num: number; den: number },
): Fault<Kind> {
  return {
    kind,
    start,
    end,
    peak,
    box,
    measured: probability,
    threshold,
    unit: 'probability',
    confidence: rounded(probability),
    values: { seconds: rounded(((end - start) * fps.den) / fps.num, 1) },
  };
}
