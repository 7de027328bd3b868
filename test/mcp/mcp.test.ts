import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fixturePath } from '../../fixtures/make.ts';
import { expandInputs } from '../../src/cli/inputs.ts';
import { makeMcpServer } from '../../src/hook/mcp.ts';
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

  it('gates a folder: open when all pass, closed by one that fails or cannot be judged', async () => {
    const { call, clip } = await connect();
    clip('a.mp4', { decision: 'pass' });
    clip('b.mp4', { decision: 'pass', salt: 2 });
    expect(json(await call('gate_folder', { folder: '.' }))).toMatchObject({ open: true });
    clip('c.mp4', { decision: 'review' });
    expect(json(await call('gate_folder', { folder: '.' }))).toMatchObject({ open: false });
    expect(json(await call('gate_folder', { folder: '.', policy: 'draft' }))).toMatchObject({ open: true });
    clip('d.mp4', { decision: 'pass', error: 'clip-truncated' });
    const closed = json(await call('gate_folder', { folder: '.', policy: 'draft' }));
    expect(closed).toMatchObject({ open: false });
    expect(closed.clips.at(-1)).toMatchObject({
      clip: 'd.mp4',
      decision: 'error',
      reasons: [expect.stringContaining('clip-truncated')],
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
