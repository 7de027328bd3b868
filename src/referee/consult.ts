import sharp from 'sharp';
import type { ClipFacts } from '../clip.ts';
import { asRetakeError, oneLine } from '../errors.ts';
import type { Finding, Outcome, Severity } from '../finding.ts';
import { grabStills } from '../media/stills.ts';
import type { Policy } from '../policy.ts';
import { type Heard, isOpen, type Referee, type RefereeCrop } from './referee.ts';

/** Room around a finding's box, and the longest side of the crop, in pixels. */
const ROOM = 0.25;
const CROP_SIDE = 512;
/** Frames are decoded at this longest side. */
const FRAME_SIDE = 1920;
/** Most findings of a clip that anybody is asked about, the surest first. */
const MOST_ASKED = 24;

export interface ConsultOptions {
  signal?: AbortSignal;
  /** Makes the crops of the findings; for tests. */
  cropsOf?(clip: ClipFacts, findings: readonly Finding[], signal?: AbortSignal): Promise<RefereeCrop[][]>;
}

/**
 * Asks referees about the findings that are worth a review and moves those on which they agree. What was answered, or why
 * nothing was, is written into the finding's message and the outcome's measurements.
 * @throws RetakeError `aborted` only
 */
export async function consult(
  clip: ClipFacts,
  outcomes: readonly Outcome[],
  policy: Pick<Policy, 'detectors'>,
  referees: readonly Referee[],
  options: ConsultOptions = {},
): Promise<Outcome[]> {
  const { signal, cropsOf = cutCrops } = options;
  const asked = outcomes
    .flatMap(outcome => outcome.findings)
    .filter(finding => isOpen(finding) && referees.some(({ detectors }) => detectors.includes(finding.detector)))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, MOST_ASKED);
  if (asked.length === 0) return [...outcomes];

  const heard = new Map<Finding, Heard[]>(asked.map(finding => [finding, []]));
  const crops = await cropsOf(clip, asked, signal).catch(thrown => asRetakeError(thrown));
  if (!Array.isArray(crops) && crops.code === 'aborted') throw crops;
  for (const referee of referees) {
    let left = referee.budget;
    for (const [k, finding] of asked.entries()) {
      if (!referee.detectors.includes(finding.detector)) continue;
      const answers = heard.get(finding) as Heard[];
      const none = (note: string) => answers.push({ referee: referee.id, answer: 'unsure', probability: null, note });
      if (!Array.isArray(crops)) none(`no picture to show (${crops.code})`);
      else if (crops[k].length === 0) none('no picture to show');
      else if (left-- <= 0) none('not asked: its budget for this clip was used up');
      else
        try {
          const { detector, kind, message: claim } = finding;
          answers.push({
            referee: referee.id,
            ...(await referee.ask({ detector, kind, claim, crops: crops[k] }, signal)),
          });
        } catch (thrown) {
          const error = asRetakeError(thrown, 'provider-failed');
          if (signal?.aborted || error.code === 'aborted') throw asRetakeError(thrown, 'aborted');
          none(`no answer (${error.code}): ${oneLine(error.message, 120)}`);
        }
    }
  }
  return outcomes.map(outcome => moved(outcome, heard, policy));
}

/** The outcome with its findings moved and the answers written down. */
function moved(outcome: Outcome, heard: ReadonlyMap<Finding, Heard[]>, policy: Pick<Policy, 'detectors'>): Outcome {
  const opinions: string[] = [];
  const findings = outcome.findings.map((finding, place) => {
    const answers = heard.get(finding);
    if (!answers || answers.length === 0) return finding;
    const said = answers.map(spoken);
    opinions.push(`finding ${place + 1}: ${said.join('; ')}`);
    const allowed = policy.detectors[finding.detector]?.level === 'regenerate';
    return {
      ...finding,
      severity: severityAfter(answers, allowed),
      message: `${finding.message} Second opinion: ${said.join('; ')}.`,
    };
  });
  if (opinions.length === 0) return outcome;
  return { ...outcome, findings, measurements: { ...outcome.measurements, opinions: opinions.join(' | ') } };
}

/** Where a finding that was worth a review goes: referees that contradict each other or are unsure leave it there. */
export function severityAfter(answers: readonly Heard[], mayRegenerate: boolean): Severity {
  const faults = answers.filter(({ answer }) => answer === 'fault').length;
  const fine = answers.filter(({ answer }) => answer === 'fine').length;
  if (faults > 0 && fine === 0) return mayRegenerate ? 'regenerate' : 'review';
  if (fine > 0 && fine === answers.length) return 'info';
  return 'review';
}

const spoken = ({ referee, answer, probability, note }: Heard): string => {
  const sure = probability === null ? '' : ` (${Math.round(100 * probability)} % fault)`;
  const why = note === '' ? '' : `, ${oneLine(note, 160)}`;
  return `${referee} says ${answer === 'unsure' ? 'nothing certain' : answer}${sure}${why}`;
};

/** Crops around the findings' boxes: their worst frame, and a little before and after it, worst first. */
async function cutCrops(clip: ClipFacts, findings: readonly Finding[], signal?: AbortSignal): Promise<RefereeCrop[][]> {
  const framesOf = ({ start, end, peak }: Finding): number[] => {
    const last = Math.min(end, clip.frames) - 1;
    const worst = Math.min(peak, last);
    return [...new Set([worst, Math.round((start + worst) / 2), Math.round((worst + last) / 2)])];
  };
  const stills = await grabStills(clip, findings.flatMap(framesOf), {
    maxSide: FRAME_SIDE,
    maxBytes: 4_000_000,
    signal,
  });
  return Promise.all(
    findings.map(async finding => {
      const crops: RefereeCrop[] = [];
      for (const frame of framesOf(finding)) {
        const still = stills.get(frame);
        if (still) crops.push({ frame, jpeg: await cutOut(clip, finding, still) });
      }
      return crops;
    }),
  );
}

async function cutOut(
  { video }: ClipFacts,
  { box }: Finding,
  { jpeg, width, height }: { jpeg: Buffer; width: number; height: number },
): Promise<Buffer> {
  const [x, y, w, h] = box ?? [0, 0, video.width, video.height];
  const room = box ? ROOM * Math.max(w, h) : 0;
  const [sx, sy] = [width / video.width, height / video.height];
  const clamp = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value)));
  const left = clamp((x - room) * sx, width - 1);
  const top = clamp((y - room) * sy, height - 1);
  const right = Math.max(left + 1, clamp((x + w + room) * sx, width));
  const bottom = Math.max(top + 1, clamp((y + h + room) * sy, height));
  return sharp(jpeg)
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize(CROP_SIDE, CROP_SIDE, { fit: 'inside' })
    .jpeg({ quality: 90 })
    .toBuffer();
}
