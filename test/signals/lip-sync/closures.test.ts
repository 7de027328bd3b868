import { describe, expect, it } from 'vitest';
import { bandsOf, speech, talking } from '../../../fixtures/talking-face.ts';
import {
  type Closure,
  closuresOf,
  hearClosures,
  peaksOf,
  sureness,
  worstMisses,
} from '../../../src/signals/lip-sync/closures.ts';
import { lipSyncModel } from '../../../src/signals/lip-sync/model.ts';
import { MEASURES, type MouthTrack } from '../../../src/signals/lip-sync/mouth.ts';

const { hearing } = lipSyncModel();
const bands = bandsOf(speech()).values;
const rows = Math.floor(bands.length / 80);
const voice = talking(0.95, rows / 50);

/** Lips that are open except where `shut` says. */
function mouth(shut: (row: number) => boolean): MouthTrack {
  const measures = new Float32Array(rows * MEASURES.length);
  for (let k = 0; k < rows; k++) measures[k * MEASURES.length] = shut(k) ? 0.01 : 0.12;
  return { first: 0, length: rows, measures, lips: new Float32Array(0), seen: new Uint8Array(rows).fill(1), span: 80 };
}

describe('p, b and m', () => {
  it('are heard in speech and not in silence or noise', () => {
    const heard = hearClosures(hearing, bands, 0, rows);
    expect(heard).toHaveLength(rows);
    for (const value of heard) expect(value).toBeGreaterThanOrEqual(0);
    expect(Math.max(...heard)).toBeLessThanOrEqual(1);
    expect(peaksOf(heard, 0.3).length).toBeGreaterThan(rows / 50 / 4);
    const hiss = bands.map((_, k) => -6 + Math.sin(k * 12.9898) * 0.3);
    expect(peaksOf(hearClosures(hearing, hiss, 0, rows), 0.3)).toEqual([]);
  });

  it('are met by the lips at the offset of the sound, within 80 ms', () => {
    const at = closuresOf(
      hearing,
      mouth(() => false),
      bands,
      voice,
      { from: 0, to: rows },
      0,
      0.3,
    );
    expect(at.every(({ opening }) => opening > 0.1)).toBe(true);
    const near = (k: number) => at.some(({ row }) => Math.abs(row - k) <= 2);
    const met = closuresOf(hearing, mouth(near), bands, voice, { from: 0, to: rows }, 0, 0.3);
    expect(met.map(({ row }) => row)).toEqual(at.map(({ row }) => row));
    expect(met.every(({ opening }) => opening < 0.05)).toBe(true);
    // The same lips 300 ms before their sound.
    const early = closuresOf(
      hearing,
      mouth(k => near(k + 15)),
      bands,
      voice,
      { from: 0, to: rows - 15 },
      300,
      0.3,
    );
    expect(early.filter(({ opening }) => opening < 0.05).length).toBeGreaterThan(0.8 * early.length);
  });

  it('are not asked of lips that were not seen, nor where nobody speaks', () => {
    const blind = mouth(() => false);
    blind.seen.fill(0);
    const quiet = talking(0.1, rows / 50);
    expect(
      closuresOf(
        hearing,
        mouth(() => false),
        bands,
        quiet,
        { from: 0, to: rows },
        0,
        0.3,
      ),
    ).toEqual([]);
    expect(closuresOf(hearing, blind, bands, voice, { from: 0, to: rows }, 0, 0.3)).toEqual([]);
  });

  it('peak once in 100 ms', () => {
    const curve = Float32Array.of(0, 0.6, 0.2, 0.7, 0.1, 0, 0, 0, 0.4, 0);
    expect(peaksOf(curve, 0.3)).toEqual([3, 8]);
    expect(peaksOf(curve, 0.5)).toEqual([3]);
  });
});

describe('how surely they are heard', () => {
  it('rises with what the network says and never reaches certainty', () => {
    const said = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
    const meant = said.map(sureness);
    expect([...meant].sort((a, b) => a - b)).toEqual(meant);
    expect(meant[0]).toBeGreaterThan(0);
    expect(meant[meant.length - 1]).toBeLessThan(0.9);
  });
});

describe('lips that miss them', () => {
  const closures = (text: string, heard = 0.6): Closure[] =>
    [...text].map((sign, k) => ({ row: 30 * k, nearest: 30 * k, opening: sign === 'o' ? 0.1 : 0.01, heard }));

  it('count the more, the surer they are heard and the rarer lips are open otherwise', () => {
    const evidence = (text: string, heard: number, others: number) =>
      worstMisses(closures(text, heard), 0.05, others).evidence;
    expect(evidence('oooo', 0.8, 0.4)).toBeGreaterThan(evidence('oooo', 0.4, 0.4));
    expect(evidence('oooo', 0.6, 0.3)).toBeGreaterThan(evidence('oooo', 0.6, 0.7));
    expect(evidence('oooooo', 0.6, 0.4)).toBeGreaterThan(evidence('oooo', 0.6, 0.4));
    expect(evidence('.....', 0.6, 0.4)).toBe(0);
  });

  it('are weighed against those that they meet, over the run that says most', () => {
    const evidenceOf = (text: string) => worstMisses(closures(text), 0.05, 0.4).evidence;
    expect(evidenceOf('o.o.o.o.')).toBeLessThan(0.5 * evidenceOf('oooo'));
    expect(evidenceOf(`ooo${'.'.repeat(60)}`)).toBeLessThan(evidenceOf('ooo....'));
    const { heard, missed, evidence } = worstMisses(closures('......ooo.oo......'), 0.05, 0.4);
    expect(evidence).toBeGreaterThan(3);
    expect(heard.map(({ row }) => row / 30)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(missed.map(({ row }) => row / 30)).toEqual([6, 7, 8, 10, 11]);
  });

  it('are not named where the sound was more likely another', () => {
    const { missed } = worstMisses(closures('oooooooo', 0.2), 0.05, 0.6);
    expect(missed).toEqual([]);
  });
});
