import type { ClipFacts } from '../../clip.ts';
import {
  firstAtLeast,
  HAND_CUES,
  HAND_GATES,
  type HandCue,
  type HandEvidence,
  type HandGate,
  type Hands,
  worldOf,
} from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import type { Track } from '../tracks.ts';
import { handTracks } from '../tracks-people.ts';
import { poseStrangeness } from './pose.ts';

/** One close look at a followed hand that passed the gate. */
export interface Look {
  frame: number;
  /** Row of {@link HandEvidence}, and of the landmark table. */
  row: number;
  hand: number;
  cues: Record<HandCue, number>;
  /** See {@link poseStrangeness}. */
  strangeness: number;
}

/** A followed hand with its close looks. */
export interface WatchedHand {
  track: Track;
  /** Looks that passed the gate, in order. */
  looks: Look[];
  /** How often each gate let it through or not. */
  gates: Record<HandGate, number>;
}

/** Every hand of a shot with its close looks, in order of appearance. */
export function watchedHands(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  hands: Hands,
  evidence: HandEvidence,
): WatchedHand[] {
  const rows = new Map<string, number>();
  for (
    let row = firstAtLeast(evidence.frames, shot.start);
    row < evidence.frames.length && evidence.frames[row] < shot.end;
    row++
  )
    rows.set(`${evidence.frames[row]}/${evidence.lineage[row]}`, row);
  return handTracks(clip, [shot], hands).map(track => {
    const watched: WatchedHand = { track, looks: [], gates: noGates() };
    track.frames.forEach((frame, k) => {
      const row = rows.get(`${frame}/${hands.lineage[track.rows[k]]}`);
      if (row === undefined) return;
      const gate = HAND_GATES[evidence.gate[row]];
      watched.gates[gate]++;
      if (gate !== 'judged') return;
      const hand = track.rows[k];
      const strangeness = poseStrangeness(worldOf(hands, hand));
      watched.looks.push({ frame, row, hand, cues: cuesOf(evidence, row), strangeness });
    });
    return watched;
  });
}

/** The cues of a row by name. */
export const cuesOf = ({ cues }: Pick<HandEvidence, 'cues'>, row: number): Record<HandCue, number> =>
  Object.fromEntries(HAND_CUES.map((cue, k) => [cue, cues[row * HAND_CUES.length + k]])) as Record<HandCue, number>;

export const noGates = (): Record<HandGate, number> =>
  Object.fromEntries(HAND_GATES.map(gate => [gate, 0])) as Record<HandGate, number>;
