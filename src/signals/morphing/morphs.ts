import type { ClipFacts } from '../../clip.ts';
import type { Bodies } from '../../landmarks.ts';
import type { SemanticDrift, Shot } from '../../signals.ts';
import { bodyTracks } from '../tracks-people.ts';
import { interior, runEvidence } from './cells.ts';
import { type Evidence, findEvents, gather, windowsInside } from './events.ts';
import type { MorphingModel } from './model.ts';
import { bodyOf, type Place, regionOf } from './place.ts';
import { bodiesIn, stretchEvidence, stretchesOf, stretchOdds } from './stretches.ts';

/** Something that does not stay what it is. */
export interface Morph extends Place {
  /** `morph`: a region; `limbs`: a body that does not keep its proportions. */
  kind: 'morph' | 'limbs';
  probability: number;
}

/** Log-odds of a cell above which it belongs to a region: a morph is likelier than none. */
const EVEN = 0;

/** What a shot shows. */
export interface Morphs {
  /** Most probable first within regions, then within stretches. */
  found: Morph[];
  /** Probability that something in the shot morphs; null when it is too short. */
  score: number | null;
  /** Evidence of the strongest region within half a second, log-odds of a cell; null when the shot is too short. */
  region: number | null;
  /** Log-odds of the worst ten seconds; null when the shot is shorter than a second. */
  whole: number | null;
  /** What speaks for a morph in those ten seconds, weighted deviations of real footage: things, bones, people who come and go. */
  parts: { near: number; limbs: number; visits: number } | null;
  windows: number;
  /** Evidence of every cell, for those who know where to look; null when the shot is too short. */
  evidence: Evidence | null;
  /** Stretches in which a body could be measured. */
  bodies: number;
}

/**
 * Looks for morphs in one shot in two ways: regions that change within half a second as planted morphs do, and stretches of up to
 * ten seconds that as a whole, things and bodies together, are unlike real footage. What is at least as probable as
 * `confidence` is found.
 */
export function morphsIn(
  model: MorphingModel,
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  { semanticDrift: drift, bodies }: { semanticDrift: SemanticDrift; bodies: Bodies },
  confidence: number,
): Morphs {
  const windows = windowsInside(drift, shot);
  if (windows.length === 0)
    return { found: [], score: null, region: null, whole: null, parts: null, windows: 0, evidence: null, bodies: 0 };
  const { odds: cells, near } = runEvidence(model, drift, windows);
  const evidence = gather(drift, windows, cells);
  const { slope, offset } = model.calibration;
  const threshold = (Math.log(confidence / (1 - confidence)) - offset) / slope;
  const regions = findEvents(drift, evidence, { threshold, goesOn: threshold - 1, inside: EVEN, source: clip.video })
    .map(event => ({ ...event, kind: 'morph' as const, probability: chance(slope * event.evidence + offset) }))
    .sort((a, b) => b.probability - a.probability);

  const tracks = bodyTracks(clip, [shot], bodies);
  const stretches = stretchesOf(drift, windows).map(stretch => ({
    stretch,
    ...stretchEvidence(
      model.whole,
      near.slice(stretch.from, stretch.to).map(plane => interior(plane, drift)),
      bodiesIn(clip, shot, bodies, tracks, stretch),
    ),
  }));
  const odds = stretchOdds(model.whole, stretches);
  const found: Morph[] = [...regions];
  for (const k of [...odds.keys()].sort((a, b) => odds[b] - odds[a])) {
    const probability = chance(odds[k]);
    if (probability < confidence) break;
    const { stretch, body, limbs, near: things } = stretches[k];
    // Stretches overlap, and what was found there already is not found twice.
    if (found.some(({ peak }) => peak >= stretch.start && peak < stretch.end)) continue;
    const inBody = body !== null && limbs > things;
    const place = inBody ? bodyOf(bodies, body, clip.video) : regionOf(drift, windows, near, stretch, clip.video);
    if (place !== null) found.push({ ...place, kind: inBody ? 'limbs' : 'morph', probability });
  }
  const region = evidence.strength.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const whole = odds.length > 0 ? Math.max(...odds) : null;
  const worst = whole === null ? null : stretches[odds.indexOf(whole)];
  return {
    found,
    // The strongest region that is not found says next to nothing of a generated clip: counted in, it spoils the order.
    score: Math.max(chance(whole ?? slope * region + offset), ...found.map(({ probability }) => probability)),
    region,
    whole,
    parts: worst && { near: worst.near, limbs: worst.limbs, visits: worst.visits },
    windows: windows.length,
    evidence,
    bodies: stretches.filter(({ body }) => body !== null).length,
  };
}

const chance = (odds: number): number => 1 / (1 + Math.exp(-odds));
