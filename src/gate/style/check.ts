import { resolve } from 'node:path';
import { colourDistance } from '../../colour.ts';
import { oneLine, RetakeError } from '../../errors.ts';
import { IDENTITY_LENGTH } from '../../landmarks.ts';
import { grabStills, MOST_STILLS } from '../../media/stills.ts';
import type { Shot } from '../../signals.ts';
import { cosine, median } from '../../statistics.ts';
import type { Problem } from '../checks.ts';
import { isFile } from '../files.ts';
import { meanColour } from '../film/colour.ts';
import type { Film } from '../film/examine.ts';
import { type FilmClock, frameAt, framesOfSpan } from '../moment.ts';
import { facesOf } from './faces.ts';
import { findMark, MARK_SIDE } from './marks.ts';
import type { Style } from './schema.ts';

/** Camera speed that still counts as a locked-off shot, per cent of the picture's width per second: encoder noise. */
const STATIC = 1;
/** Frames of a mark's span that are looked at. */
const MARK_SAMPLES = 5;

/** Looks, camera, marks and characters of a style bible. Throws `policy-invalid` when a picture it names is not there. */
export async function checkStyle(film: Film, style: Style, clock: FilmClock, folder: string): Promise<Problem[]> {
  const picture = async (name: string): Promise<string> => {
    const path = resolve(folder, name);
    if (!(await isFile(path)))
      throw new RetakeError('policy-invalid', `The style bible's picture ${oneLine(name)} is not there.`);
    return path;
  };
  return [
    ...(await checkLook(film, style, clock, picture)),
    ...checkMotion(film, style, clock),
    ...(await checkMarks(film, style, clock, picture)),
    ...(await checkCharacters(film, style, clock, picture)),
  ];
}

type Find = (name: string) => Promise<string>;
const middle = ({ start, end }: Shot): number => (start + end) >> 1;

async function checkLook(film: Film, style: Style, clock: FilmClock, picture: Find): Promise<Problem[]> {
  if (style.look.length === 0) return [];
  const looks = await Promise.all(
    style.look.map(async look => {
      const scene = style.scenes.find(({ name }) => name === look.scene);
      if (look.scene && !scene)
        throw new RetakeError('policy-invalid', `look names the scene ${oneLine(look.scene)}, which is not in scenes.`);
      return {
        ...look,
        colour: await meanColour(await picture(look.picture)),
        range: scene ? framesOfSpan(scene, clock) : null,
      };
    }),
  );
  const problems: Problem[] = [];
  const { shots } = film;
  const stills = new Map<number, Buffer>();
  for (let from = 0; from < shots.length; from += MOST_STILLS) {
    const frames = shots.slice(from, from + MOST_STILLS).map(middle);
    for (const [frame, { jpeg }] of await grabStills(film.clip, frames, { maxSide: 160 })) stills.set(frame, jpeg);
  }
  for (const shot of shots) {
    const still = stills.get(middle(shot));
    const meant = looks.filter(
      ({ range }) => range === null || (middle(shot) >= range.start && middle(shot) < range.end),
    );
    if (!still || meant.length === 0) continue;
    const colour = await meanColour(still);
    const nearest = meant
      .map(look => ({ look, distance: colourDistance(colour, look.colour) }))
      .sort((a, b) => a.distance / a.look.tolerance - b.distance / b.look.tolerance)[0];
    if (nearest.distance > nearest.look.tolerance)
      problems.push({
        start: shot.start,
        end: shot.end,
        kind: 'look',
        message: `The colour of frames ${shot.start}–${shot.end - 1} is ${nearest.distance.toFixed(1)} away from ${oneLine(nearest.look.picture, 80)}.`,
        measured: nearest.distance,
        threshold: nearest.look.tolerance,
        unit: 'ΔE',
        severity: 'review',
      });
  }
  return problems;
}

function checkMotion({ clip, signals, shots }: Film, style: Style, clock: FilmClock): Problem[] {
  const { motionX, motionY, motionFit } = signals;
  if (style.motion.length === 0 || !motionX || !motionY || !motionFit) return [];
  const perSecond = (100 * clip.video.fps.num) / clip.video.fps.den / clip.video.width;
  return style.motion.flatMap(rule => {
    const range = {
      start: rule.from === undefined ? 0 : frameAt(rule.from, clock),
      end: rule.to === undefined ? clip.frames : frameAt(rule.to, clock),
    };
    const most = rule.camera === 'static' ? Math.min(STATIC, rule.most ?? STATIC) : rule.most;
    if (most === undefined) return [];
    return shots.flatMap((shot): Problem[] => {
      const start = Math.max(shot.start + 1, range.start);
      const end = Math.min(shot.end, range.end);
      const speeds: number[] = [];
      for (let frame = start; frame < end; frame++)
        if (motionFit[frame] >= 0.5) speeds.push(Math.hypot(motionX[frame], motionY[frame]) * perSecond);
      if (speeds.length < 3) return [];
      const speed = median(Float32Array.from(speeds));
      if (speed <= most) return [];
      return [
        {
          start: shot.start,
          end: shot.end,
          kind: rule.camera === 'static' ? 'camera-moves' : 'camera-fast',
          message: `The camera moves at ${speed.toFixed(1)} % of the width per second in frames ${shot.start}–${shot.end - 1}; ${most} are allowed.`,
          measured: speed,
          threshold: most,
          unit: '%/s',
          severity: 'review',
        },
      ];
    });
  });
}

async function checkMarks(film: Film, style: Style, clock: FilmClock, picture: Find): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const mark of style.marks) {
    const range = framesOfSpan(mark, clock);
    const end = Math.min(range.end, film.clip.frames);
    if (range.start >= end) {
      if (mark.rule === 'required')
        problems.push({
          ...range,
          kind: 'mark-missing',
          message: `The film ends before ${oneLine(mark.name, 80)} should be in it.`,
        });
      continue;
    }
    const frames = [
      ...new Set(
        Array.from({ length: MARK_SAMPLES }, (_, i) =>
          Math.round(range.start + ((end - 1 - range.start) * i) / (MARK_SAMPLES - 1)),
        ),
      ),
    ];
    const stills = await grabStills(film.clip, frames, { maxSide: MARK_SIDE, maxBytes: 400_000 });
    const template = await picture(mark.picture);
    for (const [frame, still] of stills) {
      const { score } = await findMark(still.jpeg, template, mark.width, mark.area);
      const seen = score >= mark.least;
      if (seen === (mark.rule === 'required')) continue;
      problems.push({
        start: frame,
        end: frame + 1,
        kind: mark.rule === 'required' ? 'mark-missing' : 'mark-forbidden',
        message: `${oneLine(mark.name, 80)} is ${seen ? '' : 'not '}in the picture at frame ${frame}.`,
        measured: score,
        threshold: mark.least,
        unit: 'correlation',
      });
      break;
    }
  }
  return problems;
}

async function checkCharacters(film: Film, style: Style, clock: FilmClock, picture: Find): Promise<Problem[]> {
  if (style.characters.length === 0) return [];
  const failure = film.failures.get('identities');
  if (failure) throw failure;
  const { identities } = film.signals;
  const problems: Problem[] = [];
  for (const character of style.characters) {
    const range = framesOfSpan(character, clock);
    const references: Int16Array[] = [];
    for (const name of character.pictures) references.push(...(await facesOf(await picture(name), film.clip)));
    let best = -1;
    for (let k = 0; identities && k < identities.frames.length; k++) {
      if (identities.frames[k] < range.start || identities.frames[k] >= range.end) continue;
      const vector = identities.vectors.subarray(k * IDENTITY_LENGTH, (k + 1) * IDENTITY_LENGTH);
      for (const reference of references) best = Math.max(best, cosine(vector, reference));
    }
    if (best < character.least)
      problems.push({
        ...range,
        kind: 'character',
        message:
          best === -1
            ? `No face can be told in frames ${range.start}–${range.end - 1}, where ${oneLine(character.name, 80)} should be.`
            : `No face in frames ${range.start}–${range.end - 1} is ${oneLine(character.name, 80)}'s.`,
        measured: best,
        threshold: character.least,
        unit: 'cosine',
      });
  }
  return problems;
}
