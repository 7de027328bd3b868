import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hearClosures } from '../../../src/signals/lip-sync/closures.ts';
import { correlationCurve } from '../../../src/signals/lip-sync/correlation.ts';
import { compare } from '../../../src/signals/lip-sync/estimate.ts';
import { lipSyncModel } from '../../../src/signals/lip-sync/model.ts';
import { LIPS_WIDTH, MEASURES, type MouthTrack } from '../../../src/signals/lip-sync/mouth.ts';
import { networkCurve } from '../../../src/signals/lip-sync/network.ts';

/** Made by training/lip-sync/reference.py, which runs the shipped weights in PyTorch on the same made-up inputs. */
const reference = JSON.parse(
  readFileSync(new URL('../../../fixtures/lip-sync-reference.json', import.meta.url), 'utf8'),
) as { rows: number; before: number; after: number; correlation: number[]; networks: number[]; hearing: number[] };

const table = (rows: number, columns: number, value: (k: number, c: number) => number) =>
  Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));

describe('the estimator and the trained model', () => {
  const { rows, before, after } = reference;
  const mouth: MouthTrack = {
    first: before,
    length: rows,
    measures: table(
      rows,
      MEASURES.length,
      (k, c) => 0.05 * Math.sin(0.13 * k * (1 + 0.2 * c) + c) * (1 + 0.5 * Math.sin(0.031 * k)),
    ),
    lips: table(
      rows,
      LIPS_WIDTH,
      (k, c) => 0.03 * Math.sin(0.17 * k + 0.4 * c) + 0.01 * Math.cos(0.05 * k * (1 + 0.1 * (c % 7))),
    ),
    seen: new Uint8Array(rows).fill(1),
    span: 100,
  };
  const bands = table(
    2 * (before + rows + after),
    40,
    (k, c) => -6 + 4 * Math.sin(0.071 * k + 0.1 * c) + 2 * Math.sin(0.19 * k * (1 + 0.01 * c)) - 0.1 * c,
  );
  const model = lipSyncModel();
  const compared = compare(model, mouth, bands, 0, rows);

  it('give the same correlations', () => {
    expect(compared.before).toBe(before);
    correlationCurve(model, compared.components, compared.before).forEach((value, k) => {
      expect(value).toBeCloseTo(reference.correlation[k], 3);
    });
  });

  it('hear p, b and m alike', () => {
    const heard = hearClosures(model.hearing, bands, 0, before + rows + after);
    expect(heard).toHaveLength(reference.hearing.length);
    heard.forEach((value, k) => {
      expect(Math.abs(value - reference.hearing[k])).toBeLessThan(0.002);
    });
  });

  it('give the same scores of the networks', () => {
    networkCurve(compared.course, compared.components.sound.count, compared.before).forEach((value, k) => {
      expect(Math.abs(value - reference.networks[k])).toBeLessThan(0.01);
    });
  });
});
