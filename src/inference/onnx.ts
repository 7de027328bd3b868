import * as ort from 'onnxruntime-node';
import { RetakeError } from '../errors.ts';
import { type ModelEntry, modelEntry } from './manifest.ts';
import { loadModel } from './store.ts';

export interface SessionOptions {
  /** Threads inside one run; 1 is fastest per core, and parallel clips use the rest. */
  threads?: number;
  /** Lengths for the dimensions that the model leaves to the caller, by the name that the manifest gives them. */
  dimensions?: Record<string, number>;
  /** `false`: the first run is the warm-up, for sessions with few runs; lengths of outputs are known after it. */
  warm?: boolean;
}

/** A loaded model with its own input and output buffers. Runs of one session do not overlap. */
export interface Session {
  /** The model's name in the manifest. */
  readonly model: string;
  /** Input buffers by name, row-major: fill them, then run. They are never replaced. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  /** Lengths of every input and, once it is warm, output. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /**
   * Computes the outputs, row-major by name, from the inputs as they are now. The returned buffers are the session's own and are overwritten by
   * the next run: copy what must outlive it. Throws inference-failed.
   */
  run(): Promise<Readonly<Record<string, Float32Array>>>;
  /** Frees the session. The underlying model goes when its last session does. Safe to call twice. */
  dispose(): Promise<void>;
}

interface SharedModel {
  runtime: Promise<ort.InferenceSession>;
  users: number;
}

/** Models in use in this process by name and thread count: sessions of one model share its weights. */
const shared = new Map<string, SharedModel>();

/**
 * Opens a model from the manifest on the CPU, verified and warmed up: the first real run costs the same as the rest, unless
 * `options.warm` is false.
 * Throws model-missing, model-corrupt, options-invalid (a dimension is missing) or inference-failed.
 */
export async function openSession(model: string, options: SessionOptions = {}): Promise<Session> {
  const entry = modelEntry(model);
  const threads = options.threads ?? 1;
  const shapes = inputShapes(entry, options.dimensions ?? {});
  const key = `${model}/${threads}`;
  const runtime = await acquire(key, model, threads);
  try {
    return await createSession(entry, runtime, shapes, options.warm ?? true, () => release(key));
  } catch (cause) {
    await release(key);
    throw asInferenceError(cause, model);
  }
}

/** How many models this process holds in memory. */
export const loadedModels = (): number => shared.size;

async function createSession(
  entry: ModelEntry,
  runtime: ort.InferenceSession,
  shapes: Record<string, number[]>,
  warm: boolean,
  free: () => Promise<void>,
): Promise<Session> {
  const feeds = Object.fromEntries(entry.inputs.map(input => [input.name, tensorFor(input, shapes[input.name])]));
  const inputs = Object.fromEntries(
    entry.inputs
      .filter(input => input.type === 'float32')
      .map(input => [input.name, feeds[input.name].data as Float32Array]),
  );
  let outputs: ort.InferenceSession.ReturnType | null = null;
  const values: Record<string, Float32Array> = {};
  // The first run tells the outputs' true lengths; later runs write into the tensors that it made.
  const runOnce = async (): Promise<void> => {
    if (outputs !== null) {
      await runtime.run(feeds, outputs);
      return;
    }
    outputs = await runtime.run(feeds);
    for (const [name, tensor] of Object.entries(outputs)) {
      values[name] = tensor.data as Float32Array;
      shapes[name] = [...tensor.dims];
    }
  };
  if (warm) await runOnce();

  let running = false;
  let disposed = false;
  return {
    model: entry.name,
    inputs,
    shapes,
    async run() {
      if (disposed || running) {
        throw new RetakeError(
          'inference-failed',
          `${entry.name}: ${disposed ? 'the session is disposed' : 'a run has not finished yet'}`,
        );
      }
      running = true;
      try {
        await runOnce();
        return values;
      } catch (cause) {
        throw asInferenceError(cause, entry.name);
      } finally {
        running = false;
      }
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await free();
    },
  };
}

async function acquire(key: string, model: string, threads: number): Promise<ort.InferenceSession> {
  let found = shared.get(key);
  if (found === undefined) {
    found = { runtime: loadModel(model).then(bytes => createRuntime(bytes, threads)), users: 0 };
    shared.set(key, found);
  }
  found.users += 1;
  try {
    return await found.runtime;
  } catch (cause) {
    if (shared.get(key) === found) shared.delete(key);
    throw asInferenceError(cause, model);
  }
}

async function release(key: string): Promise<void> {
  const found = shared.get(key);
  if (found === undefined) return;
  found.users -= 1;
  if (found.users > 0) return;
  shared.delete(key);
  await (await found.runtime).release();
}

/**
 * One thread of control, no spinning: the same additions in the same order every time, and no CPU burnt between frames.
 * The arena keeps a model's buffers between runs: without it the larger ones are claimed from the system in every run, which
 * costs the pose network a quarter more time. Planned blocks on top of it take memory and save nothing that can be measured.
 */
function createRuntime(bytes: Uint8Array, threads: number): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

function inputShapes(entry: ModelEntry, dimensions: Record<string, number>): Record<string, number[]> {
  const length = (given: number | string): number => {
    const value = typeof given === 'number' ? given : dimensions[given];
    if (Number.isInteger(value) && value > 0) return value;
    throw new RetakeError('options-invalid', `${entry.name} needs the dimension ${JSON.stringify(given)}`);
  };
  return Object.fromEntries(entry.inputs.map(input => [input.name, input.shape.map(length)]));
}

function tensorFor(input: ModelEntry['inputs'][number], shape: number[]): ort.Tensor {
  const count = shape.reduce((product, length) => product * length, 1);
  if (input.type === 'int64')
    return new ort.Tensor('int64', new BigInt64Array(count).fill(BigInt(input.value ?? 0)), shape);
  return new ort.Tensor('float32', new Float32Array(count), shape);
}

function asInferenceError(cause: unknown, model: string): RetakeError {
  if (cause instanceof RetakeError) return cause;
  return new RetakeError('inference-failed', `the model ${model} could not be run`, { cause });
}
