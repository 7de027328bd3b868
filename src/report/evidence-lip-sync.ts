import type { ClipFacts } from '../clip.ts';
import { frameTime } from '../clip.ts';
import { boxOf } from '../landmarks.ts';
import type { Report } from '../report.ts';
import { lipCurves } from '../signals/lip-sync/curve.ts';
import { soundRows } from '../signals/lip-sync/estimate.ts';
import { lipSyncModel } from '../signals/lip-sync/model.ts';
import { MOUTH_RATE, mouthOf } from '../signals/lip-sync/mouth.ts';
import { longestSeen } from '../signals/lip-sync/talkers.ts';
import { type FaceTrack, faceTracks } from '../signals/tracks-people.ts';
import type { Measured } from '../signals.ts';
import { thin } from './evidence-series.ts';
import type { PlotSeries } from './page-data.ts';

const ID = 'lip-sync';
/** Findings that get a plot at most: one per shot is what there is. */
const MOST = 6;

/**
 * The lips as they are seen and as they are heard, over the face of each lip-sync finding: in a shot with a fault one
 * trace lies beside the other, or moves without it.
 */
export function lipSyncCurves(
  clip: ClipFacts,
  { outcomes, shots }: Pick<Report, 'outcomes' | 'shots'>,
  { faces, speechBands }: Measured,
): PlotSeries[] {
  if (!faces || !speechBands) return [];
  const findings = outcomes.filter(({ detector }) => detector === ID).flatMap(outcome => outcome.findings);
  const seen = new Float32Array(clip.frames).fill(Number.NaN);
  const heard = new Float32Array(clip.frames).fill(Number.NaN);
  const drawn = new Set<FaceTrack>();
  for (const shot of shots) {
    const inside = findings.filter(({ peak }) => peak >= shot.start && peak < shot.end);
    if (inside.length === 0 || drawn.size >= MOST) continue;
    const [{ peak, box }] = inside;
    const track = nearest(faceTracks(clip, [shot], faces, null), peak, box);
    if (track === null) continue;
    drawn.add(track);
    const mouth = mouthOf(clip, faces, track);
    const { from, to } = longestSeen(mouth, soundRows(speechBands.values));
    if (to - from < MOUTH_RATE) continue;
    const curves = lipCurves(lipSyncModel(), mouth, speechBands.values, from, to);
    for (let frame = shot.start; frame < shot.end; frame++) {
      const row = Math.round(frameTime(clip, frame) * MOUTH_RATE) - mouth.first - from;
      if (row < 0 || row >= to - from) continue;
      seen[frame] = curves.seen[row];
      heard[frame] = curves.heard[row];
    }
  }
  if (drawn.size === 0) return [];
  const lips = thin(seen);
  return [
    {
      id: 'lipsAndSound',
      title: 'Lips seen',
      unit: 'deviations',
      detectors: [ID],
      ...lips,
      beside: { title: 'Lips heard', values: thin(heard).values },
    },
  ];

  function nearest(tracks: FaceTrack[], frame: number, box?: readonly number[]): FaceTrack | null {
    let best: FaceTrack | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const track of tracks) {
      let at = 0;
      for (let k = 1; k < track.frames.length; k++)
        if (Math.abs(track.frames[k] - frame) < Math.abs(track.frames[at] - frame)) at = k;
      const [x, y, width, height] = boxOf(faces!, track.rows[at]);
      const away = box ? Math.hypot(x + width / 2 - box[0] - box[2] / 2, y + height / 2 - box[1] - box[3] / 2) : 0;
      const far = away + Math.abs(track.frames[at] - frame) * 10;
      if (far < least) [best, least] = [track, far];
    }
    return best;
  }
}
