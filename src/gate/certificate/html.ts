import { escapeXml } from '../../report/text.ts';
import { rateOf, toTimecode } from '../../report/timecode.ts';
import type { CertificateRecord } from './schema.ts';

const WORDS = { pass: 'Passed', fail: 'Not passed', error: 'Could not be judged' } as const;

/** A record as one page without scripts or anything from elsewhere: for people, printers and archives. */
export function renderCertificateHtml(record: CertificateRecord, digest: string): string {
  const text = (value: string): string => escapeXml(value);
  const { subject } = record;
  const code = (frame: number): string => toTimecode(frame, rateOf(subject.fps));
  const row = (cells: string[], tag = 'td'): string =>
    `<tr>${cells.map(cell => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const table = (heads: string[], rows: string[]): string =>
    rows.length === 0
      ? '<p>None.</p>'
      : `<div class="wide"><table><thead>${row(heads.map(text), 'th')}</thead><tbody>${rows.join('\n')}</tbody></table></div>`;
  const list = (items: string[]): string => items.map(item => `<li>${text(item)}</li>`).join('');
  const facts: [string, string][] = [
    [
      'Export',
      subject.export ? `${subject.export.name}\n${subject.export.sha256}` : 'none: the timeline alone was judged',
    ],
    [
      'Timeline',
      subject.timeline ? `${subject.timeline.name} (${subject.timeline.format})\n${subject.timeline.sha256}` : 'none',
    ],
    ['Length', `${subject.frames} frames at ${subject.fps.num}/${subject.fps.den} fps`],
    ['Policy', `${record.policy.name}\n${record.policy.hash}`],
    ...record.rules.map(({ kind, name, sha256 }): [string, string] => [
      kind === 'style' ? 'Style bible' : 'Audio plan',
      `${name}\n${sha256}`,
    ]),
    ['Judged by', `Retake ${record.tool.version}, ${record.createdAt}`],
    ['Content credentials', record.credentials.export],
    ['Record', digest],
  ];
  const uses = record.uses.map(use =>
    row([
      text(use.id),
      `${code(use.record.start)}<br>${code(use.record.end)}`,
      `${text(use.name)}<br><small>${text(use.medium)}${use.speed === 1 ? '' : `, speed ${use.speed ?? 'varies'}`}</small>`,
      use.source
        ? `${text(use.source.name)} ${use.source.frames.start}–${use.source.frames.end - 1}<br><code>${use.source.sha256.slice(0, 16)}</code> <small>by ${text(use.source.by)}</small>`
        : '–',
      `<b class="${text(use.decision)}">${text(use.decision)}</b>${use.reasons.length > 0 ? `<ul>${list(use.reasons)}</ul>` : ''}`,
      use.report ? `<code>${use.report.sha256.slice(0, 16)}</code> <small>${text(use.report.version)}</small>` : '–',
    ]),
  );
  const checks = record.checks.map(check =>
    row([
      text(check.id),
      text(check.status),
      `<ul>${list([...check.blocking, ...check.notes, ...(check.reason ? [check.reason] : [])])}</ul>`,
    ]),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${WORDS[record.decision]}: ${text(subject.export?.name ?? subject.timeline?.name ?? 'gate')}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dt { font-weight: 600; } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.1rem; } .regenerate, .error, .fail { color: #b3261e; } .pass { color: #1b6e3c; }
@media (prefers-color-scheme: dark) { .regenerate, .error, .fail { color: #ff8a80; } .pass { color: #81c995; } }
@media print { tr { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<h1 class="${record.decision}">${WORDS[record.decision]}</h1>
<dl>${facts.map(([name, value]) => `<dt>${text(name)}</dt><dd>${value.split('\n').map(text).join('\n')}</dd>`).join('')}</dl>
<h2>Checks</h2>
${table(['Check', 'Status', 'What it said'], checks)}
<h2>Used ranges</h2>
${table(['', 'Timeline', 'Clip', 'Source frames', 'Decision', 'Report'], uses)}
<h2>Waivers</h2>
${table(
  ['Who', 'When', 'Finding', 'Why', 'Until', 'Clip'],
  record.waivers.map(waiver =>
    row(
      [waiver.who, waiver.at, waiver.finding, waiver.reason, waiver.until ?? 'withdrawn', waiver.clip.slice(0, 16)].map(
        text,
      ),
    ),
  ),
)}
<h2>People</h2>
${table(
  ['Name', 'Take', 'Releases'],
  record.people.map(person =>
    row([
      `${text(person.name)}${person.speaks ? ' (speaks)' : ''}`,
      text(person.take),
      person.releases
        .map(release =>
          text(
            `${release.covers.join(' and ')}${release.expires ? ` until ${release.expires.slice(0, 10)}` : ''}, ${release.sha256.slice(0, 16)}`,
          ),
        )
        .join('<br>'),
    ]),
  ),
)}
</main>
</body>
</html>
`;
}
