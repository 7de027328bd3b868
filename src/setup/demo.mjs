// Judges a real generated clip and says where the report is. A verdict of "generate again" is a demonstration that works.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const clip = join('fixtures', 'generated', 'truck.mp4');
const { status } = spawnSync(
  process.execPath,
  [join('dist', 'cli', 'main.js'), 'check', clip, '--out', 'retake-report'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (status === 0 || status === 1) {
  console.log(`\nOpen the report: ${join(root, 'retake-report')} (report.html in the clip's folder)`);
  console.log('Judge your own clip: node dist/cli/main.js check <clip>');
} else process.exitCode = status ?? 2;
