import type { FrameRange } from '../../clip.ts';
import type { Report } from '../../report.ts';
import type { RegenerateSettings } from '../config.ts';
import type { Capabilities } from '../providers/provider.ts';
import { findingsOf } from './quality.ts';

export type Action = 'trim' | 'extend' | 'remix' | 'whole';

export type Choice =
  /** Good enough as it is. */
  | { action: 'keep'; reason: string }
  /** Use only this stretch. */
  | { action: 'trim'; reason: string; range: FrameRange }
  /** Make it again from `lastGood`, the last frame before things go wrong. */
  | { action: 'extend'; reason: string; lastGood: number }
  | { action: 'remix' | 'whole'; reason: string }
  /** A person must look. */
  | { action: 'human'; reason: string };

export interface Situation {
  /** Null when the generation itself failed: there is no clip. */
  report: Report | null;
  settings: RegenerateSettings;
  /** Undefined when the take's provider is not configured. */
  capabilities: Capabilities | undefined;
  /** The take has a job at the provider to remix. */
  hasParentJob: boolean;
  hasPrompt: boolean;
  /** A frame of the clip can be had as a picture. */
  canGrab: boolean;
  /** Generations already asked for in this shot. */
  tries: number;
  /** Tries in a row since the best take got better. */
  stale: number;
  /** Minutes since the shot's first verdict. */
  minutes: number;
  /** How the judged take came about, if a try made it: what did not help is not tried twice in a row. */
  last?: Action;
}

/** What to do about a take: pure, so that `--dry-run` and the loop cannot differ. Money is not its business. */
export function choose(situation: Situation): Choice {
  const { report, settings, capabilities } = situation;
  if (report !== null) {
    const { decision } = report.verdict;
    if (decision === 'error') return { action: 'human', reason: 'the clip could not be judged completely' };
    if (decision === 'pass' || !settings.on.includes(decision))
      return { action: 'keep', reason: `verdict ${decision}` };
    const range = longest(report.verdict.usable);
    const trims = settings.actions.includes('trim') && situation.last !== 'trim';
    if (trims && range && share(range, report) >= settings.trimShare) {
      return {
        action: 'trim',
        range,
        reason: `frames ${range.start}–${range.end} are clean: ${percent(share(range, report))}`,
      };
    }
  }
  const halt = stopReason(situation);
  if (halt !== undefined) return { action: 'human', reason: halt };
  const can = capabilities!;
  if (report !== null && situation.last !== 'extend' && settings.actions.includes('extend') && can.extend === 'frame') {
    const lastGood = lastGoodFrame(report);
    if (situation.canGrab && lastGood !== null && (lastGood + 1) / report.clip.frames >= settings.extendShare) {
      return { action: 'extend', lastGood, reason: `clean up to frame ${lastGood}` };
    }
  }
  const remixable = report !== null && can.remix && situation.hasParentJob && situation.last !== 'remix';
  if (remixable && settings.actions.includes('remix')) return { action: 'remix', reason: 'the provider can remix' };
  if (settings.actions.includes('whole') && situation.hasPrompt) {
    return { action: 'whole', reason: report === null ? 'the generation failed' : 'no smaller repair fits' };
  }
  return { action: 'human', reason: situation.hasPrompt ? 'no permitted action fits' : 'the prompt is not known' };
}

function stopReason({ settings, capabilities, tries, stale, minutes }: Situation): string | undefined {
  if (capabilities === undefined) return 'the provider is not configured';
  if (!capabilities.submit) return 'the provider takes no new generations';
  if (tries >= settings.tries) return `${tries} of ${settings.tries} tries are used`;
  if (minutes >= settings.minutes) return `more than ${settings.minutes} minutes have passed`;
  if (stale >= settings.patience) return `${stale} tries in a row got no better`;
  return undefined;
}

/** Last frame of the clean stretch that the clip begins with, or null when it begins badly. */
function lastGoodFrame(report: Report): number | null {
  const opening = report.verdict.usable.find(({ start }) => start === 0);
  if (opening === undefined) return null;
  const starts = findingsOf(report)
    .filter(({ severity }) => severity !== 'info')
    .map(({ start }) => start);
  const end = Math.min(opening.end, ...starts);
  return end > 0 ? end - 1 : null;
}

const longest = (ranges: readonly FrameRange[]): FrameRange | undefined =>
  [...ranges].sort((a, b) => b.end - b.start - (a.end - a.start))[0];
const share = (range: FrameRange, report: Report): number =>
  (range.end - range.start) / Math.max(1, report.clip.frames);
const percent = (value: number): string => `${Math.round(value * 100)} %`;
