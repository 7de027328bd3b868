import { z } from 'zod';
import { oneLine, RetakeError } from '../errors.ts';
import type { Opinion, Question, Referee } from './referee.ts';

/** Declaration of a vision model behind an endpoint that speaks the OpenAI chat format. */
export const visionDeclaration = z.strictObject({
  kind: z.literal('vision'),
  id: z.string().min(1).max(60),
  detectors: z.array(z.string()).min(1),
  /** Where `/chat/completions` lies below, such as `https://host/v1`. Plain http for this machine only. */
  url: z.url(),
  model: z.string().min(1),
  /** Environment variable that holds the key; absent when the endpoint wants none. */
  keyFrom: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional(),
  /** Questions per clip; each costs two requests. */
  budget: z.int().min(1).max(100).default(6),
  /** For one request. */
  timeoutSeconds: z.number().positive().max(600).default(60),
  /** Most crops per question. */
  crops: z.int().min(1).max(3).default(3),
});
export type VisionDeclaration = z.infer<typeof visionDeclaration>;

/** What the model must answer, and nothing else. */
const reply = z.strictObject({
  answer: z.enum(['A', 'B', 'unsure']),
  confidence: z.number().min(0).max(1),
  reason: z.string().max(2000),
});
const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

/** Bytes of an answer that are read at most. */
const MOST_BYTES = 256 * 1024;
const FAULT = 'The finding is right: the picture shows this fault.';
const FINE = 'The finding is wrong: what is shown is as it is in reality.';

/**
 * A vision model as referee. Every question is asked twice with the choices in the other order; only an answer that stays the
 * same counts, since such models favour a position.
 * @throws RetakeError `options-invalid` when the address is no https address or the key is not there
 */
export function openVision(declaration: VisionDeclaration, environment: NodeJS.ProcessEnv = process.env): Referee {
  const { id, detectors, budget, keyFrom, timeoutSeconds } = declaration;
  const url = endpointOf(declaration.url, id);
  const key = keyFrom === undefined ? undefined : environment[keyFrom];
  if (keyFrom !== undefined && !key)
    throw new RetakeError('options-invalid', `${id}: the environment variable ${keyFrom} holds no key`);
  const ask = async (question: Question, faultFirst: boolean, signal?: AbortSignal) => {
    const timeout = AbortSignal.timeout(1000 * timeoutSeconds);
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(requestOf(declaration, question, faultFirst)),
    }).catch((cause: unknown) => {
      throw signal?.aborted
        ? new RetakeError('aborted', 'stopped', { cause })
        : new RetakeError('provider-failed', timeout.aborted ? 'no answer in time' : 'the endpoint cannot be reached', {
            cause,
          });
    });
    const text = await bounded(response);
    if (!response.ok) throw new RetakeError('provider-failed', `the endpoint answered ${response.status}`);
    return parse(text);
  };
  return {
    id,
    detectors,
    budget,
    async ask(question, signal): Promise<Opinion> {
      const first = await ask(question, true, signal);
      const second = await ask(question, false, signal);
      const meant = (answer: 'A' | 'B' | 'unsure', faultFirst: boolean): Opinion['answer'] =>
        answer === 'unsure' ? 'unsure' : (answer === 'A') === faultFirst ? 'fault' : 'fine';
      const [a, b] = [meant(first.answer, true), meant(second.answer, false)];
      if (a !== b)
        return { answer: 'unsure', probability: null, note: 'its answer changed with the order of the choices' };
      const sure = Math.min(first.confidence, second.confidence);
      const probability = a === 'unsure' ? null : a === 'fault' ? sure : 1 - sure;
      return { answer: a, probability, note: oneLine(first.reason, 160) };
    },
  };
}

function endpointOf(text: string, id: string): URL {
  const url = new URL(`${text.replace(/\/+$/, '')}/chat/completions`);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.username || url.password)
    throw new RetakeError('options-invalid', `${id}: the address holds a password; name a variable in keyFrom`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here))
    throw new RetakeError('options-invalid', `${id}: the address must begin with https://`);
  return url;
}

/** What to look at, by detector or by detector and kind. */
const HINTS: Readonly<Record<string, string>> = {
  'hand-integrity': 'Count the fingers of each hand one by one.',
  morphing:
    'Put the frames in order of time and compare: is it the same thing in all of them, with the same parts and the same number of them? Motion, turning, blur and things that pass in front are no fault.',
  'morphing/limbs':
    'Put the frames in order of time and compare arms, legs and trunk: do they keep their number, length and joints? Bending, foreshortening and what is hidden are no fault.',
  'morphing/identity':
    'Put the frames in order of time and compare the face: is it the same person in all of them? Expression, light and turning of the head are no fault.',
};

function requestOf(
  { model, crops: most }: VisionDeclaration,
  { detector, kind, claim, crops }: Question,
  faultFirst: boolean,
) {
  const [a, b] = faultFirst ? [FAULT, FINE] : [FINE, FAULT];
  const text = [
    'The pictures are crops of one place in a video clip, the most suspicious frame first.',
    `An automatic check reports: ${JSON.stringify(claim)}`,
    `${HINTS[`${detector}/${kind}`] ?? HINTS[detector] ?? 'Look closely.'} Choose:`,
    `A: ${a}`,
    `B: ${b}`,
    'If it cannot be seen (hidden, blurred, too small), the answer is "unsure".',
    'Reply with JSON only: {"answer": "A" | "B" | "unsure", "confidence": 0 to 1, "reason": "one sentence"}',
  ].join('\n');
  const images = crops.slice(0, most).map(({ jpeg }) => ({
    type: 'image_url',
    image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` },
  }));
  return {
    model,
    temperature: 0,
    max_tokens: 300,
    response_format: { type: 'json_object' },
    messages: [{ role: 'user', content: [{ type: 'text', text }, ...images] }],
  };
}

/** The answer's text, as far as it is reasonable to read it. */
async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new RetakeError('provider-failed', 'the endpoint’s answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): z.infer<typeof reply> {
  try {
    const { content } = completion.parse(JSON.parse(text)).choices[0].message;
    const fenced = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(content);
    return reply.parse(JSON.parse(fenced ? fenced[1] : content));
  } catch (cause) {
    throw new RetakeError('provider-failed', 'the endpoint’s answer is not what was asked for', { cause });
  }
}
