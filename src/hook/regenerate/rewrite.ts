import type { Finding } from '../../finding.ts';

interface Wording {
  /** What the prompt should say more clearly. Said positively: generators draw what they read, negations included. */
  prompt: string;
  /** What belongs into a negative prompt. */
  negative?: string;
}

/**
 * How a detector's fault is said to a generator. Faults of levels, loudness, container or delivery are not here: no
 * words in a prompt change them, another seed or another setting does.
 */
const WORDINGS: Readonly<Record<string, Wording>> = {
  black: {
    prompt: 'The picture is visible from the first to the last frame.',
    negative: 'black frames, fade to black',
  },
  freeze: { prompt: 'Everything keeps moving gently until the very end.', negative: 'frozen picture, still frame' },
  cadence: { prompt: 'Motion is smooth and continuous.', negative: 'stutter, duplicated frames' },
  flicker: { prompt: 'Lighting is constant and even throughout.', negative: 'flicker, pulsing light' },
  flashes: { prompt: 'Lighting is calm and steady.', negative: 'flashing light, strobe' },
  sharpness: { prompt: 'The picture stays crisp and in focus throughout.', negative: 'blur, loss of focus' },
  letterbox: { prompt: 'The picture fills the whole frame.', negative: 'black bars, letterbox, border' },
  'hand-integrity': {
    prompt: 'Hands are relaxed, fully visible and anatomically correct, with five fingers each, and move slowly.',
    negative: 'extra fingers, missing fingers, fused fingers, deformed hands',
  },
  'lip-sync': {
    prompt: 'The speaker faces the camera and the lips match every spoken word.',
    negative: 'mouth out of sync, moving lips without speech',
  },
  morphing: {
    prompt: 'Every object and person keeps the same shape, size and identity throughout.',
    negative: 'morphing, warping, melting shapes',
  },
  'continuity-jump': {
    prompt: 'One continuous take without any cut; position, clothes and light stay the same.',
    negative: 'jump cut, sudden change',
  },
};

export interface RewriteOptions {
  /** Longest prompt in characters. */
  limit: number;
  /** `detector/kind` of faults that an earlier try was already told about and that came back. */
  persisted?: ReadonlySet<string>;
  negativePrompt?: string;
  /** Whether the provider takes a negative prompt. */
  negatives: boolean;
  /** Most sentences to add. */
  most?: number;
}

export interface Rewritten {
  prompt: string;
  negativePrompt?: string;
  /** `detector/kind` of the faults that are spoken to. */
  addressed: string[];
}

/**
 * A prompt that speaks to what went wrong. The original stays whole and comes first; sentences are added for the worst
 * faults, those that persisted first, and left out from the end when the limit is reached. Always start from the
 * original prompt, never from a rewritten one, or sentences pile up.
 */
export function rewritePrompt(original: string, findings: readonly Finding[], options: RewriteOptions): Rewritten {
  const { limit, persisted = new Set(), negatives, most = 3 } = options;
  const keyed = findings.map(finding => ({ finding, key: `${finding.detector}/${finding.kind}` }));
  keyed.sort((a, b) => Number(persisted.has(b.key)) - Number(persisted.has(a.key)));
  let prompt = original.trim();
  const addressed: string[] = [];
  const said = new Set<string>();
  const unwanted = splitTerms(options.negativePrompt);
  for (const { finding, key } of keyed) {
    if (said.size >= most) break;
    const wording = WORDINGS[finding.detector] ?? fromAdvice(finding.advice);
    if (wording === undefined || said.has(wording.prompt)) continue;
    const sentence = persisted.has(key) ? `Most important: ${lowerFirst(wording.prompt)}` : wording.prompt;
    const longer = prompt === '' ? sentence : `${ended(prompt)} ${sentence}`;
    if (longer.length > limit) continue;
    prompt = longer;
    said.add(wording.prompt);
    addressed.push(key);
    if (negatives) for (const term of splitTerms(wording.negative)) if (!unwanted.includes(term)) unwanted.push(term);
  }
  return { prompt, ...(unwanted.length > 0 && { negativePrompt: unwanted.join(', ') }), addressed };
}

/** Advice written for people, turned into words for a generator; undefined when it is about settings. */
function fromAdvice(advice: string | undefined): Wording | undefined {
  if (advice === undefined) return undefined;
  const sentence = advice.split(/(?<=[.!?])\s/)[0]!.trim();
  const asked = /^(?:please\s+)?(?:ask for|describe|request|specify|prompt for|keep|use)\s+(.+?)[.!]?$/i.exec(sentence);
  if (
    asked === null ||
    /\b(seed|setting|bit ?rate|frame rate|loudness|level|encod|export|model|regenerate)\b/i.test(sentence)
  ) {
    return undefined;
  }
  return { prompt: `${upperFirst(asked[1]!)}.` };
}

const splitTerms = (text = ''): string[] => [
  ...new Set(
    text
      .split(',')
      .map(term => term.trim())
      .filter(Boolean),
  ),
];
const ended = (text: string): string => (/[.!?…"'”)\]]$/.test(text) ? text : `${text}.`);
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
