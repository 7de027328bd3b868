import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClipSummary, renderIndex, summarise, unjudgedSummary } from '../../src/report/index-page.ts';
import { findingKeys } from '../../src/report/review/decisions.ts';
import { chromiumPath, openBrowser, until, visit, watch, withoutBrowser } from './browser.ts';
import { cards, sampleReport } from './sample.ts';

const assets = { script: '', style: '' };
const summary = (over: Partial<ClipSummary> = {}): ClipSummary => ({
  ...summarise(sampleReport(), { href: 'sample-aaaaaaaa/report.html', extras: { detectors: cards } }),
  ...over,
});

describe('summarise', () => {
  it('counts what is open and names the worst', () => {
    const said = summary();
    expect(said.counts).toEqual({ regenerate: 1, review: 2, info: 1, error: 1, skipped: 1, waived: 0 });
    expect(said.worst).toEqual({ title: 'Hands', message: 'A hand shows six fingers.', mark: 'regenerate' });
    expect(said.usable).toBeCloseTo(29 / 24);
  });

  it('does not count a waived finding, but says that there is one', () => {
    const report = sampleReport();
    const [key] = findingKeys(report.outcomes.flatMap(outcome => outcome.findings));
    const review = [
      {
        v: 1 as const,
        at: '2026-01-01T00:00:00Z',
        clip: report.clip.sha256,
        finding: key,
        action: 'waive' as const,
        who: 'Ada',
        reason: 'ok',
      },
    ];
    const said = summarise(report, { href: null, review, now: new Date('2026-02-01') });
    expect(said.counts).toMatchObject({ regenerate: 0, waived: 1 });
    expect(said.worst?.mark).toBe('review');
  });
});

describe('renderIndex', () => {
  it('keeps hostile names as text and drops addresses that are no pages', () => {
    const evil = '"><script>alert(1)</script>';
    const html = renderIndex(
      [
        summary({ name: evil, path: evil, worst: { title: evil, message: evil, mark: 'review' } }),
        summary({ href: 'java\nscript:alert(1)' }),
        summary({ href: ' javascript:alert(1)', thumb: 'data:text/html,<script>' }),
        summary({ href: '//elsewhere.example/x', thumb: 'https://elsewhere.example/x.png' }),
        unjudgedSummary('takes/broken.mp4', { code: 'clip-truncated', message: 'Cut <off>' }),
      ],
      assets,
    );
    const body = html.slice(html.indexOf('<body>'));
    expect(body.match(/<script>/g)).toHaveLength(1);
    expect(body).not.toMatch(/javascript:|elsewhere|data:text/);
    expect(body).toContain('Cut &lt;off&gt;');
    expect(body.match(/<a class="name"/g)).toHaveLength(2);
  });

  it('puts the worst first', () => {
    const html = renderIndex(
      [
        summary({ name: 'fine', decision: 'pass' }),
        summary({ name: 'unsure', decision: 'review' }),
        summary({ name: 'bad' }),
        unjudgedSummary('none', { code: 'x', message: '' }),
      ],
      assets,
    );
    const order = [...html.matchAll(/class="name"[^>]*>([^<]*)</g)].map(match => match[1]);
    expect(order).toEqual(['bad', 'none', 'unsure', 'fine']);
  });
});

describe.skipIf(chromiumPath === undefined)(`index page in a browser${withoutBrowser}`, () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  const many = Array.from({ length: 2000 }, (_, i) =>
    summary({
      name: `shot-${i + 1}.mp4`,
      href: `shot-${i + 1}/report.html`,
      decision: (['pass', 'review', 'regenerate', 'error'] as const)[i % 4],
      thumb: `shot-${i + 1}/poster.jpg`,
      seconds: 4 + (i % 9),
      usable: i % 5,
    }),
  );
  beforeAll(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'retake-index-'));
    await writeFile(join(folder, 'index.html'), renderIndex(many));
    url = pathToFileURL(join(folder, 'index.html')).href;
    await writeFile(join(folder, 'some.html'), renderIndex(many.slice(0, 100)));
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows 2,000 clips, loading only the pictures in sight; searches, filters and sorts them', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const conduct = watch(page);
    await visit(page, url);
    expect(await page.locator('.clip').count()).toBe(2000);
    expect(conduct.requests.filter(one => one.endsWith('poster.jpg')).length).toBeLessThan(200);
    expect(conduct.requests.filter(one => !one.startsWith('file:') && !one.startsWith('data:'))).toEqual([]);
    await page.keyboard.press('/');
    await page.keyboard.type('shot-1999');
    await until(page, `document.querySelector('#shown').textContent === '1 of 2000 clips'`);
    expect(await page.locator('.clip:visible .name').allTextContents()).toEqual(['shot-1999.mp4']);
    await page.locator('#search').fill('');
    await until(page, `document.querySelector('#shown').textContent === '2000 clips'`);
    for (const decision of ['regenerate', 'error', 'review']) await page.locator(`[data-decision=${decision}]`).click();
    expect(await page.locator('#shown').textContent()).toBe('500 of 2000 clips');
    await page.locator('#sort').selectOption('name');
    expect((await page.locator('.clip:not([hidden]) .name').allTextContents()).slice(0, 3)).toEqual([
      'shot-1.mp4',
      'shot-5.mp4',
      'shot-9.mp4',
    ]);
    await page.locator('[data-view=rows]').last().click();
    await page.close();
  });

  it.each([375, 1280, 2560])('fits %i pixels of width', async width => {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await visit(page, pathToFileURL(join(folder, 'some.html')).href);
    for (const view of ['sheet', 'rows']) {
      await page.locator(`button[data-view=${view}]`).click();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    }
    await page.close();
  });

  it.each(['light', 'dark'] as const)('has no serious accessibility problem (%s)', async colorScheme => {
    const path = join(folder, 'few.html');
    await writeFile(
      path,
      renderIndex([
        ...many.slice(0, 8),
        unjudgedSummary('takes/x.mp4', { code: 'clip-empty', message: 'Nothing in it' }),
      ]),
    );
    const page = await browser.newPage({ colorScheme });
    await visit(page, pathToFileURL(path).href);
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const violations = await page.evaluate<string[]>(
      `axe.run().then(({ violations }) => violations.map(v => v.impact + ' ' + v.id + ': ' + v.nodes[0].html.slice(0, 120)))`,
    );
    expect(violations.filter(one => /^(serious|critical)/.test(one))).toEqual([]);
    await page.close();
  });
});
