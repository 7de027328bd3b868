import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Stages along the line. A file may import from its own stage, earlier stages and the vocabulary. */
const STAGES = [
  'media',
  'inference',
  'observers',
  'signals',
  'detectors',
  'referee',
  'report',
  'takes',
  'queue',
  'gate',
  'hook',
  'cli',
];
/** Types, schemas and helpers that every stage may use; they import none of the stages. */
const VOCABULARY = [
  'errors.ts',
  'clip.ts',
  'colour.ts',
  'signals.ts',
  'landmarks.ts',
  'sound.ts',
  'statistics.ts',
  'finding.ts',
  'report.ts',
  'version.ts',
  'stopwatch.ts',
];
/** Files of the line itself, by the stage that they stand at: after detectors, before report. */
const LINE: Record<string, string> = {
  'policy.ts': 'detectors',
  'presets.ts': 'detectors',
  'judge.ts': 'detectors',
  'verdict.ts': 'detectors',
  'observe.ts': 'observers',
};
/** Files that put the line together and may import every stage that judges. */
const TOP = ['inspect.ts', 'index.ts'];
/** Heavy packages and the only folder that may import each. */
const OWNERS: Record<string, string> = {
  'fluent-ffmpeg': 'media',
  'onnxruntime-node': 'inference',
  '@mediapipe/tasks-vision': 'inference',
  flatbuffers: 'inference',
  'onnx-proto': 'inference',
  commander: 'cli',
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(name => name.split(sep).join('/'))
  .filter(name => /\.tsx?$/.test(name));

const importsOf = (file: string): { target: string; typeOnly: boolean }[] =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(
      /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm,
    ),
  ].map(match => ({
    target: match[2],
    typeOnly: Boolean(match[1]),
  }));

const resolve = (file: string, target: string): string =>
  relative(src, join(src, dirname(file), target))
    .split(sep)
    .join('/');

const stageOf = (file: string): string => LINE[file] ?? file.split('/')[0];

function violation(file: string, target: string, typeOnly: boolean): string | null {
  if (!target.startsWith('.')) {
    const owner = Object.entries(OWNERS).find(([name]) => target === name || target.startsWith(`${name}/`))?.[1];
    return owner && stageOf(file) !== owner ? `${file} imports ${target}, which belongs to ${owner}/` : null;
  }
  const other = resolve(file, target);
  if (other.startsWith('..')) return `${file} imports ${target} from outside src`;
  if (VOCABULARY.includes(other)) return null;
  if (VOCABULARY.includes(file)) return `vocabulary ${file} imports ${other}`;
  if (TOP.includes(file))
    return STAGES.indexOf(stageOf(other)) <= STAGES.indexOf('report') ? null : `${file} imports ${other}`;
  if (TOP.includes(other)) {
    const mayRunTheLine = ['cli', 'hook', 'gate'].includes(stageOf(file)) || (typeOnly && stageOf(file) === 'report');
    return mayRunTheLine ? null : `${file} imports ${other}`;
  }
  const from = STAGES.indexOf(stageOf(file));
  const to = STAGES.indexOf(stageOf(other));
  if (from < 0 || to < 0) return `${file} or ${other} stands in no known stage`;
  return to <= from ? null : `${file} imports ${other}, a later stage`;
}

describe('imports', () => {
  it('finds the source files', () => {
    expect(files).toContain('inspect.ts');
    expect(files.length).toBeGreaterThan(30);
  });

  it('point one way along the line, and heavy packages have one importer', () => {
    const broken = files.flatMap(file =>
      importsOf(file).map(({ target, typeOnly }) => violation(file, target, typeOnly)),
    );
    expect(broken.filter(Boolean)).toEqual([]);
  });

  it.each([
    ['observers/luma.ts', '../detectors/black.ts'],
    ['detectors/black.ts', 'onnxruntime-node'],
    ['media/probe.ts', '../cli/main.ts'],
    ['report/html.ts', 'fluent-ffmpeg'],
    ['signals/shots.ts', '../inspect.ts'],
  ])('would refuse %s importing %s', (file, target) => {
    expect(violation(file, target, false)).not.toBeNull();
  });
});
