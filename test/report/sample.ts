import type { Finding, Outcome } from '../../src/finding.ts';
import { chooseStrips } from '../../src/report/evidence.ts';
import { noExtras, type PageExtras } from '../../src/report/page-data.ts';
import type { Report } from '../../src/report.ts';

export const finding = (over: Partial<Finding> & Pick<Finding, 'detector' | 'start' | 'end'>): Finding => ({
  kind: 'fault',
  message: `Something is wrong in frames ${over.start} to ${over.end - 1}.`,
  peak: Math.floor((over.start + over.end - 1) / 2),
  measured: 0.84,
  threshold: 0.6,
  unit: 'share',
  confidence: 0.9,
  severity: 'review',
  ...over,
});

export const ran = (detector: string, shot: string | null, findings: Finding[] = []): Outcome => ({
  detector,
  shot,
  status: 'ran',
  score: findings.length > 0 ? 0.9 : 0.04,
  measurements: { longest: 0.2, frames: 12 },
  findings,
});

/** A report of two shots with findings of every severity, a failed and a skipped check. Hand-made, valid by schema 1. */
export function sampleReport(over: { frames?: number; fps?: { num: number; den: number } } = {}): Report {
  const { frames = 120, fps = { num: 24, den: 1 } } = over;
  const half = Math.floor(frames / 2);
  return {
    schema: 1,
    tool: { name: 'retake', version: '0.1.0', models: { 'hand-landmarks': 'b'.repeat(64) } },
    clip: {
      path: 'takes/sample.mp4',
      sha256: 'a'.repeat(64),
      width: 320,
      height: 180,
      fps,
      frames,
      seconds: (frames * fps.den) / fps.num,
      audio: { codec: 'aac', sampleRate: 48000, channels: 2, layout: 'stereo', seconds: (frames * fps.den) / fps.num },
      codec: 'h264',
      pixelFormat: 'yuv420p',
      rotation: 0,
      hdr: null,
      variableFrameRate: false,
      tags: { encoder: 'Lavf59' },
    },
    policy: { name: 'editorial', hash: 'c'.repeat(64) },
    shots: [
      { id: 's1', start: 0, end: half },
      { id: 's2', start: half, end: frames },
    ],
    cuts: [{ frame: half, kind: 'cut', confidence: 0.98 }],
    outcomes: [
      ran('hand-integrity', 's1', [
        finding({
          detector: 'hand-integrity',
          kind: 'extra-finger',
          start: 12,
          end: 31,
          peak: 23,
          severity: 'regenerate',
          message: 'A hand shows six fingers.',
          box: [100, 40, 90, 80],
          advice: 'Ask for the hand to hold something, or frame it out.',
        }),
      ]),
      { ...ran('hand-integrity', 's2'), status: 'skipped', reason: 'No hand was visible.', score: null },
      {
        ...ran('lip-sync', null),
        status: 'error',
        code: 'model-missing',
        reason: 'The mouth model is not installed.',
        score: null,
      },
      ran('freeze', 's2', [
        finding({ detector: 'freeze', kind: 'freeze', start: half + 10, end: half + 37, measured: 1.125, unit: 's' }),
      ]),
      ran('flicker', 's1', [
        finding({ detector: 'flicker', start: 40, end: 52, peak: 41, severity: 'info', confidence: 0.3 }),
      ]),
      ran('loudness', null, [
        finding({
          detector: 'loudness',
          kind: 'quiet',
          start: 0,
          end: frames,
          peak: 7,
          measured: -31,
          threshold: -26,
          unit: 'LUFS',
        }),
      ]),
      ran('black', null),
    ],
    verdict: {
      decision: 'regenerate',
      shots: [
        { shot: 's1', decision: 'regenerate', reasons: ['A hand shows six fingers.'] },
        { shot: 's2', decision: 'review', reasons: ['Something is wrong.'] },
      ],
      usable: [{ start: 31, end: half }],
      reasons: ['A hand shows six fingers.', 'Something is wrong.'],
    },
    timing: { startedAt: '2026-11-22T12:00:00.000Z', milliseconds: { decode: 812.5, judge: 14 } },
  };
}

/** A report with so many findings, spread over the clip. */
export function crowdedReport(count: number): Report {
  const report = sampleReport({ frames: 240 });
  const severities = ['regenerate', 'review', 'info'] as const;
  const ids = ['hand-integrity', 'morphing', 'freeze', 'flicker', 'continuity-jump'];
  const findings = Array.from({ length: count }, (_, i) =>
    finding({
      detector: ids[i % ids.length],
      start: (i * 11) % 220,
      end: ((i * 11) % 220) + 12,
      severity: severities[i % 3],
      message: `Finding number ${i + 1} has a sentence of usual length about what is to be seen.`,
      box: [20 + i, 30, 80, 60],
      advice: 'Say what should happen instead.',
    }),
  );
  report.outcomes = ids.map(id =>
    ran(
      id,
      null,
      findings.filter(one => one.detector === id),
    ),
  );
  return report;
}

export const cards: PageExtras['detectors'] = {
  'hand-integrity': {
    title: 'Hands',
    summary: 'Finds malformed hands.',
    medium: 'picture',
    source: 'Own measurements.',
  },
  'lip-sync': { title: 'Lip sync', summary: 'Holds mouth against sound.', medium: 'sound', source: 'ITU-R BT.1359-1.' },
  loudness: { title: 'Loudness', summary: 'Measures loudness.', medium: 'sound', source: 'EBU R128.' },
};

/** Extras as evidence gathering would give them, with one-colour stills. */
export function sampleExtras(report: Report, over: Partial<PageExtras> = {}): PageExtras {
  const strips = chooseStrips(report);
  const svg = (frame: number) =>
    `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><rect width="320" height="180" fill="hsl(${(frame * 7) % 360} 40% 45%)"/></svg>`)}`;
  const frames = Object.values(strips).flatMap(({ before, peak, after }) => [before, peak, after]);
  const values = Array.from({ length: report.clip.frames }, (_, i) => Math.round(100 * (2 + Math.sin(i / 6))) / 100);
  return {
    ...noExtras,
    stills: Object.fromEntries(
      frames.filter(frame => frame !== null).map(frame => [frame, { src: svg(frame), width: 320, height: 180 }]),
    ),
    strips,
    detectors: cards,
    series: [
      {
        id: 'frameDifference',
        title: 'Frame difference',
        unit: '8-bit levels',
        detectors: ['freeze'],
        every: 1,
        values,
      },
      {
        id: 'loudness',
        title: 'Momentary loudness',
        unit: 'LUFS',
        detectors: ['loudness'],
        every: 1,
        values: values.map(v => -30 + v),
      },
    ],
    landmarks: [
      {
        frame: 23,
        label: 'hand',
        points: [
          [120, 60],
          [140, 70],
          [150, 90],
        ],
        links: [
          [0, 1],
          [1, 2],
        ],
      },
    ],
    ...over,
  };
}
