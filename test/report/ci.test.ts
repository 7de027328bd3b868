import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { HOSTILE, sampleFinding, sampleOutcomes, sampleReport } from '../../fixtures/reports.ts';
import type { CiOptions } from '../../src/report/ci.ts';
import { renderGithub } from '../../src/report/github.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { markerFormats } from '../../src/report/markers/index.ts';
import { type Annotation, findingKeys } from '../../src/report/review/decisions.ts';
import { renderSarif } from '../../src/report/sarif.ts';
import { printable } from '../../src/report/text.ts';
import type { Report } from '../../src/report.ts';
import { child, readXml } from './marker-readers.ts';

const report = sampleReport();
const waiver: Annotation = { status: 'waived', who: 'Kim', reason: 'planned', until: '2030-06-30', notes: [] };
const waive = (...keys: string[]): CiOptions => ({
  annotations: new Map([[report.clip.sha256, new Map(keys.map(key => [key, waiver]))]]),
});
const hostile = sampleReport({
  path: HOSTILE,
  outcomes: [
    {
      ...sampleOutcomes()[0],
      findings: [sampleFinding({ message: HOSTILE, kind: HOSTILE, detector: HOSTILE, unit: HOSTILE, advice: HOSTILE })],
      detector: HOSTILE,
    },
    { ...sampleOutcomes()[4], detector: HOSTILE, reason: HOSTILE },
    { ...sampleOutcomes()[5], detector: HOSTILE, reason: HOSTILE, code: HOSTILE },
  ],
});
const hostileNote: CiOptions = {
  annotations: new Map([
    [hostile.clip.sha256, new Map([[`${HOSTILE}/${HOSTILE}@12-34`, { ...waiver, who: HOSTILE, reason: HOSTILE }]])],
  ]),
};

interface Suite {
  suite: Record<string, unknown>;
  cases: Record<string, unknown>[];
}

const junit = (text: string): Suite[] =>
  child<Record<string, unknown>[]>(readXml(text), 'testsuites', 'testsuite').map(suite => ({
    suite,
    cases: (suite.testcase as Record<string, unknown>[] | undefined) ?? [],
  }));

describe('JUnit', () => {
  it('a clip is a suite, a detector on a shot a case, each outcome in its own way', () => {
    const [{ suite, cases }] = junit(renderJunit(report));
    expect(suite).toMatchObject({
      '@name': 'takes/shot 1.mp4',
      '@tests': '6',
      '@failures': '1',
      '@errors': '1',
      '@skipped': '1',
    });
    expect(cases.map(entry => entry['@name'])).toEqual([
      'freeze s1',
      'hands s1',
      'loudness clip',
      'black s1',
      'lip-sync s1',
      'faces s1',
    ]);
    expect(child(cases[0], 'failure', 0)).toMatchObject({
      '@type': 'frozen',
      '@message': 'The picture stands still for 0.9 s. (and 1 more)',
      '#text':
        'regenerate: The picture stands still for 0.9 s. [frames 12–33 (0.48 s); measured 0.9 s, threshold 0.6] Ask for movement.\n' +
        'regenerate: The picture stands still again. [frame 61 (2.44 s); measured 0.9 s, threshold 0.6]',
    });
    expect(cases[1]).toMatchObject({ 'system-out': expect.stringContaining('review: Six fingers.') });
    expect(cases[1]).not.toHaveProperty('failure');
    expect(Object.keys(cases[3]).sort()).toEqual(['@classname', '@name']);
    expect(cases[4]).toMatchObject({ skipped: { '@message': 'No speech.' } });
    expect(cases[5]).toMatchObject({ error: { '@type': 'model-missing', '@message': 'The model is missing.' } });
  });

  it('strict turns reviews into failures', () => {
    const [{ suite, cases }] = junit(renderJunit(report, { strict: true }));
    expect(suite['@failures']).toBe('2');
    expect(cases[1]).toHaveProperty('failure');
    expect(cases[2]).not.toHaveProperty('failure');
  });

  it('a waived finding no longer fails, and is seen', () => {
    const some = junit(renderJunit(report, waive('freeze/frozen@12-34')))[0];
    expect(some.suite['@failures']).toBe('1');
    expect(some.cases[0]['system-out']).toContain('waived by Kim until 2030-06-30: planned: regenerate:');
    const all = junit(renderJunit(report, waive('freeze/frozen@12-34', 'freeze/frozen@61-62')))[0];
    expect(all.suite).toMatchObject({ '@failures': '0', '@skipped': '2' });
    expect(all.cases[0]).toMatchObject({ skipped: { '@message': 'waived by Kim until 2030-06-30: planned' } });
  });

  it('counts over several clips, and points at a page', () => {
    const other: Report = {
      ...sampleReport({ path: 'b.mp4', outcomes: [] }),
      clip: { ...report.clip, path: 'b.mp4', sha256: 'ef'.repeat(32) },
    };
    const text = renderJunit([report, other], { attachments: new Map([[report.clip.sha256, 'out/report.html']]) });
    const root = child(readXml(text), 'testsuites');
    expect(root).toMatchObject({ '@tests': '6', '@failures': '1', '@errors': '1', '@skipped': '1' });
    const [first, second] = junit(text);
    expect(first.suite['system-out']).toBe('[[ATTACHMENT|out/report.html]]');
    expect(second.suite).not.toHaveProperty('system-out');
  });

  it('hostile text stays text', () => {
    const [{ suite, cases }] = junit(renderJunit(hostile, hostileNote));
    expect(cases).toHaveLength(3);
    expect(suite['@tests']).toBe('3');
    expect(suite['@name']).toContain('<script>alert("1")</script>');
    expect(renderJunit(hostile)).not.toContain('<script>');
  });
});

const require = createRequire(import.meta.url);
/** The schema is draft 4, which differs here in its two header keywords only; its one sloppy pattern needs no `u` flag. */
const { $schema: _draft, id: _id, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const validSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true }).compile(
  schema,
);

function sarif(text: string) {
  const log = JSON.parse(text);
  const valid = validSarif(log);
  expect(validSarif.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  return log.runs[0];
}

describe('SARIF 2.1.0', () => {
  it('the schema refuses what is wrong', () => {
    expect(validSarif({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
    expect(validSarif({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{}] }] })).toBe(false);
  });

  it('has a rule per detector and a result per finding', () => {
    const run = sarif(renderSarif(report));
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'black',
      'faces',
      'freeze',
      'hands',
      'lip-sync',
      'loudness',
    ]);
    expect(run.results).toHaveLength(4);
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
      expect(result.locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: 'takes/shot%201.mp4' },
        region: { startLine: 1 },
      });
    }
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual(['error', 'error', 'warning', 'note']);
    expect(run.results[2].properties).toMatchObject({
      shot: 's1',
      startFrame: 40,
      endFrame: 52,
      peakFrame: 45,
      startSeconds: 1.6,
      endSeconds: 2.08,
      box: [10, 20, 30, 40],
    });
  });

  it('takes its rules from the detectors’ own words', () => {
    const rules = [{ id: 'freeze', title: 'Freeze', summary: 'Finds stills.', source: 'EBU QC' }];
    const { driver } = sarif(renderSarif(report, { rules })).tool;
    expect(driver.rules[2]).toMatchObject({
      id: 'freeze',
      shortDescription: { text: 'Freeze' },
      fullDescription: { text: 'Finds stills.' },
      help: { text: 'Finds stills. Source: EBU QC.' },
    });
  });

  it('tells skipped and broken checks as notifications', () => {
    const [invocation] = sarif(renderSarif(report)).invocations;
    expect(invocation.executionSuccessful).toBe(false);
    expect(invocation.toolExecutionNotifications).toMatchObject([
      { level: 'note', message: { text: 'lip-sync in s1 skipped: No speech.' } },
      { level: 'error', descriptor: { id: 'model-missing' } },
    ]);
    expect(sarif(renderSarif(sampleReport({ outcomes: [] }))).invocations[0].executionSuccessful).toBe(true);
  });

  it('suppresses what is waived, with the reason', () => {
    const { results } = sarif(renderSarif(report, waive('freeze/frozen@12-34')));
    expect(results[0].suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'waived by Kim until 2030-06-30: planned' },
    ]);
    expect(results[1]).not.toHaveProperty('suppressions');
  });

  it('has fingerprints that are stable, distinct, and tied to the fault or to the bytes', () => {
    const prints = (of: Report) =>
      sarif(renderSarif(of)).results.map(
        (result: { partialFingerprints: Record<string, string> }) => result.partialFingerprints,
      );
    const first = prints(report);
    expect(prints(sampleReport())).toEqual(first);
    const all = first.flatMap((print: Record<string, string>) => Object.values(print));
    expect(new Set(all).size).toBe(all.length);
    const again: Report = { ...report, clip: { ...report.clip, sha256: 'ef'.repeat(32) } };
    prints(again).forEach((print: Record<string, string>, i: number) => {
      expect(print['retakeFault/v1']).toBe(first[i]['retakeFault/v1']);
      expect(print['retakeFinding/v1']).not.toBe(first[i]['retakeFinding/v1']);
    });
  });

  it('hostile text stays text, and a path one reference', () => {
    const run = sarif(renderSarif([hostile], hostileNote));
    const { uri } = run.results[0].locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^[\w%.~/-]+$/);
    expect(decodeURIComponent(uri)).toBe(HOSTILE.toWellFormed());
    expect(() => new URL(uri, 'file:///base/')).not.toThrow();
    expect(renderSarif(hostile)).not.toMatch(/\\u0000|\\u001b|\\ud800/);
  });
});

/** Reads workflow commands as the runner does: one per line, properties up to `::`, then the message. */
function workflowCommands(text: string) {
  const plain = (value: string) =>
    value.replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%');
  return text
    .split('\n')
    .filter(line => line.startsWith('::'))
    .map(line => {
      const end = line.indexOf('::', 2);
      const [command, ...rest] = line.slice(2, end).split(' ');
      const properties = Object.fromEntries(
        rest
          .join(' ')
          .split(',')
          .map(pair => [pair.slice(0, pair.indexOf('=')), plain(pair.slice(pair.indexOf('=') + 1))]),
      );
      return { command, ...properties, message: plain(line.slice(end + 2)) };
    });
}

describe('GitHub annotations', () => {
  it('one per finding and broken check', () => {
    expect(workflowCommands(renderGithub(report))).toEqual([
      {
        command: 'error',
        file: 'takes/shot 1.mp4',
        title: 'shot 1.mp4: freeze frozen',
        message:
          'The picture stands still for 0.9 s. frames 12–33 (0.48 s); measured 0.9 s, threshold 0.6. Ask for movement.',
      },
      expect.objectContaining({ command: 'error' }),
      expect.objectContaining({ command: 'warning', title: 'shot 1.mp4: hands extra-finger' }),
      expect.objectContaining({ command: 'notice' }),
      {
        command: 'error',
        file: 'takes/shot 1.mp4',
        title: 'shot 1.mp4: faces could not judge s1',
        message: 'model-missing: The model is missing.',
      },
    ]);
  });

  it('a waived finding is a notice that says who', () => {
    expect(workflowCommands(renderGithub(report, waive('freeze/frozen@12-34')))[0]).toMatchObject({
      command: 'notice',
      message: expect.stringMatching(/^waived by Kim until 2030-06-30: planned\. The picture/),
    });
  });

  it('strict makes reviews errors', () => {
    expect(workflowCommands(renderGithub(report, { strict: true }))[2].command).toBe('error');
  });

  it('hostile text cannot start a command or another property', () => {
    const text = renderGithub(hostile, hostileNote);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    const commands = workflowCommands(text);
    for (const command of commands)
      expect(Object.keys(command).sort()).toEqual(['command', 'file', 'message', 'title']);
    // A path is kept down to its line breaks; only what no path should hold becomes visible.
    expect(commands[0]).toMatchObject({ file: printable(HOSTILE) });
    expect(commands[0].message).toContain('%0A::error::x');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });
});

describe('Markdown', () => {
  it('says everything once: findings, what was not judged, usable frames', () => {
    expect(renderMarkdown(report)).toBe(`### \`takes/shot 1.mp4\`: regenerate

| Severity | Check | Frames | What | Measured | What to do |
|---|---|---|---|---|---|
| regenerate | freeze: frozen | frames 12–33 (0.48 s) | The picture stands still for 0.9 s. | 0.9 s (threshold 0.6) | Ask for movement. |
| regenerate | freeze: frozen | frame 61 (2.44 s) | The picture stands still again. | 0.9 s (threshold 0.6) |  |
| review | hands: extra-finger | frames 40–51 (1.60 s) | Six fingers. | 0.9 s (threshold 0.6) | Ask for movement. |
| info | loudness: loud | frames 0–99 (0.00 s) | The picture stands still for 0.9 s. | 0.9 s (threshold 0.6) | Ask for movement. |

Not judged:

- lip-sync in s1, skipped: No speech.
- faces in s1, error: The model is missing.

Usable frames: 63–99, 0–11 (of 100).
`);
  });

  it('begins with an overview when there are several clips', () => {
    const pass: Report = {
      ...sampleReport({ path: 'b|c.mp4', outcomes: [] }),
      verdict: { decision: 'pass', shots: [], usable: [] },
    };
    const text = renderMarkdown([report, pass]);
    expect(text).toContain('**2 clips: 1 regenerate, 1 pass**');
    expect(text).toContain('| `b\\|c.mp4` | pass | 0 |');
    expect(text).toContain('No findings.');
    expect(text).toContain('Usable frames: none (of 100).');
  });

  it('shows a waived finding last, with who and why', () => {
    const rows = renderMarkdown(report, waive('freeze/frozen@12-34'))
      .split('\n')
      .filter(line => line.startsWith('| '));
    expect(rows.at(-1)).toContain('| waived (regenerate) | freeze: frozen |');
    expect(rows.at(-1)).toContain('(waived by Kim until 2030-06-30: planned)');
  });

  it('hostile text makes no table cell, link, image, mention or HTML', () => {
    const text = renderMarkdown(hostile, hostileNote);
    const rows = text.split('\n').filter(line => line.startsWith('| waived'));
    expect(rows).toHaveLength(1);
    expect(rows[0].match(/(?<!\\)\|/g)).toHaveLength(7);
    // Everything in code spans is literal: taken out before looking for markup.
    const outside = text.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    expect(outside).not.toMatch(/<(?!!-- -->)/);
    expect(outside).not.toMatch(/(?<!\\)!?\[/);
    expect(outside).not.toMatch(/@\w/);
    expect(outside).not.toMatch(/https?:/);
  });
});

it('every format says the same twice and takes one report or several', () => {
  for (const render of [renderJunit, renderSarif, renderGithub, renderMarkdown]) {
    expect(render(report)).toBe(render([sampleReport()]));
    expect(render([])).toEqual(expect.any(String));
  }
});

describe('a report without its review file', () => {
  it('still tells in every format of the waivers that it carries, and a later word counts more', () => {
    const carried = structuredClone(report);
    const [first] = carried.outcomes.flatMap(outcome => outcome.findings);
    const [key] = findingKeys([first]);
    first.review = { status: 'waived', who: 'Kim', at: '2026-01-01T00:00:00.000Z', reason: 'planned' };
    const formats = {
      junit: renderJunit(carried),
      sarif: renderSarif(carried),
      github: renderGithub(carried),
      markdown: renderMarkdown([carried, carried]),
      ...Object.fromEntries(markerFormats.map(({ id, render }) => [id, render(carried)])),
    };
    for (const [id, text] of Object.entries(formats)) expect([id, text]).toEqual([id, expect.stringContaining('Kim')]);
    expect(formats.markdown).toContain('(1 waived) |');
    expect(JSON.parse(formats.sarif).runs[0].results[0].suppressions).toHaveLength(1);
    const reopened: Annotation = { status: 'open', who: 'Ada', at: '2026-01-02T00:00:00.000Z', notes: [] };
    const later = { annotations: new Map([[carried.clip.sha256, new Map([[key, reopened]])]]) };
    expect(JSON.parse(renderSarif(carried, later)).runs[0].results[0].suppressions).toBeUndefined();
    expect(renderGithub(carried, later)).not.toContain('Kim');
  });
});
