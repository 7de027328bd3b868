import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { decode } from '../../src/media/decode.ts';
import { probe } from '../../src/media/probe.ts';
import { frameChange } from '../../src/observers/frame-change.ts';
import { motion } from '../../src/observers/motion.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import type { ShotSignals } from '../../src/signals/shots.ts';

export interface Measurement {
  clip: ClipFacts;
  signals: ShotSignals;
  /** CPU of the observers, milliseconds per frame. */
  cost: number;
}

const observers = [pictureStatistics, frameChange, motion] as const;
const observerFolder = new URL('../../src/observers/', import.meta.url);

/** Changes with the code of the observers, comments apart, so that measurements of older code are not read again. */
const version = createHash('sha256');
for (const file of readdirSync(observerFolder).sort()) {
  if (/^(picture-statistics|frame-change|motion|global-motion|block-match|edges|pyramid|series)\.ts$/.test(file)) {
    const code = readFileSync(new URL(file, observerFolder), 'utf8');
    version.update(code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').replace(/\s+/g, ' '));
  }
}
const VERSION = version.digest('hex').slice(0, 12);

/**
 * Signals of one clip through the real decoder and observers; kept in `cache` for as long as clip and code stay.
 *
 * @param every only every so-manieth frame is looked at, as if the clip had been made at a lower rate
 */
export async function measure(path: string, cache: string, every = 1): Promise<Measurement> {
  mkdirSync(cache, { recursive: true });
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256')
    .update(`${path} ${size} ${mtimeMs} ${VERSION}${every > 1 ? ` /${every}` : ''}`)
    .digest('hex')
    .slice(0, 16);
  const kept = join(cache, `${basename(path).replaceAll(/[^\w.-]/g, '_')}-${key}.bin`);
  if (existsSync(kept)) return deserialize(readFileSync(kept)) as Measurement;

  const probed = await probe(path);
  const decoding = await decode(probed, { audio: false });
  try {
    const context = { clip: probed, analysis: decoding.analysis, small: decoding.small };
    const runs = await Promise.all(observers.map(observer => observer.start(context)));
    let micros = 0;
    for await (const frame of decoding.frames) {
      if (frame.index % every !== 0) continue;
      const before = process.cpuUsage();
      for (const run of runs) await run.frame?.(frame);
      const used = process.cpuUsage(before);
      micros += used.user + used.system;
    }
    const decoded = await decoding.finish();
    const parts = await Promise.all(runs.map(run => run.finish()));
    const times = decoded.times.filter((_, i) => i % every === 0);
    const { fps } = probed.video;
    const video = { ...probed.video, fps: { num: fps.num, den: fps.den * every } };
    const measurement: Measurement = {
      clip: { ...probed, video, frames: times.length, times },
      signals: Object.assign({}, ...parts) as ShotSignals,
      cost: micros / 1000 / times.length,
    };
    writeFileSync(`${kept}.${process.pid}`, serialize(measurement));
    renameSync(`${kept}.${process.pid}`, kept);
    return measurement;
  } finally {
    await decoding.close();
  }
}
