import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RetakeError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { PageData, PageExtras } from './page-data.ts';

/** Script and style sheet of a page, as built by `page/build.ts`. */
export interface PageAssets {
  script: string;
  style: string;
}

const cache = new Map<string, PageAssets>();

/** The bundled browser code, read once. Throws `internal` when the package was not built. */
export function pageAssets(name: 'page' | 'index' = 'page'): PageAssets {
  const cached = cache.get(name);
  if (cached) return cached;
  // Beside this file in the built package; in dist/ when the writers run from source.
  for (const folder of ['./page/', '../../dist/report/page/']) {
    try {
      const read = (type: string) => readFileSync(new URL(`${folder}${name}.${type}`, import.meta.url), 'utf8');
      const assets = { script: read('js'), style: read('css') };
      cache.set(name, assets);
      return assets;
    } catch {}
  }
  throw new RetakeError('internal', 'The browser code of the report page is missing', {
    hint: 'Run `npm run build` once: it bundles the page.',
  });
}

export interface HtmlOptions {
  assets?: PageAssets;
  /** Given by the review server to pages that it serves: they save decisions with it. */
  reviewToken?: string;
}

/**
 * One clip's report as a page: a single HTML document that opens from disk and asks the network for nothing. Pure.
 * Untrusted text travels as JSON with every `<` escaped and reaches the document only as text nodes.
 */
export function renderHtml(report: Report, extras: PageExtras, options: HtmlOptions = {}): string {
  const { assets = pageAssets(), reviewToken = '' } = options;
  const name = fileName(report.clip.path);
  const data: PageData = { report, extras };
  return htmlDocument({
    title: `${name} · ${report.verdict.decision} · Retake`,
    assets,
    head: `<meta name="retake-review" content="${escapeHtml(reviewToken)}">`,
    body: `<div id="app">${fallback(report)}</div>\n<script type="application/json" id="retake-data">${embedJson(data)}</script>`,
  });
}

/** What a reader without scripts gets: the verdict and the findings as plain text. The page replaces it. */
function fallback(report: Report): string {
  const findings = report.outcomes.flatMap(outcome => outcome.findings);
  const items = findings.map(finding => {
    const where = `frames ${finding.start}–${finding.end - 1}`;
    return `<li>${escapeHtml(`${finding.severity}: ${finding.message} (${where})`)}</li>`;
  });
  const heading = `<h1>${escapeHtml(fileName(report.clip.path))}: ${report.verdict.decision}</h1>`;
  return `<noscript><main class="plain">${heading}<ul>${items.join('')}</ul></main></noscript>`;
}

export interface DocumentParts {
  title: string;
  assets: PageAssets;
  /** Trusted markup. */
  head?: string;
  body: string;
}

/** A document whose content policy allows exactly its own script, its own style, and pictures and clips beside it. */
export function htmlDocument({ title, assets, head = '', body }: DocumentParts): string {
  const script = assets.script.replaceAll('</script', '<\\/script');
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(assets.style)}'`,
    "img-src 'self' data: blob: file:",
    "media-src 'self' data: blob: file:",
    // Only the review server is ever asked, and only when it served the page.
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${head}
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${ICON}">
<style>${assets.style}</style>
</head>
<body>
${body}
<script>${script}</script>
</body>
</html>
`;
}

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect width=%2216%22 height=%2216%22 rx=%223%22 fill=%22%23b4174a%22/%3E%3Cpath d=%22M5 4v8l7-4z%22 fill=%22white%22/%3E%3C/svg%3E';

const hash = (text: string): string => `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;

/** JSON that cannot end its script element nor open a comment in it. */
export const embedJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Text for HTML content and quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[char] ?? char,
  );

/** Last part of a path of either separator. */
export const fileName = (path: string): string => path.split(/[\\/]/).pop() || path;
