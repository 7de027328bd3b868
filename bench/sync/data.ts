/** What more data does: the table of training/lip-sync/scaling.py, from what it left behind. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { percent, table, within } from './score.ts';

interface Trained {
  count: number | 'driven';
  speaker: string;
  seconds: number;
  '2 s': number[];
  '4 s': number[];
}

/** Prints the table as far as the trainings were run. */
export async function dataTables(folder: string): Promise<void> {
  const scaling = path.join(folder, 'scaling');
  const rows: Trained[] = [];
  for (const name of await readdir(scaling).catch(() => [] as string[]))
    if (name.endsWith('.json')) rows.push(JSON.parse(await readFile(path.join(scaling, name), 'utf8')) as Trained);
  const counts = [...new Set(rows.map(({ count }) => count))].sort((a, b) => order(a) - order(b));
  const speakers = [...new Set(rows.map(({ speaker }) => speaker))];
  const all = speakers.filter(speaker => counts.every(c => rows.some(r => r.count === c && r.speaker === speaker)));
  if (all.length > 0)
    table(
      ['speakers trained on', 'seconds', 'left out in turn', '4 s windows', '≤ 42 ms', '≤ 84 ms', '2 s: ≤ 84 ms'],
      counts.map(count => {
        const part = rows.filter(row => row.count === count && all.includes(row.speaker));
        const long = part.flatMap(row => row['4 s']);
        return [
          count === 'driven' ? 'all, and driven lips' : count,
          (part.reduce((sum, { seconds }) => sum + seconds, 0) / part.length).toFixed(0),
          part.length,
          long.length,
          percent(within(long, 42)),
          percent(within(long, 84)),
          percent(
            within(
              part.flatMap(row => row['2 s']),
              84,
            ),
          ),
        ];
      }),
    );
  else console.log('\nno finished trainings for the data curve: run training/lip-sync/scaling.py');
}

const order = (count: Trained['count']): number => (count === 'driven' ? 1000 : count);
