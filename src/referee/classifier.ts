import { dirname, resolve } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { RetakeError } from '../errors.ts';
import { openUserModel } from '../inference/user-model.ts';
import type { Opinion, Question, Referee } from './referee.ts';

/** Declaration of a classifier of the user's own: an ONNX network that looks at one crop. */
export const classifierDeclaration = z.strictObject({
  kind: z.literal('classifier'),
  /** Name for the report. */
  id: z.string().min(1).max(60),
  detectors: z.array(z.string()).min(1),
  /** ONNX file, relative to the declaration. */
  file: z.string().min(1),
  /** When given, the file must have it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  input: z.strictObject({
    width: z.int().min(8).max(2048),
    height: z.int().min(8).max(2048),
    layout: z.enum(['nchw', 'nhwc']).default('nchw'),
    colour: z.enum(['rgb', 'bgr']).default('rgb'),
    /** The crop is stretched, letterboxed (grey) or cut to the input's shape. */
    fit: z.enum(['stretch', 'letterbox', 'cover']).default('letterbox'),
    /** A byte b of channel c becomes (b / 255 − mean[c]) / deviation[c], in the order of `colour`. */
    mean: z.array(z.number()).length(3).default([0, 0, 0]),
    deviation: z.array(z.number().positive()).length(3).default([1, 1, 1]),
  }),
  output: z.strictObject({
    /** Of several outputs; the first when absent. */
    name: z.string().optional(),
    activation: z.enum(['none', 'sigmoid', 'softmax']).default('softmax'),
    /** Which value of the output is the fault. */
    fault: z.int().min(0).default(1),
  }),
  /** Probability from which the crop is called a fault, and below which fine; between them it is unsure. */
  threshold: z.strictObject({ fault: z.number().min(0).max(1), fine: z.number().min(0).max(1) }),
  budget: z.int().min(1).max(1000).default(100),
});
export type ClassifierDeclaration = z.infer<typeof classifierDeclaration>;

/**
 * Opens the classifier. The crops of a finding are judged one by one; their median counts.
 * @param declaredIn path of the declaration, which the model's path is relative to
 * @throws RetakeError `model-missing`, `model-corrupt`, `options-invalid`
 */
export async function openClassifier(declaration: ClassifierDeclaration, declaredIn: string): Promise<Referee> {
  const { id, detectors, budget, input, output, threshold } = declaration;
  if (threshold.fine > threshold.fault)
    throw new RetakeError('options-invalid', `${id}: threshold.fine lies above threshold.fault`);
  const model = await openUserModel(resolve(dirname(declaredIn), declaration.file), {
    output: output.name,
    expected: declaration.sha256,
  });
  const shape = input.layout === 'nchw' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
  return {
    id,
    detectors,
    budget,
    async ask({ crops }: Question): Promise<Opinion> {
      const values: number[] = [];
      for (const { jpeg } of crops) {
        const logits = await model.run(await pixelsOf(jpeg, input), shape);
        values.push(probabilityOf(logits, output));
      }
      const probability = values.sort((a, b) => a - b)[values.length >> 1];
      const answer = probability >= threshold.fault ? 'fault' : probability < threshold.fine ? 'fine' : 'unsure';
      return { answer, probability, note: `fault from ${threshold.fault}, fine below ${threshold.fine}` };
    },
    close: () => model.dispose(),
  };
}

/** The crop as the network wants it. */
async function pixelsOf(jpeg: Buffer, input: ClassifierDeclaration['input']): Promise<Float32Array> {
  const { width, height, layout, colour, fit, mean, deviation } = input;
  const raw = await sharp(jpeg)
    .resize(width, height, {
      fit: fit === 'stretch' ? 'fill' : fit === 'letterbox' ? 'contain' : 'cover',
      background: '#808080',
    })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
  const out = new Float32Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < 3; channel++) {
      const from = colour === 'rgb' ? channel : 2 - channel;
      const value = (raw[3 * pixel + from] / 255 - mean[channel]) / deviation[channel];
      out[layout === 'nchw' ? channel * width * height + pixel : 3 * pixel + channel] = value;
    }
  return out;
}

/** The fault's probability from a network's output. */
function probabilityOf(logits: Float32Array, output: ClassifierDeclaration['output']): number {
  const value = logits[output.fault];
  if (value === undefined)
    throw new RetakeError('options-invalid', `output.fault is ${output.fault}, but there are ${logits.length} values`);
  if (output.activation === 'sigmoid') return 1 / (1 + Math.exp(-value));
  if (output.activation === 'none') return Math.min(1, Math.max(0, value));
  const most = Math.max(...logits);
  const sum = logits.reduce((total, one) => total + Math.exp(one - most), 0);
  return Math.exp(value - most) / sum;
}
