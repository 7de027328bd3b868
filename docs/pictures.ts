import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { makeLandscape } from '../fixtures/landscape.ts';
import { detectors } from '../src/detectors/index.ts';
import { inspect } from '../src/inspect.ts';
import { gatherEvidence } from '../src/report/evidence.ts';
import { renderHtml } from '../src/report/html.ts';
import { openBrowser, until, visit } from '../test/report/browser.ts';

/**
 * Takes the pictures of the report page in this folder again: `npx tsx docs/pictures.ts`. A clip is drawn, judged with the default
 * policy, and its page photographed; nothing is posed.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'retake-pictures-'));
const browser = await openBrowser();
try {
  const clip = join(folder, 'balloon-lighthouse-night.mp4');
  await makeLandscape(clip);
  const judged = await inspect(clip);
  judged.report.clip.path = 'takes/balloon-lighthouse-night.mp4';
  const extras = await gatherEvidence(judged, { folder, detectors });
  const path = join(folder, 'report.html');
  await writeFile(path, renderHtml(judged.report, extras));
  const shots = [
    { name: 'report-light', colorScheme: 'light', width: 1440, height: 1080, key: '' },
    { name: 'report-dark', colorScheme: 'dark', width: 1440, height: 1080, key: 'n' },
    { name: 'report-phone', colorScheme: 'light', width: 390, height: 1080, key: '' },
  ] as const;
  for (const { name, colorScheme, width, height, key } of shots) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height }, deviceScaleFactor: 1.5 });
    await visit(page, pathToFileURL(path).href);
    if (key) await page.keyboard.press(key);
    await until(page, `document.querySelector('video').readyState >= 2 && !document.querySelector('video').seeking`);
    await page.waitForTimeout(300);
    const png = await page.screenshot();
    await sharp(png)
      .png({ palette: true, quality: 90, effort: 8 })
      .toFile(join(here, `${name}.png`));
    await page.close();
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
