import type { Session } from '../inference/onnx.ts';
import { openSession } from '../inference/onnx.ts';
import type { VoiceActivity } from '../landmarks.ts';
import { defineObserver, type Observer } from './observer.ts';
import { SeriesBuilder } from './series.ts';

const RATE = 16_000;
/** Samples per decision and samples of the block before that the network wants to see again. */
const BLOCK = 512;
const CONTEXT = 64;

/** Feeds sound of any chunking to the network in blocks of 32 ms. */
class VoiceMeter {
  readonly #session: Session;
  readonly #block = new Float32Array(BLOCK);
  #filled = 0;
  readonly #probability = new SeriesBuilder();
  #heard = false;

  constructor(session: Session) {
    this.#session = session;
    session.inputs.input.fill(0);
    session.inputs.state.fill(0);
  }

  async add(samples: Float32Array): Promise<void> {
    this.#heard ||= samples.length > 0;
    for (let from = 0; from < samples.length; ) {
      const take = Math.min(BLOCK - this.#filled, samples.length - from);
      this.#block.set(samples.subarray(from, from + take), this.#filled);
      this.#filled += take;
      from += take;
      if (this.#filled === BLOCK) await this.#decide();
    }
  }

  /** No more samples come: a last block that is not full is completed with silence. */
  async end(): Promise<void> {
    if (this.#filled === 0) return;
    this.#block.fill(0, this.#filled);
    await this.#decide();
  }

  /** Null when there was no sound at all. */
  async finish(): Promise<VoiceActivity | null> {
    await this.end();
    if (!this.#heard) return null;
    return { step: BLOCK / RATE, probability: this.#probability.finish() };
  }

  async #decide(): Promise<void> {
    const { input, state } = this.#session.inputs;
    input.copyWithin(0, input.length - CONTEXT);
    input.set(this.#block, CONTEXT);
    const { output, stateN } = await this.#session.run();
    state.set(stateN);
    this.#probability.push(output[0]);
    this.#filled = 0;
  }
}

/** Probability of speech every 32 ms of container time (silero VAD v5). */
export const voice: Observer<'voice'> = defineObserver({
  id: 'voice',
  provides: ['voice'],
  reads: 'small',
  models: ['voice-activity'],
  listens: true,
  async start() {
    const session = await openSession('voice-activity');
    const meter = new VoiceMeter(session);
    return {
      audio: samples => meter.add(samples),
      async ended() {
        await meter.end();
        await session.dispose();
      },
      finish: async () => ({ voice: await meter.finish() }),
      close: () => session.dispose(),
    };
  },
});
