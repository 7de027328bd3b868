import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CutClip,
  type CutRate,
  writeEdl,
  writeFcpxml,
  writeOtio,
  writeXmeml,
} from '../../fixtures/timelines/write.ts';
import type { Finding } from '../../src/finding.ts';
import { runGate } from '../../src/gate/gate.ts';
import { inheritWaivers } from '../../src/gate/outcomes.ts';
import { MediaLibrary } from '../../src/gate/resolve/library.ts';
import { readTimeline } from '../../src/gate/timeline/read.ts';
import { resolvePolicy } from '../../src/policy.ts';
import type { ReviewEntry } from '../../src/report/review/decisions.ts';
import { openDatabase } from '../../src/takes/database.ts';
import { Ledger } from '../../src/takes/ledger.ts';
import { gateInput, judgedReport, NOW } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-gate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file with these bytes; returns its path and hash. */
async function take(name: string, bytes = name): Promise<{ path: string; sha256: string }> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

const RATES: Record<string, CutRate> = {
  '23.976': { num: 24_000, den: 1001, drop: false },
  '25': { num: 25, den: 1, drop: false },
  '29.97 DF': { num: 30_000, den: 1001, drop: true },
  '60': { num: 60, den: 1, drop: false },
};
const WRITERS = { otio: writeOtio, fcpxml: writeFcpxml, xmeml: writeXmeml, edl: writeEdl };
const USED = { from: 50, to: 150 };

async function gateCut(
  name: string,
  findings: Partial<Finding>[],
  {
    rate = RATES['25'],
    write = writeOtio as (clips: readonly CutClip[], rate: CutRate) => string,
    review = [] as ReviewEntry[],
    report = {} as object,
    ledger = undefined as Ledger | undefined,
  } = {},
) {
  const file = await take(`${name}.mp4`);
  const fps = { num: rate.num, den: rate.den };
  const library = await MediaLibrary.open({ ledger });
  const judged = { ...judgedReport({ ...file, fps, findings }), ...report };
  library.addReport({ report: judged, review, origin: 'test' });
  const clip: CutClip = { name: `${name}.mp4`, path: file.path, reel: name, length: 240, ...USED, at: 0 };
  const timeline = { ...readTimeline(write([clip], rate), { fps }), path: join(folder, 'cut'), sha256: 'e'.repeat(64) };
  return runGate(await gateInput({ folder, library, timeline }));
}

describe('used frames', () => {
  for (const [fps, rate] of Object.entries(RATES))
    for (const [format, write] of Object.entries(WRITERS))
      it(`${format} at ${fps}: a fault one frame outside passes, one inside fails`, async () => {
        const at = (start: number, end: number) =>
          gateCut(`${format}${fps.replace(/\W/g, '')}`, [{ detector: 'freeze', start, end }], { rate, write });
        expect((await at(30, USED.from)).decision).toBe('pass');
        expect((await at(USED.to, 170)).decision).toBe('pass');
        expect((await at(30, USED.from + 1)).decision).toBe('fail');
        expect((await at(USED.to - 1, 170)).decision).toBe('fail');
      });

  it('judges the medium that is used', async () => {
    const result = await gateCut('silent', [{ detector: 'clipping', start: 60, end: 70 }]);
    expect(result.decision).toBe('pass');
    expect(result.uses[0].narrowed?.outcomes.map(({ detector }) => detector)).not.toContain('clipping');
  });

  it('does not trust what a report says of its own severity', async () => {
    const result = await gateCut('lenient', [
      {
        detector: 'black',
        start: 60,
        end: 70,
        severity: 'info',
        review: { status: 'waived', who: 'nobody', at: '2027-01-01' },
      },
    ]);
    expect(result.decision).toBe('fail');
  });

  it('lets a waiver count until its day has passed', async () => {
    const finding = { detector: 'freeze', kind: 'frozen', start: 60, end: 90 };
    const waived = async (until: string) => {
      const { sha256 } = await take('waived.mp4');
      const entry: ReviewEntry = {
        v: 1,
        at: '2027-01-01T00:00:00Z',
        clip: sha256,
        finding: 'freeze/frozen@60-90',
        action: 'waive',
        who: 'Kim',
        reason: 'planned',
        until,
      };
      return (await gateCut('waived', [finding], { review: [entry] })).decision;
    };
    expect(await waived('2027-03-01')).toBe('pass');
    expect(await waived('2027-02-28')).toBe('fail');
  });

  it('counts a check that the report lacks as not judged', async () => {
    const { sha256, path } = await take('thin.mp4');
    const report = judgedReport({ sha256, path });
    const result = await gateCut('thin', [], {
      report: { outcomes: report.outcomes.filter(({ detector }) => detector !== 'black') },
    });
    expect(result.decision).toBe('fail');
    expect(result.uses[0].reasons.join()).toMatch(/black could not judge/);
  });
});

describe('waivers', () => {
  it('of a take hold where the film shows it, and nowhere else', async () => {
    const { sha256 } = await take('planned.mp4');
    const finding = { detector: 'freeze', kind: 'frozen', start: 60, end: 90 };
    const entry: ReviewEntry = {
      v: 1,
      at: '2027-01-01T00:00:00Z',
      clip: sha256,
      finding: 'freeze/frozen@60-90',
      action: 'waive',
      who: 'Kim',
      reason: 'planned',
    };
    const { uses } = await gateCut('planned', [finding], { review: [entry] });
    const shown = (start: number, end: number) => {
      const report = judgedReport({ sha256, path: 'film.mp4', findings: [{ ...finding, start, end }] });
      const found = inheritWaivers(report.outcomes, uses).flatMap(({ findings }) => findings);
      return found[0].review?.who ?? null;
    };
    expect(shown(10, 40)).toBe('Kim');
    expect(shown(12, 41)).toBe('Kim');
    expect(shown(50, 80)).toBeNull();
    expect(shown(30, 80)).toBeNull();
  });
});

describe('media', () => {
  const cutOf = async (clips: CutClip[], library: MediaLibrary) => {
    const timeline = {
      ...readTimeline(writeOtio(clips, RATES['25'])),
      path: join(folder, 'cut.otio'),
      sha256: 'e'.repeat(64),
    };
    const result = await runGate(await gateInput({ folder, library, timeline }));
    const problems = result.subject.outcomes.find(({ detector }) => detector === 'gate-media')!.findings;
    return {
      result,
      kinds: problems.map(({ kind }) => kind),
      messages: problems.map(({ message }) => message).join('\n'),
    };
  };
  const clip = (name: string, path = join(folder, name)): CutClip => ({
    name,
    path,
    reel: name,
    length: 240,
    from: 0,
    to: 50,
    at: 0,
  });

  it('fails what is missing, changed, unjudged or judged under another policy', async () => {
    const changed = await take('changed.mp4', 'before');
    const other = await take('other.mp4');
    await take('never.mp4');
    const library = await MediaLibrary.open({});
    library.addReport({ report: judgedReport(changed), review: [], origin: '' });
    library.addReport({ report: judgedReport({ ...other, policy: resolvePolicy('draft') }), review: [], origin: '' });
    await writeFile(changed.path, 'after!');
    const { result, kinds, messages } = await cutOf(
      ['changed.mp4', 'other.mp4', 'never.mp4', 'gone.mp4'].map((name, i) => ({ ...clip(name), at: i * 50 })),
      library,
    );
    expect(result.decision).toBe('fail');
    expect(kinds).toEqual(['changed', 'unjudged', 'unjudged', 'missing']);
    expect(messages).toMatch(/draft, never under this export policy/);
  });

  it('judges on the spot where that is allowed', async () => {
    const fresh = await take('fresh.mp4');
    const timeline = {
      ...readTimeline(writeOtio([clip('fresh.mp4')], RATES['25'])),
      path: join(folder, 'cut.otio'),
      sha256: 'e'.repeat(64),
    };
    const judge = async (path: string) => ({ report: judgedReport({ ...fresh, path }), review: [], origin: 'spot' });
    expect((await runGate(await gateInput({ folder, timeline, judge }))).decision).toBe('pass');
  });

  it('finds a take by name or reel when its path is another machine’s, and says when that is ambiguous', async () => {
    const one = await take('shot_010-a.mp4');
    const library = await MediaLibrary.open({});
    library.addReport({ report: judgedReport(one), review: [], origin: '' });
    const byName = await cutOf([clip('shot_010-a.mp4', '/Volumes/Elsewhere/shot_010-a.mp4')], library);
    expect(byName.result.uses[0].source?.by).toBe('name');
    expect(byName.result.decision).toBe('pass');
    const edl = 'TITLE: 25 fps\n001  SHOT010A V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n';
    const timeline = { ...readTimeline(edl), path: join(folder, 'cut.edl'), sha256: 'e'.repeat(64) };
    expect((await runGate(await gateInput({ folder, library, timeline }))).uses[0].source?.by).toBe('reel');
    const twin = await take('b/../shot_010-a.MP4', 'other bytes');
    library.addReport({ report: judgedReport({ ...twin, path: '/else/shot_010-a.mp4' }), review: [], origin: '' });
    expect((await cutOf([clip('shot_010-a.mp4', '/Volumes/Elsewhere/shot_010-a.mp4')], library)).kinds).toEqual([
      'ambiguous',
    ]);
  });

  it('fails frames that the take does not have', async () => {
    const short = await take('short.mp4');
    const library = await MediaLibrary.open({});
    library.addReport({ report: judgedReport({ ...short, frames: 49 }), review: [], origin: '' });
    expect((await cutOf([clip('short.mp4')], library)).kinds).toEqual(['out-of-range']);
  });

  it('gates ten minutes with 150 sources without decoding anything', async () => {
    const library = await MediaLibrary.open({});
    const clips: CutClip[] = [];
    for (let i = 0; i < 150; i++) {
      const file = await take(`source-${i}.mp4`);
      library.addReport({ report: judgedReport(file), review: [], origin: '' });
      clips.push({
        name: `source-${i}.mp4`,
        path: file.path,
        reel: `S${i}`,
        length: 240,
        from: 50,
        to: 150,
        at: i * 100,
      });
    }
    const { result } = await cutOf(clips, library);
    expect(result.decision).toBe('pass');
    expect(result.uses).toHaveLength(150);
    expect(result.subject.clip.frames).toBe(15_000);
  });
});

describe('consent', () => {
  const withPerson = async (
    name: string,
    {
      speaks = false,
      publicFigure = false,
      releases = [] as {
        covers: ('likeness' | 'voice')[];
        expiresAt?: string;
        grantedAt?: string;
        scope?: string;
        spoil?: boolean;
      }[],
    },
  ) => {
    const ledger = new Ledger(openDatabase(':memory:'), () => NOW.getTime());
    const file = await take(`${name}.mp4`);
    const added = ledger.addTake({ shot: '010' }, { ...file, bytes: 1 });
    const person = ledger.consent.addPerson({ name: 'Ana Müller', publicFigure });
    ledger.consent.appear(added.id, person.id, { speaks });
    for (const [i, { spoil, ...release }] of releases.entries()) {
      const paper = await take(`${name}-${i}.pdf`);
      ledger.consent.addRelease({ ...release, person: person.id, file: paper.path, sha256: paper.sha256 });
      if (spoil) await writeFile(paper.path, 'another paper');
    }
    const result = await gateCut(name, [], { ledger });
    const found = result.subject.outcomes.find(({ detector }) => detector === 'gate-people')!.findings;
    return {
      decision: result.decision,
      kinds: found.map(({ kind }) => kind),
      message: found[0]?.message ?? '',
      take: added.id,
    };
  };
  const likeness = { covers: ['likeness' as const] };

  it('fails with the person’s name and the take', async () => {
    const missing = await withPerson('p1', {});
    expect(missing).toMatchObject({ decision: 'fail', kinds: ['release-missing'] });
    expect(missing.message).toContain('Ana Müller');
    expect(missing.message).toContain(missing.take.slice(0, 13));
    const expired = await withPerson('p2', { releases: [{ ...likeness, expiresAt: '2027-03-01T11:59:59Z' }] });
    expect(expired.message).toMatch(/Ana Müller for take take_\S+ \(shot 010\) expired on 2027-03-01/);
  });

  it.each([
    ['a likeness release is enough for who does not speak', { releases: [likeness] }, 'pass', []],
    [
      'a release that ends later today holds',
      { releases: [{ ...likeness, expiresAt: '2027-03-01T12:00:01Z' }] },
      'pass',
      [],
    ],
    ['who speaks needs voice too', { speaks: true, releases: [likeness] }, 'fail', ['release-missing']],
    ['two releases may cover both', { speaks: true, releases: [likeness, { covers: ['voice' as const] }] }, 'pass', []],
    [
      'a release that begins later does not hold',
      { releases: [{ ...likeness, grantedAt: '2027-04-01' }] },
      'fail',
      ['release-early'],
    ],
    [
      'a public figure needs rights that say what for',
      { publicFigure: true, releases: [likeness] },
      'fail',
      ['public-figure'],
    ],
    [
      'a public figure with such rights',
      { publicFigure: true, releases: [{ ...likeness, scope: 'this film' }] },
      'pass',
      [],
    ],
    [
      'a release file must be the one that was recorded',
      { releases: [{ ...likeness, spoil: true }] },
      'fail',
      ['release-changed'],
    ],
  ])('%s', async (name, facts, decision, kinds) => {
    expect(await withPerson(name.replace(/\W/g, ''), facts)).toMatchObject({ decision, kinds });
  });
});
