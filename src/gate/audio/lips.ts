import type { FrameRange } from '../../clip.ts';
import { lipSync } from '../../detectors/lip-sync.ts';
import type { Faces, VoiceActivity } from '../../landmarks.ts';
import { analyse, isSure } from '../../signals/lip-sync/analyse.ts';
import { isSteady } from '../../signals/lip-sync/belief.ts';
import { soundRows } from '../../signals/lip-sync/estimate.ts';
import { lipSyncModel } from '../../signals/lip-sync/model.ts';
import { MEASURES, MOUTH_RATE, type MouthTrack, mouthOf } from '../../signals/lip-sync/mouth.ts';
import { longestSeen } from '../../signals/lip-sync/talkers.ts';
import { type FaceTrack, faceTracks } from '../../signals/tracks-people.ts';
import type { Shot } from '../../signals.ts';
import type { SpeechBands } from '../../sound.ts';
import type { Problem } from '../checks.ts';
import type { Film } from '../film/examine.ts';
import { type FilmLine, nameOf } from './plan.ts';
import { common } from './spans.ts';

/** What of a film the check reads. */
export type LipsFilm = Pick<Film, 'clip' | 'signals' | 'shots'>;

/** What faces must be like for their lips to be read, and from where on speech belongs to a mouth: the lip-sync check's. */
const LIMITS = lipSync.meta.options.parse({});
/** Probability from which a block counts as speech: silero's own default. */
const SPEECH = 0.5;
/** Seconds of speech over a face that tell whether its lips move: in half a second one speaker in twenty hardly moves them. */
const LEAST = 1;
/**
 * Standard deviation of the lips' opening, in spans of the eyes, below which a mouth rests. In 1 s of speech real speakers
 * moved theirs by 0.0159 or more (124 windows of 18 clips, `bench/lips.ts`); the one pause of that length had 0.0059.
 */
const REST = 0.01;

/**
 * Compares lines that are marked on or off screen with the lips that are seen meanwhile. On screen: of the faces, one
 * must move its lips. Off screen: nobody's lips may move with the line, which is told where a face is seen for 4 s. What
 * cannot be told is said, as a note.
 */
export function checkLips(film: LipsFilm, lines: readonly FilmLine[]): Problem[] {
  const marked = lines.filter(({ line, brief }) => line.offScreen !== undefined && !brief);
  const { faces, voice, speechBands } = film.signals;
  if (marked.length === 0 || !faces || !voice || !speechBands) return [];
  const seen = new Lips(film, faces, voice, speechBands);
  return [
    ...marked.filter(({ line }) => line.offScreen === false).flatMap(line => onScreen(seen, line)),
    ...offScreenGroups(lines, film.shots).flatMap(group => offScreen(seen, group)),
  ];
}

function onScreen(seen: Lips, { frames, line }: FilmLine): Problem[] {
  const { faces, speech } = seen.during(frames);
  if (faces.some(({ deviation }) => deviation !== null && deviation >= REST)) return [];
  const at = { ...frames, measured: faces.reduce((most, { deviation }) => Math.max(most, deviation ?? 0), 0) };
  const watched = faces.reduce((most, face) => Math.max(most, face.speech), 0);
  if (faces.length === 0 || faces.some(({ deviation }) => deviation === null) || watched < speech / 2)
    return [
      {
        ...frames,
        kind: 'lips-unseen',
        message: `${nameOf(line)} is marked on screen; no lips can be read there${faces.length === 0 ? ': no face is seen' : ''}.`,
        severity: 'info',
      },
    ];
  return [
    {
      ...at,
      kind: 'lips-still',
      message: `${nameOf(line)} is marked on screen, and nobody in the picture moves their lips.`,
      threshold: REST,
      unit: 'eye spans',
      severity: 'review',
      advice: 'Generate the shot again with the line spoken, or mark the line off screen.',
    },
  ];
}

function offScreen(seen: Lips, { frames, line }: FilmLine): Problem[] {
  const { faces } = seen.during(frames);
  const moving = faces.filter(({ deviation }) => deviation === null || deviation >= REST);
  if (moving.length === 0) return [];
  const matches = moving.map(face => seen.match(face));
  const best = matches.reduce<number | null>((most, one) => (one?.sure ? Math.max(most ?? 0, one.match) : most), null);
  if (best !== null)
    return [
      {
        ...frames,
        kind: 'lips-synced',
        message: `${nameOf(line)} is marked off screen, and somebody in the picture speaks it.`,
        measured: best,
        threshold: LIMITS.match,
        unit: 'match',
        severity: 'review',
        advice: 'Generate the shot again without speech, or mark the line on screen.',
      },
    ];
  if (!matches.includes(null)) return [];
  return [
    {
      ...frames,
      kind: 'lips-unsure',
      message: `${nameOf(line)} is marked off screen; whether a face in the picture speaks it cannot be told${moving.some(({ deviation }) => deviation === null) ? '' : ` in less than ${LIMITS.seconds} s`}.`,
      severity: 'info',
    },
  ];
}

/** Off-screen lines of one shot with no other line between them are judged together: longer stretches tell more. */
function offScreenGroups(lines: readonly FilmLine[], shots: readonly Shot[]): FilmLine[] {
  return shots.flatMap(shot => {
    const groups: FilmLine[] = [];
    let open = false;
    for (const { frames, line, brief } of lines) {
      const part = common(frames, shot);
      if (!part || brief) continue;
      const last = groups.at(-1);
      if (line.offScreen !== true) open = false;
      else if (open && last) last.frames = { start: last.frames.start, end: Math.max(last.frames.end, part.end) };
      else {
        groups.push({ frames: part, line, brief });
        open = true;
      }
    }
    return groups;
  });
}

/** A face during a line. */
interface SeenFace {
  mouth: MouthTrack;
  /** Deviation of the lips' opening while there is speech; null where the lips cannot be read for long enough. */
  deviation: number | null;
  /** Seconds of speech over it. */
  speech: number;
}

/** The faces of a film during its lines. */
class Lips {
  readonly #film: LipsFilm;
  readonly #faces: Faces;
  readonly #voice: VoiceActivity;
  readonly #bands: SpeechBands;

  constructor(film: LipsFilm, faces: Faces, voice: VoiceActivity, bands: SpeechBands) {
    this.#film = film;
    this.#faces = faces;
    this.#voice = voice;
    this.#bands = bands;
  }

  /** Faces seen in a range of frames, shot by shot, and the seconds of speech in it. */
  during(frames: FrameRange): { faces: SeenFace[]; speech: number } {
    const { clip, shots } = this.#film;
    const parts = shots.flatMap(shot => {
      const part = common(frames, shot);
      return part ? [{ ...part, id: shot.id }] : [];
    });
    const rate = clip.video.fps.num / clip.video.fps.den;
    const faces = parts.flatMap(part => faceTracks(clip, [part], this.#faces, null).map(track => this.#face(track)));
    let spoken = 0;
    for (let k = Math.floor((frames.start / rate) * MOUTH_RATE); k < (frames.end / rate) * MOUTH_RATE; k++)
      if (this.#speaks(k)) spoken++;
    return { faces, speech: spoken / MOUTH_RATE };
  }

  /** Whether speech belongs to a mouth; null where that cannot be told. */
  match({ mouth, deviation }: SeenFace): { sure: boolean; match: number } | null {
    if (deviation === null) return null;
    const { from, to } = longestSeen(mouth, soundRows(this.#bands.values));
    if ((to - from) / MOUTH_RATE < LIMITS.seconds - 0.1) return null;
    const course = analyse(lipSyncModel(), mouth, this.#bands.values, from, to);
    return { sure: isSure(course.whole, LIMITS) && isSteady(course), match: course.whole.match };
  }

  #face(track: FaceTrack): SeenFace {
    const { clip } = this.#film;
    const mouth = mouthOf(clip, this.#faces, track);
    const yaw = Array.from(track.rows, row => Math.abs(this.#faces.pose[3 * row])).sort((a, b) => a - b);
    const measured = clip.video.fps.num / clip.video.fps.den / this.#faces.step;
    const readable = mouth.span >= LIMITS.span && yaw[yaw.length >> 1] <= LIMITS.yaw && measured >= LIMITS.rate / 2;
    const openings: number[] = [];
    for (let k = 0; k < mouth.length; k++)
      if (mouth.seen[k] === 1 && this.#speaks(mouth.first + k)) openings.push(mouth.measures[k * MEASURES.length]);
    const speech = openings.length / MOUTH_RATE;
    return { mouth, speech, deviation: readable && speech >= LEAST ? deviationOf(openings) : null };
  }

  /** @param row of the mouths' grid of container time */
  #speaks(row: number): boolean {
    return (this.#voice.probability[Math.floor(row / MOUTH_RATE / this.#voice.step)] ?? 0) >= SPEECH;
  }
}

/** Standard deviation of a mouth’s opening. */
export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
