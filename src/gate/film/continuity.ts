import { frameTime } from '../../clip.ts';
import { oneLine } from '../../errors.ts';
import type { Outcome } from '../../finding.ts';
import type { Identities } from '../../landmarks.ts';
import { grabStills, MOST_STILLS } from '../../media/stills.ts';
import { checked, failedCheck, notChecked, type Problem } from '../checks.ts';
import { type FilmClock, framesOfSpan } from '../moment.ts';
import type { Style } from '../style/schema.ts';
import { colourDistance, type Lab, meanColour } from './colour.ts';
import type { Film } from './examine.ts';
import {
  closestFaces,
  clothesBelow,
  colourJump,
  type FacePair,
  firstOf,
  lastOf,
  levelOf,
  listened,
  samplesIn,
} from './join.ts';

interface SceneCut {
  scene: string;
  frame: number;
  /** Frames of the shots on both sides. */
  before: { start: number; end: number };
  after: { start: number; end: number };
  /** Frames of the scene up to the cut. */
  earlier: { start: number; end: number };
}

/** Whether shots that are marked as one scene go together across their cuts: colour, loudness, faces, clothes. */
export async function checkContinuity(film: Film, style: Style, clock: FilmClock): Promise<Outcome> {
  if (style.scenes.length === 0) return notChecked('gate-continuity', 'No scenes are marked in the style bible.');
  const failure = film.failures.get('identities');
  if (failure) return failedCheck('gate-continuity', failure.code, failure.message);
  const { identities } = film.signals;
  const cuts = sceneCuts(film, style, clock).map(cut => ({ ...cut, faces: facesAcross(identities, cut) }));
  const stills = new Stills(film);
  // One pass over the film for all of its cuts.
  await stills.of(
    cuts.flatMap(({ before, after, faces }) => [
      ...[...lastOf(before), ...firstOf(after)],
      ...(faces ? [faces.before.frame, faces.after.frame] : []),
    ]),
  );
  const problems: Problem[] = [];
  for (const { faces, ...cut } of cuts) {
    const at = { start: cut.frame, end: cut.frame + 1, severity: 'review' as const };
    const shown = `In ${oneLine(cut.scene, 60)}, at frame ${cut.frame},`;
    const colour = await colourJump(await stills.of(lastOf(cut.before)), await stills.of(firstOf(cut.after)));
    if (colour !== null && colour > style.continuity.colour)
      problems.push({
        ...at,
        kind: 'colour-drift',
        message: `${shown} the colour jumps by ${colour.toFixed(1)}.`,
        measured: colour,
        threshold: style.continuity.colour,
        unit: 'ΔE',
      });
    const jump = loudnessJump(film, cut);
    if (jump !== null && Math.abs(jump) > style.continuity.loudness)
      problems.push({
        ...at,
        kind: 'loudness-drift',
        message: `${shown} loudness jumps by ${jump.toFixed(1)} LU.`,
        measured: Math.abs(jump),
        threshold: style.continuity.loudness,
        unit: 'LU',
      });
    if (!faces) continue;
    if (faces.cosine < style.continuity.identity) {
      problems.push({
        ...at,
        kind: 'identity-drift',
        message: `${shown} no face is the same as one earlier in the scene.`,
        measured: faces.cosine,
        threshold: style.continuity.identity,
        unit: 'cosine',
      });
      continue;
    }
    const clothes = await wardrobe(film, faces, stills);
    if (clothes !== null && clothes > style.continuity.wardrobe)
      problems.push({
        ...at,
        kind: 'wardrobe-drift',
        message: `${shown} what the same face wears changes colour by ${clothes.toFixed(1)}.`,
        measured: clothes,
        threshold: style.continuity.wardrobe,
        unit: 'ΔE',
      });
  }
  return checked('gate-continuity', problems, {
    cuts: cuts.length,
    faces: cuts.filter(({ faces }) => faces !== null).length,
  });
}

/**
 * The faces that are most alike after the cut and before it: in the shot before, else anywhere earlier in the scene, so
 * that the second shot of somebody in a dialogue is compared with their first. Null when a side has none.
 */
function facesAcross(identities: Identities | undefined, { earlier, before, after }: SceneCut): FacePair | null {
  if (!identities) return null;
  const following = samplesIn(identities, after);
  return (
    closestFaces(samplesIn(identities, before), following) && closestFaces(samplesIn(identities, earlier), following)
  );
}

function sceneCuts({ shots }: Film, style: Style, clock: FilmClock): SceneCut[] {
  return style.scenes.flatMap(scene => {
    const range = framesOfSpan(scene, clock);
    return shots.flatMap((after, i): SceneCut[] => {
      const before = shots[i - 1];
      const inside = before && after.start > range.start && after.start < range.end;
      if (!inside) return [];
      const earlier = { start: Math.min(range.start, before.start), end: after.start };
      return [{ scene: scene.name, frame: after.start, before, after, earlier }];
    });
  });
}

/** Single frames of the film, each decoded once. */
class Stills {
  readonly #film: Film;
  readonly #jpegs = new Map<number, Buffer>();

  constructor(film: Film) {
    this.#film = film;
  }

  /** The frames that there are, in order. */
  async of(frames: readonly number[]): Promise<Buffer[]> {
    const missing = [...new Set(frames)].filter(frame => !this.#jpegs.has(frame)).sort((a, b) => a - b);
    for (let from = 0; from < missing.length; from += MOST_STILLS)
      for (const [frame, still] of await grabStills(this.#film.clip, missing.slice(from, from + MOST_STILLS), {
        maxSide: 320,
      }))
        this.#jpegs.set(frame, still.jpeg);
    return frames.flatMap(frame => this.#jpegs.get(frame) ?? []);
  }
}

function loudnessJump({ clip, signals }: Film, cut: SceneCut): number | null {
  const { loudness } = signals;
  if (!loudness) return null;
  const seconds = ({ start, end }: SceneCut['before']) => ({
    start: frameTime(clip, start),
    end: frameTime(clip, end),
  });
  const [before, after] = listened(seconds(cut.before), seconds(cut.after)).map(span => levelOf(loudness, span));
  return before === null || after === null ? null : after - before;
}

/** Difference of the colours below two faces; null where the picture ends before the clothes begin. */
async function wardrobe({ clip }: Film, { before, after }: FacePair, stills: Stills): Promise<number | null> {
  const colours: Lab[] = [];
  for (const { frame, place } of [before, after]) {
    const part = clothesBelow(place, clip.video);
    const [jpeg] = await stills.of([frame]);
    if (!part || !jpeg) return null;
    colours.push(await meanColour(jpeg, part));
  }
  return colourDistance(colours[0], colours[1]);
}
