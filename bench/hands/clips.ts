import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { HAND_CUES, HAND_GATES, HAND_THUMB, type HandEvidence } from '../../src/landmarks.ts';
import { gateLook, gateNumber } from '../../src/observers/hand-gate.ts';
import type { HandNet } from '../../src/observers/hand-net.ts';
import { findShots } from '../../src/signals/shots.ts';
import type { Signals } from '../../src/signals.ts';
import { cuesOfCrop } from './planted.ts';
import { NO_FACES, type SeenClip, seeClip, wasSeen } from './seen.ts';
import { type HandWindow, reportWindows, windowsOf } from './time.ts';

/** Kept looks as the signal that the observer would have made, with the network at hand. */
export async function evidenceOf(seen: SeenClip, net: HandNet): Promise<HandEvidence> {
  const n = seen.hands.length;
  const thumb = HAND_THUMB * HAND_THUMB;
  const out: HandEvidence = {
    step: seen.step,
    frames: Uint32Array.from(seen.hands, ({ frame }) => frame),
    lineage: Uint32Array.from(seen.hands, ({ lineage }) => lineage),
    gate: Uint8Array.from(seen.hands, ({ gate }) => HAND_GATES.indexOf(gate)),
    cues: new Float32Array(n * HAND_CUES.length),
    extraAt: new Float32Array(2 * n),
    crops: new Float32Array(4 * n),
    thumbs: new Uint8Array(n * thumb),
  };
  for (const [k, hand] of seen.hands.entries()) {
    if (hand.gate !== 'judged') continue;
    const look = await cuesOfCrop(net, hand, seen.picture, hand.others);
    if (gateLook(look) !== 'judged') {
      out.gate[k] = gateNumber('hidden');
      continue;
    }
    out.cues.set(
      HAND_CUES.map(cue => look[cue]),
      k * HAND_CUES.length,
    );
    const { x, y } = seen.scale;
    out.extraAt.set([look.extraX * x, look.extraY * y], 2 * k);
    out.crops.set([hand.square.x * x, hand.square.y * y, hand.square.side * x, hand.square.angle], 4 * k);
    out.thumbs.set(look.thumb, k * thumb);
  }
  return out;
}

/** Recall of clips whose label speaks of malformed hands, and false alarms per minute of real hands. */
export async function reportClips(folder: string, cache: string, net: HandNet, onlySeen = false): Promise<void> {
  const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as {
    file: string;
    origin: string;
    label: string;
  }[];
  const labels = new Map(manifest.map(row => [row.file, row]));
  const options = handIntegrity.meta.options.parse({});
  const totals = { seconds: 0, handSeconds: 0, looks: 0, hidden: 0, findings: 0 };
  const malformed: string[] = [];
  const others: string[] = [];
  const windows: HandWindow[] = [];
  let cost = 0;
  let costed = 0;
  for (const part of ['footage', 'talking', 'generated']) {
    for (const name of (await readdir(path.join(folder, part))).sort()) {
      if (!/\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)) continue;
      const row = labels.get(`${part}/${name}`);
      if (onlySeen && !wasSeen(path.join(folder, part, name), cache)) continue;
      const seen = await seeClip(path.join(folder, part, name), cache).catch(() => null);
      if (!seen) continue;
      const before = process.cpuUsage();
      const handEvidence = await evidenceOf(seen, net);
      const after = process.cpuUsage(before);
      cost += (after.user + after.system) / 1000;
      costed += seen.hands.filter(({ gate }) => gate === 'judged').length;
      const signals = { ...seen.signals, faces: NO_FACES, handEvidence } as Signals;
      const { shots } = findShots(seen.signals, seen.clip);
      const judged = shots.map(shot => handIntegrity.judge({ clip: seen.clip, shot, signals, options }));
      const faults = judged.flatMap(one => (one.status === 'ran' ? one.faults : []));
      const wrong = /malformed/.test(row?.label ?? '');
      const group = row?.origin === 'real' ? 'real' : wrong ? 'malformed' : 'generated';
      windows.push(...windowsOf(seen.clip, shots, seen.signals, handEvidence, name, group));
      const looks = judged.reduce((sum, one) => sum + Number(one.measurements?.looks ?? 0), 0);
      const most = judged.reduce((best, one) => Math.max(best, Number(one.measurements?.extra ?? 0)), 0);
      const line = `${part}/${name}: ${faults.map(({ kind, start, end, measured }) => `${kind} ${start}–${end} ${measured.toFixed(2)}`).join(', ') || 'nothing'}; ${looks} looks, most ${most.toFixed(2)}`;
      if (row?.origin === 'real') {
        totals.seconds += seen.clip.seconds;
        totals.handSeconds +=
          (new Set(seen.hands.map(({ frame }) => frame)).size * seen.step * seen.clip.video.fps.den) /
          seen.clip.video.fps.num;
        totals.looks += looks;
        totals.hidden += judged.reduce((sum, one) => sum + Number(one.measurements?.hidden ?? 0), 0);
        totals.findings += faults.length;
        if (faults.length > 0 || most > 0.3) console.log('real:', line);
      } else if (wrong) malformed.push(line);
      else if (faults.length > 0) others.push(line);
    }
  }
  console.log(
    `\nReal clips: ${(totals.seconds / 60).toFixed(1)} min, ${(totals.handSeconds / 60).toFixed(1)} min with hands, ${totals.looks} looks judged, ${totals.hidden} refused because something lies in front of the hand, ${totals.findings} findings`,
  );
  console.log(`Labelled malformed (${malformed.length}):\n  ${malformed.join('\n  ')}`);
  console.log(`Findings on other generated clips (${others.length}):\n  ${others.join('\n  ')}`);
  reportWindows(windows);
  console.log(`Cost of a close look: ${(cost / Math.max(1, costed)).toFixed(2)} ms of CPU`);
}
