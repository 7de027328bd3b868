import { detectors } from '../detectors/index.ts';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import type { Outcome } from '../finding.ts';
import type { Policy } from '../policy.ts';
import { compose } from '../report/compose.ts';
import { type ReviewEntry, withReview } from '../report/review/decisions.ts';
import type { Report } from '../report.ts';
import type { SignalName } from '../signals.ts';
import type { Take } from '../takes/take.ts';
import { decide, worst } from '../verdict.ts';
import { version } from '../version.ts';
import { checkAudioPlan } from './audio/check.ts';
import { planOf } from './audio/plan.ts';
import type { AudioPlan } from './audio/schema.ts';
import { checked, failedCheck, type GateCheckId, notChecked, type Problem } from './checks.ts';
import { credentialsOf, disclosureProblems } from './disclosure.ts';
import { checkContinuity } from './film/continuity.ts';
import { joinsOf } from './film/cuts.ts';
import { examineFilm, type Film } from './film/examine.ts';
import { matchFilm } from './film/match.ts';
import type { FingerprintStore } from './fingerprint/store.ts';
import type { FilmClock } from './moment.ts';
import { filmOutcomes, graphicsOf, inheritWaivers, timelineProblems, usedOutcome } from './outcomes.ts';
import { checkPeople, type UsedTake } from './people.ts';
import type { GateResult, JudgedUse } from './result.ts';
import { checkStyle } from './style/check.ts';
import type { Style } from './style/schema.ts';
import { checkTechnical } from './style/technical.ts';
import type { Timeline } from './timeline/timeline.ts';
import { judgeUses, type UseContext } from './uses.ts';

export interface GateInput extends UseContext {
  policy: Policy;
  /** At least one of the two. */
  timeline?: Timeline & { path: string; sha256: string };
  export?: { path: string; sha256: string };
  style: Style;
  /** Folder that the style bible's pictures are named relative to. */
  styleFolder: string;
  /** Whether a style bible was given: without one its own check is skipped, defaults apply elsewhere. */
  styled: boolean;
  plan?: AudioPlan;
  /** What people said about the film itself. */
  review: readonly ReviewEntry[];
  fingerprints: FingerprintStore;
  signal?: AbortSignal;
  onProgress?(stage: string, done: number, expected: number): void;
}

/**
 * Decides whether a film may leave: what its timeline (or, without one, its pictures) uses of which takes, whether those
 * stretches were judged and are clean, who is in them, and whether the export is what it should be.
 * @throws RetakeError what probing and decoding the export throw; `usage` when there is nothing to judge
 */
export async function runGate(input: GateInput): Promise<GateResult> {
  const started = performance.now();
  const startedAt = input.now.toISOString();
  const { timeline, style, library } = input;
  if (!timeline && !input.export) throw new RetakeError('usage', 'Give an export, a timeline, or both.');
  const judged = timeline ? await judgeUses(timeline, input) : null;
  // What may be heard in the film: without a timeline that is not known before it was measured.
  const sources = judged ? judged.uses : library.all();
  const film = input.export
    ? await examine(
        input,
        input.export.path,
        sources.flatMap(({ takes }) => takes),
      )
    : null;
  const clock = clockOf(input, film);
  const outcomes: Outcome[] = [...(film?.outcomes ?? [])];

  const media: Problem[] = [];
  let uses: JudgedUse[] = [];
  if (timeline && judged) {
    uses = judged.uses;
    media.push(...judged.problems);
    outcomes.push(checked('gate-timeline', timelineProblems(timeline, style), { clips: timeline.uses.length }));
  } else if (film) {
    const matched = await matchFilm(film, input, graphicsOf(style, clock));
    uses = matched.uses;
    outcomes.push(
      checked('gate-match', matched.problems, {
        shots: film.shots.length,
        takes: matched.candidates,
        matched: uses.length,
      }),
    );
  }
  if (uses.length === 0 && media.length === 0)
    media.push({
      kind: 'empty',
      message: timeline ? 'The timeline shows no clip.' : 'No take was found in the export.',
    });
  outcomes.push(checked('gate-media', media, { uses: uses.length }));
  outcomes.push(usedOutcome(uses));

  const taken = usedTakes(uses);
  outcomes.push(
    library.ledger
      ? checked('gate-people', [...(await checkPeople(library.ledger, taken, input.now)), ...unrecorded(uses)], {
          takes: taken.length,
        })
      : notChecked('gate-people', 'There is no ledger that says who is in the takes.'),
  );
  const credentials = await credentialsOf(uses, input.export?.path);
  outcomes.push(
    checked('gate-disclosure', disclosureProblems(input, uses, credentials), { export: credentials.exportText }),
  );

  const plan = planOf(input.plan, uses, clock, timeline !== undefined);
  if (film) {
    outcomes.push(...filmOutcomes(film, input, uses, clock));
    outcomes.push(await guarded('gate-continuity', () => checkContinuity(film, style, clock)));
    outcomes.push(
      input.styled
        ? await guarded('gate-style', async () => {
            const own = await checkStyle(film, style, clock, input.styleFolder);
            return checked('gate-style', [...checkTechnical(film.clip, film.signals.loudness ?? null, style), ...own]);
          })
        : notChecked('gate-style', 'No style bible was given.'),
    );
    const joins = (timeline ? joinsOf(timeline) : film.cuts).map(({ frame }) => frame);
    outcomes.push(
      plan
        ? await guarded('gate-audio', async () => checkAudioPlan(film, plan, joins))
        : notChecked('gate-audio', 'Neither the film nor a take that is heard in it has an audio plan.'),
    );
  } else {
    if (input.styled) outcomes.push(notChecked('gate-style', 'There is no export to check against the style bible.'));
    if (plan) outcomes.push(notChecked('gate-audio', 'There is no export to check against the audio plan.'));
  }

  const subject = subjectReport(
    input,
    film,
    clock,
    inheritWaivers(withReview(outcomes, subjectHash(input), input.review, input.now), uses),
    {
      startedAt,
      milliseconds: { gate: Math.round(performance.now() - started) },
    },
  );
  const overall = worst([
    subject.verdict.decision,
    ...uses.flatMap(({ decision }) => (decision === 'missing' ? [] : [decision])),
  ]);
  return {
    decision: overall === 'regenerate' ? 'fail' : overall === 'error' ? 'error' : 'pass',
    subject,
    review: [...input.review],
    uses,
    timeline: timeline ?? null,
    export: input.export ?? null,
    credentials: {
      export: credentials.export,
      exportText: credentials.exportText,
      sources: credentials.sources.map(({ sha256, own }) => ({ sha256, state: own.state })),
    },
  };
}

const subjectHash = (input: GateInput): string => (input.export ?? input.timeline)!.sha256;

async function examine(input: GateInput, path: string, takes: readonly Take[]): Promise<Film> {
  const { policy, signal } = input;
  const film = await examineFilm(path, {
    policy,
    signals: signalsFor(input, takes),
    signal,
    onFrame: (done, expected) => input.onProgress?.('export', done, expected),
  });
  if (film.clip.sha256 !== input.export?.sha256)
    throw new RetakeError('clip-unreadable', `${oneLine(path)} changed while it was judged.`);
  return film;
}

/** What the rules read of the export: the style bible's, the film's audio plan's, and those of takes that may be in it. */
function signalsFor({ style, plan }: GateInput, takes: readonly Take[]): SignalName[] {
  const plans = takes.flatMap(({ audioPlan }) => audioPlan ?? []);
  const all = plan ? [plan, ...plans] : plans;
  const lips = all.some(({ lines }) => lines.some(({ offScreen }) => offScreen !== undefined));
  const scenes = style.scenes.length > 0;
  return [
    ...(style.characters.length > 0 || scenes ? (['identities'] as const) : []),
    ...(all.length > 0 || scenes ? (['voice', 'loudness', 'audioLevels'] as const) : []),
    ...(lips ? (['faces', 'speechBands'] as const) : []),
  ];
}

function clockOf({ timeline }: GateInput, film: Film | null): FilmClock {
  if (timeline)
    return {
      fps: timeline.fps,
      base: Math.max(1, Math.round(timeline.fps.num / timeline.fps.den)),
      drop: timeline.drop,
      start: timeline.start,
    };
  const { fps } = film!.clip.video;
  return { fps, base: Math.max(1, Math.round(fps.num / fps.den)), drop: false, start: 0 };
}

/** Sources that the ledger does not know: nobody has said who is in them. */
function unrecorded(uses: readonly JudgedUse[]): Problem[] {
  const seen = new Set<string>();
  return uses.flatMap(({ id, name, source, takes, record }): Problem[] => {
    if (!source || takes.length > 0 || seen.has(source.sha256)) return [];
    seen.add(source.sha256);
    return [
      {
        ...record,
        kind: 'unrecorded',
        message: `${id} ${oneLine(name)} is not in the ledger: who is in it is not recorded.`,
        severity: 'info',
      },
    ];
  });
}

/** Every take once, at its first use. */
function usedTakes(uses: readonly JudgedUse[]): UsedTake[] {
  const taken = new Map<string, UsedTake>();
  for (const { takes, record } of uses)
    for (const take of takes) if (!taken.has(take.id)) taken.set(take.id, { take, ...record });
  return [...taken.values()];
}

async function guarded(id: GateCheckId, check: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await check();
  } catch (thrown) {
    const error = asRetakeError(thrown);
    if (error.code === 'aborted' || error.code === 'policy-invalid') throw error;
    return failedCheck(id, error.code, error.message);
  }
}

function subjectReport(
  input: GateInput,
  film: Film | null,
  clock: FilmClock,
  outcomes: Outcome[],
  timing: Report['timing'],
): Report {
  const { policy, timeline } = input;
  const frames = film?.clip.frames ?? timeline?.length ?? 0;
  const shots = [{ id: 'film', start: 0, end: Math.max(1, frames) }];
  // The export's own shots are the film's parts: one decision for the whole.
  const flat = outcomes.map(outcome => ({ ...outcome, shot: null }));
  const verdict = decide({
    policy: withoutRequire(policy),
    shots,
    cuts: [],
    outcomes: flat,
    detectors,
    frames,
    handle: 1,
  });
  if (film)
    return compose({ clip: film.clip, policy, shots, cuts: film.cuts, outcomes: flat, verdict, models: {}, timing });
  const { path, sha256 } = timeline!;
  return {
    schema: 1,
    tool: { name: 'retake', version, models: {} },
    clip: {
      path,
      sha256,
      width: 0,
      height: 0,
      fps: clock.fps,
      frames,
      seconds: (frames * clock.fps.den) / clock.fps.num,
      audio: null,
    },
    policy: { name: policy.name, hash: policy.hash },
    shots,
    cuts: [],
    outcomes: flat,
    verdict,
    timing,
  };
}

/** Checks that a policy requires of every shot are required of the takes; the film has its own. */
const withoutRequire = (policy: Policy): Policy => ({ ...policy, require: [] });
