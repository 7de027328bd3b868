import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/report/terminal.ts';
import { sampleReport } from './sample.ts';

/** What a person reads, without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

describe('the summary at the terminal', () => {
  it('lists what is open first, what is waived last, with who and why', () => {
    const report = sampleReport();
    const findings = report.outcomes.flatMap(outcome => outcome.findings);
    const first = findings.find(one => one.severity === 'regenerate')!;
    first.review = {
      status: 'waived',
      who: 'Kim',
      at: '2026-01-01T00:00:00.000Z',
      reason: 'planned',
      until: '2030-06-30',
    };
    const second = findings.find(one => one.severity === 'review')!;
    second.review = { status: 'expired', who: 'Ada', at: '2026-01-01T00:00:00.000Z', until: '2026-01-02' };
    const text = plain(renderTerminal(report));
    const words = [...text.matchAll(/^ {2}(regenerate|review|info|waived) +/gm)].map(([, word]) => word);
    expect(words).toHaveLength(findings.length);
    expect(words.at(-1)).toBe('waived');
    expect(words.slice(0, -1)).not.toContain('waived');
    expect(text).toContain('waived by Kim until 2030-06-30: planned');
    expect(text).toContain('expired by Ada until 2026-01-02');
    expect(text).toContain(first.message);
    expect(text).not.toContain(first.advice);
  });

  it('gives the time of a frame by the container where the rate varies', () => {
    const report = sampleReport();
    report.clip.times = Array.from({ length: report.clip.frames }, (_, i) => i * 0.5);
    const [finding] = report.outcomes.flatMap(outcome => outcome.findings);
    expect(plain(renderTerminal(report))).toContain(
      `frames ${finding.start}–${finding.end - 1} (${finding.start / 2} s)`,
    );
  });

  it('lets no clip, finding or person write to the terminal itself', () => {
    const report = sampleReport();
    const evil = 'a\u001b]0;owned\u0007\r\nPASS b';
    report.clip.path = evil;
    const [finding] = report.outcomes.flatMap(outcome => outcome.findings);
    Object.assign(finding, { message: evil, advice: evil });
    finding.review = { status: 'waived', who: evil, at: '2026-01-01T00:00:00.000Z', reason: evil };
    const text = plain(renderTerminal(report, { verbose: true }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(text).not.toMatch(/^PASS/m);
  });
});
