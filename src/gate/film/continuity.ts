import { frameTime } from '../../clip.ts';
import { colourDistance, type Lab } from '../../colour.ts';
import { oneLine } from '../../errors.ts';
import type { Outcome } from '../../finding.ts';
import type { Identities } from '../../landmarks.ts';
import { grabStills, MOST_STILLS } from '../../media/stills.ts';
import type { Stretch } from '../audio/spans.ts';
import { checked, failedCheck, notChecked, type Problem } from '../checks.ts';
import { type FilmClock, framesOfSpan } from '../moment.ts';
import type { Style } from '../style/schema.ts';
import { meanColour } from './colour.ts';
import type { Film } from './examine.ts';
import {
  alike,
  closestFaces,
  clothesBelow,
  colourJump,
  type FaceSample,
  firstOf,
  lastOf,
  levelsOf,
  listened,
  loudnessJump,
  middleColour,
  samplesIn,
} from './join.ts';

interface SceneCut {
  scene: string;
  frame: number;
  /** Frames of the shots on both sides. */
  before: Stretch;
  after: Stretch;
  /** Frames of the scene up to the cut. */
  earlier: Stretch;
}

/** Whether shots that are marked as one scene go together across their cuts: colour, loudness, faces, clothes. */
export async function checkContinuity(film: Film, style: Style, clock: FilmClock): Promise<Outcome> {
  if (style.scenes.length === 0) return notChecked('gate-continuity', 'No scenes are marked in the style bible.');
  const failure = film.failures.get('identities') ?? film.failures.get('voice');
  if (failure) return failedCheck('gate-continuity', failure.code, failure.message);
  const { identities } = film.signals;
  const cuts = sceneCuts(film, style, clock).map(cut => ({
    ...cut,
    faces: facesAcross(identities, cut, style.continuity.identity),
    jump: loudnessAcross(film, cut),
  }));
  const stills = new Stills(film);
  // One pass over the film for all of its cuts.
  await stills.of(
    cuts.flatMap(({ before, after, faces }) => [
      ...[...lastOf(before), ...firstOf(after)],
      ...(faces ? [...faces.before, ...faces.after].map(({ frame }) => frame) : []),
    ]),
  );
  const problems: Problem[] = [];
  for (const { faces, jump, ...cut } of cuts) {
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
    const [before, after] = [await worn(film, faces.before, stills), await worn(film, faces.after, stills)];
    const clothes = before && after && colourDistance(before, after);
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
    sounds: cuts.filter(({ jump }) => jump !== null).length,
  });
}

/**
 * The faces that are most alike after the cut and before it: anywhere earlier in the scene, so that the second shot of
 * somebody in a dialogue is compared with their first; and all samples of the same two faces. Null when the shot before or
 * the shot after shows none.
 */
function facesAcross(identities: Identities | undefined, { earlier, before, after }: SceneCut, least: number) {
  if (!identities || samplesIn(identities, before).length === 0) return null;
  const [one, other] = [samplesIn(identities, earlier), samplesIn(identities, after)];
  const pair = closestFaces(one, other);
  if (!pair) return null;
  const { cosine } = pair;
  return { cosine, before: alike(one, pair.after, least), after: alike(other, pair.before, least) };
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

/** How loud the film is on both sides of a cut; null without sound. */
function loudnessAcross({ clip, signals }: Film, cut: SceneCut): number | null {
  const { loudness, voice } = signals;
  if (!loudness || !voice) return null;
  const seconds = ({ start, end }: Stretch): Stretch => ({ start: frameTime(clip, start), end: frameTime(clip, end) });
  const [before, after] = listened(seconds(cut.before), seconds(cut.after));
  return loudnessJump(levelsOf(loudness, voice, before), levelsOf(loudness, voice, after));
}

/** Colour of what is worn below these faces; null where no picture shows it. */
async function worn({ clip }: Film, faces: readonly FaceSample[], stills: Stills): Promise<Lab | null> {
  const found: Lab[] = [];
  for (const { frame, place } of faces) {
    const part = clothesBelow(place, clip.video);
    const [jpeg] = await stills.of([frame]);
    if (part && jpeg) found.push(await meanColour(jpeg, part));
  }
  return middleColour(found);
}
