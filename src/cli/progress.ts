import { basename } from 'node:path';
import { MultiBar, Presets } from 'cli-progress';
import { oneLine } from '../errors.ts';

/** Progress of one clip: call with frames done and expected, then `stop`. */
export interface ClipProgress {
  update(done: number, expected: number): void;
  stop(): void;
}

/** One bar per clip at work on a terminal's stderr; silent in a pipe. */
export function progressBars(enabled: boolean): {
  clip(path: string): ClipProgress;
  log(text: string): void;
  stop(): void;
} {
  if (!enabled)
    return { clip: () => ({ update() {}, stop() {} }), log: text => void process.stderr.write(text), stop() {} };
  const bars = new MultiBar(
    { format: '{bar} {value}/{total} frames  {name}', hideCursor: true, clearOnComplete: true, stream: process.stderr },
    Presets.shades_classic,
  );
  return {
    clip(path) {
      const bar = bars.create(1, 0, { name: oneLine(basename(path), 60) });
      return {
        update(done, expected) {
          bar.setTotal(Math.max(expected, done, 1));
          bar.update(done);
        },
        stop: () => void bars.remove(bar),
      };
    },
    log: text => bars.log(text),
    stop: () => bars.stop(),
  };
}
