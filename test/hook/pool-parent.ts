/** Starts judging a clip in a child process and tells its id: `pool-parent.ts <module> <clip>`. */
import { readdirSync, readFileSync } from 'node:fs';
import { JudgePool } from '../../src/hook/judge-pool.ts';
import { resolvePolicy } from '../../src/policy.ts';

const pool = new JudgePool({ size: 1, nice: 0, module: process.argv[2] });
void pool.judge(process.argv[3], { policy: resolvePolicy('draft') });
const timer = setInterval(() => {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (parent !== process.pid || !command.includes('judge-child')) continue;
      clearInterval(timer);
      // Time for it to have loaded and begun.
      setTimeout(() => process.send!(Number(name)), 1_500);
    } catch {
      // A process that ended while it was looked at.
    }
  }
}, 20);
