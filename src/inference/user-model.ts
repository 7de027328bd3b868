import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { RetakeError } from '../errors.ts';
import { sha256 } from './hash.ts';

/** A network of the user's, with one float input. */
export interface UserModel {
  /** Of the file that was loaded. */
  readonly sha256: string;
  /** Runs on one input, row-major, and returns the named output (the first one by default). Throws inference-failed. */
  run(input: Float32Array, shape: readonly number[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Loads an ONNX file that the user named.
 * @param expected sha-256 that the file must have, when the user gave one
 * @throws RetakeError `model-missing`, `model-corrupt`, `inference-failed`
 */
export async function openUserModel(
  path: string,
  { output, expected }: { output?: string; expected?: string } = {},
): Promise<UserModel> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new RetakeError('model-missing', 'the classifier’s file cannot be read', { cause });
  }
  const hash = sha256(bytes);
  if (expected !== undefined && expected !== hash)
    throw new RetakeError('model-corrupt', `the classifier’s file has the sha-256 ${hash}, not the one declared`);
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  } as const;
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, options);
  } catch (cause) {
    throw new RetakeError('model-corrupt', 'the classifier’s file is no ONNX network that can be loaded', { cause });
  }
  const name = output ?? session.outputNames[0];
  if (!session.outputNames.includes(name))
    throw new RetakeError('options-invalid', `the classifier has no output ${JSON.stringify(name)}`, {
      hint: `it has: ${session.outputNames.join(', ')}`,
    });
  return {
    sha256: hash,
    async run(input, shape) {
      try {
        const answer = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [...shape]) });
        const { data } = answer[name];
        if (!(data instanceof Float32Array)) throw new TypeError('the output holds no 32-bit floats');
        return data;
      } catch (cause) {
        throw new RetakeError('inference-failed', 'the classifier could not be run', { cause });
      }
    },
    dispose: () => session.release(),
  };
}
