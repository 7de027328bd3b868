import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import { type TextCourse, textCourse } from '../../src/signals/morphing/text.ts';
import type { Lettering, Shot } from '../../src/signals.ts';
import { percent } from './figures.ts';

interface Seen {
  clip: ClipFacts;
  shots: Shot[];
  signals: { lettering: Lettering };
  /** CPU milliseconds per frame, decoder included. */
  cost: number;
}

interface About {
  source: string;
  kind: string;
  strength: string;
  size: string;
  reason: string;
  text: string;
  start: number;
  end: number;
  group: string;
  boxes: [number, number, number, number][];
}

const { lostLetters } = morphing.meta.options.parse({});
const read = (file: string): Seen => deserialize(readFileSync(file));
const coursesOf = ({ shots, signals }: Seen): TextCourse[] =>
  shots.map(shot => textCourse(shot, signals.lettering, lostLetters));

/**
 * Lettering: what is named in untouched clips, and how much of planted lettering that changes, by kind, strength and size. Reads what
 * `training/morphing/text-extract.ts` left in `<cache>/text-seen` and `<cache>/text-planted-seen`, and the planted
 * clips' own accounts in `<cache>/text-planted`.
 * @param first seed from which on planted lettering counts: the method was made in view of those below 1036
 */
export function benchText(cache: string, first = 0): void {
  const folder = join(cache, 'text-seen');
  for (const [title, pattern] of [
    ['footage', /^footage__/],
    ['talking', /^talking__/],
    ['generated', /^generated__/],
  ] as const) {
    let [clips, seconds, lines, read_, cost, frames] = [0, 0, 0, 0, 0, 0];
    const named: string[] = [];
    for (const file of readdirSync(folder).filter(name => pattern.test(name))) {
      const seen = read(join(folder, file));
      clips++;
      seconds += (seen.clip.frames * seen.clip.video.fps.den) / seen.clip.video.fps.num;
      cost += seen.cost * seen.clip.frames;
      frames += seen.clip.frames;
      read_ += seen.signals.lettering.texts.length;
      for (const { changes, lines: compared } of coursesOf(seen)) {
        lines += compared;
        for (const { before, after, lost, start, end } of changes)
          named.push(`  ${file} ${start}–${end}: ${before} → ${after} (${lost})`);
      }
    }
    console.log(
      `${title}: ${clips} clips, ${(seconds / 60).toFixed(1)} minutes, ${read_} lines read, ${lines} followed and compared, ${named.length} named, ${(cost / frames).toFixed(2)} ms a frame with decoding`,
    );
    for (const line of named) console.log(line);
  }

  const planted = join(cache, 'text-planted');
  const rows = readdirSync(planted)
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -5))
    .filter(seed => ['a', 'b', 'c'].every(side => existsSync(seenFile(cache, seed, side))))
    .filter(seed => Number(seed) >= first)
    .map(seed => {
      const about = JSON.parse(readFileSync(join(planted, `${seed}.json`), 'utf8')) as About;
      const [a, b, c] = ['a', 'b', 'c'].map(side => coursesOf(read(seenFile(cache, seed, side))));
      return { seed, about, a, b, c };
    });
  const hit = ({ about, b }: (typeof rows)[number]) =>
    b.some(({ changes }) => changes.some(({ start, end }) => start < about.end && end > about.start));
  const overlap = ({ about, b }: (typeof rows)[number]) => {
    const change = b.flatMap(({ changes }) => changes)[0];
    if (change === undefined) return null;
    const [x, y, w, h] = about.boxes[Math.min(about.boxes.length - 1, change.peak)];
    const [x2, y2, w2, h2] = change.box;
    const shared =
      Math.max(0, Math.min(x + w, x2 + w2) - Math.max(x, x2)) * Math.max(0, Math.min(y + h, y2 + h2) - Math.max(y, y2));
    return shared / (w * h + w2 * h2 - shared);
  };
  const compared = (row: (typeof rows)[number]) => row.a.some(({ lines }) => lines > 0);
  console.log(`\n| planted | n | readable | found | of readable | unchanged named |\n|---|---|---|---|---|---|`);
  const table = (title: string, some: typeof rows) => {
    const readable = some.filter(compared);
    const found = some.filter(hit);
    const wrong = some.filter(({ a }) => a.some(({ changes }) => changes.length > 0));
    console.log(
      `| ${title} | ${some.length} | ${readable.length} | ${percent(found.length / some.length)} | ${percent(found.filter(compared).length / Math.max(1, readable.length))} | ${wrong.length} |`,
    );
  };
  table('all', rows);
  for (const key of ['kind', 'strength', 'size'] as const)
    for (const value of [...new Set(rows.map(({ about }) => about[key]))])
      table(
        `${key}: ${value}`,
        rows.filter(({ about }) => about[key] === value),
      );
  const overlaps = rows.filter(hit).map(row => overlap(row) ?? 0);
  console.log(
    `\nbox overlap 0.3 or more in ${percent(overlaps.filter(value => value >= 0.3).length / Math.max(1, overlaps.length))} of what is found\n\n| good reason | n | named |\n|---|---|---|`,
  );
  for (const reason of [...new Set(rows.map(({ about }) => about.reason))]) {
    const some = rows.filter(({ about }) => about.reason === reason);
    const named = some.filter(({ c }) => c.some(({ changes }) => changes.length > 0));
    console.log(`| ${reason} | ${some.length} | ${named.length} |`);
    for (const { seed, c } of named)
      for (const { before, after, lost } of c.flatMap(({ changes }) => changes))
        console.log(`  ${seed}: ${before} → ${after} (${lost})`);
  }
}

const seenFile = (cache: string, seed: string, side: string): string =>
  join(cache, 'text-planted-seen', `text-planted__${seed}-${side}.mp4.v8`);
