import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runFfmpeg } from '../../fixtures/run.ts';
import { writeOtio } from '../../fixtures/timelines/write.ts';
import { audioPlanSchema } from '../../src/gate/audio/schema.ts';
import { styleSchema } from '../../src/gate/style/schema.ts';
import { parseYaml } from '../../src/gate/yaml.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { judgedReport } from './support.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const text = (name: string) => readFile(join(examples, name), 'utf8');

let folder: string;
let project: string;
let bin: string;

/** A production: two takes that were judged, one of them with a fault in its second half, and timelines that use them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-examples-'));
  bin = join(folder, 'bin');
  project = join(folder, 'my project');
  await mkdir(bin);
  for (const name of ['takes', 'delivery', 'retake-report/a', 'retake-report/b'])
    await mkdir(join(project, name), { recursive: true });
  const retake = join(bin, 'retake');
  await writeFile(
    retake,
    `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${main}' "$@"\n`,
  );
  await chmod(retake, 0o755);
  await writeFile(join(project, 'policy.yaml'), 'extends: export\n');
  const policy = { ...resolvePolicy('export'), name: 'export' };
  for (const [name, findings] of [
    ['a', []],
    ['b', [{ detector: 'freeze', kind: 'frozen', start: 30, end: 60, message: 'Frozen, 100 % of it: yes::really.' }]],
  ] as const) {
    const bytes = `take ${name}`;
    await writeFile(join(project, 'takes', `${name} take.mp4`), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const report = judgedReport({ sha256, path: `takes/${name} take.mp4`, findings: [...findings], policy });
    await writeFile(join(project, 'retake-report', name, 'report.json'), JSON.stringify(report));
  }
  const clip = (name: string, from: number, at: number) => ({
    ...{ name: `${name} take.mp4`, path: join(project, 'takes', `${name} take.mp4`), reel: name, length: 240 },
    ...{ from, to: from + 25, at },
  });
  const rate = { num: 25, den: 1, drop: false };
  await writeFile(
    join(project, 'delivery', "the film's $(cut).otio"),
    writeOtio([clip('a', 0, 0), clip('b', 0, 25)], rate),
  );
  await writeFile(join(project, 'delivery', 'frozen.otio'), writeOtio([clip('a', 0, 0), clip('b', 20, 25)], rate));
  await writeFile(join(project, 'style.yaml'), 'disclosure: none\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(command: string, args: string[], env: Record<string, string> = {}, path = `${bin}:${process.env.PATH}`) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(command, args, { cwd: project, env: { HOME: folder, PATH: path, NO_COLOR: '1', ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk));
    child.on('error', reject);
    child.on('close', status => resolve({ status, stdout, stderr }));
  });
}

interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: {
    using: string;
    steps: { name?: string; uses?: string; run?: string; shell?: string; id?: string; env?: Record<string, string> }[];
  };
}

/** Runs a step of the action as the runner does: expressions filled in, `bash -eo pipefail`, the runner's files. */
async function step(name: string, inputs: Record<string, string> = {}, path?: string, temp = folder) {
  const action = parse(await text('github-action/action.yml')) as Action;
  const found = action.runs.steps.find(one => one.name === name)!;
  const runner = await mkdtemp(join(folder, 'runner '));
  const files = { output: join(runner, 'output'), summary: join(runner, 'summary'), script: join(runner, 'script.sh') };
  for (const file of Object.values(files)) await writeFile(file, '');
  const given = Object.fromEntries(
    Object.entries(action.inputs).map(([key, { default: value }]) => [key, value ?? '']),
  );
  const fill = (template: string): string =>
    template.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_all, expression: string) => {
      if (expression === 'runner.temp') return runner;
      const input = /^inputs\.([\w-]+)$/.exec(expression)?.[1];
      if (input === undefined || !(input in given)) throw new Error(`the runner does not know ${expression}`);
      return { ...given, ...inputs }[input];
    });
  const env = Object.fromEntries(Object.entries(found.env ?? {}).map(([key, value]) => [key, fill(value)]));
  // No expression may stand in the script itself: that is how a file's name would become a command.
  expect(found.run).not.toContain('${{');
  expect(found.shell).toBe('bash');
  await writeFile(files.script, found.run!);
  const result = await run(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', files.script],
    { ...env, TMPDIR: temp, RUNNER_TEMP: runner, GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary },
    path,
  );
  return {
    ...result,
    out: join(runner, 'retake-gate'),
    output: await readFile(files.output, 'utf8'),
    summary: await readFile(files.summary, 'utf8'),
  };
}

describe('the GitHub Action', () => {
  it('passes a clean film whose name is no command, signs it, and leaves no key behind', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const temp = join(folder, 'temp');
    await mkdir(temp);
    const inputs = {
      films: "\ndelivery/the film's $(cut).otio\n",
      style: 'style.yaml',
      media: 'takes',
      'signing-key': privateKey,
    };
    const passed = await step('Gate', inputs, undefined, temp);
    expect((await readdir(temp)).filter(name => !name.startsWith('tsx'))).toEqual([]);
    expect(passed.stderr).toBe('');
    expect(passed.stdout).toMatch(/^PASS /);
    expect(passed.status).toBe(0);
    expect(passed.output).toBe('decision=pass\n');
    expect(passed.summary).toContain('the film');
    expect(await readdir(passed.out)).toEqual(
      expect.arrayContaining([
        'annotations.txt',
        'certificate.json',
        'certificate.pdf',
        'junit.xml',
        'retake.sarif',
        'summary.md',
      ]),
    );
    await writeFile(join(folder, 'key.pub.pem'), publicKey);
    const verified = await run('retake', [
      'verify',
      passed.out,
      "delivery/the film's $(cut).otio",
      '--key',
      join(folder, 'key.pub.pem'),
    ]);
    expect(verified.stdout).toMatch(/^HOLDS/);
    expect(verified.status).toBe(0);
  });

  it('fails the job on a fault in a used frame, with annotations and a summary', async () => {
    const failed = await step('Gate', { films: 'delivery/frozen.otio', style: 'style.yaml', reports: 'retake-report' });
    expect(failed.status).toBe(1);
    expect(failed.output).toBe('decision=fail\n');
    expect(failed.stdout).toMatch(/^FAIL /);
    // Workflow commands: percent and line ends are escaped, one finding is one line.
    expect(failed.stdout).toMatch(/^::error .*title=.*::.*Frozen, 100 %25 of it: yes::really\./m);
    expect(failed.summary).toMatch(/frozen\.otio/);
    expect(JSON.parse(await readFile(join(failed.out, 'retake.sarif'), 'utf8')).runs[0].results.length).toBeGreaterThan(
      0,
    );
  });

  it('gates every film that is named, and counts the worst', async () => {
    const both = await step('Gate', {
      films: "delivery/the film's $(cut).otio\ndelivery/frozen.otio",
      style: 'style.yaml',
      arguments: '--strict   --verbose',
    });
    expect(both.status).toBe(1);
    expect(both.stdout).toMatch(/^PASS .*\$\(cut\)/m);
    expect(both.stdout).toMatch(/^FAIL .*frozen/m);
    expect((await readdir(both.out)).length).toBe(2);
  });

  it('says that it could not judge what is not there', async () => {
    const error = await step('Gate', { films: '*.otio' });
    expect(error.status).toBe(2);
    expect(error.stderr).toMatch(/clip-not-found/);
    expect(error.output).toBe('decision=error\n');
  });

  it('installs only what is missing, and the version it is told as it is', async () => {
    const tools = join(folder, 'tools');
    await mkdir(tools);
    const log = join(folder, 'installed');
    await writeFile(log, '');
    for (const name of ['npm', 'sudo']) {
      await writeFile(join(tools, name), `#!/bin/sh\nprintf '<%s>' ${name} "$@" >> '${log}'\n`);
      await chmod(join(tools, name), 0o755);
    }
    await step('Install', { version: '1.2.0; touch pwned' }, `${tools}:${await onlyShell()}`);
    expect(await readFile(log, 'utf8')).toBe(
      '<sudo><apt-get><update><sudo><apt-get><install><-y><ffmpeg><npm><install><--global><retake@1.2.0; touch pwned>',
    );
    expect(await readdir(project)).not.toContain('pwned');
    await writeFile(log, '');
    for (const name of ['ffmpeg', 'retake']) await cp(join(tools, 'npm'), join(tools, name));
    await step('Install', {}, `${tools}:${await onlyShell()}`);
    expect(await readFile(log, 'utf8')).toBe('');
  });

  it('has steps that exist, pinned to a version, and outputs that a step gives', async () => {
    const action = parse(await text('github-action/action.yml')) as Action;
    expect(action.runs.using).toBe('composite');
    for (const { uses, run: script } of action.runs.steps) expect(uses ?? script).toBeTruthy();
    for (const { uses } of action.runs.steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w/-]+@v\d+$/);
    const given = /steps\.(\w+)\.outputs\.(\w+)/.exec(action.outputs.decision.value) ?? [];
    expect(action.runs.steps.find(({ id }) => id === given[1])?.run).toContain(`${given[2]}=`);
    const workflow = parse(await text('github-action/workflow.yml')) as {
      jobs: { gate: { steps: { uses?: string; with?: Record<string, string> }[] } };
    };
    const used = workflow.jobs.gate.steps.find(({ uses }) => uses?.startsWith('./'))!;
    for (const input of Object.keys(used.with ?? {})) expect(Object.keys(action.inputs)).toContain(input);
  });
});

/** A folder with a shell and nothing that the action installs. */
async function onlyShell(): Promise<string> {
  const shell = join(folder, 'shell');
  await mkdir(shell, { recursive: true });
  for (const name of ['bash', 'sh']) await cp(`/bin/${name}`, join(shell, name)).catch(() => {});
  return shell;
}

describe('the pre-commit hook', () => {
  it('lets a clean timeline be committed and stops another', async () => {
    const { repos } = parse(await text('pre-commit-config.yaml')) as {
      repos: { hooks: { entry: string; files: string; language: string }[] }[];
    };
    const [{ entry, files, language }] = repos[0].hooks;
    expect(language).toBe('system');
    const pattern = new RegExp(files);
    expect(['a.otio', 'b.fcpxml', 'c.edl', 'd.mp4'].map(name => pattern.test(name))).toEqual([true, true, true, false]);
    // As pre-commit starts it: the entry in words, then the names of the files.
    const [command, ...args] = entry.split(' ');
    const hook = (name: string) => run(command, [...args, '--style', 'style.yaml', name]);
    expect((await hook("delivery/the film's $(cut).otio")).status).toBe(0);
    const stopped = await hook('delivery/frozen.otio');
    expect(stopped.status).toBe(1);
    expect(stopped.stdout).toMatch(/blocks .*freeze|Frozen/);
  });
});

describe('the Makefile', () => {
  it('judges, gates, signs and verifies a film', async () => {
    const make = join(folder, 'make');
    await mkdir(join(make, 'takes'), { recursive: true });
    await mkdir(join(make, 'delivery'));
    const chart = join(make, 'takes', 'chart.mp4');
    await runFfmpeg(['-f', 'lavfi', '-i', 'testsrc2=s=192x108:r=25:d=2', '-pix_fmt', 'yuv420p', chart]);
    const film = join(make, 'delivery', 'film.mp4');
    await runFfmpeg(['-i', chart, '-frames:v', '25', '-pix_fmt', 'yuv420p', film]);
    const clip = { name: 'chart.mp4', path: chart, reel: 'chart', length: 50, from: 0, to: 25, at: 0 };
    await writeFile(join(make, 'delivery', 'film.otio'), writeOtio([clip], { num: 25, den: 1, drop: false }));
    await writeFile(join(make, 'style.yaml'), 'disclosure: none\n');
    await writeFile(join(make, 'audio.yaml'), 'lines: []\n');
    const detectors = Object.keys(resolvePolicy('export').detectors).filter(id => id !== 'decode-errors');
    const off = detectors.map(id => `  ${id}: off\n`).join('');
    await writeFile(join(make, 'policy.yaml'), `extends: export\ndetectors:\n${off}`);
    const made = (target: string, ...args: string[]) =>
      run('make', ['-C', make, '-f', join(examples, 'Makefile'), target, 'POLICY=policy.yaml', ...args]);
    const gated = await made('gate');
    expect(`${gated.stdout}${gated.stderr}`).toMatch(/^PASS /m);
    expect(gated.status).toBe(0);
    const verified = await made('verify');
    expect(verified.stdout).toMatch(/^HOLDS/m);
    expect(verified.status).toBe(0);
    await writeFile(film, Buffer.concat([await readFile(film), Buffer.from([0])]));
    const tampered = await made('verify');
    expect(tampered.stdout).toMatch(/^DOES NOT HOLD/m);
    expect(tampered.status).not.toBe(0);
  });
});

describe('example files', () => {
  it('fit their schemas', async () => {
    expect(parseYaml(await text('style.yaml'), styleSchema, 'style.yaml').scenes).toHaveLength(1);
    expect(parseYaml(await text('audio.yaml'), audioPlanSchema, 'audio.yaml').lines).toHaveLength(2);
  });
});
