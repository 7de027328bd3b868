import { z } from 'zod';
import type { Measurements } from '../finding.ts';
import { BOIL_MODEL, boilModel, boilsIn } from '../signals/morphing/boil.ts';
import { FACE_SHAPE_MODEL, faceShapeModel, facesShaped } from '../signals/morphing/face-shape.ts';
import { HEAD_SHAPE_MODEL, headShapeModel, headsShaped } from '../signals/morphing/head-shape.ts';
import { identityCourse } from '../signals/morphing/identity.ts';
import { type Melding, type MeldingCourse, meldings } from '../signals/morphing/melding.ts';
import { MORPHING_MODEL, morphingModel } from '../signals/morphing/model.ts';
import { type Morph, morphsIn } from '../signals/morphing/morphs.ts';
import { sameEvent } from '../signals/morphing/place.ts';
import { NO_SHAPES, type ShapeCourse, type ShapeSource, shapeCourse } from '../signals/morphing/shape-course.ts';
import { textCourse } from '../signals/morphing/text.ts';
import { rounded } from '../signals/sound.ts';
import { defineDetector, type Fault, type JudgeInput } from './detector.ts';

type Kind = 'morph' | 'limbs' | 'merge' | 'split' | 'boil' | 'identity' | 'face-shape' | 'head-shape' | 'text';

/** Best likenesses of a face to its past and to another face lie either side of this; what one step of the log-odds takes. */
const IDENTITY = { even: 0.77, step: 0.03 } as const;
/** What one step of the log-odds takes of a change of a face's shape, and how sure such a change is at most: few were there to be tried. */
const SHAPE = { step: 0.15, surest: 0.85 } as const;

const SIGNALS = [
  'semanticDrift',
  'faces',
  'identities',
  'bodies',
  'personLooks',
  'lettering',
  'textureChanges',
] as const;

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
  faceShape: z
    .number()
    .min(0.1)
    .max(5)
    .default(0.5)
    .describe(
      'deviations of real faces, beyond what pose and expression explain, by which a face differs from its own past for good: 27 real faces stayed below 0.27',
    ),
  headShape: z
    .number()
    .min(0.1)
    .max(5)
    .default(1)
    .describe('the same of the outline of a head with its hair: 28 heads stayed below 0.73'),
  nameShapes: z
    .boolean()
    .default(false)
    .describe(
      'whether faces and heads that change their shape are named; off, since of planted changes by 15 and 25 % seven in 32 of faces and four in 32 of heads were found; `faceShape` and `headShape` are measured all the same',
    ),
  nameBoiling: z
    .boolean()
    .default(false)
    .describe(
      'whether texture that boils is named; off, since a limit above all of one half of the real clips let two of the other half through; `boiling` is measured all the same',
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
      boil: 'Texture boils: what stands still here is drawn anew from picture to picture for {seconds} s.',
      identity:
        'The face becomes another one: it resembles its own past by {measured} ({threshold} would still be the same person).',
      'face-shape':
        'The face changes its shape and keeps the new one, most of all the {part}: it differs from its own past by {measured} deviations ({threshold} allowed).',
      'head-shape':
        'The head changes its shape and keeps the new one, most of all the {part}: its outline differs from its own past by {measured} deviations ({threshold} allowed).',
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
      boil: 'Ask for a locked-off camera and plain, still surroundings, or for a higher resolution; another seed may do. A still of the place can be laid over it afterwards.',
      identity: 'Give a reference picture of the person, or a shorter shot with less turning of the head.',
      'face-shape':
        'Give a reference picture of the person, keep the face larger in the picture, or ask for a shorter shot with less turning of the head.',
      'head-shape':
        'Give a reference picture of the person with the whole head and the hair in it, or ask for a shorter shot with less turning of the head.',
      text: 'Ask for less lettering, larger and still, or for none, and lay it over the picture afterwards; a reference picture of the sign may help.',
    },
    models: [MORPHING_MODEL, BOIL_MODEL, FACE_SHAPE_MODEL, HEAD_SHAPE_MODEL],
    source:
      'Drift of object features along the flow against real footage of the same motion and texture, fused by a network trained on planted morphs; lengths of bones over time; second differences of standing texture by trees trained on planted boiling',
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

function boilEvidence({ clip, shot, signals, options }: Input): Part {
  const course = boilsIn(boilModel(), signals.textureChanges, shot, clip.video, options.confidence);
  const { bursts, most } = course;
  const found = options.nameBoiling ? course.found : [];
  return {
    // Alone it is no look at the shot, and what is not found does not order takes: the score is the found ones'.
    score: found.length === 0 ? null : found[0].probability,
    measurements: { texturesLookedAt: bursts, boiling: most === null ? null : rounded(most) },
    faults: found
      .slice(0, options.most)
      .map(boil => morphFault({ kind: 'boil', ...boil }, options.confidence, clip.video.fps)),
  };
}

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

function faceEvidence({ clip, shot, signals, options }: Input): Part {
  const source = facesShaped(clip, signals.faces, signals.identities, faceShapeModel());
  const { course, ...part } = shapeEvidence('face-shape', { clip, shot, options }, source, options.faceShape);
  const measurements = { facesMeasured: course.faces, faceShape: course.most === null ? null : rounded(course.most) };
  return { ...part, measurements };
}

function headEvidence({ clip, shot, signals, options }: Input): Part {
  const { faces, identities, personLooks } = signals;
  const source = headsShaped(clip, faces, identities, personLooks, headShapeModel());
  const { course, ...part } = shapeEvidence('head-shape', { clip, shot, options }, source, options.headShape);
  const measurements = { headsMeasured: course.faces, headShape: course.most === null ? null : rounded(course.most) };
  return { ...part, measurements };
}

function shapeEvidence(
  kind: 'face-shape' | 'head-shape',
  { clip, shot, options }: Pick<Input, 'clip' | 'shot' | 'options'>,
  source: ShapeSource | null,
  threshold: number,
): Omit<Part, 'measurements'> & { course: ShapeCourse } {
  const course = source === null ? NO_SHAPES : shapeCourse(clip, shot, source, threshold);
  const changes = options.nameShapes ? course.changes : [];
  const probability = (difference: number): number =>
    Math.min(SHAPE.surest, 1 / (1 + Math.exp((threshold - difference) / SHAPE.step)));
  return {
    course,
    // Faces are few and mostly the same: what is not found does not order takes.
    score: changes.length === 0 ? null : Math.max(...changes.map(({ difference }) => probability(difference))),
    faults: changes.map(
      ({ start, end, peak, box, difference, part }): Fault<Kind> => ({
        kind,
        start,
        end,
        peak,
        box,
        measured: difference,
        threshold,
        unit: 'deviations',
        confidence: rounded(probability(difference)),
        values: { part },
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
const EVIDENCE: readonly ((input: Input) => Part)[] = [
  morphEvidence,
  boilEvidence,
  identityEvidence,
  faceEvidence,
  headEvidence,
  textEvidence,
];

/** Probability that lettering changed of which so many letters are lost. */
const textConfidence = (lost: number): number => 1 - 0.5 ** (0.75 * lost);

/** Probability that two groups of samples with this cosine are different people. */
const same = (cosine: number): number => 1 / (1 + Math.exp((cosine - IDENTITY.even) / IDENTITY.step));

function morphFault(
  {
    kind,
    start,
    end,
    peak,
    box,
    path,
    probability,
  }: Omit<Morph, 'kind'> & { kind: Morph['kind'] | Melding['kind'] | 'boil' },
  threshold: number,
  fps: { num: number; den: number },
): Fault<Kind> {
  return {
    kind,
    start,
    end,
    peak,
    box,
    ...(path ? { path } : {}),
    measured: probability,
    threshold,
    unit: 'probability',
    confidence: rounded(probability),
    values: { seconds: rounded(((end - start) * fps.den) / fps.num, 1) },
  };
}
