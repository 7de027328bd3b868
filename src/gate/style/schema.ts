import { z } from 'zod';
import { moment, span } from '../../takes/planned-sound.ts';

const text = z.string().min(1).max(200);
const picture = z.string().min(1).max(4096).describe('A picture file, relative to the style bible');
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([item.transform(value => [value]), z.array(item).min(1)]);

export const DELIVERY_PRESETS = ['none', 'youtube', 'vertical', 'broadcast-hd', 'netflix'] as const;
export type DeliveryPreset = (typeof DELIVERY_PRESETS)[number];

export const videoRules = z.strictObject({
  aspect: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,4})?:\d{1,4}(\.\d{1,4})?$/)
    .optional()
    .describe('Display aspect ratio, such as 16:9'),
  resolution: oneOrMore(z.string().regex(/^\d{2,5}x\d{2,5}$/))
    .optional()
    .describe('Allowed sizes in pixels, such as 1920x1080'),
  leastHeight: z.int().positive().optional().describe('Least height in pixels'),
  fps: oneOrMore(z.union([z.number().positive(), z.string().regex(/^\d{1,6}\/\d{1,6}$/)]))
    .optional()
    .describe('Allowed rates; 23.976 and 29.97 stand for the exact fractions'),
  constantRate: z.boolean().optional().describe('Variable frame rate is refused'),
  codec: oneOrMore(text).optional().describe("Allowed codecs in ffmpeg's names"),
  profile: oneOrMore(text).optional().describe('Allowed codec profiles'),
  pixelFormat: oneOrMore(text).optional(),
  leastBitRate: z.number().positive().optional().describe('Mbit/s'),
  progressive: z.boolean().optional(),
  primaries: oneOrMore(text).optional(),
  transfer: oneOrMore(text).optional(),
  matrix: oneOrMore(text).optional(),
  range: z.enum(['limited', 'full']).optional(),
});

export const audioRules = z.strictObject({
  codec: oneOrMore(text).optional(),
  sampleRate: oneOrMore(z.int().positive()).optional(),
  channels: oneOrMore(z.int().positive()).optional(),
  loudness: z
    .strictObject({ target: z.number(), tolerance: z.number().positive() })
    .optional()
    .describe('Integrated loudness, LUFS and LU (ITU-R BS.1770-4)'),
  truePeak: z.number().optional().describe('Highest true peak, dBTP'),
  required: z.boolean().optional(),
});

/** What a production asks of its film. Every rule is off unless named here or in the preset that is extended. */
export const styleSchema = z.strictObject({
  name: text.optional(),
  extends: z.enum(DELIVERY_PRESETS).default('none').describe('Delivery preset to start from'),
  video: videoRules.default({}),
  audio: audioRules.default({}),
  duration: z
    .strictObject({ least: z.number().nonnegative().optional(), most: z.number().positive().optional() })
    .optional()
    .describe('Seconds'),
  container: oneOrMore(text).optional().describe("Allowed containers: one of ffmpeg's names for the format"),
  speed: z.enum(['allow', 'forbid']).default('allow').describe('Retimed clips on the timeline'),
  blackHead: z.number().nonnegative().default(0.5).describe('Longest black at the beginning, seconds'),
  blackTail: z.number().nonnegative().default(2).describe('Longest black at the end, seconds'),
  look: z
    .array(z.strictObject({ picture, tolerance: z.number().positive().default(18), scene: text.optional() }))
    .default([])
    .describe(
      'Reference pictures: mean colour of a shot may differ by so much (CIE L*a*b*, lightness counted half); any one of them is enough',
    ),
  motion: z
    .array(
      z.strictObject({
        camera: z.enum(['static', 'any']).default('any'),
        most: z.number().positive().optional(),
        from: moment.optional(),
        to: moment.optional(),
      }),
    )
    .default([])
    .describe(
      'Camera: `static` allows 1 % of the picture width per second; `most` is per cent of the width per second',
    ),
  marks: z
    .array(
      z.strictObject({
        name: text,
        picture,
        rule: z.enum(['required', 'forbidden']).default('required'),
        width: z.number().gt(0).max(1).describe("The mark's width as a share of the picture's"),
        least: z.number().min(0).max(1).default(0.8).describe('Least normalised correlation that counts as found'),
        area: z
          .tuple([z.number(), z.number(), z.number(), z.number()])
          .optional()
          .describe('[x, y, width, height] as shares of the picture'),
        ...span,
      }),
    )
    .default([])
    .describe('Logos and bugs: must be (or must not be) in the picture from one moment to another'),
  characters: z
    .array(
      z.strictObject({
        name: text,
        pictures: z.array(picture).min(1).max(16),
        least: z.number().min(-1).max(1).default(0.5).describe('Least cosine of face vectors'),
        ...span,
      }),
    )
    .default([])
    .describe('Faces that must be seen from one moment to another'),
  scenes: z
    .array(z.strictObject({ name: text, ...span }))
    .default([])
    .describe('Consecutive shots that must go together'),
  /** Limits read from joins of real shots, `bench/joins.ts`; figures in docs/gate.md. */
  continuity: z
    .strictObject({
      colour: z
        .number()
        .positive()
        .default(12)
        .describe('Jump of mean colour at a cut within a scene, CIE L*a*b* with lightness counted half'),
      loudness: z
        .number()
        .positive()
        .default(8)
        .describe(
          'Jump of loudness at a cut within a scene, LU: of speech where both shots have some, else of the rest',
        ),
      identity: z
        .number()
        .min(-1)
        .max(1)
        .default(0.5)
        .describe('Least cosine of the best-fitting faces, after a cut and earlier in the scene'),
      wardrobe: z.number().positive().default(20).describe('Change of colour below the faces that fit, CIE L*a*b*'),
    })
    .default({ colour: 12, loudness: 8, identity: 0.5, wardrobe: 20 }),
  graphics: z
    .array(z.strictObject({ ...span, note: text.optional() }))
    .default([])
    .describe('Titles and cards: frames that no take needs to explain'),
  disclosure: z
    .enum(['none', 'text', 'c2pa', 'either'])
    .default('either')
    .describe('How it must be disclosed that takes are generated'),
});
export type StyleFile = z.output<typeof styleSchema>;
export type VideoRules = z.output<typeof videoRules>;
export type AudioRules = z.output<typeof audioRules>;
/** A style bible with the preset's rules filled in. */
export type Style = StyleFile;
