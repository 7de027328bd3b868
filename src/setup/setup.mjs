// Makes a bare machine ready: checks Node, installs the pinned npm packages, finds or installs ffmpeg, builds the models
// and the program. Plain JavaScript without imports from npm, because it runs before anything is installed.
//
//   node src/setup/setup.mjs [--browser] [--no-models]
//
// --browser also looks for Chromium, which the page tests drive; without it those tests are skipped.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const say = text => console.log(`setup: ${text}`);
const fail = (text, code = 2) => {
  console.error(`setup: ${text}`);
  process.exit(code);
};

/** Runs a program with its output shown; returns whether it succeeded. */
const run = (command, args, env = {}) =>
  spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32' && command === 'npm',
  }).status === 0;

/** Whether a program answers. */
const answers = (command, args = ['-version']) =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 9))
    fail(`Node.js 20.9 or newer is needed, this is ${process.versions.node}`);
}

const digest = text => createHash('sha256').update(text).digest('hex');

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = join(root, 'node_modules', '.retake-lock');
  const wanted = digest(`${lock}\n${process.versions.modules}\n${process.platform} ${process.arch}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const current = join(root, 'node_modules', '.package-lock.json');
  if (
    !existsSync(stamp) &&
    existsSync(current) &&
    statSync(current).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  ) {
    writeFileSync(stamp, wanted);
    return;
  }
  say('installing the npm packages that package-lock.json pins');
  if (!run('npm', ['ci', '--no-audit', '--no-fund'], { ONNXRUNTIME_NODE_INSTALL: 'skip' }))
    fail('npm ci failed: see its message above');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Package managers in the order they are tried, with what installs a program without asking. */
const MANAGERS = [
  {
    name: 'apt-get',
    prepare: ['update', '-qq'],
    install: ['install', '-y', '-qq', '--no-install-recommends'],
    root: true,
  },
  { name: 'dnf', install: ['install', '-y', '-q'], root: true },
  { name: 'apk', install: ['add', '--no-progress'], root: true },
  { name: 'brew', install: ['install', '--quiet'], root: false },
  {
    name: 'winget',
    install: ['install', '--silent', '--accept-package-agreements', '--accept-source-agreements', '-e', '--id'],
    root: false,
  },
];

/** Installs a system package; `names` gives its name per manager. Returns whether a manager said it worked. */
function installSystemPackage(names) {
  for (const manager of MANAGERS) {
    if (!names[manager.name] || !answers(manager.name, ['--version'])) continue;
    const elevate = manager.root && process.getuid?.() !== 0;
    if (elevate && !answers('sudo', ['-n', 'true'])) continue;
    const call = args => {
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      return elevate ? run('sudo', ['-n', manager.name, ...args], env) : run(manager.name, args, env);
    };
    say(`installing ${names[manager.name]} with ${manager.name}`);
    if (manager.prepare) call(manager.prepare);
    if (call([...manager.install, names[manager.name]])) return true;
  }
  return false;
}

function needFfmpeg() {
  const ready = () => answers(process.env.FFMPEG_PATH || 'ffmpeg') && answers(process.env.FFPROBE_PATH || 'ffprobe');
  if (ready()) return;
  const names = { 'apt-get': 'ffmpeg', dnf: 'ffmpeg-free', apk: 'ffmpeg', brew: 'ffmpeg', winget: 'Gyan.FFmpeg' };
  if (installSystemPackage(names) && ready()) return;
  fail(
    'ffmpeg and ffprobe are needed and could not be installed here. Install them (Debian, Ubuntu: apt-get install ffmpeg; ' +
      'Fedora: dnf install ffmpeg-free; Alpine: apk add ffmpeg; macOS: brew install ffmpeg; Windows: winget install Gyan.FFmpeg) ' +
      'or point FFMPEG_PATH and FFPROBE_PATH at them, then run this again.',
  );
}

function wantBrowser() {
  const candidates = [process.env.CHROMIUM_PATH, 'chromium', 'chromium-browser', 'google-chrome'].filter(Boolean);
  if (candidates.some(command => answers(command, ['--version']))) return;
  if (installSystemPackage({ 'apt-get': 'chromium', apk: 'chromium', dnf: 'chromium' })) return;
  say('no Chromium: the tests that open the report in a browser will be skipped');
}

/** Newest modification time below a folder, so that a build is repeated only when a source has changed. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

function build() {
  const built = join(root, 'dist', '.built');
  if (
    existsSync(built) &&
    statSync(built).mtimeMs >= Math.max(newest(join(root, 'src')), statSync(join(root, 'package.json')).mtimeMs)
  )
    return;
  say('building');
  if (!run('npm', ['run', '--silent', 'build'])) fail('the build failed: see its message above');
  writeFileSync(built, '');
}

function buildModels() {
  if (!run('npm', ['run', '--silent', 'models', '--', '--quiet']))
    fail('the models could not be built: see the message above');
}

checkNode();
installPackages();
needFfmpeg();
if (process.argv.includes('--browser')) wantBrowser();
build();
if (!process.argv.includes('--no-models')) buildModels();
