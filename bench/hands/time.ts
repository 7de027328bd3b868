import type { ClipFacts } from '../../src/clip.ts';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import type { HandCue, HandEvidence } from '../../src/landmarks.ts';
import { type Look, watchedHands } from '../../src/signals/hands/looks.ts';
import { TIME_CUES, type TimeCues, timeCues } from '../../src/signals/hands/time.ts';
import type { Measured, Shot } from '../../src/signals.ts';
import { median } from '../../src/statistics.ts';
import { CUES, separation } from './report.ts';

/** One hand over a window of looks with everything that is measured of it. */
export interface HandWindow {
  series: string;
  group: 'real' | 'malformed' | 'generated';
  figures: Record<keyof TimeCues | HandCue, number>;
}

/** Windows of nine looks (or all there are, five at least) of every hand of a clip. */
export function windowsOf(
  clip: ClipFacts,
  shots: readonly Shot[],
  { hands }: Measured,
  evidence: HandEvidence,
  series: string,
  group: HandWindow['group'],
): HandWindow[] {
  if (!hands) return [];
  const { window, least } = handIntegrity.meta.options.parse({});
  return shots.flatMap(shot =>
    watchedHands(clip, shot, hands, evidence).flatMap(({ looks }) => {
      const out: HandWindow[] = [];
      for (let from = 0; from + least <= looks.length; from += window) {
        const part: Look[] = looks.slice(from, from + window);
        if (part.length < least) break;
        const cues = Object.fromEntries(
          (Object.keys(part[0].cues) as HandCue[]).map(cue => [cue, median(part.map(look => look.cues[cue]))]),
        ) as Record<HandCue, number>;
        out.push({ series, group, figures: { ...cues, ...timeCues(hands, evidence, part) } });
      }
      return out;
    }),
  );
}

/** Separation of windows of clips labelled malformed from real ones, by every figure. */
export function reportWindows(windows: readonly HandWindow[]): void {
  const wrong = windows.filter(({ group }) => group === 'malformed');
  const right = windows.filter(({ group }) => group === 'real');
  const clips = (list: readonly HandWindow[]) => new Set(list.map(({ series }) => series)).size;
  console.log(
    `\nWindows of looks: ${wrong.length} of ${clips(wrong)} malformed clips, ${right.length} of ${clips(right)} real ones\n`,
  );
  console.log('| figure over a window | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|');
  for (const name of [...CUES, ...TIME_CUES].filter(one => wrong.some(({ figures }) => !Number.isNaN(figures[one]))))
    console.log(`| ${name} | ${separation(wrong, right, ({ figures }) => figures[name])} |`);
}
