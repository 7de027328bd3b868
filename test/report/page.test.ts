import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probe } from '../../src/media/probe.ts';
import { gatherEvidence, relativeUrl } from '../../src/report/evidence.ts';
import { renderHtml } from '../../src/report/html.ts';
import type { PageExtras } from '../../src/report/page-data.ts';
import { findingKeys } from '../../src/report/review/decisions.ts';
import { parseReview } from '../../src/report/review/store.ts';
import type { Report } from '../../src/report.ts';
import { chromiumPath, openBrowser, seenText, until, visit, watch, withoutBrowser } from './browser.ts';
import { COUNTERS, type CounterClip, counterClip, readCounter } from './counter.ts';
import { crowdedReport, finding, ran, sampleExtras, sampleReport } from './sample.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const PLAYHEAD = `Number(document.querySelector('[role=slider]').getAttribute('aria-valuenow'))`;

describe.skipIf(chromiumPath === undefined)(`report page in a browser${withoutBrowser}`, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'retake-page-'));
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes a report's page and opens it from disk. */
  async function open(
    report: Report,
    extras: PageExtras,
    options: Parameters<Browser['newPage']>[0] & { hash?: string } = {},
  ): Promise<Page> {
    const { hash = '', ...context } = options;
    const path = join(folder, `${Math.random().toString(36).slice(2)}.html`);
    await writeFile(path, renderHtml(report, extras));
    const page = await browser.newPage(context);
    await visit(page, pathToFileURL(path).href + hash);
    return page;
  }

  /** A report about a counter clip, with findings at some awkward frames. */
  async function counted(clip: CounterClip, times?: number[]): Promise<{ report: Report; extras: PageExtras }> {
    const path = await counterClip(clip);
    const [num, den = 1] = clip.rate.split('/').map(Number);
    const report = sampleReport({ frames: clip.frames, fps: { num, den } });
    const last = clip.frames - 1;
    const peaks = [0, 1, 37, 64, last - 1, last];
    report.outcomes = [
      ran(
        'freeze',
        null,
        peaks.map(peak => finding({ detector: 'freeze', start: peak, end: peak + 1, peak })),
      ),
    ];
    const src = relativeUrl(folder, path);
    return { report, extras: sampleExtras(report, { clip: { how: 'original', src, type: 'video/mp4' }, times }) };
  }

  /** The frame that the player really shows. */
  async function shownFrame(page: Page): Promise<number | null> {
    return readCounter(await page.locator('video').screenshot());
  }

  /** Waits until the player has come to rest on the page's frame. */
  async function settled(page: Page): Promise<number> {
    await until(
      page,
      `(() => {
      const video = document.querySelector('video');
      const slider = document.querySelector('[role=slider]');
      return video && !video.seeking && video.readyState >= 2 && video.dataset.shown === slider.getAttribute('aria-valuenow');
    })()`,
    );
    // The picture is on the screen one drawing later.
    await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
    return Number(await page.getAttribute('[role=slider]', 'aria-valuenow'));
  }

  it('opens from disk without network and without a complaint', async () => {
    const { report, extras } = await counted(COUNTERS.film);
    const path = join(folder, 'quiet.html');
    await writeFile(path, renderHtml(report, extras));
    const page = await browser.newPage();
    const conduct = watch(page);
    await visit(page, pathToFileURL(path).href);
    await settled(page);
    await page.waitForTimeout(300);
    expect(conduct.errors).toEqual([]);
    expect(conduct.requests.filter(url => !/^(file|data|blob):/.test(url))).toEqual([]);
    await page.close();
  });

  it.each([
    ['24 fps with B-frames', COUNTERS.film, undefined],
    ['29.97 fps', COUNTERS.ntsc, undefined],
    ['59.94 fps', COUNTERS.fast, undefined],
    [
      'uneven frame times',
      COUNTERS.uneven,
      Array.from({ length: COUNTERS.uneven.frames }, (_, i) => (i + 2 * Math.floor(i / 3)) / 24),
    ],
  ])('shows exactly the flagged frames: %s', async (_name, clip, times) => {
    const { report, extras } = await counted(clip, times);
    const page = await open(report, extras);
    const seen: [number, number | null][] = [];
    for (let i = 0; i < 6; i++) {
      const at = await settled(page);
      seen.push([at, await shownFrame(page)]);
      await page.keyboard.press('n');
    }
    const peaks = report.outcomes[0].findings.map(one => one.peak);
    expect(seen).toEqual(peaks.map(peak => [peak, peak]));
    await page.close();
  });

  it('steps frame by frame, and stops on the frame that it says', async () => {
    const { report, extras } = await counted(COUNTERS.ntsc);
    const page = await open(report, extras, { hash: '#frame=50' });
    const go = async (key: string) => {
      await page.keyboard.press(key);
      const at = await settled(page);
      expect(await shownFrame(page)).toBe(at);
      return at;
    };
    expect(await settled(page)).toBe(50);
    expect(await go('ArrowRight')).toBe(51);
    expect(await go('ArrowLeft')).toBe(50);
    expect(await go('Shift+ArrowRight')).toBe(60);
    expect(await go('ArrowUp')).toBe(0);
    expect(await go('ArrowDown')).toBe(60);
    expect(await go('End')).toBe(119);
    expect(await go('Home')).toBe(0);
    await page.keyboard.press('l');
    await until(page, `${PLAYHEAD} > 8`);
    await page.keyboard.press('k');
    const stopped = await settled(page);
    expect(stopped).toBeGreaterThanOrEqual(8);
    expect(await shownFrame(page)).toBe(stopped);
    await page.keyboard.press('j');
    await until(page, `${PLAYHEAD} < ${stopped}`);
    await page.keyboard.press('k');
    const back = await settled(page);
    expect(back).toBeLessThan(stopped);
    expect(await shownFrame(page)).toBe(back);
    await page.close();
  });

  it('follows the clip in a browser that does not report presented frames', async () => {
    const { report, extras } = await counted(COUNTERS.film);
    const path = join(folder, 'plain.html');
    await writeFile(path, renderHtml(report, extras));
    const page = await browser.newPage();
    await page.addInitScript('delete HTMLVideoElement.prototype.requestVideoFrameCallback');
    await visit(page, `${pathToFileURL(path).href}#frame=40`);
    await until(page, `document.querySelector('video').readyState >= 2 && !document.querySelector('video').seeking`);
    await page.keyboard.press('l');
    await until(page, `${PLAYHEAD} > 46`);
    await page.keyboard.press('k');
    await until(page, `document.querySelector('video').paused && !document.querySelector('video').seeking`);
    await page.waitForTimeout(200);
    expect(await shownFrame(page)).toBe(await page.evaluate<number>(PLAYHEAD));
    await page.close();
  });

  it('goes where the address says, and lists decisions about findings that have gone', async () => {
    const report = sampleReport();
    const review = [
      {
        v: 1 as const,
        at: '2026-01-02T00:00:00.000Z',
        clip: report.clip.sha256,
        finding: 'freeze/freeze@1-2',
        action: 'agree' as const,
        who: 'Ada',
      },
    ];
    const key = encodeURIComponent('flicker/fault@40-52');
    const page = await open(report, sampleExtras(report, { review }), { hash: `#finding=${key}` });
    expect(await seenText(page.locator('.card-open .headline'))).toContain('Flicker');
    expect(await page.evaluate<number>(PLAYHEAD)).toBe(41);
    await page.locator('summary', { hasText: 'About this report' }).click();
    expect(await seenText(page.locator('.about'))).toContain('freeze/freeze@1-2: agree, Ada, 2026-01-02.');
    await page.close();
  });

  it('plays a proxy of a clip that browsers do not play, at the same frames', async () => {
    const probed = await probe(await counterClip(COUNTERS.studio));
    const clip = { ...probed, frames: probed.times.length };
    const report = sampleReport({ frames: clip.frames, fps: clip.video.fps });
    const peaks = [0, 17, 59];
    report.outcomes = [
      ran(
        'freeze',
        null,
        peaks.map(peak => finding({ detector: 'freeze', start: peak, end: peak + 1, peak })),
      ),
    ];
    const extras = await gatherEvidence({ report, clip, signals: {} }, { folder, detectors: [] });
    expect(extras.clip).toMatchObject({ how: 'proxy', src: 'clip-proxy.mp4', type: 'video/mp4' });
    const page = await open(report, extras);
    expect(await seenText(page.locator('.locate'))).toContain('A proxy is shown: browsers do not all play prores');
    for (const peak of peaks) {
      expect(await settled(page)).toBe(peak);
      expect(await shownFrame(page)).toBe(peak);
      await page.keyboard.press('n');
    }
    await page.close();
  });

  it('plays a clip that is part of the page', async () => {
    const { report, extras } = await counted(COUNTERS.film);
    const data = (await readFile(await counterClip(COUNTERS.film))).toString('base64');
    const page = await open(
      report,
      { ...extras, clip: { how: 'embedded', data, type: 'video/mp4' } },
      { hash: '#frame=77' },
    );
    expect(await settled(page)).toBe(77);
    expect(await shownFrame(page)).toBe(77);
    await page.close();
  });

  it('falls back to stills and says so when the clip has gone', async () => {
    const report = sampleReport();
    const page = await open(
      report,
      sampleExtras(report, { clip: { how: 'original', src: 'gone.mp4', type: 'video/mp4' } }),
    );
    await page.getByText('not where this report expects it').waitFor();
    expect(await page.locator('.picture img').count()).toBe(1);
    await page.getByLabel('Locate the clip…').setInputFiles(await counterClip(COUNTERS.film));
    expect(await settled(page)).toBe(23);
    expect(await shownFrame(page)).toBe(23);
    await page.close();
  });

  it('reaches every row of the list by keyboard, worst first, and by Tab alone', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report));
    const rows = await page.locator('.list .headline b').allTextContents();
    expect(rows).toEqual(['Hands', 'Lip sync', 'Loudness', 'Freeze', 'Flicker', 'Hands']);
    const opened: string[] = [];
    for (let i = 0; i < rows.length; i++) {
      opened.push(await seenText(page.locator('.card-open .headline')));
      await page.keyboard.press('n');
    }
    expect(new Set(opened).size).toBe(rows.length);
    expect(await seenText(page.locator('.card-open .headline b'))).toBe('Hands');
    await page.keyboard.press('p');
    expect(await seenText(page.locator('.card-open'))).toContain('No hand was visible.');
    // The same by Tab and Enter, without any shortcut.
    await page.locator('.filters button').last().focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('li').dataset.key`)).toBe(
      'hand-integrity/extra-finger@12-31',
    );
    await page.keyboard.press('Enter');
    expect(await page.getAttribute('.cardhead >> nth=0', 'aria-expanded')).toBe('true');
    await page.close();
  });

  it('shows failed and skipped checks as rows, lanes and in the tally', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report));
    expect(await seenText(page.locator('.card-error'))).toMatch(/could not judge[\s\S]*model-missing[\s\S]*not a pass/);
    expect(await seenText(page.locator('.card-skipped'))).toContain('No hand was visible.');
    expect(await page.locator('.gap-error, .gap-skipped').count()).toBe(2);
    expect(await seenText(page.locator('.tally'))).toMatch(/1\s*not judged\s*1\s*skipped/);
    await page.close();
  });

  it('gathers checks that were skipped for one reason, and keeps failures apart', async () => {
    const report = sampleReport();
    const silent = { status: 'skipped' as const, reason: 'The clip has no sound.', score: null };
    report.outcomes = [
      ...['silence', 'phase', 'clipping'].map(id => ({ ...ran(id, null), ...silent })),
      { ...ran('no-audio', null), ...silent, reason: 'The policy does not expect sound.' },
      ...['lip-sync', 'hand-integrity'].map(id => ({
        ...ran(id, null),
        status: 'error' as const,
        code: 'model-missing',
        reason: 'A model is not installed.',
        score: null,
      })),
    ];
    const page = await open(report, sampleExtras(report));
    expect(await page.locator('.card-error').count()).toBe(2);
    expect(await page.locator('.card-skipped').count()).toBe(2);
    expect(await seenText(page.locator('.card-skipped').first())).toMatch(
      /3 checks[\s\S]*no sound[\s\S]*Silence, Phase, Clipping/,
    );
    expect(await seenText(page.locator('.filters'))).toMatch(/Not judged\s*2\s*Skipped\s*4/);
    expect(await page.locator('.gap').count()).toBe(6);
    await page.locator('.field select').last().selectOption('phase');
    expect(await page.locator('.list > li').count()).toBe(1);
    await page.close();
  });

  it('opens for a clip that could not be judged at all', async () => {
    const report = sampleReport();
    const reason = 'takes/sample.mp4 is cut off: its index is missing.';
    report.clip = {
      ...report.clip,
      sha256: '',
      width: 0,
      height: 0,
      fps: { num: 1, den: 1 },
      frames: 0,
      seconds: 0,
      audio: null,
    };
    report.shots = [];
    report.cuts = [];
    report.outcomes = [{ ...ran('clip', null), status: 'error', code: 'clip-truncated', reason, score: null }];
    report.verdict = { decision: 'error', shots: [], usable: [], reasons: [reason] };
    const path = join(folder, 'unjudged.html');
    await writeFile(path, renderHtml(report, sampleExtras(report, { series: [] })));
    const page = await browser.newPage();
    const conduct = watch(page);
    await visit(page, pathToFileURL(path).href);
    await page.keyboard.press('n');
    expect(await seenText(page.locator('.verdict'))).toContain(reason);
    expect(await seenText(page.locator('.card-error'))).toContain('clip-truncated');
    expect(conduct.errors).toEqual([]);
    await page.close();
  });

  it('shows what the report itself says was decided', async () => {
    const report = sampleReport();
    const said = { status: 'waived' as const, who: 'Ada', at: '2026-01-01T00:00:00.000Z', reason: 'Planned' };
    report.outcomes[3].findings[0].review = said;
    const page = await open(report, sampleExtras(report));
    expect(await seenText(page.locator('.card-waived'))).toMatch(/Freeze[\s\S]*Waived by Ada: Planned/);
    expect(await page.locator('.event-waived').count()).toBe(1);
    expect(await seenText(page.locator('.tally'))).toMatch(/1\s*waived/);
    await page.close();
  });

  it('filters and sorts', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report));
    await page.getByLabel('Sort by').selectOption('time');
    expect((await page.locator('.list .headline b').allTextContents()).slice(0, 4)).toEqual([
      'Loudness',
      'Hands',
      'Flicker',
      'Freeze',
    ]);
    await page.locator('.filter', { hasText: 'Review' }).click();
    expect(await page.locator('.list .headline b').allTextContents()).toEqual([
      'Hands',
      'Flicker',
      'Lip sync',
      'Hands',
    ]);
    await page.locator('.field select').last().selectOption('hand-integrity');
    expect(await page.locator('.list > li').count()).toBe(2);
    await page.close();
  });

  it('draws the box where it is, on the player and on the still', async () => {
    const { report, extras } = await counted(COUNTERS.film);
    report.outcomes = sampleReport().outcomes;
    const page = await open(report, { ...sampleExtras(report), clip: extras.clip });
    await settled(page);
    const place = await page.evaluate<{ x: number; y: number; width: number }>(`(() => {
      const video = document.querySelector('video').getBoundingClientRect();
      const box = document.querySelector('.picture .box-line').getBoundingClientRect();
      return { x: (box.x - video.x) / video.width, y: (box.y - video.y) / video.height, width: box.width / video.width };
    })()`);
    expect(place.x).toBeCloseTo(100 / 320, 1);
    expect(place.y).toBeCloseTo(40 / 180, 1);
    expect(place.width).toBeCloseTo(90 / 320, 1);
    expect(await page.locator('.picture .landmarks path').count()).toBe(3);
    expect(await page.locator('.card-open .thumb .box-line').count()).toBe(1);
    await page.close();
  });

  it('keeps the plots on the playhead of the timeline through zooming', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report), { viewport: { width: 1280, height: 900 } });
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    const apart = await page.evaluate<{ left: number; right: number; head: boolean }>(`(() => {
      const track = document.querySelector('.ruler .track').getBoundingClientRect();
      const over = document.querySelector('.plot .u-over').getBoundingClientRect();
      const head = document.querySelector('.playhead').getBoundingClientRect();
      return { left: over.left - track.left, right: over.right - track.right, head: head.left > track.left };
    })()`);
    expect(Math.abs(apart.left)).toBeLessThan(1.5);
    expect(Math.abs(apart.right)).toBeLessThan(1.5);
    expect(apart.head).toBe(true);
    await page.locator('.plot .canvas').first().scrollIntoViewIfNeeded();
    const box = (await page.locator('.plot .canvas').first().boundingBox())!;
    await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
    const at = Number(await page.getAttribute('[role=slider]', 'aria-valuenow'));
    const visible = await seenText(page.locator('.ticklabel').last());
    expect(at).toBeGreaterThan(30);
    expect(visible.length).toBeGreaterThan(0);
    await page.close();
  });

  it('leaves hostile text as text', async () => {
    const evil = '</script><img src=x onerror="document.title=\'owned\'"><svg onload=alert(1)>\u2028';
    const report = sampleReport();
    report.clip.path = `takes/${evil}.mp4`;
    report.clip.tags = { [evil]: evil, comment: '<iframe srcdoc="<script>parent.document.title=1</script>">' };
    report.policy.name = evil;
    report.outcomes[0].findings[0].message = evil;
    report.outcomes[0].findings[0].advice = `"><script>document.title='owned'</script>`;
    report.outcomes[0].findings[0].kind = evil;
    report.outcomes[2].reason = evil;
    report.verdict.reasons = [evil];
    report.outcomes.push(ran('__proto__', null, [finding({ detector: '__proto__', start: 3, end: 5 })]));
    const path = join(folder, 'evil.html');
    await writeFile(path, renderHtml(report, sampleExtras(report)));
    const page = await browser.newPage();
    const conduct = watch(page);
    await visit(page, pathToFileURL(path).href);
    await page.keyboard.press('n');
    await page.waitForTimeout(200);
    expect(await page.title()).toContain('onerror');
    expect(await page.locator('iframe, img[src="x"], svg[onload]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await seenText(page.locator('.list'))).toContain(evil.slice(0, 40));
    expect(conduct.errors).toEqual([]);
    await page.close();
  });

  it('fits widths from 375 to 2560 pixels', async () => {
    const report = crowdedReport(20);
    report.clip.path = `takes/${'a-very-long-name-without-a-break'.repeat(6)}.mp4`;
    const page = await open(report, sampleExtras(report));
    for (const width of [375, 768, 1280, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect([width, over <= 0]).toEqual([width, true]);
    }
    await page.close();
  });

  it.each([
    ['light', 1280],
    ['dark', 375],
  ] as const)('has no serious accessibility problem (%s, %i pixels)', async (colorScheme, width) => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report), { colorScheme, viewport: { width, height: 900 } });
    await page.locator('summary', { hasText: 'About this report' }).click();
    // The page's policy allows no foreign script: the tester comes in by the debugging protocol.
    await page.evaluate(await readFile(axePath, 'utf8'));
    const violations = await page.evaluate<string[]>(
      `axe.run().then(({ violations }) => violations.map(v => v.impact + ' ' + v.id + ': ' + v.nodes[0].html.slice(0, 120)))`,
    );
    expect(violations.filter(one => /^(serious|critical)/.test(one))).toEqual([]);
    await page.close();
  });

  it('exports decisions that were made on the page as a review file', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report), { acceptDownloads: true });
    const [first, second] = findingKeys(report.outcomes.flatMap(outcome => outcome.findings));
    await page.keyboard.press('w');
    await page.getByLabel('Reason').fill('Glove, <b>not</b> a finger');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Until').fill('2031-05-06');
    await page.getByRole('button', { name: 'Waive', exact: true }).click();
    await page.locator('.card-waived').waitFor();
    expect(await seenText(page.locator('.card-waived'))).toContain(
      'Waived by Ada until 2031-05-06: Glove, <b>not</b> a finger',
    );
    expect(await seenText(page.locator('.card-waived'))).toContain('A hand shows six fingers.');
    await page.getByLabel('Sort by').selectOption('time');
    await page.locator(`[data-key="${second}"] .cardhead`).click();
    await page.keyboard.press('a');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export 2 decisions' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('review.json');
    const { entries, problems } = parseReview(await readFile((await download.path())!, 'utf8'));
    expect(problems).toEqual([]);
    expect(entries.map(({ at: _, ...rest }) => rest)).toEqual([
      {
        v: 1,
        clip: report.clip.sha256,
        finding: first,
        action: 'waive',
        who: 'Ada',
        reason: 'Glove, <b>not</b> a finger',
        until: '2031-05-06',
      },
      { v: 1, clip: report.clip.sha256, finding: second, action: 'agree', who: 'Ada' },
    ]);
    await page.close();
  });

  it('prints every finding with its details and no player', async () => {
    const report = sampleReport();
    const page = await open(report, sampleExtras(report));
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(`dispatchEvent(new Event('beforeprint')) && undefined`);
    await until(page, `document.querySelectorAll('.card .detail').length === 6`);
    expect(await page.locator('.player').isVisible()).toBe(false);
    expect(await page.getByText('Ask for the hand to hold something').isVisible()).toBe(true);
    await page.close();
  });
});
