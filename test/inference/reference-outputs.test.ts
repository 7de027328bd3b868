import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { modelEntry, readManifest } from '../../src/inference/manifest.ts';
import { openSession } from '../../src/inference/onnx.ts';
import { readPackageFiles } from '../../src/inference/packages.ts';
import { convertTflite } from '../../src/inference/tflite/convert.ts';
import { readTflite } from '../../src/inference/tflite/reader.ts';
import { spread, testPicture, toPlanes } from './test-picture.ts';

type Reference = Record<string, Record<string, { values: number[]; peak: number }>>;
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/model-outputs.json', import.meta.url), 'utf8'),
) as Reference;

/** Different order of float32 additions through some sixty layers, relative to the largest output. */
const TOLERANCE = 1e-4;

function largestError(actual: Float32Array, { values, peak }: { values: number[]; peak: number }): number {
  const sampled = spread(actual, values.length);
  expect(sampled).toHaveLength(values.length);
  return Math.max(...values.map((value, i) => Math.abs(value - sampled[i]))) / Math.max(peak, 1);
}

describe('converted models answer as the originals do in their own runtimes', () => {
  const measured = Object.keys(reference).filter(name => name !== 'object-features');

  it('covers every converted model', () => {
    const converted = readManifest().models.filter(
      ({ conversion }) => conversion === 'tflite' || conversion === 'tfjs',
    );
    // What hand-features gives lies on the way to the landmarks; see below.
    const missing = converted.map(({ name }) => name).filter(name => name !== 'hand-features' && !(name in reference));
    expect(missing).toEqual([]);
  });

  it.each(measured)('%s', async name => {
    const entry = modelEntry(name);
    const [input] = entry.inputs;
    const [, , height, width] = input.shape.map(Number);
    const session = await openSession(name);
    toPlanes(
      testPicture(width, height),
      input.normalisation?.scale ?? 1,
      input.normalisation?.offset ?? 0,
      session.inputs.image,
    );
    const outputs = await session.run();
    for (const output of entry.outputs) {
      expect(session.shapes[output.name]).toEqual(output.shape);
      expect(largestError(outputs[output.name], reference[name][output.from ?? '']), output.name).toBeLessThan(
        TOLERANCE,
      );
    }
    await session.dispose();
  });

  it('object-features, through the heads that the product leaves out', async () => {
    const entry = modelEntry('object-features');
    const [weights] = await readPackageFiles(entry);
    const heads = Object.keys(reference['object-features']);
    const outputs = heads.map((from, i) => ({ name: `head${i}`, from }));
    const session = await ort.InferenceSession.create(
      convertTflite(readTflite(weights), { name: 'heads', inputs: ['image'], outputs }),
    );
    const planes = new Float32Array(3 * 300 * 300);
    toPlanes(
      testPicture(300, 300),
      entry.inputs[0].normalisation?.scale ?? 1,
      entry.inputs[0].normalisation?.offset ?? 0,
      planes,
    );
    const results = await session.run({ image: new ort.Tensor('float32', planes, [1, 3, 300, 300]) });
    heads.forEach((from, i) => {
      expect(largestError(results[`head${i}`].data as Float32Array, reference['object-features'][from])).toBeLessThan(
        TOLERANCE,
      );
    });
    await session.release();
  });

  it('hand-features, through the landmarks that it lies on the way to', async () => {
    const entry = modelEntry('hand-features');
    const landmarks = modelEntry('hand-landmarks');
    expect(entry.sources).toEqual(landmarks.sources);
    const [weights] = await readPackageFiles(entry);
    const outputs = [...entry.outputs, ...landmarks.outputs].map(({ name, from }) => ({ name, from: from ?? '' }));
    const whole = await ort.InferenceSession.create(
      convertTflite(readTflite(weights), { name: 'whole', inputs: ['image'], outputs }),
    );
    const session = await openSession('hand-features');
    const { scale, offset } = entry.inputs[0].normalisation ?? { scale: 1, offset: 0 };
    toPlanes(testPicture(224, 224), scale, offset, session.inputs.image);
    const image = new ort.Tensor('float32', session.inputs.image.slice(), [1, 3, 224, 224]);
    const results = await whole.run({ image });
    for (const { name, from } of landmarks.outputs)
      expect(
        largestError(results[name].data as Float32Array, reference['hand-landmarks'][from ?? '']),
        name,
      ).toBeLessThan(TOLERANCE);
    const features = await session.run();
    for (const { name, shape } of entry.outputs) {
      expect(session.shapes[name]).toEqual(shape);
      const expected = results[name].data as Float32Array;
      const peak = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = expected.reduce((most, value, k) => Math.max(most, Math.abs(value - features[name][k])), 0);
      expect(peak).toBeGreaterThan(1);
      expect(error / peak, name).toBeLessThan(TOLERANCE);
    }
    await session.dispose();
    await whole.release();
  });

  it('object-features takes pictures of any size', async () => {
    const session = await openSession('object-features', { dimensions: { height: 256, width: 448 } });
    await session.run();
    expect(session.shapes).toMatchObject({
      'stride-8': [1, 32, 56, 32],
      'stride-16': [1, 16, 28, 96],
      'stride-32': [1, 8, 14, 320],
    });
    await session.dispose();
    await expect(openSession('object-features')).rejects.toMatchObject({ code: 'options-invalid' });
  });
});
