import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { relativeUrl } from '../../src/report/evidence.ts';
import { embedJson, escapeHtml, renderHtml } from '../../src/report/html.ts';
import { reportSchema } from '../../src/report.ts';
import { crowdedReport, sampleExtras, sampleReport } from './sample.ts';

const assets = { script: 'document.title += "</script>"', style: 'body { margin: 0 }' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

describe('renderHtml', () => {
  it('is pure: the same report gives the same bytes', () => {
    const [a, b] = [sampleReport(), sampleReport()].map(report => renderHtml(report, sampleExtras(report), { assets }));
    expect(a).toBe(b);
  });

  it('takes a report that is valid by schema 1', () => {
    expect(() => reportSchema.parse(sampleReport())).not.toThrow();
    expect(() => reportSchema.parse(crowdedReport(20))).not.toThrow();
  });

  it('allows exactly its own script and style, by hash', () => {
    const html = renderHtml(sampleReport(), sampleExtras(sampleReport()), { assets });
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1];
    const script = /<script>([\s\S]*?)<\/script>/.exec(html)![1];
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${sha256(script)}'`);
    expect(policy).toContain(`style-src 'sha256-${sha256(style)}'`);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(html).not.toMatch(/(?:src|href)="https?:/);
  });

  it('embeds data that parses back and cannot leave its element', () => {
    const report = sampleReport();
    report.clip.path = '</script><!--\u2028&amp;.mp4';
    const html = renderHtml(report, sampleExtras(report), { assets });
    const json = /id="retake-data">([\s\S]*?)<\/script>/.exec(html)![1];
    expect(json).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(json).report).toEqual(report);
    expect(html).toContain('<title>script&gt;&lt;!--\u2028&amp;amp;.mp4 · regenerate · Retake</title>');
  });

  it('tells a reader without scripts the verdict and the findings', () => {
    const html = renderHtml(sampleReport(), sampleExtras(sampleReport()), { assets });
    const plain = /<noscript>([\s\S]*?)<\/noscript>/.exec(html)![1];
    expect(plain).toContain('sample.mp4: regenerate');
    expect(plain).toContain('A hand shows six fingers. (frames 12–30)');
  });

  it('carries the review token only when it is given one', () => {
    const render = (reviewToken?: string) =>
      renderHtml(sampleReport(), sampleExtras(sampleReport()), { assets, reviewToken });
    expect(render()).toContain('<meta name="retake-review" content="">');
    expect(render('a"b')).toContain('<meta name="retake-review" content="a&quot;b">');
  });
});

describe('escaping', () => {
  it('makes JSON and HTML harmless', () => {
    expect(embedJson({ a: '</script>' })).toBe('{"a":"\\u003c/script\\u003e"}');
    expect(escapeHtml(`<a href="x" b='y'>&`)).toBe('&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;');
  });

  it('turns any file name into a relative address', () => {
    expect(relativeUrl('/out/report', '/out/takes/a b#1?.mp4')).toBe('../takes/a%20b%231%3F.mp4');
    expect(relativeUrl('/out', '/out/javascript:alert(1)')).toBe('javascript%3Aalert(1)');
    expect(relativeUrl('/out', '/out/%2e"\'<.mp4')).toBe("%252e%22'%3C.mp4");
  });
});
