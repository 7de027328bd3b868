/** Per-block sound levels at the original rate and layout. Blocks are `step` seconds long from the container's start. */
export interface AudioLevels {
  /** Seconds per block. */
  step: number;
  sampleRate: number;
  channels: number;
  /** dBFS per block, one array per channel; −120 stands for digital silence. */
  rms: Float32Array[];
  peak: Float32Array[];
  /** Samples at (or within 0.1 dB of) full scale in the block, one array per channel. */
  clipped: Float32Array[];
  /** Correlation of the first two channels, −1 … 1; NaN where either is silent or there is only one. */
  phase: Float32Array;
}

/** ITU-R BS.1770-4 / EBU R128 measures of the whole clip, plus momentary loudness. */
export interface Loudness {
  /** LUFS; −Infinity when nothing passed the gate. */
  integrated: number;
  /** Loudness range, LU. */
  range: number;
  /** dBTP over all channels, 4× oversampled. */
  truePeak: number;
  /** Momentary loudness (400 ms window), LUFS every `step` seconds from the container's start. */
  momentary: Float32Array;
  step: number;
}

/** Log-mel spectrum of the sound: natural logarithm of band power, bands from low to high. */
export interface SpeechBands {
  /** Seconds per step; step k is centred on `k · step` of container time. */
  step: number;
  /** 40 bands per step. */
  values: Float32Array;
}
