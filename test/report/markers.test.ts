import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HOSTILE, sampleFinding, sampleOutcomes, sampleReport } from '../../fixtures/reports.ts';
import type { Rational } from '../../src/clip.ts';
import { markerFormat, markerFormats } from '../../src/report/markers/index.ts';
import type { Annotation } from '../../src/report/review/decisions.ts';
import type { Report } from '../../src/report.ts';
import {
  frameCount,
  parseCsv,
  type ReaderTimeline,
  type ReadMarker,
  readAvid,
  readCsv,
  readEdl,
  readFcpxml,
  readOtio,
  readXmeml,
} from './marker-readers.ts';

const render = (id: string, report: Report, options = {}): string => markerFormat(id)!.render(report, options);

/** Start and end of every marker, sorted. */
const ranges = (markers: readonly Pick<ReadMarker, 'start' | 'end'>[]): string[] =>
  markers.map(({ start, end }) => `${start}-${end}`).sort();

const RATES: [string, Rational, number, boolean][] = [
  ['23.976', { num: 24000, den: 1001 }, 24, false],
  ['24', { num: 24, den: 1 }, 24, false],
  ['25', { num: 25, den: 1 }, 25, false],
  ['29.97 non-drop', { num: 30000, den: 1001 }, 30, false],
  ['29.97 drop', { num: 30000, den: 1001 }, 30, true],
  ['30', { num: 30, den: 1 }, 30, false],
  ['50', { num: 50, den: 1 }, 50, false],
  ['59.94 non-drop', { num: 60000, den: 1001 }, 60, false],
  ['59.94 drop', { num: 60000, den: 1001 }, 60, true],
  ['60', { num: 60, den: 1 }, 60, false],
];

/** Long enough for several minute boundaries; no two markers start together, so that no format joins any. */
const FRAMES = 12_000;
const PLANTED = [
  { start: 0, end: 1 },
  { start: 1, end: 30 },
  { start: 1799, end: 1801 },
  { start: 1800, end: 3600 },
  { start: 3599, end: 3600 },
  { start: 3600, end: 7204 },
  { start: 11_988, end: 11_989 },
  { start: 11_999, end: 12_000 },
];
const USABLE = [{ start: 8000, end: 11_980 }];

const planted = (fps: Rational): Report =>
  sampleReport({
    fps,
    frames: FRAMES,
    usable: USABLE,
    outcomes: [
      {
        ...sampleOutcomes()[0],
        findings: PLANTED.map(range => sampleFinding({ ...range, peak: range.start })),
      },
    ],
  });

describe.each(RATES)('%s', (_, fps, base, drop) => {
  const colon = drop ? ';' : ':';
  describe.each([`00:00:00${colon}00`, `10:59:58${colon}07`, `23:59:50${colon}00`])('from %s', start => {
    const timeline: ReaderTimeline = { base, drop, start };
    const report = planted(fps);
    const expected = ranges([...PLANTED, ...USABLE]);

    it('EDL comes back frame-exact', () => {
      expect(ranges(readEdl(render('edl', report, { startTimecode: start }), timeline))).toEqual(expected);
    });

    it('Avid text comes back frame-exact', () => {
      expect(ranges(readAvid(render('avid', report, { startTimecode: start }), timeline))).toEqual(expected);
    });

    it('CSV comes back frame-exact', () => {
      const text = render('csv', report, { startTimecode: start });
      expect(ranges(readCsv(text, timeline))).toEqual(expected);
      expect(ranges(parseCsv(text).map(row => ({ start: +row['Start Frame'], end: +row['End Frame'] })))).toEqual(
        expected,
      );
    });

    it('FCPXML comes back frame-exact', () => {
      const read = readFcpxml(render('fcpxml', report, { startTimecode: start }));
      expect(ranges(read.markers)).toEqual(expected);
      expect([read.origin, read.drop]).toEqual([frameCount(start, timeline), drop]);
      expect(read.frameDuration).toBe(fps.den === 1 ? `1/${base}s` : `1001/${base * 1000}s`);
    });

    it('Premiere XML comes back frame-exact', () => {
      const read = readXmeml(render('premiere', report, { startTimecode: start }));
      expect(ranges(read.markers)).toEqual(expected);
      expect(read).toMatchObject({ base, ntsc: fps.den === 1001, drop, start });
    });

    it('OTIO comes back frame-exact', () => {
      const read = readOtio(render('otio', report, { startTimecode: start }));
      expect(ranges(read.markers)).toEqual(expected);
      expect([read.rate, read.origin]).toEqual([fps.num / fps.den, frameCount(start, timeline)]);
    });
  });
});

describe('what a marker says', () => {
  const report = sampleReport();
  const timeline = { base: 25, drop: false, start: '01:00:00:00' };

  it('EDL: colour by severity, usable ranges, and one marker where several start together', () => {
    const read = readEdl(render('edl', report), timeline);
    expect(read.map(({ start, end, colour, name }) => [start, end, colour, name])).toEqual([
      [0, 100, 'ResolveColorBlue', 'loudness: loud + usable'],
      [12, 34, 'ResolveColorRed', 'freeze: frozen'],
      [40, 52, 'ResolveColorYellow', 'hands: extra-finger'],
      [61, 62, 'ResolveColorRed', 'freeze: frozen'],
      [63, 100, 'ResolveColorGreen', 'usable'],
    ]);
    expect(read[0].note).toContain('usable: frames 0 to 11');
    expect(read[1].note).toBe(
      'regenerate: The picture stands still for 0.9 s. (s1, frames 12 to 33, worst 12; measured 0.9 against 0.6 s; confidence 90 %) Ask for movement.',
    );
  });

  it('EDL: the title states the rate', () => {
    const text = render('edl', sampleReport({ fps: { num: 24000, den: 1001 } }));
    expect(text.split('\n')[0]).toBe('TITLE: shot 1.mp4 (Retake, 23.976 fps)');
  });

  it.each([
    ['avid', ['cyan', 'green', 'red', 'yellow', 'red', 'green'], readAvid],
    ['csv', ['info', 'usable', 'regenerate', 'review', 'regenerate', 'usable'], readCsv],
  ] as const)('%s: colours in order of time', (id, colours, read) => {
    const options = { startTimecode: timeline.start };
    expect(read(render(id, report, options), timeline).map(({ colour }) => colour)).toEqual(colours);
  });

  it('Premiere: its own colour numbers', () => {
    const { markers } = readXmeml(render('premiere', report));
    expect(markers.map(({ colour }) => colour)).toEqual([
      '4294741314',
      'default',
      '4281740498',
      '4281049552',
      '4281740498',
      'default',
    ]);
  });

  it('FCPXML: to-dos, standard markers and keyword ranges', () => {
    const { markers } = readFcpxml(render('fcpxml', report));
    expect(markers.map(({ colour }) => colour)).toEqual([
      'standard',
      'to-do',
      'standard',
      'to-do',
      'keyword',
      'keyword',
    ]);
  });

  it('OTIO: colours, and the whole finding in the metadata', () => {
    const text = render('otio', report);
    expect(readOtio(text).markers.map(({ colour }) => colour)).toEqual([
      'BLUE',
      'GREEN',
      'RED',
      'YELLOW',
      'RED',
      'GREEN',
    ]);
    const clip = JSON.parse(text).tracks.children[0].children[0];
    expect(clip.markers[3].metadata.retake.finding).toEqual(sampleOutcomes()[1].findings[0]);
  });

  it('a waived finding stays, in its own colour, with who and why first', () => {
    const waived: Annotation = { status: 'waived', who: 'Kim', reason: 'planned', until: '2030-06-30', notes: [] };
    const options = { annotations: new Map([['freeze/frozen@12-34', waived]]), startTimecode: timeline.start };
    const found = (markers: ReadMarker[]) => markers.filter(({ start }) => start === 12);
    const said = expect.stringMatching(/waived by Kim until 2030-06-30 \(planned\): regenerate: The picture/);
    expect(found(readEdl(render('edl', report, options), timeline))).toMatchObject([
      { colour: 'ResolveColorPurple', note: said },
    ]);
    expect(found(readAvid(render('avid', report, options), timeline))).toMatchObject([
      { colour: 'magenta', note: said },
    ]);
    expect(found(readCsv(render('csv', report, options), timeline))).toMatchObject([{ colour: 'waived', note: said }]);
    expect(found(readXmeml(render('premiere', report, options)).markers)).toMatchObject([
      { colour: '4289825711', note: said },
    ]);
    expect(found(readFcpxml(render('fcpxml', report, options)).markers)).toMatchObject([
      { colour: 'done', note: said },
    ]);
    expect(found(readOtio(render('otio', report, options)).markers)).toMatchObject([{ colour: 'PURPLE', note: said }]);
  });

  it('a clip without findings gives a file that reads as empty', () => {
    const empty = sampleReport({ outcomes: [], usable: [] });
    expect(readEdl(render('edl', empty), timeline)).toEqual([]);
    expect(readAvid(render('avid', empty), timeline)).toEqual([]);
    expect(readCsv(render('csv', empty), timeline)).toEqual([]);
    expect(readXmeml(render('premiere', empty)).markers).toEqual([]);
    expect(readFcpxml(render('fcpxml', empty)).markers).toEqual([]);
    expect(readOtio(render('otio', empty)).markers).toEqual([]);
  });
});

describe('timelines of another rate', () => {
  const one = (shape: Parameters<typeof sampleReport>[0]) =>
    sampleReport({
      ...shape,
      usable: [],
      outcomes: [{ ...sampleOutcomes()[0], findings: [sampleFinding({ start: 5, end: 9, peak: 5 })] }],
    });

  it.each([
    ['8 fps has its place at 24', { num: 8, den: 1 }, 24, [15, 27]],
    ['12.5 fps at 25', { num: 25, den: 2 }, 25, [10, 18]],
    ['16 fps at 48', { num: 16, den: 1 }, 48, [15, 27]],
    ['355/12 fps goes to the nearest rate', { num: 355, den: 12 }, 30, [5, 9]],
    ['120 fps is halved', { num: 120, den: 1 }, 60, [3, 5]],
  ])('%s', (_, fps, base, [start, end]) => {
    const report = one({ fps });
    const timeline = { base, drop: false, start: '01:00:00:00' };
    expect(readEdl(render('edl', report), timeline)).toMatchObject([{ start, end }]);
    expect(readXmeml(render('premiere', report)).markers).toMatchObject([{ start, end }]);
    // FCPXML places markers in the clip's own time: exact at any rate.
    expect(readFcpxml(render('fcpxml', report)).markers).toMatchObject([{ start: 5, end: 9 }]);
  });

  it('a timeline chosen by the user', () => {
    const text = render('edl', one({ fps: { num: 24, den: 1 } }), { rate: { num: 60, den: 1 } });
    expect(readEdl(text, { base: 60, drop: false, start: '01:00:00:00' })).toMatchObject([{ start: 13, end: 23 }]);
  });

  it('a varying rate goes by the container’s times', () => {
    const times = [0.5, 0.54, 0.6, 0.7, 0.9, 1.1, 1.14, 1.18, 1.3, 1.5, 1.54];
    const report = one({ frames: 11, times });
    const expected = [{ start: 15, end: 25 }];
    expect(readEdl(render('edl', report), { base: 25, drop: false, start: '01:00:00:00' })).toMatchObject(expected);
    expect(readXmeml(render('premiere', report)).markers).toMatchObject(expected);
    expect(readFcpxml(render('fcpxml', report)).markers).toMatchObject(expected);
    expect(readOtio(render('otio', report)).markers).toMatchObject(expected);
  });

  it('a finding never shrinks to nothing', () => {
    const report = sampleReport({
      fps: { num: 120, den: 1 },
      usable: [],
      outcomes: [{ ...sampleOutcomes()[0], findings: [sampleFinding({ start: 7, end: 8, peak: 7 })] }],
    });
    expect(readXmeml(render('premiere', report)).markers).toMatchObject([{ start: 4, end: 5 }]);
  });

  it.each([
    ['drop-frame at 25 fps', { startTimecode: '01:00:00;00' }],
    ['no timecode', { startTimecode: 'noon' }],
    ['a frame number beyond the rate', { startTimecode: '01:00:00:25' }],
  ])('refuses %s in every format', (_, options) => {
    for (const format of markerFormats)
      expect(() => format.render(sampleReport(), options)).toThrowError(expect.objectContaining({ code: 'usage' }));
  });
});

describe('hostile text', () => {
  const hostile = sampleReport({
    path: `/tmp/${HOSTILE}.mp4`,
    usable: [],
    outcomes: [
      {
        ...sampleOutcomes()[0],
        findings: [
          sampleFinding({
            message: HOSTILE,
            advice: HOSTILE,
            kind: HOSTILE,
            detector: HOSTILE,
            unit: HOSTILE,
            start: 3,
            end: 5,
            peak: 3,
          }),
          sampleFinding({ message: '7 of 9', detector: '+1', kind: '@x', start: 8, end: 9, peak: 8 }),
        ],
      },
    ],
  });
  const annotations = new Map([
    [`${HOSTILE}/${HOSTILE}@3-5`, { status: 'agreed', who: HOSTILE, reason: HOSTILE, notes: [] } as Annotation],
  ]);
  const timeline = { base: 25, drop: false, start: '01:00:00:00' };
  const options = { annotations, startTimecode: timeline.start };
  const expected = ['3-5', '8-9'];

  it('adds no marker, no line, no element anywhere', () => {
    expect(ranges(readEdl(render('edl', hostile, options), timeline))).toEqual(expected);
    expect(ranges(readAvid(render('avid', hostile, options), timeline))).toEqual(expected);
    expect(ranges(readCsv(render('csv', hostile, options), timeline))).toEqual(expected);
    expect(ranges(readXmeml(render('premiere', hostile, options)).markers)).toEqual(expected);
    expect(ranges(readFcpxml(render('fcpxml', hostile, options)).markers)).toEqual(expected);
    expect(ranges(readOtio(render('otio', hostile, options)).markers)).toEqual(expected);
  });

  it('no control character and no lone surrogate gets through', () => {
    for (const { id } of markerFormats) {
      const text = render(id, hostile, options);
      expect(text.isWellFormed(), id).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(text, id).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
    }
  });

  it('a spreadsheet finds no formula', () => {
    for (const row of parseCsv(render('csv', hostile, options)))
      for (const [name, value] of Object.entries(row))
        if (Number.isNaN(Number(value))) expect(value, name).not.toMatch(/^\s*[=+\-@]/);
  });

  it('a path stays one path', () => {
    const url = readXmeml(render('premiere', hostile, options)).pathurl;
    expect(url).toMatch(/^file:\/\/\/tmp\/[\w%.~/-]+$/);
    expect(decodeURIComponent(url)).toBe(`file:///tmp/${HOSTILE.toWellFormed()}.mp4`);
    expect(readOtio(render('otio', hostile, options)).url).toBe(url);
    expect(readFcpxml(render('fcpxml', hostile, options)).src).toBe(url);
  });
});

const xmllint = spawnSync('xmllint', ['--version']).status === 0;

describe.skipIf(!xmllint)('xmllint (skipped where libxml2’s tool is not installed)', () => {
  const dtd = fileURLToPath(new URL('./fcpxml-1.10-subset.dtd', import.meta.url));
  const lint = (text: string, ...args: string[]): string =>
    execFileSync('xmllint', ['--noout', '--nonet', ...args, '-'], {
      input: text,
      stdio: ['pipe', 'pipe', 'pipe'],
    }).toString();

  it.each(RATES)('FCPXML follows the grammar at %s', (_, fps) => {
    expect(lint(render('fcpxml', planted(fps)), '--dtdvalid', dtd)).toBe('');
  });

  it('Premiere XML and FCPXML stay well-formed with hostile names', () => {
    const report = sampleReport({ path: HOSTILE });
    expect(lint(render('premiere', report))).toBe('');
    expect(lint(render('fcpxml', report), '--dtdvalid', dtd)).toBe('');
  });

  it('the grammar can refuse: a marker after the clip is none', () => {
    const broken = render('fcpxml', sampleReport()).replace(
      '</asset-clip>',
      '</asset-clip><marker start="0s" value="x"/>',
    );
    expect(() => lint(broken, '--dtdvalid', dtd)).toThrow(/marker/);
  });
});
