import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from 'pdf-lib';
import { singleLine } from '../../report/text.ts';
import { rateOf, toTimecode } from '../../report/timecode.ts';
import type { CertificateRecord } from './schema.ts';

/** A4 in points, margins, and the sizes of headings and text. */
const PAGE = { width: 595.28, height: 841.89, margin: 48 } as const;
const LINE = 1.35;

/**
 * A record as a PDF. The standard fonts hold Western European letters only: others are written as their code points, so
 * that no name is silently changed; the page and the JSON have them as they are.
 */
export async function renderCertificatePdf(record: CertificateRecord, digest: string): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const made = new Date(record.createdAt);
  const { subject } = record;
  document.setTitle('Gate certificate');
  document.setProducer(`Retake ${record.tool.version}`);
  document.setCreator('Retake');
  document.setCreationDate(made);
  document.setModificationDate(made);
  const fonts = {
    plain: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
  };
  const sheet = new Sheet(document, fonts);
  const code = (frame: number): string => toTimecode(frame, rateOf(subject.fps));

  sheet.write({ pass: 'Passed', fail: 'Not passed', error: 'Could not be judged' }[record.decision], {
    size: 22,
    bold: true,
  });
  sheet.write(`Gate certificate, ${record.createdAt}, Retake ${record.tool.version}`);
  sheet.heading('Subject');
  if (subject.export) sheet.write(`Export ${subject.export.name}, sha-256 ${subject.export.sha256}`);
  if (subject.timeline)
    sheet.write(`Timeline ${subject.timeline.name} (${subject.timeline.format}), sha-256 ${subject.timeline.sha256}`);
  sheet.write(
    `${subject.frames} frames at ${subject.fps.num}/${subject.fps.den} fps. Content credentials: ${record.credentials.export}.`,
  );
  sheet.write(`Policy ${record.policy.name}, ${record.policy.hash}`);
  for (const { kind, name, sha256 } of record.rules)
    sheet.write(`${kind === 'style' ? 'Style bible' : 'Audio plan'} ${name}, sha-256 ${sha256}`);
  sheet.heading('Checks');
  for (const check of record.checks) {
    sheet.write(`${check.id}: ${check.status}${check.reason ? ` (${check.reason})` : ''}`, {
      bold: check.blocking.length > 0,
    });
    for (const line of [...check.blocking, ...check.notes]) sheet.write(line, { indent: 12 });
  }
  sheet.heading('Used ranges');
  for (const use of record.uses) {
    const source = use.source
      ? `${use.source.name} frames ${use.source.frames.start}-${use.source.frames.end - 1} (${use.source.sha256.slice(0, 16)}, by ${use.source.by})`
      : 'no take';
    sheet.write(
      `${use.id} ${code(use.record.start)}-${code(use.record.end)} ${use.medium} ${use.name}: ${use.decision}. ${source}`,
      { bold: use.decision !== 'pass' },
    );
    for (const reason of use.reasons) sheet.write(reason, { indent: 12 });
  }
  sheet.heading('Waivers');
  if (record.waivers.length === 0) sheet.write('None.');
  for (const waiver of record.waivers)
    sheet.write(
      `${waiver.who}, ${waiver.at}: ${waiver.finding} of ${waiver.clip.slice(0, 16)}, ${waiver.reason}${waiver.until ? `, until ${waiver.until}` : ''}`,
    );
  sheet.heading('People');
  if (record.people.length === 0) sheet.write('None recorded.');
  for (const person of record.people)
    sheet.write(
      `${person.name}${person.speaks ? ' (speaks)' : ''} in ${person.take}: ${person.releases.map(release => `${release.covers.join(' and ')}${release.expires ? ` until ${release.expires.slice(0, 10)}` : ''}`).join('; ') || 'no release'}`,
    );
  sheet.heading('Record');
  sheet.write(digest);
  return document.save();
}

interface Fonts {
  plain: PDFFont;
  bold: PDFFont;
}

class Sheet {
  readonly #document: PDFDocument;
  readonly #fonts: Fonts;
  #page: PDFPage;
  #y: number;

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document;
    this.#fonts = fonts;
    this.#page = document.addPage([PAGE.width, PAGE.height]);
    this.#y = PAGE.height - PAGE.margin;
  }

  heading(text: string): void {
    this.#y -= 8;
    this.write(text, { size: 12, bold: true });
  }

  write(text: string, { size = 9, bold = false, indent = 0 } = {}): void {
    const font = bold ? this.#fonts.bold : this.#fonts.plain;
    const width = PAGE.width - 2 * PAGE.margin - indent;
    for (const line of wrap(encodable(singleLine(text, 4000), font), font, size, width)) {
      if (this.#y - size * LINE < PAGE.margin) {
        this.#page = this.#document.addPage([PAGE.width, PAGE.height]);
        this.#y = PAGE.height - PAGE.margin;
      }
      this.#y -= size * LINE;
      this.#page.drawText(line, { x: PAGE.margin + indent, y: this.#y, size, font, color: rgb(0.1, 0.1, 0.12) });
    }
  }
}

function encodable(text: string, font: PDFFont): string {
  const known = new Set(font.getCharacterSet());
  return [...text]
    .map(char =>
      known.has(char.codePointAt(0)!) ? char : `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
    )
    .join('');
}

/** Lines that fit; a word that is wider than the page is cut. */
function wrap(text: string, font: PDFFont, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (candidate: string): boolean => font.widthOfTextAtSize(candidate, size) <= width;
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (!fits(line)) {
      let length = line.length - 1;
      while (length > 1 && !fits(line.slice(0, length))) length--;
      lines.push(line.slice(0, length));
      line = line.slice(length);
    }
  }
  return [...lines, line];
}
