import {
  type AudioRules,
  type DeliveryPreset,
  type Style,
  type StyleFile,
  styleSchema,
  type VideoRules,
} from './schema.ts';

interface Delivery {
  summary: string;
  video: VideoRules;
  audio: AudioRules;
  duration?: { least?: number; most?: number };
  container?: string[];
}

const REC709 = { primaries: ['bt709'], transfer: ['bt709'], matrix: ['bt709'] };

/** What platforms and broadcasters publish; a style bible narrows or overrides single rules. */
export const deliveryPresets: Record<DeliveryPreset, Delivery> = {
  none: { summary: 'no rules but those in the file', video: {}, audio: {} },
  youtube: {
    summary: 'YouTube upload: H.264, HEVC, VP9 or AV1, progressive, −14 LUFS as the player plays it',
    video: {
      codec: ['h264', 'hevc', 'vp9', 'av1'],
      progressive: true,
      constantRate: true,
      leastHeight: 720,
      range: 'limited',
    },
    audio: {
      codec: ['aac', 'opus'],
      sampleRate: [48_000, 44_100, 96_000],
      loudness: { target: -14, tolerance: 2 },
      truePeak: -1,
      required: true,
    },
  },
  vertical: {
    summary: 'TikTok and Reels: 9:16, 1080 × 1920, 3–180 s, H.264 or HEVC',
    video: {
      aspect: '9:16',
      resolution: ['1080x1920'],
      codec: ['h264', 'hevc'],
      progressive: true,
      constantRate: true,
      range: 'limited',
    },
    audio: { codec: ['aac'], loudness: { target: -14, tolerance: 2 }, truePeak: -1, required: true },
    duration: { least: 3, most: 180 },
    container: ['mp4', 'mov'],
  },
  'broadcast-hd': {
    summary: 'broadcast HD: 1920 × 1080, BT.709 limited range, EBU R128 −23 LUFS ±0.5, −1 dBTP',
    video: {
      aspect: '16:9',
      resolution: ['1920x1080'],
      fps: [25, 29.97, 50, 59.94],
      constantRate: true,
      range: 'limited',
      ...REC709,
    },
    audio: { sampleRate: [48_000], loudness: { target: -23, tolerance: 0.5 }, truePeak: -1, required: true },
  },
  netflix: {
    summary: 'Netflix-like: 23.976–60 fps UHD or HD mezzanine, −27 LKFS ±2, −2 dBTP',
    video: {
      resolution: ['3840x2160', '4096x2160', '1920x1080'],
      fps: [23.976, 24, 25, 29.97, 50, 59.94],
      codec: ['prores', 'jpeg2000', 'dnxhd', 'h264', 'hevc'],
      progressive: true,
      constantRate: true,
      range: 'limited',
    },
    audio: { sampleRate: [48_000], loudness: { target: -27, tolerance: 2 }, truePeak: -2, required: true },
  },
};

/** A style bible over the preset that it extends: a rule in the file replaces the preset's rule of the same name. */
export function resolveStyle(file: StyleFile | { extends: DeliveryPreset }): Style {
  const style = 'scenes' in file ? file : styleSchema.parse(file);
  const preset = deliveryPresets[style.extends];
  const duration = style.duration ?? preset.duration;
  const container = style.container ?? preset.container;
  return {
    ...style,
    video: { ...preset.video, ...style.video },
    audio: { ...preset.audio, ...style.audio },
    ...(duration ? { duration } : {}),
    ...(container ? { container } : {}),
  };
}
