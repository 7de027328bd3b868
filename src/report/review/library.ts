import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { RetakeError } from '../../errors.ts';
import { type Report, reportSchema } from '../../report.ts';
import { noExtras, type PageData, type PageExtras } from '../page-data.ts';
import { REVIEW_FILE } from './store.ts';

/** A report found under a folder. Addresses use the id; no part of an address ever becomes a path. */
export interface FoundReport {
  id: string;
  /** Path of report.json. */
  path: string;
  folder: string;
  review: string;
  /** Path of the picture for the index, when there is one. */
  poster: string | null;
}

/** Name of the picture that stands for a clip on the index, beside its report. */
export const POSTER_FILE = 'poster.jpg';

const DEEPEST = 6;
const MOST = 20_000;

/** Every `report.json` under a folder, by path. Does not follow links, so that it stays below the folder. */
export async function findReports(root: string): Promise<FoundReport[]> {
  const found: FoundReport[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const names = await readdir(folder, { withFileTypes: true });
    for (const name of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= MOST) return;
      const path = join(folder, name.name);
      if (name.isFile() && name.name === 'report.json')
        found.push({
          id: idOf(root, path),
          path,
          folder,
          review: join(folder, REVIEW_FILE),
          poster: names.some(one => one.isFile() && one.name === POSTER_FILE) ? join(folder, POSTER_FILE) : null,
        });
      else if (name.isDirectory() && depth < DEEPEST && name.name !== 'node_modules' && !name.name.startsWith('.'))
        await visit(path, depth + 1).catch(() => {});
    }
  };
  try {
    await visit(resolve(root), 0);
  } catch (thrown) {
    throw new RetakeError('report-invalid', `${root} is not a folder that can be read`, { cause: thrown });
  }
  return found;
}

const idOf = (root: string, path: string): string =>
  createHash('sha256')
    .update(path.slice(resolve(root).length).split(sep).join('/'))
    .digest('hex')
    .slice(0, 16);

/** A report alone. Throws `report-invalid`. */
export async function readReport({ path }: FoundReport): Promise<Report> {
  const parsed = reportSchema.safeParse(await readJson(path));
  if (!parsed.success) throw new RetakeError('report-invalid', 'Not a report of schema 1', { cause: parsed.error });
  return parsed.data;
}

/** A report with what its page was given. Without a page beside it there are no stills and plots. Throws `report-invalid`. */
export async function loadReport(found: FoundReport): Promise<PageData> {
  const report = await readReport(found);
  return { report, extras: (await pageExtras(found.folder, report.clip.sha256)) ?? noExtras };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new RetakeError('report-invalid', 'The report cannot be read', { cause: thrown });
  }
}

/** The extras embedded in the report's page, when it is about the same bytes. */
async function pageExtras(folder: string, sha256: string): Promise<PageExtras | null> {
  try {
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    const json = /<script type="application\/json" id="retake-data">([^<]*)<\/script>/.exec(html)?.[1];
    const data = JSON.parse(json ?? 'null') as PageData | null;
    return data?.report.clip.sha256 === sha256 ? { ...noExtras, ...data.extras } : null;
  } catch {
    return null;
  }
}

const proven = new Map<string, string>();

/**
 * The file that a page plays: a proxy in the report's own folder, or the clip itself after its bytes proved to be those
 * that were judged. Null when neither is there. Nothing else is ever handed out.
 */
export async function clipFile(found: FoundReport, { report, extras }: PageData): Promise<string | null> {
  const { how, src } = extras.clip;
  if (how === 'proxy' && src && !/[\\/]/.test(src) && src !== '..') return existing(join(found.folder, src));
  const candidates = [report.clip.path];
  if (how === 'original' && src) {
    try {
      candidates.unshift(resolve(found.folder, ...src.split('/').map(decodeURIComponent)));
    } catch {}
  }
  for (const candidate of candidates) {
    const path = await existing(resolve(candidate));
    if (path !== null && (await sha256Of(path)) === report.clip.sha256) return path;
  }
  return null;
}

async function existing(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? path : null;
}

/** Hash of a file, remembered for as long as its size and time stay the same. */
async function sha256Of(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path}\0${size}\0${mtimeMs}`;
  const known = proven.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const digest = hash.digest('hex');
  proven.set(key, digest);
  return digest;
}
