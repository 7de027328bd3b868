import { loadKeptModel } from '../../inference/store.ts';

/** Mean and standard deviation of every channel of one stride over ordinary footage. */
export interface ChannelStatistics {
  mean: Float32Array;
  deviation: Float32Array;
}

/** Per stride of the network, finest first. */
export type Channels = readonly [ChannelStatistics, ChannelStatistics, ChannelStatistics];

/** Reads the statistics from the text of their file. */
export const parseChannels = (text: string): Channels =>
  (JSON.parse(text) as { mean: number[]; deviation: number[] }[]).map(({ mean, deviation }) => ({
    mean: Float32Array.from(mean),
    deviation: Float32Array.from(deviation),
  })) as unknown as Channels;

let loaded: Channels | null = null;

/** Their name in models/manifest.json. */
export const CHANNELS_MODEL = 'retake-morphing-channels';

/** The statistics that come with the package, verified and read once. Throws model-missing or model-corrupt. */
export function channels(): Channels {
  loaded ??= parseChannels(Buffer.from(loadKeptModel(CHANNELS_MODEL)).toString('utf8'));
  return loaded;
}
