import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import type { Faces, Identities, PersonLooks } from '../../src/landmarks.ts';
import { CONTEXT_LENGTH, facesShaped, SHAPE_LENGTH } from '../../src/signals/morphing/face-shape.ts';
import { HEAD_LENGTH, headsShaped } from '../../src/signals/morphing/head-shape.ts';
import { identityCourse } from '../../src/signals/morphing/identity.ts';
import { type ShapeCourse, shapeCourse } from '../../src/signals/morphing/shape-course.ts';
import { parseShapeModel, type ShapeModel } from '../../src/signals/morphing/shape-model.ts';
import type { Shot } from '../../src/signals.ts';
import { percent } from './figures.ts';
import { groupOf } from './labels.ts';

interface Seen {
  clip: ClipFacts;
  shots?: Shot[];
  signals: { faces: Faces; identities: Identities; personLooks: PersonLooks };
}

interface About {
  source: string;
  kind: string;
  strength: string;
  start: number;
  end: number;
}

/** Where the plants and models of each lie in the cache, and how they are measured. */
const WHAT = {
  face: {
    planted: 'shapes',
    folds: 'shape',
    length: SHAPE_LENGTH,
    source: ({ clip, signals: { faces, identities } }: Seen, model: ShapeModel) =>
      facesShaped(clip, faces, identities, model),
  },
  head: {
    planted: 'heads',
    folds: 'head',
    length: HEAD_LENGTH,
    source: ({ clip, signals: { faces, identities, personLooks } }: Seen, model: ShapeModel) =>
      headsShaped(clip, faces, identities, personLooks, model),
  },
} as const;

/**
 * Shapes of faces, or of heads: what is named in untouched clips, and how much of planted changes, by kind and strength, each clip judged by the
 * model that did not see its source. Reads `people`, `shapes`, `shapes-seen` and `shape-fold-<n>.json` in the cache, or for heads
 * `heads`, `heads-seen` and `head-fold-<n>.json`.
 */
export function benchShape(cache: string, what: keyof typeof WHAT): void {
  const { faceShape, headShape, likeness } = morphing.meta.options.parse({});
  const threshold = what === 'face' ? faceShape : headShape;
  const { planted, folds: prefix, length, source } = WHAT[what];
  const folds = [0, 1].map(half => {
    const text = readFileSync(join(cache, `${prefix}-fold-${half}.json`), 'utf8');
    const { unseen, ...model } = JSON.parse(text) as { unseen: string[] };
    return {
      unseen: new Set(unseen.map(groupOf)),
      model: parseShapeModel(JSON.stringify(model), prefix, length, CONTEXT_LENGTH),
    };
  });
  const modelFor = (name: string): ShapeModel =>
    (folds.find(({ unseen }) => unseen.has(groupOf(name))) ?? folds[0]).model;
  const judge = (file: string, name: string): { seen: Seen; courses: ShapeCourse[] } => {
    const seen = deserialize(readFileSync(file)) as Seen;
    const shots = seen.shots ?? [{ id: 's1', start: 0, end: seen.clip.frames }];
    const measured = source(seen, modelFor(name));
    return { seen, courses: measured ? shots.map(shot => shapeCourse(seen.clip, shot, measured, threshold)) : [] };
  };
  const most = (courses: readonly ShapeCourse[]) => Math.max(0, ...courses.map(course => course.most ?? 0));

  for (const kind of ['footage', 'talking', 'generated']) {
    const clips = readdirSync(join(cache, 'people')).filter(name => name.startsWith(`${kind}__`));
    const all: { name: string; value: number }[] = [];
    let [faces, seconds] = [0, 0];
    const named: string[] = [];
    for (const file of clips) {
      const name = file.replace(/\.v8$/, '');
      const { seen, courses } = judge(join(cache, 'people', file), name);
      seconds += (seen.clip.frames * seen.clip.video.fps.den) / seen.clip.video.fps.num;
      for (const course of courses) {
        faces += course.faces;
        for (const { start, end, part, difference } of course.changes)
          named.push(`  ${name} ${start}–${end}: ${part} ${difference.toFixed(2)}`);
      }
      if (courses.some(course => course.faces > 0)) all.push({ name, value: most(courses) });
    }
    all.sort((a, b) => b.value - a.value);
    console.log(
      `${kind}: ${clips.length} clips, ${(seconds / 60).toFixed(1)} minutes, ${faces} faces compared, ${named.length} named; largest ${all
        .slice(0, 6)
        .map(({ name, value }) => `${value.toFixed(2)} ${name.slice(0, 40)}`)
        .join(', ')}`,
    );
    for (const line of named) console.log(line);
  }

  const rows = readdirSync(join(cache, planted))
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -5))
    .filter(key => ['same', 'shape'].every(side => existsSync(seenFile(cache, planted, key, side))))
    .map(key => {
      const about = JSON.parse(readFileSync(join(cache, planted, `${key}.json`), 'utf8')) as About;
      const name = `talking__${about.source}`;
      const same = judge(seenFile(cache, planted, key, 'same'), name).courses;
      const { seen, courses: changed } = judge(seenFile(cache, planted, key, 'shape'), name);
      const { faces, identities } = seen.signals;
      const whole = { id: 's1', start: 0, end: seen.clip.frames };
      const another = identityCourse(seen.clip, whole, faces, identities, likeness).changes.length > 0;
      return { about, same, changed, another };
    });
  console.log(
    '\n| planted | n | compared | found | of those compared | named as another person | unchanged named | medians |\n|---|---|---|---|---|---|---|---|',
  );
  const table = (title: string, some: typeof rows) => {
    const compared = some.filter(({ changed }) => changed.some(({ faces }) => faces > 0));
    const found = compared.filter(({ changed, about }) =>
      changed.some(({ changes }) => changes.some(({ start, end }) => start < about.end && end > about.start)),
    );
    const wrong = some.filter(({ same }) => same.some(({ changes }) => changes.length > 0));
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]?.toFixed(2);
    console.log(
      `| ${title} | ${some.length} | ${compared.length} | ${percent(found.length / Math.max(1, some.length))} | ${percent(found.length / Math.max(1, compared.length))} | ${some.filter(({ another }) => another).length} | ${wrong.length} | ${middle(compared.map(({ same }) => most(same)))} → ${middle(compared.map(({ changed }) => most(changed)))} |`,
    );
  };
  table('all', rows);
  for (const strength of ['weak', 'medium', 'strong'])
    for (const kind of [null, ...new Set(rows.map(({ about }) => about.kind))])
      table(
        kind === null ? strength : `${strength}, ${kind}`,
        rows.filter(({ about }) => about.strength === strength && (kind === null || about.kind === kind)),
      );
}

const seenFile = (cache: string, planted: string, key: string, side: string): string =>
  join(cache, `${planted}-seen`, `${key}-${side}.mp4.v8`);
