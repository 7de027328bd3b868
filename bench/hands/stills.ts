import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pictureContext, readPhoto } from '../../fixtures/photos.ts';
import { HAND_CUES, HAND_GATES, type HandCue, type HandEvidence } from '../../src/landmarks.ts';
import { handEvidence } from '../../src/observers/hand-evidence.ts';
import { median } from '../../src/statistics.ts';
import { FIGURES, figuresOf, separation } from './report.ts';

interface Still {
  file: string;
  malformed: boolean;
  series: string;
  cues: Record<HandCue, number>;
}

const LOOKS = 3;

/** Labelled stills through the product's own observer, each shown three times: the worst hand that can be judged counts. */
export async function reportStills(folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as {
    file: string;
    source: string;
  }[];
  const sources = new Map(manifest.map(row => [row.file, row.source]));
  const stills: Still[] = [];
  const refused = new Map<string, number>();
  for (const label of ['correct', 'malformed']) {
    const names = (await readdir(path.join(folder, 'hands', label)))
      .filter(name => /\.(jpe?g|png)$/i.test(name))
      .sort();
    for (const name of names) {
      const evidence = await lookAt(path.join(folder, 'hands', label, name));
      const last = evidence.frames.length > 0 ? Math.max(...evidence.frames) : -1;
      for (let row = 0; row < evidence.frames.length; row++) {
        if (evidence.frames[row] !== last) continue;
        const gate = HAND_GATES[evidence.gate[row]];
        if (gate !== 'judged') {
          refused.set(`${label} ${gate}`, (refused.get(`${label} ${gate}`) ?? 0) + 1);
          continue;
        }
        const cues = Object.fromEntries(
          HAND_CUES.map((cue, k) => [cue, evidence.cues[row * HAND_CUES.length + k]]),
        ) as Record<HandCue, number>;
        cues.unsteady = unsteadyIn(evidence, evidence.lineage[row]);
        const series = `${sources.get(`hands/${label}/${name}`)} ${name.replace(/[\d.].*$/, '')}`;
        stills.push({ file: name, malformed: label === 'malformed', series, cues });
      }
    }
  }
  const wrong = stills.filter(({ malformed }) => malformed);
  const right = stills.filter(({ malformed }) => !malformed);
  console.log(
    `\nStills: ${wrong.length} hands of malformed pictures, ${right.length} of correct ones; refused ${JSON.stringify(Object.fromEntries(refused))}\n`,
  );
  console.log('| cue | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|');
  for (const [k, name] of FIGURES.entries())
    console.log(`| ${name} | ${separation(wrong, right, still => figuresOf(still.cues)[k][1])} |`);
}

async function lookAt(file: string): Promise<HandEvidence> {
  const { frame } = await readPhoto(file);
  const run = await handEvidence.start(pictureContext(frame, LOOKS * 4));
  try {
    for (let index = 0; index < LOOKS * 4; index += 4) await run.frame?.({ ...frame, index });
    return (await run.finish()).handEvidence;
  } finally {
    await run.close?.();
  }
}

/** The picture is the same at every look: what its changed crops showed at the one at which they were measured. */
function unsteadyIn({ cues, frames, gate, lineage }: HandEvidence, hand: number): number {
  const at = HAND_CUES.indexOf('unsteady');
  const all = Array.from(frames, (_, row) => cues[row * HAND_CUES.length + at]);
  return median(all.filter((_, row) => lineage[row] === hand && HAND_GATES[gate[row]] === 'judged'));
}
