import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { oneLine, RetakeError } from '../../errors.ts';
import type { ReviewEntry } from '../../report/review/decisions.ts';
import { REVIEW_FILE, readReview } from '../../report/review/store.ts';
import { type Report, reportSchema } from '../../report.ts';
import type { Ledger } from '../../takes/ledger.ts';
import type { Take } from '../../takes/take.ts';
import { waiversOf } from '../../takes/waivers.ts';
import { hashFile, isFile } from '../files.ts';

/** A report with what people said about its findings. */
export interface JudgedReport {
  report: Report;
  review: ReviewEntry[];
  /** Where it was kept: a path or a ledger's report id. */
  origin: string;
}

/** One known set of bytes: the names it goes by, where it lies, the take that it is. */
export interface KnownMedia {
  sha256: string;
  names: Set<string>;
  paths: Set<string>;
  takes: Take[];
}

export interface LibrarySources {
  ledger?: Ledger;
  /** Folders that `retake check` wrote reports to. */
  reports?: readonly string[];
  /** Folders that hold the media, for timelines whose paths lead elsewhere. */
  media?: readonly string[];
  /** Whether a file may be read at all; a timeline names paths that nobody has agreed to. Default: any. */
  mayRead?(path: string): Promise<boolean>;
  signal?: AbortSignal;
}

/** Files of a media folder that may be meant by a name, by base name in lower case. */
const MOST_FILES = 200_000;

/** Everything that is known of takes: the ledger's, and reports in folders. Files are hashed once. */
export class MediaLibrary {
  readonly ledger: Ledger | undefined;
  readonly #known = new Map<string, KnownMedia>();
  readonly #judged = new Map<string, JudgedReport[]>();
  readonly #files = new Map<string, string[]>();
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #signal: AbortSignal | undefined;

  readonly #mayRead: (path: string) => Promise<boolean>;

  private constructor({ ledger, signal, mayRead = async () => true }: LibrarySources) {
    this.ledger = ledger;
    this.#signal = signal;
    this.#mayRead = mayRead;
  }

  static async open(sources: LibrarySources): Promise<MediaLibrary> {
    const { ledger, reports = [], media = [] } = sources;
    const library = new MediaLibrary(sources);
    for (const take of ledger?.takes() ?? []) library.#addTake(take);
    for (const folder of reports) await library.#addReports(folder);
    for (const folder of media) await library.#addFiles(folder);
    return library;
  }

  known(sha256: string): KnownMedia | undefined {
    return this.#known.get(sha256);
  }

  all(): KnownMedia[] {
    return [...this.#known.values()];
  }

  /** Reports on these bytes, newest first. */
  reports(sha256: string): JudgedReport[] {
    const stored = this.ledger?.reports(sha256).map(({ id }) => id) ?? [];
    const review = stored.length > 0 ? waiversOf(this.ledger!, sha256) : [];
    const own = stored.map(id => ({ report: this.ledger!.report(id), review, origin: id }));
    return [...own, ...(this.#judged.get(sha256) ?? [])].sort((a, b) =>
      b.report.timing.startedAt < a.report.timing.startedAt ? -1 : 1,
    );
  }

  /** Takes a report that was just made. */
  addReport(judged: JudgedReport): void {
    const { clip } = judged.report;
    const entry = this.#entry(clip.sha256);
    this.#name(entry, clip.path);
    this.#judged.set(clip.sha256, [judged, ...(this.#judged.get(clip.sha256) ?? [])]);
  }

  hash(path: string): Promise<string> {
    let hash = this.#hashes.get(path);
    if (!hash) {
      hash = hashFile(path, this.#signal);
      this.#hashes.set(path, hash);
      hash.catch(() => {});
    }
    return hash;
  }

  /** Whether a file is there and may be read. */
  readable = async (path: string): Promise<boolean> => (await isFile(path)) && (await this.#mayRead(path));

  /** Files of that base name in the media folders. */
  filesNamed(name: string): Promise<string[]> {
    return this.#readableOf(this.#files.get(basename(name).toLowerCase()) ?? []);
  }

  /** Every file in the media folders. */
  files(): Promise<string[]> {
    return this.#readableOf([...this.#files.values()].flat());
  }

  async #readableOf(paths: readonly string[]): Promise<string[]> {
    const may = await Promise.all(paths.map(path => this.#mayRead(path)));
    return paths.filter((_, i) => may[i]);
  }

  /** Known media that go by this file, clip or shot name. */
  named(name: string): KnownMedia[] {
    const wanted = name.toLowerCase();
    return wanted === '' ? [] : this.all().filter(entry => entry.names.has(wanted));
  }

  /** Known media whose name becomes this reel name: edit decision lists keep eight letters and digits, or more. */
  onReel(reel: string): KnownMedia[] {
    const wanted = reelOf(reel);
    if (wanted.length < 2) return [];
    const names = (entry: KnownMedia) => [...entry.names].map(reelOf);
    const exact = this.all().filter(entry => names(entry).includes(wanted));
    if (exact.length > 0 || wanted.length < 8) return exact;
    return this.all().filter(entry => names(entry).some(name => name.startsWith(wanted)));
  }

  /** The first place where these bytes still lie, unchanged; else the first that exists with other bytes. */
  async locate(entry: KnownMedia): Promise<{ path: string; sha256: string } | null> {
    let other: { path: string; sha256: string } | null = null;
    const near = await Promise.all([...entry.paths].map(path => this.filesNamed(path)));
    for (const path of new Set([...entry.paths, ...near.flat()])) {
      if (!(await this.readable(path))) continue;
      const sha256 = await this.hash(path);
      if (sha256 === entry.sha256) return { path, sha256 };
      other ??= { path, sha256 };
    }
    return other;
  }

  #entry(sha256: string): KnownMedia {
    let entry = this.#known.get(sha256);
    if (!entry) {
      entry = { sha256, names: new Set(), paths: new Set(), takes: [] };
      this.#known.set(sha256, entry);
    }
    return entry;
  }

  #name(entry: KnownMedia, path: string): void {
    entry.paths.add(path);
    const base = basename(path).toLowerCase();
    entry.names.add(base).add(basename(base, extname(base)));
  }

  #addTake(take: Take): void {
    if (take.sha256 === undefined) return;
    const entry = this.#entry(take.sha256);
    entry.takes.push(take);
    entry.names.add(take.id.toLowerCase());
    if (take.path) this.#name(entry, take.path);
  }

  async #addReports(folder: string): Promise<void> {
    const info = await stat(folder).catch(() => null);
    if (!info?.isDirectory()) throw new RetakeError('usage', `${oneLine(folder)} is no folder of reports`);
    const found = await glob('**/report.json', { cwd: folder, dot: false, followSymbolicLinks: false });
    for (const name of found.sort()) {
      const path = join(folder, name);
      let report: Report;
      try {
        report = reportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (cause) {
        throw new RetakeError('report-invalid', `${oneLine(path)} is not a report that this version can read`, {
          cause,
        });
      }
      if (report.clip.sha256 === '') continue;
      const review = (await readReview(join(dirname(path), REVIEW_FILE))).entries;
      this.addReport({ report, review, origin: path });
    }
  }

  async #addFiles(folder: string): Promise<void> {
    const info = await stat(folder).catch(() => null);
    if (!info?.isDirectory()) throw new RetakeError('usage', `${oneLine(folder)} is no folder of media`);
    const names = await glob('**/*', { cwd: folder, dot: false, followSymbolicLinks: false, onlyFiles: true });
    if (names.length > MOST_FILES)
      throw new RetakeError('usage', `${oneLine(folder)} holds more than ${MOST_FILES} files`);
    for (const name of names.sort()) {
      const key = basename(name).toLowerCase();
      this.#files.set(key, [...(this.#files.get(key) ?? []), join(folder, name)]);
    }
  }
}

/** Letters and digits of a name without its extension: what is left of it on a reel. */
const reelOf = (name: string): string =>
  name
    .toUpperCase()
    .replace(/\.[A-Z0-9]{2,4}$/, '')
    .replace(/[^A-Z0-9]/g, '');
