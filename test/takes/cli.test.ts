import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takesCommand } from '../../src/cli/takes.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { openLedger } from '../../src/takes/ledger.ts';
import { fakeReport } from '../hook/fake-report.ts';
import { tempFolder } from '../hook/support.ts';

let folder: string;
let ledger: string;
let out: string;
let errors: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger.db');
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    errors += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs `retake takes …` in this process; answers stdout and the exit status. */
async function takes(...args: string[]): Promise<{ out: string; errors: string; status: number }> {
  [out, errors] = ['', ''];
  process.exitCode = undefined;
  await takesCommand().parseAsync([...args, '--ledger', ledger], { from: 'user' });
  const status = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { out, errors, status };
}
const clip = (name: string, text = name): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('retake takes', () => {
  it('keeps what should be heard in a take, and lets a later plan replace it', async () => {
    const plan = clip('plan.yaml', 'lines: [{ from: 1s, to: 3.5s, speaker: Ana, offScreen: false }]');
    const { out: id } = await takes('add', clip('spoken.mp4'), '--audio-plan', plan);
    const planOf = async () => JSON.parse((await takes('show', id.trim())).out).take.audioPlan;
    expect(await planOf()).toEqual({
      lines: [{ from: '1s', to: '3.5s', speaker: 'Ana', offScreen: false }],
      silence: [],
      music: [],
    });
    await takes('plan', id.trim(), clip('later.json', '{"silence":[{"from":0,"to":24}]}'));
    expect(await planOf()).toEqual({ lines: [], silence: [{ from: 0, to: 24 }], music: [] });
    const meta = clip('job2.json', JSON.stringify({ audioPlan: { music: [{ from: '0s', to: '2s' }] } }));
    const { out: other } = await takes('add', clip('scored.mp4'), '--meta', meta);
    expect(JSON.parse((await takes('show', other.trim())).out).take.audioPlan.music).toEqual([
      { from: '0s', to: '2s' },
    ]);
    const wrong = await takes('add', clip('wrong.mp4'), '--audio-plan', clip('bad.yaml', 'lines: [{ from: soon }]'));
    expect(wrong.errors).toMatch(/bad\.yaml.*lines/);
    expect(wrong.status).toBe(2);
  });

  it('adds with options and a job file, lists, shows, compares and exports', async () => {
    const meta = clip('job.json', JSON.stringify({ prompt: 'from the file', seed: 1, model: 'm', other: 'ignored' }));
    const first = await takes(
      'add',
      clip('a.mp4'),
      '--meta',
      meta,
      '--prompt',
      'from the option',
      '--shot',
      '010',
      '--param',
      'seconds=8',
      '--param',
      'size=1280x720',
      '--reference',
      clip('ref.png'),
      '--reference',
      'https://example.com/r.png',
      '--cost',
      '0.8',
    );
    expect(first.status).toBe(0);
    const a = first.out.trim();
    const second = await takes(
      'add',
      clip('b.mp4'),
      '--meta',
      meta,
      '--shot',
      '010',
      '--parent',
      a,
      '--relation',
      'remix',
      '--seed',
      '2',
      '--json',
    );
    const b = JSON.parse(second.out).id;

    const shown = JSON.parse((await takes('show', a)).out);
    expect(shown.take).toMatchObject({
      prompt: 'from the option',
      seed: '1',
      model: 'm',
      shot: '010',
      parameters: { seconds: 8, size: '1280x720' },
      cost: { amount: 0.8, currency: 'USD' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(shown.take.references).toMatchObject([{ sha256: expect.any(String) }, { at: 'https://example.com/r.png' }]);
    expect(
      JSON.parse((await takes('list', '--json', '--shot', '010')).out).map(({ id }: { id: string }) => id),
    ).toEqual([b, a]);
    expect((await takes('list', '--prompt', 'option')).out.split('\n')).toHaveLength(2);
    expect((await takes('diff', a, b)).out).toContain('prompt\n  - from the option\n  + from the file\n');
    expect((await takes('diff', a, a)).out).toBe('no difference\n');
    expect((await takes('lineage', b)).out).toMatch(/^take_\S+ first .*\n {2}take_\S+ remix /);
    const file = join(folder, 'out', 'ledger.json');
    await takes('export', '--out', file);
    expect(JSON.parse(readFileSync(file, 'utf8')).takes).toHaveLength(2);
  });

  it('keeps a terminal safe from what prompts say', async () => {
    await takes(
      'add',
      clip('a.mp4'),
      '--prompt',
      'red \u001b[31m\u0007\nsecond line',
      '--shot',
      '\u001b]0;title\u0007',
    );
    for (const command of [['list'], ['lineage', JSON.parse((await takes('list', '--json')).out)[0].id]]) {
      const { out: text } = await takes(...command);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none comes through is what is tested
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
      expect(text.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  it('records decisions, people, releases, appearances and disclosures', async () => {
    const take = (await takes('add', clip('a.mp4'))).out.trim();
    const person = JSON.parse((await takes('person', 'Grace Hopper', '--public-figure')).out).id;
    const release = JSON.parse(
      (
        await takes(
          'release',
          person,
          '--file',
          clip('r.pdf', 'signed'),
          '--covers',
          'likeness, voice',
          '--expires',
          '2027-01-01',
        )
      ).out,
    );
    expect(release).toMatchObject({ covers: ['likeness', 'voice'], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await takes('appear', take, person, '--speaks');
    await takes('disclose', take, '--method', 'caption', '--text', 'Made with AI');
    await takes(
      'waive',
      take,
      '--who',
      'Ada',
      '--reason',
      'on purpose',
      '--finding',
      'freeze/40',
      '--until',
      '2027-01-01',
    );
    await takes('approve', take, '--who', 'Ada');
    const all = JSON.parse((await takes('show', take)).out);
    expect(all.people).toMatchObject([
      {
        speaks: true,
        person: { name: 'Grace Hopper', publicFigure: true },
        releases: [{ expiresAt: '2027-01-01T00:00:00.000Z' }],
      },
    ]);
    expect(all.disclosures).toMatchObject([{ method: 'caption' }]);
    expect(all.decisions).toMatchObject([
      { kind: 'waive', finding: 'freeze/40' },
      { kind: 'approve', who: 'Ada' },
    ]);
    expect(JSON.parse((await takes('people')).out)).toMatchObject([
      { name: 'Grace Hopper', releases: [{ id: release.id }] },
    ]);
  });

  it('shows the newest verdict and finds by it', async () => {
    const take = (await takes('add', clip('a.mp4'))).out.trim();
    const { sha256 } = JSON.parse((await takes('show', take)).out).take;
    const opened = openLedger(ledger);
    opened.addReport(fakeReport({ decision: 'regenerate' }, sha256, resolvePolicy('draft')));
    opened.close();
    expect((await takes('list')).out).toContain('regenerate');
    expect((await takes('list', '--decision', 'pass')).out).toBe('');
    expect(JSON.parse((await takes('export')).out).takes[0].full[0].verdict.decision).toBe('regenerate');
  });

  it.each([
    ['a clip that is not there', ['add', 'nowhere.mp4'], 'clip-not-found'],
    ['an unknown take', ['show', 'take_nobody'], 'no take'],
    ['an unknown parent', ['add', 'CLIP', '--parent', 'take_x'], 'no take'],
    ['a seed that is none', ['add', 'CLIP', '--seed', '1.5'], 'seed'],
    ['a relation that is none', ['add', 'CLIP', '--relation', 'cousin'], 'relation'],
    ['a job file that is none', ['add', 'CLIP', '--meta', 'CLIP'], 'usage'],
    ['a date that is none', ['waive', 'TAKE', '--who', 'x', '--finding', 'f', '--until', 'soon'], 'date'],
    ['a waiver of nothing', ['waive', 'TAKE', '--who', 'x'], '--finding'],
  ])('says in one line what is wrong: %s', async (_, args, word) => {
    const path = clip('c.mp4');
    const take = (await takes('add', path)).out.trim();
    const result = await takes(...args.map(arg => (arg === 'CLIP' ? path : arg === 'TAKE' ? take : arg)));
    expect(result.status).toBe(2);
    expect(result.errors.trimEnd().split('\n')).toHaveLength(1);
    expect(result.errors).toContain(word);
  });
});
