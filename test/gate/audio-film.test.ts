import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { writeOtio } from '../../fixtures/timelines/write.ts';
import { audioPlanSchema } from '../../src/gate/audio/schema.ts';
import { hashFile } from '../../src/gate/files.ts';
import { runGate } from '../../src/gate/gate.ts';
import { makeRecord } from '../../src/gate/record.ts';
import { MediaLibrary } from '../../src/gate/resolve/library.ts';
import { readTimeline } from '../../src/gate/timeline/read.ts';
import { openDatabase } from '../../src/takes/database.ts';
import { Ledger } from '../../src/takes/ledger.ts';
import { plannedSound } from '../../src/takes/planned-sound.ts';
import { gateInput, judgedReport, NOW, quietPolicy } from './support.ts';

let folder: string;
let take: { path: string; sha256: string };
let film: { path: string; sha256: string };

/** A take of two seconds with a tone and no speech, and a film that shows its frames 10 to 39 and sounds like them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-audio-film-'));
  const [a, b] = [join(folder, 'take.mp4'), join(folder, 'film.mp4')];
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=192x108:r=25:d=2', '-f', 'lavfi', '-i', 'sine=f=220:d=2:r=48000'],
    ...['-pix_fmt', 'yuv420p', '-crf', '20', '-c:a', 'aac', a],
  ]);
  await runFfmpeg([
    ...['-i', a, '-vf', 'trim=start_frame=10:end_frame=40,setpts=PTS-STARTPTS'],
    ...['-af', 'atrim=start=0.4:end=1.6,asetpts=PTS-STARTPTS', '-pix_fmt', 'yuv420p', '-crf', '26', '-c:a', 'aac', b],
  ]);
  take = { path: a, sha256: await hashFile(a) };
  film = { path: b, sha256: await hashFile(b) };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function gate(planned: object | null, over: Partial<Parameters<typeof gateInput>[0]> = {}) {
  const ledger = new Ledger(openDatabase(':memory:'), () => NOW.getTime());
  const added = ledger.addTake(
    { shot: '010', ...(planned ? { audioPlan: plannedSound.parse(planned) } : {}) },
    { ...take, bytes: 1 },
  );
  const library = await MediaLibrary.open({ ledger });
  library.addReport({ report: judgedReport({ ...take, frames: 50, policy: quietPolicy }), review: [], origin: 'test' });
  const result = await runGate(await gateInput({ folder, library, policy: quietPolicy, export: film, ...over }));
  const audio = result.subject.outcomes.find(({ detector }) => detector === 'gate-audio');
  const { record } = makeRecord(result, { policy: quietPolicy, ledger, rules: [], now: NOW });
  return {
    status: audio?.status,
    found: audio?.findings.map(({ kind, start, end }) => `${kind} ${start}-${end}`) ?? [],
    rules: record.rules.map(({ kind, name }) => `${kind} ${name.replace(added.id, 'take')}`),
  };
}

describe('a take’s audio plan', () => {
  it('is held against the film that shows the take, and named in the record', async () => {
    // Frames 15 to 44 of the take; the film shows 10 to 39 of it.
    expect(await gate({ lines: [{ from: 15, to: 45, speaker: 'Ana' }] })).toEqual({
      status: 'ran',
      found: ['speech-missing 5-30'],
      rules: ['audio plan of take'],
    });
    expect((await gate({ silence: [{ from: 0, to: 50 }] })).found).toEqual(['not-silent 0-30']);
    expect((await gate({ music: [{ from: 0, to: 50 }] })).found).toEqual([]);
  });

  it('gives way to the film’s', async () => {
    const plan = audioPlanSchema.parse({ music: [{ from: 0, to: 30 }] });
    expect((await gate({ silence: [{ from: 0, to: 50 }] }, { plan })).found).toEqual([]);
  });

  it('is said not to be checked without an export, and not missed where there is none', async () => {
    const clip = { ...take, name: 'take.mp4', reel: 'take', length: 50, from: 10, to: 40, at: 0 };
    const cut = readTimeline(writeOtio([clip], { num: 25, den: 1, drop: false }));
    const timeline = { ...cut, path: join(folder, 'cut.otio'), sha256: 'e'.repeat(64) };
    const without = { timeline, export: undefined };
    expect((await gate({ lines: [{ from: 15, to: 45 }] }, without)).status).toBe('skipped');
    expect((await gate(null, without)).status).toBeUndefined();
    expect((await gate(null)).status).toBe('skipped');
  });
});
