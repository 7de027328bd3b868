import { readFile } from 'node:fs/promises';
import { oneLine, RetakeError } from '../errors.ts';
import { type TakeFacts, takeFacts } from '../takes/take.ts';

/** What a job file (JSON; `-` is stdin) says about a take; keys that are not facts are left aside. Throws `usage`. */
export async function readFacts(path: string): Promise<TakeFacts> {
  const name = path === '-' ? 'stdin' : oneLine(path);
  let value: unknown;
  try {
    value = JSON.parse(path === '-' ? await readStdin() : await readFile(path, 'utf8'));
  } catch (cause) {
    throw new RetakeError('usage', `${name}: ${oneLine((cause as Error).message, 160)}`, { cause });
  }
  const parsed = takeFacts.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new RetakeError('usage', `${name}: ${issue.path.map(String).join('.') || 'file'}: ${issue.message}`, {
    hint: 'Known keys: shot, provider, model, prompt, negativePrompt, seed, parameters, references, parent, relation, providerJob, cost, note, generatedAt, audioPlan.',
  });
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
