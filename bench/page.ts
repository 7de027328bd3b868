import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeLandscape } from '../fixtures/landscape.ts';
import { probe } from '../src/media/probe.ts';
import { gatherEvidence } from '../src/report/evidence.ts';
import { renderHtml } from '../src/report/html.ts';
import { renderIndex, summarise } from '../src/report/index-page.ts';
import { buildPage } from '../src/report/page/build.ts';
import { openBrowser, visit } from '../test/report/browser.ts';
import { crowdedReport, sampleReport } from '../test/report/sample.ts';

/**
 * Sizes and times of the two pages, in a real browser from disk: a report of a ten-second 720p clip with 20 findings, and an
 * index of 2,000 clips. Prints a table. Needs chromium and ffmpeg.
 */
const RUNS = 5;
const folder = await mkdtemp(join(tmpdir(), 'retake-bench-page-'));
await buildPage();
const browser = await openBrowser();

async function measure(path: string): Promise<{ paint: number; ready: number }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await visit(page, pathToFileURL(path).href);
  await page.waitForTimeout(200);
  const times = await page.evaluate<{ paint: number; ready: number }>(`(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    ready: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  }))()`);
  await page.close();
  return times;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function row(name: string, path: string, html: string): Promise<string> {
  await writeFile(path, html);
  const times = [];
  for (let run = 0; run < RUNS; run++) times.push(await measure(path));
  const paint = median(times.map(time => time.paint));
  const ready = median(times.map(time => time.ready));
  return `| ${name} | ${(Buffer.byteLength(html) / 1e6).toFixed(2)} | ${paint.toFixed(0)} | ${ready.toFixed(0)} |`;
}

try {
  const path = join(folder, 'landscape.mp4');
  await makeLandscape(path);
  const probed = await probe(path);
  const clip = { ...probed, frames: probed.times.length };
  const report = crowdedReport(20);
  report.clip = { ...report.clip, width: 1280, height: 720, frames: clip.frames, sha256: clip.sha256 };
  const series = Float32Array.from({ length: clip.frames }, (_, i) => 3 + Math.sin(i / 5));
  const signals = { frameDifference: series, sharpness: series, lumaMean: series, motionResidual: series };
  const extras = await gatherEvidence({ report, clip, signals }, { folder, detectors: [] });
  const many = Array.from({ length: 2000 }, (_, i) => ({
    ...summarise(sampleReport(), { href: `shot-${i}/report.html`, thumb: `shot-${i}/poster.jpg` }),
    name: `shot-${i}.mp4`,
  }));
  console.log('| page | MB | first paint, ms | interactive, ms |\n|---|---|---|---|');
  console.log(await row('report, 10 s, 20 findings', join(folder, 'report.html'), renderHtml(report, extras)));
  console.log(await row('index, 2,000 clips', join(folder, 'index.html'), renderIndex(many)));
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
