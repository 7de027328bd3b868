import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import type { Finding, Outcome } from '../../src/finding.ts';
import { OnnxGraph } from '../../src/inference/onnx-graph.ts';
import { probe } from '../../src/media/probe.ts';
import { consult, severityAfter } from '../../src/referee/consult.ts';
import { closeReferees, openReferees } from '../../src/referee/open.ts';
import type { Opinion, Question, Referee } from '../../src/referee/referee.ts';

const folder = mkdtempSync(join(tmpdir(), 'retake-referee-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const finding = (more: Partial<Finding> = {}): Finding => ({
  detector: 'hand-integrity',
  kind: 'extra-finger',
  message: 'A hand shows a finger too many.',
  start: 10,
  end: 20,
  peak: 12,
  measured: 0.8,
  threshold: 0.7,
  unit: '',
  confidence: 0.7,
  severity: 'review',
  ...more,
});
const outcome = (...findings: Finding[]): Outcome => ({
  detector: findings[0].detector,
  shot: 's1',
  status: 'ran',
  score: 0.5,
  measurements: { hands: 1 },
  findings,
});
const says = (answer: Opinion['answer'], more: Partial<Referee> = {}): Referee => ({
  id: `says ${answer}`,
  detectors: ['hand-integrity'],
  budget: 9,
  ask: async () => ({ answer, probability: null, note: '' }),
  ...more,
});
const clip = {} as ClipFacts;
const policy = (level: 'review' | 'regenerate') => ({ detectors: { 'hand-integrity': { level, options: {} } } });
const jpeg = (colour: string) =>
  sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
    .jpeg()
    .toBuffer();
const shown = async (_: unknown, findings: readonly Finding[]) => {
  const picture = await jpeg('#c02020');
  return findings.map(({ peak }) => [{ frame: peak, jpeg: picture }]);
};
const ask = async (referees: Referee[], level: 'review' | 'regenerate' = 'regenerate', ...findings: Finding[]) => {
  const list = findings.length > 0 ? findings : [finding()];
  const [after] = await consult(clip, [outcome(...list)], policy(level) as never, referees, { cropsOf: shown });
  return after;
};

describe('consulting referees', () => {
  it('makes a review a reason to generate again only where the policy allows it', async () => {
    expect((await ask([says('fault')])).findings[0].severity).toBe('regenerate');
    expect((await ask([says('fault')], 'review')).findings[0].severity).toBe('review');
  });

  it('puts a finding down to a note when all say it is fine, and leaves it when they disagree or are unsure', async () => {
    expect((await ask([says('fine')])).findings[0].severity).toBe('info');
    expect((await ask([says('fine'), says('fault')])).findings[0].severity).toBe('review');
    expect((await ask([says('fine'), says('unsure')])).findings[0].severity).toBe('review');
    expect((await ask([says('unsure')])).findings[0].severity).toBe('review');
    expect(severityAfter([], true)).toBe('review');
  });

  it('writes down what was said, and why nothing was', async () => {
    const broken = says('fine', { id: 'broken', ask: () => Promise.reject(new Error('no route\u001b[31m')) });
    const after = await ask([broken]);
    expect(after.findings[0].severity).toBe('review');
    expect(after.findings[0].message).toContain('broken says nothing certain');
    expect(after.findings[0].message).not.toContain('\u001b');
    expect(after.measurements.opinions).toContain('provider-failed');
  });

  it('asks no more than the budget, the surest first, and only about what is open', async () => {
    const asked: number[] = [];
    const curious = says('fine', {
      budget: 1,
      ask: async ({ crops }: Question) => {
        asked.push(crops[0].frame);
        return { answer: 'fine', probability: 0.1, note: 'whole' };
      },
    });
    const after = await ask(
      [curious],
      'regenerate',
      finding({ peak: 11, confidence: 0.6 }),
      finding({ peak: 12, confidence: 0.9 }),
      finding({ peak: 13, confidence: 0.99, severity: 'regenerate' }),
      finding({ peak: 14, confidence: 0.3, severity: 'info' }),
    );
    expect(asked).toEqual([12]);
    expect(after.findings.map(({ severity }) => severity)).toEqual(['review', 'info', 'regenerate', 'info']);
    expect(after.findings[0].message).toContain('budget');
  });

  it('shows the box of the finding with some room, worst frame first, within the clip', async () => {
    const { times, ...facts } = await probe(join(import.meta.dirname, '../../fixtures/generated/truck.mp4'));
    const film = { ...facts, frames: times.length, times } as unknown as ClipFacts;
    const shownTo: Question[] = [];
    const looker = says('unsure', {
      ask: async question => {
        shownTo.push(question);
        return { answer: 'unsure', probability: null, note: '' };
      },
    });
    const { width, height } = film.video;
    const box: [number, number, number, number] = [width - 60, height / 2, 80, 40];
    const found = finding({ start: 4, end: times.length + 50, peak: 8, box });
    await consult(film, [outcome(found)], policy('review') as never, [looker]);
    const { crops } = shownTo[0];
    expect(crops.map(({ frame }) => frame)).toEqual([8, 6, Math.round((8 + times.length - 1) / 2)]);
    for (const { jpeg: picture } of crops) {
      const size = await sharp(picture).metadata();
      // 80 × 40 and a quarter of 80 around, of which the right side lies outside the picture.
      expect(Math.max(size.width, size.height)).toBe(512);
      expect(size.width / size.height).toBeCloseTo(1, 1);
    }
  });

  it('asks nobody about other detectors', async () => {
    const after = await ask([says('fine', { detectors: ['morphing'] })]);
    expect(after).toEqual(outcome(finding()));
  });
});

describe('a classifier of one’s own', () => {
  /** Mean red minus mean blue, times 20, as the logit of a fault. */
  const network = () => {
    const graph = new OnnxGraph();
    const image = graph.input('image', [1, 3, 16, 16]);
    const mean = graph.node('ReduceMean', [image], { axes: [2, 3], keepdims: 0 });
    const weights = graph.floats([3, 2], [0, 20, 0, 0, 0, -20]);
    graph.output('scores', [1, 2], graph.node('MatMul', [mean, weights]));
    return graph.encode('red');
  };
  const declare = (more: object = {}, name = 'referees.json') => {
    writeFileSync(join(folder, 'red.onnx'), network());
    const path = join(folder, name);
    const referee = {
      kind: 'classifier',
      id: 'house model',
      detectors: ['hand-integrity'],
      file: 'red.onnx',
      input: { width: 16, height: 16, fit: 'stretch' },
      output: {},
      threshold: { fault: 0.9, fine: 0.2 },
      ...more,
    };
    writeFileSync(path, JSON.stringify({ referees: [referee] }));
    return path;
  };
  const question = async (colour: string): Promise<Question> => ({
    detector: 'hand-integrity',
    kind: 'extra-finger',
    claim: '',
    crops: [{ frame: 1, jpeg: await jpeg(colour) }],
  });

  it('answers by its own thresholds', async () => {
    const [referee] = await openReferees(declare());
    expect(await referee.ask(await question('#ff0000'))).toMatchObject({ answer: 'fault' });
    expect(await referee.ask(await question('#0000ff'))).toMatchObject({ answer: 'fine' });
    expect(await referee.ask(await question('#808080'))).toMatchObject({ answer: 'unsure' });
    await closeReferees([referee]);
  });

  it('gets colours in the declared order', async () => {
    const [referee] = await openReferees(declare({ input: { width: 16, height: 16, colour: 'bgr' } }));
    expect(await referee.ask(await question('#0000ff'))).toMatchObject({ answer: 'fault' });
    await closeReferees([referee]);
  });

  it('is refused when it is not what was declared', async () => {
    await expect(openReferees(declare({ sha256: '0'.repeat(64) }))).rejects.toMatchObject({ code: 'model-corrupt' });
    await expect(openReferees(declare({ file: 'none.onnx' }))).rejects.toMatchObject({ code: 'model-missing' });
    await expect(openReferees(declare({ output: { name: 'x' } }))).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(openReferees(declare({ threshold: { fault: 0.1, fine: 0.9 } }))).rejects.toMatchObject({
      code: 'options-invalid',
    });
    await expect(openReferees(declare({ tresholds: {} }))).rejects.toMatchObject({ code: 'options-invalid' });
  });
});

describe('a vision model behind an address', () => {
  interface Asked {
    authorization: string | undefined;
    body: { model: string; messages: { content: { type: string; text?: string }[] }[] };
  }
  let server: Server;
  let url: string;
  let asked: Asked[] = [];
  let answer: (prompt: string) => { status?: number; text: string };
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        asked.push({ authorization: request.headers.authorization, body });
        const { status = 200, text } = answer(body.messages[0].content[0].text);
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
        response.end(text);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  afterAll(() => {
    server.close();
  });
  const content = (value: unknown) => ({
    text: JSON.stringify({
      choices: [{ message: { content: typeof value === 'string' ? value : JSON.stringify(value) } }],
    }),
  });
  const chosen = (choice: string) => content({ answer: choice, confidence: 0.8, reason: 'six tips' });
  const open = async (more: object = {}, environment: NodeJS.ProcessEnv = { HOUSE_KEY: 'secret' }) => {
    asked = [];
    const path = join(folder, 'vision.yaml');
    const referee = {
      kind: 'vision',
      id: 'looker',
      detectors: ['hand-integrity'],
      url,
      model: 'm',
      keyFrom: 'HOUSE_KEY',
      ...more,
    };
    writeFileSync(path, JSON.stringify({ referees: [referee] }));
    return (await openReferees(path, environment))[0];
  };
  const put = async (referee: Referee) =>
    referee.ask({
      detector: 'hand-integrity',
      kind: 'extra-finger',
      claim: 'A hand shows a finger too many.',
      crops: [{ frame: 1, jpeg: await jpeg('#c02020') }],
    });
  /** Answers by meaning, wherever the choice stands. */
  const meaning = (fault: boolean) => (prompt: string) =>
    chosen(/A: The finding is right/.test(prompt) === fault ? 'A' : 'B');

  it('is asked twice with the choices exchanged, with the key and the pictures', async () => {
    const referee = await open();
    answer = meaning(true);
    expect(await put(referee)).toMatchObject({ answer: 'fault', probability: 0.8, note: 'six tips' });
    expect(asked).toHaveLength(2);
    expect(asked[0].authorization).toBe('Bearer secret');
    expect(asked[0].body.messages[0].content.map(({ type }) => type)).toEqual(['text', 'image_url']);
    expect(asked[0].body.messages[0].content[0].text).not.toBe(asked[1].body.messages[0].content[0].text);
    answer = meaning(false);
    expect(await put(referee)).toMatchObject({ answer: 'fine' });
  });

  it.each([
    ['hand-integrity', 'extra-finger', /fingers/],
    ['morphing', 'morph', /same thing/],
    ['morphing', 'limbs', /arms, legs/],
    ['morphing', 'identity', /same person/],
    ['lip-sync', 'offset', /Look closely/],
  ])('is told what to look at: %s, %s', async (detector, kind, hint) => {
    const referee = await open();
    answer = meaning(true);
    const crops = [{ frame: 1, jpeg: await jpeg('#c02020') }];
    await referee.ask({ detector, kind, claim: 'Something is wrong.', crops });
    for (const { body } of asked) expect(body.messages[0].content[0].text).toMatch(hint);
  });

  it('is not believed when it always takes the first choice', async () => {
    const referee = await open();
    answer = () => chosen('A');
    expect(await put(referee)).toMatchObject({ answer: 'unsure', probability: null });
  });

  it.each([
    ['prose', () => content('It looks fine to me.')],
    ['another answer', () => chosen('C')],
    ['further fields', () => content({ answer: 'A', confidence: 1, reason: '', tool: 'rm' })],
    ['an error', () => ({ status: 500, text: 'oops' })],
    ['a redirect', () => ({ status: 302, text: '' })],
    ['too much', () => ({ text: 'x'.repeat(400_000) })],
  ])('%s is no answer', async (_, reply) => {
    const referee = await open();
    answer = reply;
    await expect(put(referee)).rejects.toMatchObject({ code: 'provider-failed' });
  });

  it('takes JSON in a fence', async () => {
    const referee = await open();
    answer = () => content('```json\n{"answer":"unsure","confidence":0.2,"reason":"blurred"}\n```');
    expect(await put(referee)).toMatchObject({ answer: 'unsure' });
  });

  it('wants its key, and https anywhere but here', async () => {
    await expect(open({}, {})).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(open({ url: 'http://example.com/v1' })).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(open({ url: 'https://user:word@example.com/v1' })).rejects.toMatchObject({ code: 'options-invalid' });
    await expect(open({ url: 'https://example.com/v1' })).resolves.toMatchObject({ id: 'looker' });
  });
});
