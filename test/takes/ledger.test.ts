import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePolicy } from '../../src/policy.ts';
import { ledgerPath, openDatabase } from '../../src/takes/database.ts';
import { diffTakes, dossier, exportLedger, lineage } from '../../src/takes/history.ts';
import { type Ledger, openLedger } from '../../src/takes/ledger.ts';
import { migrations } from '../../src/takes/migrations.ts';
import { toMicros } from '../../src/takes/rows.ts';
import { fakeReport } from '../hook/fake-report.ts';

let folder: string;
let path: string;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retake-ledger-'));
  path = join(folder, 'deep', 'ledger.db');
  ledger = openLedger(path);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const sha = (digit: string) => digit.repeat(64);
const file = (digit: string) => ({ sha256: sha(digit), bytes: 10, path: `/clips/${digit}.mp4` });

describe('takes', () => {
  it('keeps everything needed to make a shot again, through a reopening', () => {
    const facts = {
      shot: '010',
      provider: 'sora',
      model: 'sora-2',
      prompt: 'A kite; "quoted" \u0000-free ünïcode 🎬',
      negativePrompt: 'rain',
      seed: '18446744073709551615',
      parameters: { seconds: 8, size: '1280x720', nested: { a: [1, null, true] } },
      references: [{ at: 'ref.png', role: 'style', sha256: sha('e') }],
      providerJob: 'video_1',
      cost: { amount: 0.8, currency: 'USD' },
      generatedAt: '2026-05-01T10:00:00.000Z',
    };
    const { id } = ledger.addTake(facts, file('a'));
    ledger.close();
    ledger = openLedger(path);
    expect(ledger.take(id)).toMatchObject({
      ...facts,
      ...file('a'),
      prompt: facts.prompt.replace('\0', '\uFFFD'),
      status: 'present',
    });
  });

  it('knows one generation of one provider once, and fills in what was missing', () => {
    const first = ledger.addTake({ provider: 'luma', providerJob: 'g1' });
    const again = ledger.addTake({ provider: 'luma', providerJob: 'g1', prompt: 'late news', seed: 7 }, file('b'));
    expect(again).toMatchObject({ id: first.id, prompt: 'late news', seed: '7', sha256: sha('b'), status: 'present' });
    expect(ledger.addTake({ provider: 'luma', providerJob: 'g1', prompt: 'other' }).prompt).toBe('late news');
    expect(ledger.takes()).toHaveLength(1);
  });

  it('is finished by the same id only once, and never changes its bytes', () => {
    const one = ledger.addTake({}, undefined, { id: 'take_fixed' });
    expect(ledger.addTake({}, file('a'), { id: 'take_fixed' }).id).toBe(one.id);
    expect(() => ledger.attach(one.id, file('b'))).toThrow(/other bytes/);
  });

  it('refuses facts that do not fit, naming the field', () => {
    expect(() => ledger.addTake({ seed: 'abc' })).toThrow(/seed/);
    expect(() => ledger.addTake({ parent: 'take_nobody' })).toThrow(/no take/);
    expect(() => ledger.addTake({ cost: { amount: -1, currency: 'USD' } })).toThrow(/cost\.amount/);
  });

  it('finds by shot, provider, words of the prompt and newest verdict, newest first', () => {
    const a = ledger.addTake({ shot: '1', provider: 'x', prompt: 'A red kite' }, file('a'));
    const b = ledger.addTake({ shot: '1', provider: 'y', prompt: '100% _wild_' }, file('b'));
    expect(ledger.takes({ shot: '1' }).map(({ id }) => id)).toEqual([b.id, a.id]);
    expect(ledger.takes({ prompt: 'RED' }).map(({ id }) => id)).toEqual([a.id]);
    expect(ledger.takes({ prompt: '%' }).map(({ id }) => id)).toEqual([b.id]);
    const policy = resolvePolicy('draft');
    ledger.addReport(fakeReport({ decision: 'regenerate' }, sha('a'), policy));
    ledger.addReport(fakeReport({ decision: 'pass' }, sha('a'), policy));
    expect(ledger.takes({ decision: 'pass' }).map(({ id }) => id)).toEqual([a.id]);
    expect(ledger.takes({ decision: 'regenerate' })).toEqual([]);
    expect(ledger.takes({ limit: 1 })).toHaveLength(1);
  });

  it('is found by an unambiguous beginning of its id', () => {
    const { id } = ledger.addTake({}, undefined, { id: 'take_aaaa1111' });
    ledger.addTake({}, undefined, { id: 'take_aaaa2222' });
    expect(ledger.take('take_aaaa1').id).toBe(id);
    expect(() => ledger.take('take_aaaa')).toThrow(/more than one/);
    expect(() => ledger.take('take_')).toThrow();
  });
});

describe('reports and decisions', () => {
  it('keeps a report whole and adds a verdict to every take of those bytes', () => {
    const a = ledger.addTake({}, file('a'));
    const b = ledger.addTake({}, file('a'));
    const report = fakeReport({ decision: 'review' }, sha('a'), resolvePolicy('draft'));
    const id = ledger.addReport(report);
    expect(ledger.report(id)).toEqual(report);
    for (const take of [a, b])
      expect(ledger.decisions(take.id)).toMatchObject([{ kind: 'verdict', reason: 'review', report: id }]);
    ledger.decide({ take: a.id, kind: 'waive', who: 'Ada', finding: 'freeze/40', until: '2027-01-01T00:00:00.000Z' });
    expect(ledger.decisions(a.id)[1]).toMatchObject({ kind: 'waive', who: 'Ada', until: '2027-01-01T00:00:00.000Z' });
  });

  it('keeps the policy that a verdict was made with', () => {
    const policy = resolvePolicy('export');
    ledger.keepPolicy(policy);
    ledger.keepPolicy(policy);
    expect(ledger.policy(policy.hash)).toEqual(policy);
  });
});

describe('consent', () => {
  it('keeps people, releases with their file hash, appearances and disclosures', () => {
    const take = ledger.addTake({}, file('a'));
    const { consent } = ledger;
    const person = consent.addPerson({ name: 'Grace', publicFigure: true });
    consent.addRelease({
      person: person.id,
      covers: ['likeness'],
      file: 'r.pdf',
      sha256: sha('c'),
      expiresAt: '2027-02-03T00:00:00.000Z',
    });
    consent.appear(take.id, person.id, { speaks: true, role: 'host' });
    consent.appear(take.id, person.id, { speaks: true, role: 'guest' });
    consent.disclose({ take: take.id, method: 'caption', text: 'Made with AI' });
    const all = dossier(ledger, take.id);
    expect(all.people).toMatchObject([
      {
        speaks: true,
        role: 'guest',
        person: { name: 'Grace', publicFigure: true },
        releases: [{ covers: ['likeness'], sha256: sha('c') }],
      },
    ]);
    expect(all.disclosures).toMatchObject([{ method: 'caption', text: 'Made with AI' }]);
    expect(() => consent.appear(take.id, 'person_nobody')).toThrow(/no person/);
    expect(() =>
      consent.addRelease({ person: person.id, covers: [], file: 'x', sha256: 'y', expiresAt: 'soon' }),
    ).toThrow(/not a date/);
  });
});

describe('history', () => {
  it('tells the family, the differences and everything', () => {
    const root = ledger.addTake({ prompt: 'a', seed: 1, parameters: { seconds: 4, size: 'x' } }, file('a'));
    const second = ledger.addTake(
      { prompt: 'a b', seed: 2, parameters: { seconds: 8, size: 'x' }, parent: root.id, relation: 'remix' },
      file('b'),
    );
    const third = ledger.addTake({ parent: second.id, relation: 'whole' });
    ledger.addReport(fakeReport({ decision: 'pass' }, sha('b'), resolvePolicy('draft')));
    expect(lineage(ledger, third.id).map(({ take, depth, decision }) => [take.id, depth, decision])).toEqual([
      [root.id, 0, undefined],
      [second.id, 1, 'pass'],
      [third.id, 2, undefined],
    ]);
    expect(diffTakes(root, second).map(({ field, a, b }) => [field, a, b])).toEqual([
      ['prompt', 'a', 'a b'],
      ['seed', '1', '2'],
      ['parent', null, root.id],
      ['relation', null, 'remix'],
      ['sha256', sha('a'), sha('b')],
      ['parameters.seconds', 4, 8],
    ]);
    const all = exportLedger(ledger);
    expect(all.takes.map(({ take }) => take.id)).toEqual([root.id, second.id, third.id]);
    expect(all.takes[1].full).toHaveLength(1);
  });
});

describe('money', () => {
  it('is kept in whole millionths and rounded up', () => {
    expect(toMicros(0.1)).toBe(100_000);
    expect(toMicros(0.1 + 0.2)).toBe(300_000);
    expect(toMicros(1e-7)).toBe(1);
  });
});

describe('the file', () => {
  it('has the journal and safety that it should', () => {
    const one = (pragma: string) => Object.values(ledger.database.get<Record<string, unknown>>(`PRAGMA ${pragma}`)!)[0];
    expect(one('journal_mode')).toBe('wal');
    expect(one('synchronous')).toBe(1);
    expect(one('foreign_keys')).toBe(1);
    expect(one('busy_timeout')).toBe(10_000);
  });

  it('brings what was committed to the disk, however many ask at once', async () => {
    ledger.addTake({ prompt: 'kept' });
    await Promise.all(Array.from({ length: 20 }, () => ledger.database.flush()));
    const memory = openDatabase(':memory:');
    await memory.flush();
    memory.close();
  });

  it('is migrated from every older version with its data', () => {
    for (let version = 0; version < migrations.length; version++) {
      const old = join(folder, `v${version}.db`);
      const raw = new Libsql(old);
      for (const step of migrations.slice(0, version)) for (const statement of step) raw.exec(statement);
      raw.exec(`PRAGMA user_version = ${version}`);
      if (version > 0) raw.exec(`INSERT INTO takes (id, created_at) VALUES ('take_old', 1)`);
      if (version > 1) {
        raw.exec(`INSERT INTO reports VALUES ('rep_old', 'aa', 'p', 'pass', '0.9.0', '{}', 1)`);
        const tool = version > 2 ? `, tool_version` : '';
        raw.exec(`INSERT INTO judgements (sha256, policy_hash, job, report, claimed_at${tool})
                  VALUES ('aa', 'p', 'job_1', 'rep_old', 1${tool && `, '0.9.0'`})`);
      }
      raw.close();
      const opened = openLedger(old);
      expect(opened.takes()).toHaveLength(version > 0 ? 1 : 0);
      expect(opened.database.get('SELECT count(*) AS n FROM jobs')).toEqual({ n: 0 });
      expect(opened.database.all('SELECT report, tool_version FROM judgements')).toEqual(
        version > 1 ? [{ report: 'rep_old', tool_version: '0.9.0' }] : [],
      );
      opened.close();
    }
  });

  it('is refused when it is newer than the program, no database, or in no folder', () => {
    const newer = join(folder, 'newer.db');
    openDatabase(newer).close();
    const raw = new Libsql(newer);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    expect(() => openLedger(newer)).toThrow(
      expect.objectContaining({ code: 'ledger-failed', message: expect.stringContaining('99') }),
    );
    const text = join(folder, 'text.db');
    writeFileSync(text, 'certainly not a database, but long enough to look like one '.repeat(40));
    expect(() => openLedger(text)).toThrow(expect.objectContaining({ code: 'ledger-failed' }));
    expect(readFileSync(text, 'utf8')).toContain('certainly');
    expect(() => openLedger(join(text, 'below', 'a-file.db'))).toThrow(
      expect.objectContaining({ code: 'ledger-failed' }),
    );
  });

  it('rolls a failed transaction back whole', () => {
    expect(() =>
      ledger.database.transaction(() => {
        ledger.addTake({ prompt: 'lost' });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(ledger.takes()).toEqual([]);
    ledger.addTake({ prompt: 'kept' });
    expect(ledger.takes()).toHaveLength(1);
  });

  it('is written by four processes at once without losing a row', async () => {
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
    const fresh = join(folder, 'shared.db');
    const codes = await Promise.all(
      Array.from({ length: 4 }, (_, index) => {
        const child = fork(script, [fresh, String(index), '50'], { execArgv: ['--import', loader] });
        return new Promise(resolve => child.on('exit', resolve));
      }),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    const shared = openLedger(fresh);
    expect(shared.takes()).toHaveLength(200);
    // Each take is named after the number of takes before it: all numbers are there once.
    const names = shared.takes().map(({ shot }) => Number(shot));
    expect(names.sort((x, y) => x - y)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(shared.database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    shared.close();
  }, 30_000);

  it('is looked for upwards', () => {
    const project = join(folder, 'project');
    openLedger(join(project, '.retake', 'ledger.db')).close();
    expect(ledgerPath(undefined, join(project, 'a', 'b'))).toBe(join(project, '.retake', 'ledger.db'));
    expect(ledgerPath('x.db', project)).toBe(join(project, 'x.db'));
  });
});
