import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names a worker so that another process of the same machine can tell whether it still lives:
 * `host/pid/start/nonce`, where `start` guards against a process id that was given out again.
 */
export const ownerName = (): string =>
  `${hostname()}/${process.pid}/${startOf(process.pid) ?? '-'}/${randomBytes(6).toString('hex')}`;

/** True when the owner's process certainly is gone; false when it lives, or runs elsewhere and only time can tell. */
export function ownerIsGone(owner: string): boolean {
  const [host, pidText, start] = owner.split('/');
  const pid = Number(pidText);
  if (host !== hostname() || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(pid);
  return start !== '-' && now !== null && now !== start;
}

/** Clock ticks after boot at which a process began, where /proc tells; a zombie counts as gone. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
