import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { oneLine, RetakeError } from '../errors.ts';
import { TIMELINE_EXTENSIONS } from './timeline/read.ts';

/** A film to gate: its timeline, its export, or both. */
export interface GateJob {
  timeline?: string;
  export?: string;
}

const FILMS = ['.mp4', '.mov', '.m4v', '.mkv', '.webm', '.avi', '.mpg', '.mpeg', '.mxf', '.ts', '.gif'];

const isTimeline = (path: string): boolean => TIMELINE_EXTENSIONS.includes(extname(path).toLowerCase());

/** Whether a timeline lies directly in a folder. */
export const hasTimeline = async (folder: string): Promise<boolean> => (await readdir(folder)).some(isTimeline);

/**
 * Sorts files and folders into films. In a folder, timelines and exports are those that lie directly in it. One timeline
 * and one export belong together; of several, those of the same name do, and the rest stand alone.
 */
export async function gateJobs(inputs: readonly string[]): Promise<GateJob[]> {
  const files: string[] = [];
  for (const input of inputs) {
    const info = await stat(input).catch(() => null);
    if (!info) throw new RetakeError('clip-not-found', `${oneLine(input)} is not there`);
    if (info.isDirectory() && extname(input).toLowerCase() !== '.fcpxmld') {
      const names = (await readdir(input))
        .filter(name => [...FILMS, ...TIMELINE_EXTENSIONS].includes(extname(name).toLowerCase()))
        .sort();
      if (names.length === 0)
        throw new RetakeError('no-clips', `${oneLine(input)}: neither an export nor a timeline in it`);
      files.push(...names.map(name => join(input, name)));
    } else files.push(input);
  }
  const timelines = files.filter(isTimeline);
  const films = files.filter(path => !isTimeline(path));
  if (timelines.length === 1 && films.length === 1) return [{ timeline: timelines[0], export: films[0] }];
  const stem = (path: string): string => basename(path, extname(path)).toLowerCase();
  const left = new Set(films);
  const jobs = timelines.map((timeline): GateJob => {
    const film = films.find(path => left.has(path) && stem(path) === stem(timeline));
    if (film) left.delete(film);
    return film ? { timeline, export: film } : { timeline };
  });
  return [...jobs, ...[...left].map(path => ({ export: path }))];
}
