import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelEntry } from '../../src/inference/manifest.ts';
import { loadedModels, openSession } from '../../src/inference/onnx.ts';
import { forgetVerified } from '../../src/inference/store.ts';
import { useFolder } from './folder.ts';
import { testPicture, toPlanes } from './test-picture.ts';

const folder = useFolder();

async function faceScores(): Promise<Float32Array> {
  const session = await openSession('face-detection');
  toPlanes(testPicture(128, 128), 2 / 255, -1, session.inputs.image);
  const { scores } = await session.run();
  await session.dispose();
  return scores;
}

describe('sessions', () => {
  it('give the same numbers to the last bit, run after run and session after session', async () => {
    const session = await openSession('face-mesh');
    toPlanes(testPicture(192, 192), 1 / 255, 0, session.inputs.image);
    const first = (await session.run()).mesh.slice();
    expect(await session.run().then(({ mesh }) => mesh.slice())).toEqual(first);
    await session.dispose();
    expect(await faceScores()).toEqual(await faceScores());
  });

  it('give the same numbers where the first run is the warm-up', async () => {
    const cold = await openSession('face-detection', { warm: false });
    expect(cold.shapes.scores).toBeUndefined();
    toPlanes(testPicture(128, 128), 2 / 255, -1, cold.inputs.image);
    const { scores } = await cold.run();
    expect(scores.slice()).toEqual(await faceScores());
    expect(cold.shapes.scores.reduce((size, length) => size * length)).toBe(scores.length);
    expect((await cold.run()).scores).toBe(scores);
    await cold.dispose();
  });

  it('reuse their buffers', async () => {
    const session = await openSession('face-detection');
    const { scores } = await session.run();
    const before = scores.slice();
    toPlanes(testPicture(128, 128), 2 / 255, -1, session.inputs.image);
    expect((await session.run()).scores).toBe(scores);
    expect(scores).not.toEqual(before);
    await session.dispose();
  });

  it('share a model, keep their inputs apart, and free it with the last', async () => {
    const one = await openSession('face-detection');
    const other = await openSession('face-detection');
    expect(loadedModels()).toBe(1);
    toPlanes(testPicture(128, 128), 2 / 255, -1, one.inputs.image);
    const [a, b] = await Promise.all([one.run(), other.run()]);
    expect(a.scores).not.toEqual(b.scores);
    await one.dispose();
    await one.dispose();
    expect(loadedModels()).toBe(1);
    expect((await other.run()).scores).toEqual(b.scores);
    await other.dispose();
    expect(loadedModels()).toBe(0);
  });

  it('do not run twice at once, nor after disposal', async () => {
    const session = await openSession('face-detection');
    const running = session.run();
    await expect(session.run()).rejects.toMatchObject({ code: 'inference-failed' });
    await running;
    await session.dispose();
    await expect(session.run()).rejects.toMatchObject({ code: 'inference-failed' });
  });

  it('fill inputs that always have the same value', async () => {
    const session = await openSession('voice-activity');
    expect(Object.keys(session.inputs).sort()).toEqual(['input', 'state']);
    const { output, stateN } = await session.run();
    expect(output[0]).toBeGreaterThanOrEqual(0);
    expect(output[0]).toBeLessThan(0.5);
    expect(stateN).toHaveLength(
      modelEntry('voice-activity')
        .inputs[1].shape.map(Number)
        .reduce((a, b) => a * b),
    );
    await session.dispose();
  });

  it('may use several threads', async () => {
    const session = await openSession('face-detection', { threads: 2 });
    toPlanes(testPicture(128, 128), 2 / 255, -1, session.inputs.image);
    const { scores } = await session.run();
    const alone = await faceScores();
    scores.forEach((score, i) => {
      expect(Math.abs(score - alone[i])).toBeLessThan(1e-3);
    });
    await session.dispose();
  });

  it('do not open for a damaged model, and can be opened once it is repaired', async () => {
    process.env.RETAKE_MODELS = folder();
    forgetVerified();
    await writeFile(path.join(folder(), 'face-detection.onnx'), 'not a model');
    await expect(openSession('face-detection')).rejects.toMatchObject({ code: 'model-corrupt' });
    expect(loadedModels()).toBe(0);
    delete process.env.RETAKE_MODELS;
    const session = await openSession('face-detection');
    await session.dispose();
  });
});
