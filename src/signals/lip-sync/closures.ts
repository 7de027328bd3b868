import type { VoiceActivity } from '../../landmarks.ts';
import { type Rows, soundChannels } from './channels.ts';
import type { Hearing } from './model.ts';
import { MEASURES, MOUTH_RATE, type MouthTrack } from './mouth.ts';
import { addTo, convolve, rectify } from './network.ts';

/** A p, b or m that was heard, and how near the lips came. */
export interface Closure {
  /** Row of the mouth at which the sound lies. */
  row: number;
  /** Row within {@link REACH} at which the lips are nearest, and how near, eye spans. */
  nearest: number;
  opening: number;
  /** Probability that it is a p, b or m, as the network says it. */
  heard: number;
}

/** Seconds around a closure that was heard in which the lips must close. */
export const REACH = 0.08;
/** Closures are at least so far apart, s. */
const APART = 0.1;

/**
 * Probability of p, b or m for every row at 50 Hz of a stretch of sound.
 *
 * @param bands log-mel bands at 100 Hz from the container's start; @param from @param to rows at 50 Hz, clamped to the sound
 */
export function hearClosures(hearing: Hearing, bands: Float32Array, from: number, to: number): Float32Array {
  let rows: Rows = soundChannels(bands, 2 * from, 2 * to);
  hearing.layers.forEach((layer, k) => {
    const next = rectify(convolve(rows, layer));
    rows = k === 0 ? next : addTo(next, rows);
  });
  const { count, width, values } = convolve(rows, hearing.last);
  const heard = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const scores = values.subarray(k * width, (k + 1) * width);
    const most = Math.max(...scores);
    let [sum, closed] = [0, 0];
    scores.forEach((score, c) => {
      const share = Math.exp(score - most);
      sum += share;
      if (hearing.closed.includes(c)) closed += share;
    });
    heard[k] = closed / sum;
  }
  return heard;
}

/** Rows at which a curve peaks at `least` or more, the highest first to claim their neighbourhood; ascending. */
export function peaksOf(curve: Float32Array, least: number): number[] {
  const apart = APART * MOUTH_RATE;
  const order = Array.from(curve.keys())
    .filter(k => curve[k] >= least && curve[k] >= (curve[k - 1] ?? 0) && curve[k] >= (curve[k + 1] ?? 0))
    .sort((a, b) => curve[b] - curve[a]);
  const taken: number[] = [];
  for (const k of order) if (taken.every(other => Math.abs(other - k) >= apart)) taken.push(k);
  return taken.sort((a, b) => a - b);
}

/**
 * The p, b and m heard in speech over rows of a mouth whose sound lies `offset` ms after it, and how near the lips came to
 * each.
 *
 * @param least probability from which a closure counts as heard
 */
export function closuresOf(
  hearing: Hearing,
  mouth: MouthTrack,
  bands: Float32Array,
  voice: VoiceActivity,
  { from, to }: { from: number; to: number },
  offset: number,
  least: number,
): Closure[] {
  const shift = mouth.first + Math.round((offset / 1000) * MOUTH_RATE);
  const curve = hearClosures(hearing, bands, from + shift, to + shift);
  const reach = REACH * MOUTH_RATE;
  const opening = (k: number) => mouth.measures[k * MEASURES.length];
  return peaksOf(curve, least).flatMap(at => {
    const row = from + at;
    const first = Math.max(from, row - reach);
    const last = Math.min(to - 1, row + reach);
    // The lips must have been seen all the while.
    if (row - first < reach || last - row < reach || !isSpoken(voice, (row + shift) / MOUTH_RATE)) return [];
    let nearest = first;
    for (let k = first; k <= last; k++) {
      if (mouth.seen[k] === 0) return [];
      if (opening(k) < opening(nearest)) nearest = k;
    }
    return [{ row, nearest, opening: opening(nearest), heard: curve[at] }];
  });
}

/**
 * Speech goes on where its probability reaches this so many seconds before and behind: the network knows no other sounds, and
 * where sound breaks off it hears a closure.
 */
const SPEECH = 0.5;
const AROUND = 0.1;

function isSpoken({ probability, step }: VoiceActivity, time: number): boolean {
  const at = (moment: number) => probability[Math.floor(moment / step)] ?? 0;
  return at(time - AROUND) >= SPEECH && at(time + AROUND) >= SPEECH;
}

/** A run of closures on which the lips stay open more often than mistakes of hearing explain. */
export interface Misses {
  /** All that were heard from the first to the last that was missed. */
  heard: Closure[];
  /** Those with open lips that are more likely p, b or m than not. */
  missed: Closure[];
  /**
   * Logarithm of how much more likely this is where lips do not close on p, b and m than where they do, less the more
   * closures there were to choose the run from.
   */
  evidence: number;
}

/**
 * How often lips seem open on a p, b or m of a speaker who closes them (the frames fell beside it), and of lips that do
 * not; measured on aligned speech, see the model card.
 */
const OPEN_ON_CLOSURE = { right: 0.05, wrong: 0.93 };
/** What the network's probabilities meant on aligned speech that it was not trained on: knots of a rising line. */
const SAID = [0.15, 0.25, 0.35, 0.45, 0.55, 0.65];
const MEANT = [0.08, 0.15, 0.3, 0.4, 0.7, 0.85];

/** Probability that a sound with this probability of the network's really is a p, b or m. */
export function sureness(heard: number): number {
  const next = SAID.findIndex(said => said >= heard);
  if (next <= 0) return next < 0 ? MEANT[MEANT.length - 1] : MEANT[0];
  const share = (heard - SAID[next - 1]) / (SAID[next] - SAID[next - 1]);
  return MEANT[next - 1] + share * (MEANT[next] - MEANT[next - 1]);
}

/** So many closures, which 8 s of speech have, are one try. */
const TRIES = 16;
/** Shares of other moments with open lips, beyond which a speaker's own says nothing. */
const OTHERS = [0.15, 0.85] as const;

/**
 * The run of closures that speaks most for lips that do not close on p, b and m: the log-likelihood ratio of open and shut
 * lips, each closure by the probability that it is one, summed over the best run (Kadane).
 *
 * @param open opening from which lips are open, eye spans; @param others share of any moments at which they are
 */
export function worstMisses(closures: readonly Closure[], open: number, others: number): Misses {
  const rate = Math.min(OTHERS[1], Math.max(OTHERS[0], others));
  const { right, wrong } = OPEN_ON_CLOSURE;
  const isOpen = ({ opening }: Closure) => opening > open;
  const is = ({ heard }: Closure) => sureness(heard);
  const evidenceOf = (closure: Closure): number => {
    const known = is(closure);
    const [faulty, proper] = [wrong, right].map(share => known * share + (1 - known) * rate);
    return isOpen(closure) ? Math.log(faulty / proper) : Math.log((1 - faulty) / (1 - proper));
  };
  let [best, from, to] = [0, 0, 0];
  let [sum, start] = [0, 0];
  closures.forEach((closure, k) => {
    if (sum <= 0) [sum, start] = [0, k];
    sum += evidenceOf(closure);
    if (sum > best) [best, from, to] = [sum, start, k + 1];
  });
  const heard = closures.slice(from, to);
  // Open lips make it likelier that a weakly heard sound was not one.
  const likely = (closure: Closure) => wrong * is(closure) >= rate * (1 - is(closure));
  const missed = heard.filter(closure => isOpen(closure) && likely(closure));
  return { heard, missed, evidence: Math.max(0, best - Math.log(Math.max(1, closures.length / TRIES))) };
}
