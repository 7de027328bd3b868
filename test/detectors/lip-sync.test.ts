import { describe, expect, it } from 'vitest';
import {
  bandsOf,
  CLOSURES,
  late,
  opening,
  SPEECH_SECONDS,
  speech,
  talking,
  talkingFace,
} from '../../fixtures/talking-face.ts';
import { lipSync } from '../../src/detectors/lip-sync.ts';
import { modelHashes } from '../../src/inference/store.ts';
import type { Signals } from '../../src/signals.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const samples = speech(2);
const seconds = samples.length / 16_000;
const bands = bandsOf(samples);
const { clip, faces } = talkingFace(seconds, opening(bands));
const voice = talking(0.95, seconds);
const heard = (sound: Float32Array, more: Partial<Signals> = {}) => ({
  faces,
  voice,
  speechBands: bandsOf(sound),
  ...more,
});
const warped = (place: (t: number) => number) =>
  Float32Array.from({ length: samples.length }, (_, k) => samples[Math.round(place(k / 16_000) * 16_000)] ?? 0);
const reason = (answer: ReturnType<typeof judged>) => (answer.status === 'skipped' ? answer.reason : 'it was judged');

describe('lip-sync', () => {
  it('names its model, so that a report has its hash', () => {
    expect(modelHashes(lipSync.meta.models ?? [])).toEqual({
      'retake-lip-sync': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('has nothing to say about lips and sound that are together', () => {
    expect(faultsOf(lipSync, clip, heard(samples))).toEqual([]);
    expect(scoreOf(lipSync, clip, heard(samples))).toBeLessThan(0.2);
  });

  it.each([
    [0.3, 'late', 125],
    [-0.15, 'early', 45],
  ])('sound moved by %f s: an offset, over the face', (shift, side, threshold) => {
    const [fault, ...more] = faultsOf(lipSync, clip, heard(late(samples, shift)));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'offset', threshold, unit: 'ms', values: { side } });
    expect(Math.abs(fault.measured - 1000 * shift)).toBeLessThan(40);
    expect(fault.confidence).toBeGreaterThan(0.9);
    expect(fault.end - fault.start).toBeGreaterThan(clip.frames - 20);
    expect(fault.box?.[2]).toBeGreaterThan(100);
  });

  it('keeps within the limits it is given', () => {
    const sound = heard(late(samples, 0.1));
    expect(faultsOf(lipSync, clip, sound)).toEqual([]);
    expect(faultsOf(lipSync, clip, sound, { early: 40, late: 60 })).toMatchObject([{ kind: 'offset', threshold: 60 }]);
  });

  it('sound that runs slow: drift, with the offsets at both ends', () => {
    const [fault, ...more] = faultsOf(lipSync, clip, heard(warped(t => t * 0.985)));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'drift', unit: 'ms/s' });
    expect(fault.measured).toBeGreaterThan(11);
    expect(fault.measured).toBeLessThan(19);
    expect(Number(fault.values?.to) - Number(fault.values?.from)).toBeGreaterThan(170);
  });

  it('sound that jumps: a splice from there on, no offset before it', () => {
    const at = 8;
    const [fault, ...more] = faultsOf(lipSync, clip, heard(warped(t => (t < at ? t : t - 0.2))));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'splice', values: { side: 'late' } });
    expect(Math.abs(fault.start / 25 - at)).toBeLessThan(0.5);
    expect(Math.abs(fault.measured - 200)).toBeLessThan(40);
  });

  it('a splice that leaves both parts apart also reports the first part', () => {
    const faults = faultsOf(lipSync, clip, heard(warped(t => (t < 8 ? t + 0.2 : t - 0.2))));
    expect(faults.map(({ kind }) => kind).sort()).toEqual(['offset', 'splice']);
  });

  const part = { from: 9.5, to: 11.3 };
  const within = (t: number) => t >= part.from && t < part.to;
  const pausing = { ...voice, probability: voice.probability.map((p, k) => (within(k * voice.step) ? 0.02 : p)) };
  const cut = samples.map((value, k) => (within(k / 16_000) ? 0 : value));
  const spoken = opening(bands);
  /** Lips that move in every pause too. */
  const restless = (t: number) => (within(t) ? 0.5 + 0.5 * Math.sin(22 * t) : spoken(t));
  const shut = (t: number) => (within(t) ? 0.02 : spoken(t));

  it('a mouth that goes on speaking in silence: where, and nothing else', () => {
    const moving = talkingFace(seconds, restless).faces;
    const [fault, ...more] = faultsOf(lipSync, clip, heard(cut, { faces: moving, voice: pausing }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'mouth-without-speech', threshold: 2, unit: 'per second' });
    expect(fault.start / 25).toBeGreaterThan(part.from);
    expect(fault.end / 25).toBeLessThan(part.to + 0.1);
    expect(fault.confidence).toBeGreaterThan(0.5);
  });

  it('finds it where the sound lies, also when it is late', () => {
    const moving = talkingFace(seconds, restless).faces;
    const shift = 0.3;
    const probability = voice.probability.map((p, k) => (within(k * voice.step - shift) ? 0.02 : p));
    const sound = heard(late(cut, shift), { faces: moving, voice: { ...voice, probability } });
    const faults = faultsOf(lipSync, clip, sound);
    expect(faults.map(({ kind }) => kind)).toEqual(['offset', 'mouth-without-speech']);
    expect(faults[1].start / 25).toBeGreaterThan(part.from);
    expect(faults[1].end / 25).toBeLessThan(part.to + 0.1);
  });

  it('lips that rest in a pause are as they should be', () => {
    const resting = talkingFace(seconds, shut).faces;
    expect(faultsOf(lipSync, clip, heard(cut, { faces: resting, voice: pausing }))).toEqual([]);
  });

  it('lips that stay shut during speech: where, and nothing else', () => {
    const resting = talkingFace(seconds, shut).faces;
    const [fault, ...more] = faultsOf(lipSync, clip, heard(samples, { faces: resting }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'speech-without-mouth', threshold: 0.18 });
    expect(Math.abs(fault.start / 25 - part.from)).toBeLessThan(0.4);
    expect(Math.abs(fault.end / 25 - part.to)).toBeLessThan(0.4);
  });

  it('shut lips are no fault while another face speaks', () => {
    const resting = talkingFace(seconds, shut).faces;
    const answering = talkingFace(seconds, t => (within(t) ? spoken(t) : 0.02), { span: 110 }).faces;
    const faults = faultsOf(lipSync, clip, heard(samples, { faces: sideBySide(resting, answering) }));
    expect(faults.map(({ kind }) => kind)).not.toContain('speech-without-mouth');
  });

  it('lips that never close in speech', () => {
    const gaping = talkingFace(seconds, t => 0.6 + 0.6 * spoken(t)).faces;
    const faults = faultsOf(lipSync, clip, heard(samples, { faces: gaping }));
    expect(faults).toMatchObject([{ kind: 'closure', threshold: 0.05, unit: 'eye distances' }]);
    expect(faults[0].measured).toBeGreaterThan(0.05);
  });

  it('lips that speak but stay open on p, b and m: the frames, and nothing else', () => {
    const loose = talkingFace(seconds, opening(bands, false)).faces;
    const answer = judged(lipSync, clip, heard(samples, { faces: loose }));
    expect(answer).toMatchObject({ status: 'ran', faults: [{ kind: 'closure', unit: 'eye distances' }] });
    if (answer.status !== 'ran') return;
    const [fault] = answer.faults;
    const frames = String(answer.measurements.openClosures).split(' ').map(Number);
    expect(frames.length).toBeGreaterThanOrEqual(3);
    for (const frame of frames) {
      expect(frame).toBeGreaterThanOrEqual(fault.start);
      expect(frame).toBeLessThan(fault.end);
    }
    expect(String(fault.values?.where)).toContain(String(frames[0]));
    expect(answer.measurements.closureEvidence).toBeGreaterThan(3);
    expect(fault.measured).toBeGreaterThan(fault.threshold);
    const spoken = CLOSURES.flatMap(at => [at, at + SPEECH_SECONDS]);
    const right = frames.filter(frame => spoken.some(at => Math.abs(at - frame / 25) < 0.1));
    expect(right.length).toBeGreaterThanOrEqual(frames.length / 2);
  });

  it('of two faces the one whose mouth explains the sound is judged', () => {
    const other = talkingFace(seconds, t => 0.5 + 0.5 * Math.sin(9 * t), { span: 130 }).faces;
    const both = sideBySide(faces, other);
    const answer = judged(lipSync, clip, heard(late(samples, 0.3), { faces: both }));
    expect(answer).toMatchObject({ status: 'ran', faults: [{ kind: 'offset' }], measurements: { faces: 2 } });
    if (answer.status === 'ran') expect(answer.faults[0].box?.[0]).toBeLessThan(800);
  });

  it('two faces that take turns, each at an offset of its own: the offset of one, no jump between them', () => {
    const turn = 8;
    const first = talkingFace(seconds, t => (t < turn ? spoken(t) : 0.05)).faces;
    const second = talkingFace(seconds, t => (t < turn ? 0.05 : spoken(t + 0.3)), { span: 110 }).faces;
    const answer = judged(lipSync, clip, heard(samples, { faces: sideBySide(first, second) }));
    expect(answer.status).toBe('ran');
    if (answer.status !== 'ran') return;
    const kinds = answer.faults.map(({ kind }) => kind);
    expect(kinds).not.toContain('splice');
    expect(kinds).not.toContain('drift');
    const { offset } = answer.measurements;
    expect(Math.min(Math.abs(Number(offset)), Math.abs(Number(offset) - 300))).toBeLessThan(50);
  });

  it('does not judge what it cannot know', () => {
    const still = talkingFace(seconds, () => 0.1).faces;
    const away = talkingFace(seconds, opening(bands), { frames: () => false }).faces;
    const small = talkingFace(seconds, opening(bands), { span: 12 }).faces;
    const turned = { ...faces, pose: faces.pose.map((_, k) => (k % 3 === 0 ? 65 : 0)) };
    const brief = talkingFace(seconds, opening(bands), { frames: frame => frame < 80 }).faces;
    const slow = talkingFace(seconds, opening(bands), { fps: 12 });
    const quiet = talking(0.02, seconds);
    const film = { ...clip, audio: null };
    expect(reason(judged(lipSync, clip, heard(samples, { faces: still })))).toContain(
      'cannot be told to come from a face',
    );
    expect(reason(judged(lipSync, clip, heard(samples, { faces: away })))).toContain('No face');
    expect(reason(judged(lipSync, clip, heard(samples, { faces: small })))).toContain('too small');
    expect(reason(judged(lipSync, clip, heard(samples, { faces: turned })))).toContain('turned too far');
    expect(reason(judged(lipSync, clip, heard(samples, { faces: brief })))).toContain('No face is seen for');
    expect(reason(judged(lipSync, clip, heard(samples, { voice: quiet })))).toContain('Too little speech');
    expect(reason(judged(lipSync, slow.clip, heard(samples, { faces: slow.faces })))).toContain('pictures a second');
    expect(reason(judged(lipSync, film, { faces, voice: null, speechBands: null }))).toContain('no sound');
  });

  it('does not take speech of somebody else for this mouth', () => {
    const backwards = samples.slice().reverse();
    const answer = judged(lipSync, clip, heard(backwards));
    expect(answer.status === 'ran' ? answer.faults : []).toEqual([]);
  });
});

/** Two tables of one row per frame as one table, the second face moved to the right. */
function sideBySide(a: Signals['faces'], b: Signals['faces']): Signals['faces'] {
  const count = a.frames.length;
  const width = a.points * 3;
  const merged = {
    ...a,
    rows: Uint32Array.from({ length: count + 1 }, (_, k) => 2 * k),
    place: new Float32Array(6 * count),
    packed: new Int16Array(2 * count * width),
    presence: new Float32Array(2 * count).fill(0.99),
    lineage: Uint32Array.from({ length: 2 * count }, (_, k) => 1 + (k % 2)),
    sharpness: new Float32Array(2 * count).fill(0.2),
    pose: new Float32Array(6 * count),
  };
  for (let k = 0; k < count; k++) {
    merged.place.set(a.place.subarray(3 * k, 3 * k + 3), 6 * k);
    merged.place.set([b.place[3 * k] + 500, b.place[3 * k + 1], b.place[3 * k + 2]], 6 * k + 3);
    merged.packed.set(a.packed.subarray(k * width, (k + 1) * width), 2 * k * width);
    merged.packed.set(b.packed.subarray(k * width, (k + 1) * width), (2 * k + 1) * width);
  }
  return merged;
}
