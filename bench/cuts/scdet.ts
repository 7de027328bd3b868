import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The filter's own default. */
const THRESHOLD = 10;

/** First frames of new scenes by ffmpeg's scdet filter at its default threshold: the baseline. Kept in `cache`. */
export async function scdet(path: string, cache: string): Promise<number[]> {
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256').update(`${path} ${size} ${mtimeMs} ${THRESHOLD}`).digest('hex').slice(0, 16);
  const kept = join(cache, `scdet-${key}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as number[];
  const filter = `scale=320:-2,scdet=threshold=${THRESHOLD},metadata=print:file=-`;
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-threads', '1', '-filter_threads', '1'],
      ...['-i', path, '-an', '-fps_mode', 'passthrough', '-vf', filter, '-f', 'null', '-'],
    ],
    { maxBuffer: 1 << 28 },
  );
  const cuts: number[] = [];
  let frame = -1;
  for (const line of stdout.split('\n')) {
    const header = /^frame:(\d+)/.exec(line);
    if (header) frame = Number(header[1]);
    else if (line.startsWith('lavfi.scd.time')) cuts.push(frame);
  }
  writeFileSync(kept, JSON.stringify(cuts));
  return cuts;
}
