import { oneLine } from '../errors.ts';
import type { Finding, Outcome } from '../finding.ts';
import { checked, notChecked, type Problem } from './checks.ts';
import { blackStretches, checkLength, compareCuts, joinsOf } from './film/cuts.ts';
import type { Film } from './film/examine.ts';
import { type FilmClock, framesOfSpan } from './moment.ts';
import type { JudgedUse } from './result.ts';
import type { Style } from './style/schema.ts';
import type { Timeline } from './timeline/timeline.ts';

/** Frames of titles and cards. */
export const graphicsOf = (style: Style, clock: FilmClock) => style.graphics.map(range => framesOfSpan(range, clock));

/** Retimed clips, and what the reader could not follow. */
export function timelineProblems(timeline: Timeline, style: Style): Problem[] {
  const retimed = timeline.uses
    .filter(({ speed }) => speed !== 1)
    .map(
      ({ id, name, speed, record }): Problem => ({
        ...record,
        kind: 'speed',
        message: `${id} ${oneLine(name)} is retimed (${speed === null ? 'speed varies' : speed === 0 ? 'still' : `${Math.round(speed * 100)} %`}): judged by every source frame that it can show.`,
        measured: speed ?? 0,
        threshold: 1,
        unit: '×',
        severity: style.speed === 'forbid' ? 'regenerate' : 'info',
      }),
    );
  return [...retimed, ...timeline.notes.map((message): Problem => ({ kind: 'note', message, severity: 'info' }))];
}

/** Faults in used frames as findings of the film, at the film's frames. */
export function usedOutcome(uses: readonly JudgedUse[]): Outcome {
  const problems = uses.flatMap((use): Problem[] => {
    if (use.decision === 'pass' || use.decision === 'missing') return [];
    const frames = use.source ? ` (source frames ${use.source.frames.start}–${use.source.frames.end - 1})` : '';
    const reasons = use.reasons.slice(0, 3).join(' ');
    return [
      {
        ...use.record,
        kind: use.decision,
        message: `${use.id} ${oneLine(use.name)}${frames}: ${oneLine(reasons, 300)}`,
        severity: use.decision === 'review' ? 'review' : 'regenerate',
      },
    ];
  });
  return checked('gate-used', problems, {
    uses: uses.length,
    clean: uses.filter(({ decision }) => decision === 'pass').length,
  });
}

/** Length and cuts of the export against the timeline. */
export function filmOutcomes(
  film: Film,
  input: { timeline?: Timeline; style: Style },
  uses: readonly JudgedUse[],
  clock: FilmClock,
): Outcome[] {
  const { clip, signals } = film;
  const { timeline, style } = input;
  const rate = clip.video.fps.num / clip.video.fps.den;
  const black = signals.lumaHigh ? blackStretches(signals.lumaHigh) : [];
  const length = checkLength(
    { frames: clip.frames, fps: rate, video: clip.video.seconds, audio: clip.audio?.seconds ?? null, black },
    timeline ?? null,
    style,
  );
  const lengths = checked('gate-length', length, { frames: clip.frames });
  if (!timeline) return [lengths, notChecked('gate-cuts', 'There is no timeline that says where cuts belong.')];
  const same = timeline.fps.num * clip.video.fps.den === clip.video.fps.num * timeline.fps.den;
  if (!same)
    return [
      lengths,
      checked('gate-cuts', [
        {
          kind: 'rate',
          message: `The export has ${clip.video.fps.num}/${clip.video.fps.den} fps, the timeline ${timeline.fps.num}/${timeline.fps.den}.`,
          end: clip.frames,
        },
      ]),
    ];
  // Cuts of the takes themselves, at the film's frames.
  const own = uses.flatMap(({ narrowed, source, record }) =>
    (narrowed?.cuts ?? []).map(cut => record.start + cut.frame - (source?.frames.start ?? 0)),
  );
  const problems = compareCuts(joinsOf(timeline), film.cuts, own, graphicsOf(style, clock), clip.frames);
  return [lengths, checked('gate-cuts', problems, { found: film.cuts.length, planned: joinsOf(timeline).length })];
}

/**
 * The export's findings with the waivers of the takes that they come from: what a person waived in a take is not asked
 * about again where the film shows it. A finding inherits when most of it lies where the take's waived one is shown.
 */
export function inheritWaivers(outcomes: readonly Outcome[], uses: readonly JudgedUse[]): Outcome[] {
  const waived = uses.flatMap(({ narrowed, source, record }) =>
    (narrowed?.outcomes ?? []).flatMap(({ findings }) =>
      findings
        .filter(({ review }) => review?.status === 'waived')
        .map(finding => {
          const shift = record.start - (source?.frames.start ?? 0);
          const start = Math.max(record.start, finding.start + shift);
          return { finding, start, end: Math.min(record.end, finding.end + shift) };
        }),
    ),
  );
  const inherited = (finding: Finding): Finding => {
    const from = waived.find(({ finding: one, start, end }) => {
      const common = Math.min(end, finding.end) - Math.max(start, finding.start);
      return one.detector === finding.detector && one.kind === finding.kind && 2 * common > finding.end - finding.start;
    });
    return from && finding.review === undefined ? { ...finding, review: from.finding.review } : finding;
  };
  return outcomes.map(outcome => ({ ...outcome, findings: outcome.findings.map(inherited) }));
}
