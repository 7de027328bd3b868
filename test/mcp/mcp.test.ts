import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fixturePath } from '../../fixtures/make.ts';
import { writeOtio } from '../../fixtures/timelines/write.ts';
import { expandInputs } from '../../src/cli/inputs.ts';
import { detectors } from '../../src/detectors/index.ts';
import { makeMcpServer } from '../../src/hook/mcp.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { openLedger } from '../../src/takes/ledger.ts';
import { fakeClip, judge, type Script } from '../hook/fake-report.ts';
import { tempFolder } from '../hook/support.ts';

interface Answer {
  isError?: boolean;
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
}

async function connect() {
  const root = tempFolder();
  const ledger = openLedger(join(root, '.retake', 'l.db'));
  let judged = 0;
  const server = makeMcpServer({
    ledger,
    roots: [root],
    listClips: folder => expandInputs([folder]),
    grabFrames: async (_path, frames, { maxSide }) =>
      new Map(frames.map(frame => [frame, Buffer.from(`${frame}@${maxSide}`)])),
    judge: async (path, options) => {
      judged++;
      const report = await judge(path, options);
      // A whole report: what the script does not speak of found nothing.
      const said = new Set(report.outcomes.map(({ detector }) => detector));
      const silent = detectors
        .filter(({ meta }) => !said.has(meta.id))
        .map(({ meta }) => ({
          ...{ detector: meta.id, shot: null, status: 'ran' as const, score: 0 },
          ...{ measurements: {}, findings: [] },
        }));
      report.outcomes.push(...silent);
      // The ledger answers for the version that judged.
      return { ...report, tool: { ...report.tool, version: (await import('../../src/version.ts')).version } };
    },
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(there), client.connect(here)]);
  onTestFinished(async () => {
    await client.close();
    ledger.close();
  });
  const call = (name: string, args: object = {}) =>
    client.callTool({ name, arguments: args as Record<string, unknown> }) as Promise<unknown> as Promise<Answer>;
  const clip = (name: string, script: Script) => writeFileSync(join(root, name), fakeClip(script));
  return { root, ledger, client, call, clip, judged: () => judged };
}
const json = (answer: Answer) => JSON.parse(answer.content.filter(({ type }) => type === 'text').at(-1)!.text!);

describe('retake for agents', () => {
  it('offers its tools with descriptions and schemas', async () => {
    const { client } = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'check_clip',
      'read_findings',
      'explain_detector',
      'list_takes',
      'gate_folder',
    ]);
    for (const tool of tools) {
      expect(tool.description!.length).toBeGreaterThan(40);
      expect(tool.inputSchema.type).toBe('object');
      expect(tool.annotations?.readOnlyHint).toBe(true);
    }
  });

  it('checks a clip once and answers from the ledger after that', async () => {
    const { call, clip, judged } = await connect();
    clip('a.mp4', { decision: 'regenerate' });
    const first = json(await call('check_clip', { path: 'a.mp4', policy: 'draft' }));
    expect(first).toMatchObject({
      decision: 'regenerate',
      cached: false,
      usable: [
        { start: 0, end: 40 },
        { start: 60, end: 120 },
      ],
      advice: [expect.any(String)],
    });
    expect(first.reasons).toEqual(['frames 40–60: The picture stands still']);
    expect(json(await call('check_clip', { path: 'a.mp4', policy: 'draft' }))).toMatchObject({
      cached: true,
      report: first.report,
    });
    expect(judged()).toBe(1);
  });

  it('brings findings with stills of the worst frames', async () => {
    const { call, clip } = await connect();
    clip('a.mp4', { decision: 'regenerate' });
    const answer = await call('read_findings', { path: 'a.mp4' });
    expect(answer.content.at(-1)).toEqual({
      type: 'image',
      mimeType: 'image/jpeg',
      data: Buffer.from('40@512').toString('base64'),
    });
    expect(answer.content.at(-2)?.text).toBe('frame 40: freeze/frozen');
    const plain = await call('read_findings', { path: 'a.mp4', stills: false });
    expect(plain.content.every(({ type }) => type === 'text')).toBe(true);
    expect(json(plain).findings).toMatchObject([{ detector: 'freeze', measured: 1, threshold: 0.5, confidence: 0.95 }]);
  });

  it('explains detectors', async () => {
    const { call } = await connect();
    const { detectors } = json(await call('explain_detector'));
    expect(detectors.map(({ id }: { id: string }) => id)).toContain('freeze');
    expect((await call('explain_detector', { detector: 'freeze' })).content[0].text).toContain('# ');
    const wrong = await call('explain_detector', { detector: '../../../package' });
    expect(wrong).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('There are: ') }] });
  });

  it('lists takes', async () => {
    const { call, ledger } = await connect();
    ledger.addTake({ shot: '1', prompt: 'A kite' });
    ledger.addTake({ shot: '2', prompt: 'A boat' });
    expect(json(await call('list_takes', { prompt: 'kite' })).takes).toMatchObject([{ shot: '1', decision: null }]);
    expect(json(await call('list_takes', { limit: 1 })).takes).toHaveLength(1);
  });

  describe('gate_folder', () => {
    const films = (answer: Answer) => json(answer).films as { blocks: string[]; clips: object[]; decision: string }[];

    it('is open when every clip passes, closed by one that fails or cannot be judged', async () => {
      const { call, clip } = await connect();
      const gate = (policy = 'export') => call('gate_folder', { folder: '.', policy, disclosure: 'none' });
      clip('a.mp4', { decision: 'pass' });
      clip('b.mp4', { decision: 'pass', salt: 2 });
      expect(json(await gate())).toMatchObject({ open: true });
      // What a draft only shows to a person closes the gate of an export.
      const levels = Object.entries(resolvePolicy('draft').detectors);
      const [detector] = levels.find(([, { level }]) => level === 'review')!;
      clip('c.mp4', { decision: 'review', detector });
      expect(json(await gate())).toMatchObject({ open: false });
      expect(json(await gate('draft'))).toMatchObject({ open: true });
      clip('d.mp4', { decision: 'pass', error: 'clip-truncated' });
      const closed = await gate('draft');
      expect(json(closed)).toMatchObject({ open: false });
      expect(films(closed)[0].clips.at(-1)).toMatchObject({
        clip: 'd.mp4',
        decision: 'error',
        reasons: [expect.stringContaining('clip-truncated')],
      });
    });

    it('asks for releases, disclosure and waivers as the gate does', async () => {
      const { call, clip, ledger, root } = await connect();
      clip('a.mp4', { decision: 'regenerate' });
      const path = join(root, 'a.mp4');
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
      const take = ledger.addTake({ shot: '010' }, { sha256, path, bytes: 1 });
      const blocks = async () => films(await call('gate_folder', { folder: '.' }))[0].blocks;
      expect((await blocks()).join()).toMatch(
        /gate-used: .*stands still.*gate-disclosure: .*lacks a recorded disclosure/,
      );
      ledger.decide({ take: take.id, kind: 'waive', who: 'Kim', reason: 'planned', finding: 'freeze/frozen@40-60' });
      ledger.consent.disclose({ take: take.id, method: 'caption', text: 'Generated.' });
      expect(await blocks()).toEqual([]);
      const person = ledger.consent.addPerson({ name: 'Ana Müller', publicFigure: false });
      ledger.consent.appear(take.id, person.id, {});
      expect((await blocks()).join()).toMatch(/gate-people: Ana Müller .* without a release for likeness/);
    });

    it('judges by the timeline that lies in the folder: only used frames, and nothing outside of the folders', async () => {
      const { call, clip, root } = await connect();
      mkdirSync(join(root, 'takes'));
      clip('takes/a.mp4', { decision: 'regenerate' });
      const outside = tempFolder();
      writeFileSync(join(outside, 'secret.mp4'), fakeClip({ decision: 'pass', salt: 7 }));
      const cut = (path: string, from: number, to: number) => ({
        ...{ name: path.split('/').at(-1)!, path, reel: 'a', length: 120 },
        ...{ from, to, at: 0 },
      });
      const gate = async (...clips: Parameters<typeof writeOtio>[0]) => {
        writeFileSync(join(root, 'cut.otio'), writeOtio(clips, { num: 24, den: 1, drop: false }));
        return films(await call('gate_folder', { folder: '.', disclosure: 'none' }))[0];
      };
      expect((await gate(cut(join(root, 'takes', 'a.mp4'), 0, 40))).decision).toBe('pass');
      expect((await gate(cut(join(root, 'takes', 'a.mp4'), 0, 41))).decision).toBe('fail');
      const far = await gate(cut(join(outside, 'secret.mp4'), 0, 40));
      expect(far.decision).toBe('fail');
      expect(far.blocks.join()).toMatch(/secret\.mp4 is missing/);
      symlinkSync(join(outside, 'secret.mp4'), join(root, 'takes', 'near.mp4'));
      expect((await gate(cut(join(root, 'takes', 'near.mp4'), 0, 40))).blocks.join()).toMatch(/near\.mp4 is missing/);
    });
  });

  it('reads nothing outside its folders, and answers errors as answers', async () => {
    const { call, root } = await connect();
    const outside = tempFolder();
    writeFileSync(join(outside, 'x.mp4'), fakeClip({ decision: 'pass' }));
    symlinkSync(join(outside, 'x.mp4'), join(root, 'link.mp4'));
    for (const path of ['../x.mp4', join(outside, 'x.mp4'), 'link.mp4', '/etc/passwd', 'missing.mp4', '']) {
      expect(await call('check_clip', { path })).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^refused: /) }],
      });
    }
    for (const folder of ['..', outside, '/', 'missing', '../..'])
      expect((await call('gate_folder', { folder })).isError).toBe(true);
    expect((await call('check_clip', { path: 'a.mp4', policy: 'secret' })).isError).toBe(true);
  });

  it('speaks over stdio and judges a real clip', async () => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const clip = fixturePath('tiny');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        '--import',
        import.meta.resolve('tsx'),
        main,
        'mcp',
        '--root',
        join(clip, '..'),
        '--ledger',
        join(tempFolder(), 'l.db'),
      ],
      stderr: 'pipe',
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    onTestFinished(() => client.close());
    const answer = (await client.callTool({
      name: 'check_clip',
      arguments: { path: clip, policy: 'draft' },
    })) as Answer;
    expect(json(answer)).toMatchObject({
      cached: false,
      decision: expect.stringMatching(/^(pass|review|regenerate)$/),
    });
    const findings = (await client.callTool({
      name: 'read_findings',
      arguments: { path: clip, policy: 'draft' },
    })) as Answer;
    for (const { data } of findings.content.filter(({ type }) => type === 'image')) {
      expect(Buffer.from(data!, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8');
    }
  });
});
