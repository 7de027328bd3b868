import { detectors } from '../detectors/index.ts';
import type { Severity } from '../finding.ts';
import type { Decision, Report } from '../report.ts';
import { escapeHtml, fileName, htmlDocument, type PageAssets, pageAssets } from './html.ts';
import type { PageExtras } from './page-data.ts';
import { applyReview, type ReviewEntry } from './review/decisions.ts';

/** One clip of a batch, as the contact sheet shows it. */
export interface ClipSummary {
  /** File name; `path` where it helps to tell two apart. */
  name: string;
  path: string;
  /** Address of the clip's page, relative to the index; null when there is none. */
  href: string | null;
  /** Address of a small picture (or a data URI); null when there is none. */
  thumb: string | null;
  decision: Decision;
  seconds: number;
  shots: number;
  /** Seconds that can still be cut with. */
  usable: number;
  counts: Record<Severity | 'error' | 'skipped' | 'waived', number>;
  /** What to look at first, one sentence; for a pass what was not checked, else empty. */
  worst: { title: string; message: string; mark: Severity | 'error' | 'skipped' } | null;
  confidence: number;
}

export interface SummaryOptions {
  href: string | null;
  thumb?: string | null;
  extras?: Pick<PageExtras, 'detectors'>;
  review?: readonly ReviewEntry[];
  now?: Date;
}

const TITLES = new Map<string, string>(detectors.map(({ meta }) => [meta.id, meta.title]));

/** What the index needs to know of a report. */
export function summarise(report: Report, options: SummaryOptions): ClipSummary {
  const { clip, verdict, outcomes, shots } = report;
  const reviewed = applyReview(report, options.review ?? [], options.now ?? new Date());
  const open = reviewed.filter(({ annotation }) => annotation.status !== 'waived').map(({ finding }) => finding);
  const rank = { regenerate: 0, review: 1, info: 2 } as const;
  const first = [...open].sort((a, b) => rank[a.severity] - rank[b.severity] || b.confidence - a.confidence)[0];
  const failed = outcomes.find(outcome => outcome.status === 'error');
  const skipped = outcomes.find(outcome => outcome.status === 'skipped');
  const count = (severity: Severity) => open.filter(finding => finding.severity === severity).length;
  const checks = (status: 'error' | 'skipped') =>
    new Set(outcomes.filter(outcome => outcome.status === status).map(outcome => outcome.detector)).size;
  const cards = options.extras?.detectors ?? {};
  const titleOf = (id: string) => (Object.hasOwn(cards, id) ? cards[id].title : (TITLES.get(id) ?? id));
  const unjudged = failed ?? skipped;
  const length = (range: { start: number; end: number }) => ((range.end - range.start) * clip.fps.den) / clip.fps.num;
  return {
    name: fileName(clip.path),
    path: clip.path,
    href: options.href,
    thumb: options.thumb ?? null,
    decision: verdict.decision,
    seconds: clip.seconds,
    shots: shots.length,
    usable: verdict.usable.reduce((sum, range) => sum + length(range), 0),
    counts: {
      regenerate: count('regenerate'),
      review: count('review'),
      info: count('info'),
      error: checks('error'),
      skipped: checks('skipped'),
      waived: reviewed.length - open.length,
    },
    worst:
      first && (first.severity !== 'info' || !failed)
        ? { title: titleOf(first.detector), message: first.message, mark: first.severity }
        : unjudged
          ? {
              title: titleOf(unjudged.detector),
              message: unjudged.reason ?? '',
              mark: unjudged.status === 'error' ? 'error' : 'skipped',
            }
          : null,
    confidence: first?.confidence ?? 0,
  };
}

/** A clip that could not be judged at all belongs on the sheet too. */
export const unjudgedSummary = (path: string, error: { code: string; message: string }): ClipSummary => ({
  name: fileName(path),
  path,
  href: null,
  thumb: null,
  decision: 'error',
  seconds: 0,
  shots: 0,
  usable: 0,
  counts: { regenerate: 0, review: 0, info: 0, error: 1, skipped: 0, waived: 0 },
  worst: { title: error.code, message: error.message, mark: 'error' },
  confidence: 1,
});

const WORDS: Record<Decision, string> = {
  regenerate: 'Regenerate',
  error: 'Not judged',
  review: 'Review',
  pass: 'Pass',
};
const RANK: Record<Decision, number> = { regenerate: 0, error: 1, review: 2, pass: 3 };

/**
 * A contact sheet of many clips as one HTML document. The rows are plain markup, worst first, so that the first screen
 * is painted before any script runs and rows below it cost nothing until they are scrolled to; pictures load lazily.
 * Pure.
 */
export function renderIndex(clips: readonly ClipSummary[], assets: PageAssets = pageAssets('index')): string {
  const sorted = [...clips].sort(
    (a, b) => RANK[a.decision] - RANK[b.decision] || b.confidence - a.confidence || (a.name < b.name ? -1 : 1),
  );
  const tally = (decision: Decision) => clips.filter(clip => clip.decision === decision).length;
  const filters = (['regenerate', 'error', 'review', 'pass'] as const).map(
    decision =>
      `<button type="button" class="filter chip chip-${decision}" data-decision="${decision}" aria-pressed="true">${mark(decision)}${WORDS[decision]} <b>${tally(decision)}</b></button>`,
  );
  const seconds = clips.reduce((sum, clip) => sum + clip.seconds, 0);
  const usable = clips.reduce((sum, clip) => sum + clip.usable, 0);
  const title = `${clips.length} ${clips.length === 1 ? 'clip' : 'clips'}`;
  return htmlDocument({
    title: `${title} · Retake`,
    assets,
    body: `${SPRITE}
<header class="topbar"><span class="brand"><svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true"><rect width="16" height="16" rx="3.5"/><path d="M5.2 4v8L12 8z"/></svg>Retake</span>
<h1>${title}</h1><p class="clipfacts"><span>${time(seconds)} in all</span><span>${time(usable)} usable</span></p>
<div class="buttons"><button type="button" class="icon" id="theme" aria-label="Light or dark"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8a5.4 5.4 0 0 1 0-10.8z"/></svg></button></div></header>
<main><div class="bar"><label class="search"><span class="unseen">Search</span><input type="search" id="search" placeholder="Search names and findings" autocomplete="off"></label>
<fieldset class="filters" aria-label="Show">${filters.join('')}</fieldset>
<label class="field"><span class="unseen">Sort by</span><select id="sort"><option value="worst">Worst first</option><option value="name">By name</option><option value="findings">Most findings</option><option value="usable">Least usable</option><option value="length">Longest</option></select></label>
<fieldset class="views" aria-label="Layout"><button type="button" class="choice" data-view="sheet" aria-pressed="true">Sheet</button><button type="button" class="choice" data-view="rows" aria-pressed="false">Rows</button></fieldset>
<p id="shown" role="status">${title}</p></div>
<ol class="clips" data-view="sheet">${sorted.map(row).join('')}</ol><p class="nothing" hidden>Nothing matches.</p></main>`,
  });
}

function row(clip: ClipSummary, place: number): string {
  const name = escapeHtml(clip.name);
  const href = safeUrl(clip.href);
  const thumb = safeUrl(clip.thumb);
  const problems = clip.counts.regenerate + clip.counts.review;
  const picture = thumb
    ? `<img src="${escapeHtml(thumb)}" alt="" loading="${place < 24 ? 'eager' : 'lazy'}" decoding="async">`
    : '<span class="hole">no picture</span>';
  const link = href ? `<a class="name" href="${escapeHtml(href)}">${name}</a>` : `<b class="name">${name}</b>`;
  const worst = clip.worst
    ? `<p class="worst">${mark(clip.worst.mark)}<span><b>${escapeHtml(clip.worst.title)}</b> ${escapeHtml(clip.worst.message)}</span></p>`
    : '<p class="worst quiet">nothing found</p>';
  const counts = (['regenerate', 'review', 'error', 'skipped', 'waived'] as const)
    .filter(kind => clip.counts[kind] > 0)
    .map(kind => `<span class="count">${mark(kind)}${clip.counts[kind]} <span class="unseen">${kind}</span></span>`);
  const facts = clip.seconds > 0 ? `<span>${time(clip.seconds)}</span><span>${time(clip.usable)} usable</span>` : '';
  return `<li class="clip" data-d="${clip.decision}" data-p="${place}" data-f="${problems}" data-u="${(clip.seconds > 0 ? clip.usable / clip.seconds : 0).toFixed(4)}" data-s="${clip.seconds}"><span class="thumb">${picture}</span><div class="text"><p class="head"><span class="chip chip-${clip.decision}">${mark(clip.decision)}${WORDS[clip.decision]}</span>${link}</p>${worst}<p class="meta">${counts.join('')}${facts}</p></div></li>`;
}

/** Relative addresses, pictures in data URIs, and pages on disk; anything else, such as a script, is dropped. */
function safeUrl(url: string | null): string | null {
  if (url === null) return null;
  const scheme = /^[\s\p{Cc}]*([a-z][a-z0-9+.-]*):/iu.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return url.startsWith('//') ? null : url;
  return scheme === 'file' || /^data:image\/(?:jpeg|png|webp);/.test(url) ? url : null;
}

const time = (seconds: number): string =>
  seconds < 60
    ? `${seconds.toFixed(1)} s`
    : seconds < 3600
      ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
      : `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;

const mark = (of: string): string =>
  `<svg class="mark mark-${of}" width="14" height="14" aria-hidden="true"><use href="#m-${of}"/></svg>`;

/** Shapes as the report page draws them, once. */
const SHAPES: Record<string, [shape: string, sign: string]> = {
  regenerate: ['M5 1h6l4 4v6l-4 4H5l-4-4V5z', 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8'],
  error: ['M8 .6 15.4 8 8 15.4.6 8z', 'M8 4.6v4m0 2.2v.4'],
  review: ['M8 1.2 15.4 14.6H.6z', 'M8 6.2v4m0 1.9v.4'],
  info: ['M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z', 'M8 7.4v3.8M8 4.6v.4'],
  skipped: ['M2.5 1.5h11a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1z', 'M5 8h6'],
  waived: ['M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z', 'm4.6 8.2 2.4 2.4 4.6-5'],
  pass: ['M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z', 'm4.6 8.2 2.4 2.4 4.6-5'],
};
const SPRITE = `<svg width="0" height="0" class="unseen" aria-hidden="true">${Object.entries(SHAPES)
  .map(
    ([name, [shape, sign]]) =>
      `<symbol id="m-${name}" viewBox="0 0 16 16"><path class="mark-shape" d="${shape}"/><path class="mark-sign" d="${sign}"/></symbol>`,
  )
  .join('')}</svg>`;
