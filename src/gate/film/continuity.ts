import { frameTime } from '../../clip.ts';
import { oneLine } from '../../errors.ts';
import type { Outcome } from '../../finding.ts';
import { IDENTITY_LENGTH, type Identities, identityCosine } from '../../landmarks.ts';
import { grabStills } from '../../media/stills.ts';
import { checked, failedCheck, notChecked, type Problem } from '../checks.ts';
import { type FilmClock, framesOfSpan } from '../moment.ts';
import type { Style } from '../style/schema.ts';
import { colourDistance, type Lab, meanColour, meanOf } from './colour.ts';
import type { Film } from './examine.ts';

interface SceneCut {
  scene: string;
  frame: number;
  /** Frames of the shots on both sides. */
  before: { start: number; end: number };
  after: { start: number; end: number };
}

/** Whether shots that are marked as one scene go together across their cuts: colour, loudness, faces, clothes. */
export async function checkContinuity(film: Film, style: Style, clock: FilmClock): Promise<Outcome> {
  if (style.scenes.length === 0) return notChecked('gate-continuity', 'No scenes are marked in the style bible.');
  const failure = film.failures.get('identities');
  if (failure) return failedCheck('gate-continuity', failure.code, failure.message);
  const cuts = sceneCuts(film, style, clock).slice(0, 60);
  const stills = new StillColours(film);
  const problems: Problem[] = [];
  for (const cut of cuts) {
    const at = { start: cut.frame, end: cut.frame + 1, severity: 'review' as const };
    const shown = `In ${oneLine(cut.scene, 60)}, at frame ${cut.frame},`;
    const colour = colourDistance(await stills.mean(lastOf(cut.before)), await stills.mean(firstOf(cut.after)));
    if (colour > style.continuity.colour)
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
    const faces = film.signals.identities ? bestPair(film.signals.identities, cut) : null;
    if (!faces) continue;
    if (faces.cosine < style.continuity.identity) {
      problems.push({
        ...at,
        kind: 'identity-drift',
        message: `${shown} no face before the cut is the same as one after it.`,
        measured: faces.cosine,
        threshold: style.continuity.identity,
        unit: 'cosine',
      });
      continue;
    }
    const clothes = await wardrobe(film, film.signals.identities!, faces, stills);
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
  return checked('gate-continuity', problems, { cuts: cuts.length });
}

function sceneCuts({ shots }: Film, style: Style, clock: FilmClock): SceneCut[] {
  return style.scenes.flatMap(scene => {
    const range = framesOfSpan(scene, clock);
    return shots.flatMap((after, i): SceneCut[] => {
      const before = shots[i - 1];
      const inside = before && after.start > range.start && after.start < range.end;
      return inside ? [{ scene: scene.name, frame: after.start, before, after }] : [];
    });
  });
}

const lastOf = ({ start, end }: { start: number; end: number }): number[] =>
  [2, 6, 12].map(back => Math.max(start, end - back));
const firstOf = ({ start, end }: { start: number; end: number }): number[] =>
  [2, 6, 12].map(on => Math.min(end - 1, start + on));

/** Mean colours of single frames, each decoded once. */
class StillColours {
  readonly #film: Film;
  readonly #jpegs = new Map<number, Buffer>();

  constructor(film: Film) {
    this.#film = film;
  }

  async jpeg(frame: number): Promise<Buffer | null> {
    await this.#load([frame]);
    return this.#jpegs.get(frame) ?? null;
  }

  async mean(frames: readonly number[]): Promise<Lab> {
    await this.#load(frames);
    const colours: Lab[] = [];
    for (const frame of frames) {
      const jpeg = this.#jpegs.get(frame);
      if (jpeg) colours.push(await meanColour(jpeg));
    }
    return colours.length > 0 ? meanOf(colours) : [0, 0, 0];
  }

  async #load(frames: readonly number[]): Promise<void> {
    const missing = frames.filter(frame => !this.#jpegs.has(frame));
    if (missing.length === 0) return;
    for (const [frame, still] of await grabStills(this.#film.clip, missing, { maxSide: 320 }))
      this.#jpegs.set(frame, still.jpeg);
  }
}

function loudnessJump({ clip, signals }: Film, cut: SceneCut): number | null {
  const { loudness } = signals;
  if (!loudness) return null;
  const at = frameTime(clip, cut.frame);
  const level = (start: number, end: number): number | null => {
    const values = [
      ...loudness.momentary.subarray(
        Math.max(0, Math.round(start / loudness.step)),
        Math.max(0, Math.round(end / loudness.step)),
      ),
    ].filter(value => value > -70);
    return values.length < 3 ? null : values.sort((a, b) => a - b)[values.length >> 1];
  };
  const from = Math.max(frameTime(clip, cut.before.start), at - 1.5);
  const to = Math.min(frameTime(clip, cut.after.end), at + 1.9);
  // A momentary value covers the 0.4 s before it: the first ones after the cut hear both sides.
  const [before, after] = [level(from, at), level(at + 0.4, to)];
  return before === null || after === null ? null : after - before;
}

interface Pair {
  a: number;
  b: number;
  cosine: number;
}

/** The two samples of faces, one on each side of the cut, that are most alike; null when a side has none. */
function bestPair(identities: Identities, { before, after }: SceneCut): Pair | null {
  const inside = (range: { start: number; end: number }): number[] =>
    [...identities.frames.keys()].filter(
      k =>
        identities.frames[k] >= range.start &&
        identities.frames[k] < range.end &&
        identities.vectors.length >= (k + 1) * IDENTITY_LENGTH,
    );
  let best: Pair | null = null;
  for (const a of inside(before))
    for (const b of inside(after)) {
      const cosine = identityCosine(identities, a, b);
      if (best === null || cosine > best.cosine) best = { a, b, cosine };
    }
  return best;
}

/** Difference of the colours below two faces; null where the picture ends before the clothes begin. */
async function wardrobe(
  { clip }: Film,
  identities: Identities,
  { a, b }: Pair,
  stills: StillColours,
): Promise<number | null> {
  const colours: Lab[] = [];
  for (const sample of [a, b]) {
    const [x, y, side] = identities.place.subarray(3 * sample, 3 * sample + 3);
    const { width, height } = clip.video;
    const part = {
      left: Math.max(0, (x - 0.4 * side) / width),
      top: (y + 0.6 * side) / height,
      width: (0.8 * side) / width,
      height: (0.6 * side) / height,
    };
    part.height = Math.min(part.height, 1 - part.top);
    part.width = Math.min(part.width, 1 - part.left);
    if (part.height < 0.04 || part.width < 0.02) return null;
    const jpeg = await stills.jpeg(identities.frames[sample]);
    if (!jpeg) return null;
    colours.push(await meanColour(jpeg, part));
  }
  return colourDistance(colours[0], colours[1]);
}
