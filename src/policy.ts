import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AnyDetector } from './detectors/detector.ts';
import { detectors as registry } from './detectors/index.ts';
import { RetakeError } from './errors.ts';
import { type PresetName, presets } from './presets.ts';

/** Compares shots with the policy's reference pictures. */
const READS_REFERENCES = 'environment-consistency';

/** How far a detector's findings may go: not run at all, shown to a person, or reason enough to generate again. */
export const level = z.enum(['off', 'review', 'regenerate']);
export type Level = z.infer<typeof level>;

/** What was planned: one shot, cuts wherever they fall, or cuts at exactly these frames. */
const plannedShots = z.union([z.enum(['single', 'multi']), z.array(z.int().positive())]);

/** A policy with every blank filled in: what a run works with. */
export interface Policy {
  name: string;
  strict: boolean;
  shots: z.infer<typeof plannedShots>;
  /** Seconds. */
  handle: number;
  leastConfidence: number;
  require: string[];
  /** Picture files of the place that every shot is to show, when there are any. */
  references?: string[];
  detectors: Record<string, { level: Level; options: Record<string, unknown> }>;
  /** sha-256 of everything above except the name. */
  hash: string;
}

const describe = (text: string) => ({ description: text });

/** One detector's entry: a bare level, or its level and options side by side, as the file writes it. */
function detectorEntry(detector: AnyDetector): z.ZodType {
  const { meta } = detector;
  const options = Object.entries(meta.options.shape).map(([name, option]) => [
    name,
    withoutDefault(option as z.ZodType),
  ]);
  const fields = z.strictObject({
    level: level.optional().meta(describe('off, review or regenerate')),
    ...(Object.fromEntries(options) as Record<string, z.ZodType>),
  });
  return z.union([level, fields]).meta(describe(`${meta.title}: ${meta.summary}`));
}

/**
 * An option that may be left out of a file: what it then is, the preset and the detector say. The default stays visible as
 * documentation only, because zod would fill it in over the preset's value.
 */
function withoutDefault(option: z.ZodType): z.ZodType {
  const { description } = option;
  if (!(option instanceof z.ZodDefault)) return option.optional().meta({ description });
  const inner = option.unwrap() as z.ZodType;
  return inner.optional().meta({ description: description ?? inner.description, default: option.def.defaultValue });
}

/** The shape of a policy file, for the given detectors. */
export function policyFileSchema(detectors: readonly AnyDetector[] = registry) {
  return z.strictObject({
    $schema: z.string().optional().meta(describe('Where an editor finds the JSON Schema (`retake policy schema`)')),
    name: z.string().min(1).max(80).optional().meta(describe('Shown in reports')),
    extends: z
      .enum(['draft', 'editorial', 'export'])
      .default('editorial')
      .meta(describe('Preset whose values hold where this file is silent')),
    strict: z.boolean().optional().meta(describe('Count `review` as failure')),
    shots: plannedShots
      .optional()
      .meta(describe('single: no cut is planned; multi: cuts are fine; or a list of frames at which cuts are planned')),
    handle: z
      .number()
      .min(0)
      .optional()
      .meta(describe('Seconds that a usable range must last to be worth cutting with')),
    leastConfidence: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta(describe('Findings below this confidence (0–1) are listed as info and decide nothing')),
    require: z
      .array(z.enum(detectors.map(detector => detector.meta.id)))
      .optional()
      .meta(describe('Detectors that must have run on every shot: a skip counts as `error`')),
    references: z
      .array(z.string().min(1).max(4096))
      .max(20)
      .optional()
      .meta(
        describe(
          'Picture files (paths from the policy file) of the place: every shot is compared with the one that it is most like',
        ),
      ),
    detectors: z
      .strictObject(
        Object.fromEntries(detectors.map(detector => [detector.meta.id, detectorEntry(detector).optional()])),
      )
      .optional(),
  });
}

export type PolicyFile = z.input<ReturnType<typeof policyFileSchema>>;

/** JSON Schema (draft 2020-12) of a policy file, for editors' completion. */
export function policyJsonSchema(detectors: readonly AnyDetector[] = registry): Record<string, unknown> {
  const schema = z.toJSONSchema(policyFileSchema(detectors), { io: 'input', target: 'draft-2020-12' });
  return { ...schema, $id: 'https://retake.example/policy.schema.json', title: 'Retake policy' };
}

/** A preset by name, or what a parsed policy file says over the preset that it extends. Throws `policy-invalid`. */
export function resolvePolicy(
  source: PresetName | unknown = 'editorial',
  origin = 'policy',
  detectors: readonly AnyDetector[] = registry,
): Policy {
  const file = typeof source === 'string' ? { extends: source, name: source } : (source ?? {});
  const parsed = policyFileSchema(detectors).safeParse(file);
  if (!parsed.success) throw invalidPolicy(parsed.error, file, origin, detectors);
  const given = parsed.data;
  const preset = presets[given.extends];
  const entries = detectors.map(detector => {
    const { id } = detector.meta;
    const over = asEntry((given.detectors as Record<string, unknown> | undefined)?.[id]);
    const base = asEntry(preset.detectors[id]);
    const { level: chosen = 'review', ...options } = { ...base, ...over } as { level?: Level };
    const checked = detector.meta.options.safeParse(options);
    if (!checked.success) throw invalidPolicy(checked.error, file, origin, detectors, ['detectors', id]);
    return [id, { level: chosen, options: checked.data as Record<string, unknown> }] as const;
  });
  const reader = entries.find(([id]) => id === READS_REFERENCES)?.[1];
  if (given.references?.length && reader?.level === 'off')
    throw new RetakeError('policy-invalid', `${origin}: references: nothing reads them, ${READS_REFERENCES} is off`, {
      hint: `Set detectors.${READS_REFERENCES} to review, or leave out references.`,
    });
  const values = {
    strict: given.strict ?? preset.strict,
    shots: given.shots ?? preset.shots,
    handle: given.handle ?? preset.handle,
    leastConfidence: given.leastConfidence ?? preset.leastConfidence,
    require: given.require ?? [],
    // Left out when there are none, so that such a policy keeps its hash.
    ...(given.references?.length ? { references: given.references } : {}),
    detectors: Object.fromEntries(entries),
  };
  return { name: given.name ?? given.extends, ...values, hash: hashOf(values) };
}

/** The same policy with review counted as failure. */
export function withStrict(policy: Policy): Policy {
  const { name, hash: _old, ...values } = { ...policy, strict: true };
  return { name, ...values, hash: hashOf(values) };
}

const hashOf = (values: Omit<Policy, 'name' | 'hash'>): string =>
  createHash('sha256').update(canonical(values)).digest('hex');

const asEntry = (entry: unknown): Record<string, unknown> =>
  typeof entry === 'string' ? { level: entry } : ((entry as Record<string, unknown> | undefined) ?? {});

/** JSON with sorted keys: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** One line per problem, each naming the key: `detectors.black.seconds: expected number`. */
function invalidPolicy(
  error: z.ZodError,
  file: unknown,
  origin: string,
  detectors: readonly AnyDetector[],
  prefix: PropertyKey[] = [],
): RetakeError {
  const lines = flatten(error.issues).map(issue => {
    const path = [...prefix, ...issue.path].map(String).join('.');
    const hint = issue.code === 'unrecognized_keys' ? suggestion(issue.keys[0] ?? '', issue.path, detectors) : '';
    return `${path || '(top level)'}: ${issue.message}${hint}`;
  });
  const unique = [...new Set(lines)];
  return new RetakeError('policy-invalid', `${origin}: ${unique.join('; ')}`, {
    hint: 'See `retake policy print` for every key with its value, `retake policy schema` for the JSON Schema.',
    cause: { error, file },
  });
}

/** Unions report their branches' issues one level down: take those of the branch that fits the value's type best. */
function flatten(issues: z.core.$ZodIssue[], base: PropertyKey[] = []): z.core.$ZodIssue[] {
  return issues.flatMap(issue => {
    const path = [...base, ...issue.path];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
    const deepest = issue.errors.find(branch => branch.some(inner => inner.path.length > 0));
    const keys = issue.errors.find(branch => branch.some(inner => inner.code === 'unrecognized_keys'));
    const chosen = deepest ?? keys ?? issue.errors[0]!;
    return flatten(chosen, path);
  });
}

/** "did you mean" for a misspelt key: the known name within two edits, if there is one. */
function suggestion(key: string, path: PropertyKey[], detectors: readonly AnyDetector[]): string {
  const known =
    path.length === 0
      ? ['name', 'extends', 'strict', 'shots', 'handle', 'leastConfidence', 'require', 'references', 'detectors']
      : path.length === 1
        ? detectors.map(detector => detector.meta.id)
        : ['level', ...Object.keys(detectors.find(d => d.meta.id === path[1])?.meta.options.shape ?? {})];
  const best = known.map(name => ({ name, edits: distance(key, name) })).sort((a, b) => a.edits - b.edits)[0];
  return best && best.edits <= 2 ? ` (did you mean "${best.name}"?)` : '';
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
