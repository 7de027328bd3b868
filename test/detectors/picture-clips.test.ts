import { describe, expect, it } from 'vitest';
import { FAULT_FRAMES, type FaultClipName, faultClip } from '../../fixtures/faults.ts';
import { fixturePath, makeFixtures } from '../../fixtures/make.ts';
import { black } from '../../src/detectors/black.ts';
import { cadence } from '../../src/detectors/cadence.ts';
import { decodeErrors } from '../../src/detectors/decode-errors.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import { flashes } from '../../src/detectors/flashes.ts';
import { flicker } from '../../src/detectors/flicker.ts';
import { freeze } from '../../src/detectors/freeze.ts';
import { legalRange } from '../../src/detectors/legal-range.ts';
import { letterbox } from '../../src/detectors/letterbox.ts';
import { sharpness } from '../../src/detectors/sharpness.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { bars } from '../../src/observers/bars.ts';
import { flashes as flashObserver } from '../../src/observers/flashes.ts';
import { frameChange } from '../../src/observers/frame-change.ts';
import { levels } from '../../src/observers/levels.ts';
import { motion } from '../../src/observers/motion.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import { sharpness as sharpnessObserver } from '../../src/observers/sharpness.ts';
import { outcomeOf } from './picture-signals.ts';

const detectors = [black, cadence, decodeErrors, flashes, flicker, freeze, legalRange, letterbox, sharpness];
const observers = [
  bars,
  flashObserver,
  frameChange,
  levels,
  motion,
  pictureStatistics,
  sharpnessObserver,
] as unknown as Observer[];

const findings = async (name: FaultClipName): Promise<string[]> => judged(await faultClip(name));

/** Every finding of every picture detector on a rendered clip, judged as one shot: `detector kind start–end`. */
async function judged(path: string): Promise<string[]> {
  const clip = await probe(path);
  const observation = await observe(clip, observers);
  expect([...observation.failures]).toEqual([]);
  return detectors.flatMap(detector => {
    const outcome = outcomeOf(detector as unknown as Detector, observation.clip, observation.signals);
    expect(outcome.status, `${detector.meta.id}: ${outcome.reason}`).not.toBe('error');
    return outcome.findings.map(({ detector: id, kind, start, end }) => `${id} ${kind} ${start}–${end}`);
  });
}

describe('picture detectors on rendered clips', () => {
  // Each clip yields its own finding and none of any other detector.
  it.each<[FaultClipName, string[]]>([
    ['clean', []],
    ['black', ['black black 40–52']],
    ['black-too-short', []],
    ['green-head', ['black blank 0–8']],
    ['fade', []],
    ['freeze', ['freeze freeze 40–64']],
    ['freeze-coarse', ['freeze freeze 40–64']],
    ['freeze-tail', [`freeze freeze 72–${FAULT_FRAMES}`]],
    ['on-twos', ['cadence pattern 1–96']],
    ['on-threes', ['cadence pattern 1–96']],
    ['every-fifth', ['cadence pattern 4–95']],
    ['stutter', ['cadence stutter 30–48']],
    ['dropped', ['cadence gap 49–51']],
    ['flicker', ['flicker flicker 40–80']],
    ['strobe', ['flashes general 24–71']],
    ['strobe-slow', []],
    ['letterbox', ['letterbox letterbox 0–96']],
    ['bars-come', ['letterbox changing 60–96']],
    ['white-clip', ['legal-range above 20–50']],
    ['full-range-untagged', ['legal-range full-range 0–96']],
    ['full-range-tagged', []],
    ['soft', ['sharpness soft 40–60']],
    ['soft-slightly', []],
  ])('%s', async (name, expected) => {
    expect(await findings(name)).toEqual(expected);
  });

  it.each([
    { name: 'damaged', kind: 'corrupt' },
    { name: 'truncatedTail', kind: 'corrupt' },
    { name: 'truncatedTail', kind: 'missing' },
  ] as const)('$name: $kind', async ({ name, kind }) => {
    await makeFixtures([name]);
    const found = await judged(fixturePath(name));
    expect(found.filter(text => text.startsWith(`decode-errors ${kind}`)).length).toBeGreaterThan(0);
  });

  it.each(['passing', 'interlaced', 'variableRate', 'rotated', 'gif'] as const)('no damage in %s', async name => {
    await makeFixtures([name]);
    expect((await judged(fixturePath(name))).filter(text => text.startsWith('decode-errors'))).toEqual([]);
  });

  it('red-alarm', async () => {
    expect(await findings('red-alarm')).toContain('flashes red 24–71');
  });
});
