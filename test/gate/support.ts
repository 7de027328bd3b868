import { detectors } from '../../src/detectors/index.ts';
import type { Finding, Outcome } from '../../src/finding.ts';
import { FingerprintStore } from '../../src/gate/fingerprint/store.ts';
import type { GateInput } from '../../src/gate/gate.ts';
import { MediaLibrary } from '../../src/gate/resolve/library.ts';
import { resolveStyle } from '../../src/gate/style/presets.ts';
import { styleSchema } from '../../src/gate/style/schema.ts';
import { type Policy, resolvePolicy } from '../../src/policy.ts';
import type { Report } from '../../src/report.ts';

export const NOW = new Date('2027-03-01T12:00:00Z');
export const exportPolicy: Policy = resolvePolicy('export');

/** The export policy with every detector switched off: for films whose faults are not the matter. */
export const quietPolicy: Policy = resolvePolicy({
  extends: 'export',
  detectors: Object.fromEntries(Object.keys(exportPolicy.detectors).map(id => [id, 'off' as const])),
});

/** A report in which every check of the policy ran on one shot and found nothing but `findings`. */
export function judgedReport(over: {
  sha256: string;
  path: string;
  frames?: number;
  fps?: { num: number; den: number };
  findings?: Partial<Finding>[];
  policy?: Policy;
  tags?: Record<string, string>;
}): Report {
  const { frames = 240, fps = { num: 25, den: 1 }, policy = exportPolicy, findings = [] } = over;
  const outcomes: Outcome[] = detectors
    .filter(({ meta }) => policy.detectors[meta.id].level !== 'off')
    .map(({ meta }) => ({
      detector: meta.id,
      shot: meta.scope === 'shot' ? 's1' : null,
      status: 'ran',
      score: 0,
      measurements: {},
      findings: findings
        .filter(finding => finding.detector === meta.id)
        .map(finding => ({
          kind: 'fault',
          message: `A fault of ${meta.id}.`,
          start: 0,
          end: 1,
          peak: 0,
          measured: 1,
          threshold: 0,
          unit: '',
          confidence: 1,
          severity: 'regenerate' as const,
          ...finding,
          detector: meta.id,
        })),
    }));
  return {
    schema: 1,
    tool: { name: 'retake', version: '0.1.0', models: {} },
    clip: {
      path: over.path,
      sha256: over.sha256,
      width: 1920,
      height: 1080,
      fps,
      frames,
      seconds: (frames * fps.den) / fps.num,
      audio: null,
      ...(over.tags ? { tags: over.tags } : {}),
    },
    policy: { name: policy.name, hash: policy.hash },
    shots: [{ id: 's1', start: 0, end: frames }],
    cuts: [],
    outcomes,
    verdict: { decision: 'pass', shots: [], usable: [] },
    timing: { startedAt: '2027-02-01T00:00:00.000Z', milliseconds: {} },
  };
}

/** Everything a gate needs but its film: no style bible, nothing to disclose. */
export async function gateInput(over: Partial<GateInput> & { folder: string }): Promise<GateInput> {
  const { folder, ...rest } = over;
  return {
    policy: exportPolicy,
    library: await MediaLibrary.open({}),
    now: NOW,
    style: resolveStyle(styleSchema.parse({ disclosure: 'none' })),
    styleFolder: folder,
    styled: false,
    review: [],
    fingerprints: new FingerprintStore(`${folder}/fingerprints`),
    ...rest,
  };
}
