import { Worker } from 'node:worker_threads';
import { type ErrorCode, RetakeError } from '../../errors.ts';
import type { Frame } from '../../media/frame.ts';
import type { Measured } from '../../signals.ts';
import type { ObserveContext } from '../observer.ts';
import type { SampleOptions } from '../vision/run.ts';
import { copyPicture, type FromThread, SLOTS, slotBytes, slotPictures, type ThreadStart } from './protocol.ts';

/** Milliseconds that a thread has to free what it holds before it is ended. */
const PATIENCE = 5_000;

/**
 * Observers at work in a thread of their own, fed through shared memory. They see the same frames in the same order as
 * anywhere else, so what they measure does not depend on it.
 */
export class ObserverThread {
  readonly #worker: Worker;
  readonly #slots: ReturnType<typeof slotPictures>[];
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot);
  readonly #results = new Map<string, Measured | RetakeError>();
  readonly #ids: ReadonlySet<string>;
  #wake: () => void = () => {};
  #broken: RetakeError | null = null;
  #fed = -1;
  #feeding: Promise<void> = Promise.resolve();
  #idle = false;
  #ended: Promise<void> | null = null;
  #finished: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  constructor(ids: readonly string[], { clip, analysis, small }: ObserveContext, { sample }: SampleOptions) {
    this.#ids = new Set(ids);
    const memory = new SharedArrayBuffer(SLOTS * slotBytes(analysis, small));
    const data: ThreadStart = { ids, options: { sample }, clip, analysis, small, memory };
    this.#slots = this.#free.map(slot => slotPictures(data, slot));
    this.#worker = startWorker(data);
    this.#worker.on('message', (message: FromThread) => {
      if (message === 'ended') this.#idle = true;
      else if ('free' in message) this.#free.push(message.free);
      else if ('signals' in message) this.#results.set(message.id, message.signals);
      else if (!this.#results.has(message.id)) {
        const { code, message: text, hint } = message.error;
        this.#results.set(message.id, new RetakeError(code as ErrorCode, text, { hint }));
      }
      this.#wake();
    });
    const broke = (why: string) => {
      this.#broken ??= new RetakeError('observer-failed', `the measuring thread ended: ${why}`);
      this.#wake();
    };
    this.#worker.on('error', error => broke(error.message));
    this.#worker.on('exit', code => broke(`exit ${code}`));
  }

  /** Hands a frame over, once however many ask; resolves when its buffers are copied and may be reused. */
  feed(frame: Frame): Promise<void> {
    if (frame.index > this.#fed) {
      this.#fed = frame.index;
      this.#feeding = this.#hand(frame);
    }
    return this.#feeding;
  }

  async #hand(frame: Frame): Promise<void> {
    await this.#until(() => this.#free.length > 0);
    if (this.#broken !== null) return;
    const slot = this.#free.shift()!;
    const to = this.#slots[slot]!;
    copyPicture(frame.analysis, to.analysis);
    copyPicture(frame.small, to.small);
    this.#worker.postMessage({ frame: frame.index, slot });
  }

  /** No frame comes any more: resolves when the thread has freed its networks. */
  ended(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#worker.postMessage('ended');
    await this.#until(() => this.#idle);
  }

  /** What an observer measured; throws what it threw. */
  async finish(id: string): Promise<Measured> {
    this.#finished ??= this.#finish();
    await this.#finished;
    const result = this.#results.get(id) ?? this.#broken ?? new RetakeError('observer-failed', `${id} gave no answer`);
    if (result instanceof RetakeError) throw result;
    return result;
  }

  async #finish(): Promise<void> {
    this.#worker.postMessage('finish');
    await this.#until(() => [...this.#ids].every(id => this.#results.has(id)));
  }

  /** Frees what the observers hold and ends the thread. Safe to call more than once. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#broken !== null) return;
    const over = new Promise<void>(resolve => this.#worker.once('exit', () => resolve()));
    this.#worker.postMessage('close');
    const late = setTimeout(() => void this.#worker.terminate(), PATIENCE);
    await over;
    clearTimeout(late);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && this.#broken === null)
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
  }
}

/** From sources the loader that runs TypeScript has to be set up inside the thread; the built package runs as it is. */
function startWorker(data: ThreadStart): Worker {
  const typescript = import.meta.url.endsWith('.ts');
  const child = new URL(typescript ? './child.ts' : './child.js', import.meta.url);
  if (!typescript) return new Worker(child, { workerData: data });
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = `import(${loader}).then(tsx => { tsx.register(); return import(${JSON.stringify(child.href)}); })`;
  return new Worker(source, { eval: true, workerData: data });
}
