import { batch, computed, signal } from '@preact/signals';
import type { Finding, Outcome, Severity } from '../../finding.ts';
import type { PageData } from '../page-data.ts';
import { type Annotation, annotate, keyedFindings, type ReviewEntry } from '../review/decisions.ts';
import { middleOf, startOf, type Timebase, timecode } from './timebase.ts';

export const { report, extras }: PageData = JSON.parse(document.getElementById('retake-data')?.textContent ?? '{}');

export const base: Timebase = {
  frames: Math.max(1, report.clip.frames),
  fps: report.clip.fps,
  first: extras.firstFrameTime,
  times: extras.times ?? report.clip.times,
};
export const lastFrame = base.frames - 1;

/** What a row of the list is about; the order is the order of concern. */
export type Concern = Severity | 'error' | 'skipped' | 'waived';
export const CONCERNS: Concern[] = ['regenerate', 'error', 'review', 'info', 'waived', 'skipped'];

export interface FindingItem {
  type: 'finding';
  key: string;
  finding: Finding;
  outcome: Outcome;
}
/** A check that failed or was skipped, its shots gathered; checks skipped for one reason on the same shots stand together. */
export interface CheckItem {
  type: 'check';
  key: string;
  status: 'error' | 'skipped';
  detectors: string[];
  reason: string;
  code?: string;
  shots: (string | null)[];
}
export type Item = FindingItem | CheckItem;

export const findingItems: FindingItem[] = keyedFindings(report.outcomes).map(entry => ({ type: 'finding', ...entry }));

export const checkItems: CheckItem[] = gatherChecks();

function gatherChecks(): CheckItem[] {
  const single = new Map<string, CheckItem>();
  for (const { detector, shot, status, reason = '', code } of report.outcomes) {
    if (status === 'ran') continue;
    const key = `${status}:${detector}:${code ?? ''}:${reason}`;
    const known = single.get(key);
    if (known) known.shots.push(shot);
    else single.set(key, { type: 'check', key, status, detectors: [detector], reason, code, shots: [shot] });
  }
  const joined = new Map<string, CheckItem>();
  for (const item of single.values()) {
    // Each failure is a matter of its own.
    const key = item.status === 'error' ? item.key : `${item.reason}:${item.shots.join()}`;
    const known = joined.get(key);
    if (known) known.detectors.push(...item.detectors);
    else joined.set(key, item);
  }
  return [...joined.values()];
}

export const titleOf = (detector: string): string =>
  Object.hasOwn(extras.detectors, detector) ? extras.detectors[detector].title : sentence(detector);
export const cardOf = (detector: string) =>
  Object.hasOwn(extras.detectors, detector) ? extras.detectors[detector] : undefined;
export const sentence = (id: string): string => {
  const words = id.replace(/[-_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

// Review

/** Set when a review server served the page: decisions are then written beside the report. */
export const serverToken = document.querySelector<HTMLMetaElement>('meta[name="retake-review"]')?.content ?? '';
export const entries = signal<ReviewEntry[]>(extras.review);
/** Decisions made on this page since it was opened, for the export. */
export const unsaved = signal<ReviewEntry[]>([]);
export const annotations = computed<Map<string, Annotation>>(() =>
  annotate(report.clip.sha256, entries.value, new Date()),
);
const OPEN: Annotation = { status: 'open', notes: [] };
/** What the report itself says was decided when the clip was checked. */
const atCheck = new Map<string, Annotation>(
  findingItems.flatMap(({ key, finding: { review } }) => (review ? [[key, { ...review, notes: [] }]] : [])),
);
export const annotationOf = (key: string): Annotation => annotations.value.get(key) ?? atCheck.get(key) ?? OPEN;

export function concernOf(item: Item): Concern {
  if (item.type === 'check') return item.status;
  return annotationOf(item.key).status === 'waived' ? 'waived' : item.finding.severity;
}

// The list

export type Sort = 'concern' | 'time' | 'confidence' | 'detector';
export const sort = signal<Sort>('concern');
export const hidden = signal<ReadonlySet<Concern>>(new Set());
export const onlyDetector = signal('');

const rank = (item: Item) => CONCERNS.indexOf(concernOf(item));
const begin = (item: Item) => (item.type === 'finding' ? item.finding.start : Number.POSITIVE_INFINITY);
const detectorsOf = (item: Item) => (item.type === 'finding' ? [item.finding.detector] : item.detectors);
const confidence = (item: Item) => (item.type === 'finding' ? item.finding.confidence : -1);
const difference = (a: number, b: number) => (a === b ? 0 : a - b);
const COMPARE: Record<Sort, (a: Item, b: Item) => number> = {
  concern: (a, b) => difference(rank(a), rank(b)) || difference(begin(a), begin(b)),
  time: (a, b) => difference(begin(a), begin(b)) || difference(rank(a), rank(b)),
  confidence: (a, b) => difference(confidence(b), confidence(a)) || difference(begin(a), begin(b)),
  detector: (a, b) =>
    titleOf(detectorsOf(a)[0]).localeCompare(titleOf(detectorsOf(b)[0])) || difference(begin(a), begin(b)),
};

export const allItems: Item[] = [...findingItems, ...checkItems];
export const counts = computed(() => {
  const counted = new Map<Concern, number>(CONCERNS.map(concern => [concern, 0]));
  for (const item of allItems) {
    const concern = concernOf(item);
    counted.set(concern, (counted.get(concern) ?? 0) + (item.type === 'check' ? item.detectors.length : 1));
  }
  return counted;
});
export const listed = computed(() =>
  allItems
    .filter(item => !hidden.value.has(concernOf(item)))
    .filter(item => onlyDetector.value === '' || detectorsOf(item).includes(onlyDetector.value))
    .sort(COMPARE[sort.value]),
);

// The playhead

export const frame = signal(0);
export const playing = signal(0);
export const selected = signal<string | null>(null);
export const view = signal<[number, number]>([0, base.frames]);
/** Set by the player once it can move. */
export const transport: { seek(frame: number): void; play(speed: number): void } = {
  seek: to => {
    frame.value = clampFrame(to);
  },
  play: () => {},
};

export const clampFrame = (to: number): number => Math.min(lastFrame, Math.max(0, Math.round(to)));

/** Stops and goes to a frame, bringing it into view. */
export function goTo(to: number): void {
  const target = clampFrame(to);
  transport.play(0);
  transport.seek(target);
  const [from, until] = view.value;
  if (target < from || target >= until) {
    const half = (until - from) / 2;
    setView(target - half, target + half);
  }
}

/** Picks a row: the player goes to the finding's worst frame. */
export function select(item: Item, options: { scroll?: boolean } = {}): void {
  batch(() => {
    selected.value = item.key;
    if (item.type === 'finding') goTo(item.finding.peak);
  });
  if (options.scroll !== false) requestAnimationFrame(() => reveal(item.key));
}

/** Brings a row to the top of the list; the page itself moves only where the list does not scroll on its own. */
function reveal(key: string): void {
  const row = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  const list = row?.closest<HTMLElement>('.list');
  if (!row || !list) return;
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  if (getComputedStyle(list).overflowY !== 'auto') {
    row.scrollIntoView({ block: 'nearest', behavior });
    return;
  }
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  list.scrollBy({ top: inner.top - outer.top - 10, behavior });
}

/** The next or previous row of the list as it is filtered and sorted now. */
export function step(direction: 1 | -1): void {
  const rows = listed.value;
  if (rows.length === 0) return;
  const at = rows.findIndex(item => item.key === selected.value);
  const next = at < 0 ? (direction === 1 ? 0 : rows.length - 1) : (at + direction + rows.length) % rows.length;
  select(rows[next]);
}

export function setView(from: number, until: number): void {
  const least = Math.min(base.frames, 12);
  const width = Math.min(base.frames, Math.max(least, until - from));
  const start = Math.min(base.frames - width, Math.max(0, from + (until - from - width) / 2));
  view.value = [start, start + width];
}

/** Zooms by a factor about a frame. */
export function zoom(factor: number, about: number = frame.value): void {
  const [from, until] = view.value;
  const anchor = Math.min(until, Math.max(from, about));
  setView(anchor - (anchor - from) / factor, anchor + (until - anchor) / factor);
}

export const secondsOf = (at: number): number => startOf(base, at) - startOf(base, 0);
export const seekTime = (at: number): number => middleOf(base, at);
export const code = (at: number): string => timecode(base.fps, at);
export const seconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;
export const frames = (start: number, end: number): string =>
  end - start <= 1 ? `frame ${start}` : `frames ${start}–${end - 1}`;
export const shotAt = (at: number) => report.shots.find(shot => at >= shot.start && at < shot.end);

export const theme = signal<'light' | 'dark'>(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
/** `name`: a decision waits for the name of whoever makes it. */
export type Dialog =
  | { kind: 'keys' }
  | { kind: 'waive' | 'note'; key: string }
  | { kind: 'name'; key: string; action: 'agree' | 'reopen' };
export const dialog = signal<Dialog | null>(null);
export const printing = signal(false);
export const live = signal('');
