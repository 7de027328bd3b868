/**
 * What the rows of very long clips take, without decoding them.
 *
 *     npx tsx bench/memory/rows.ts [frames, 180000]
 *
 * Every network is opened; then as many frames of rows as asked for go through the builders that observers use: a face, two
 * hands and a body, dense flow's values, looks of things, the luma grid, bands of speech, maps of features. Then networks are
 * freed, the signals finished and read one after the other, twice, as detectors do. Prints resident memory. Linux only.
 */
import { readFileSync } from 'node:fs';
import { readManifest } from '../../src/inference/manifest.ts';
import { openSession, type Session } from '../../src/inference/onnx.ts';
import { SeriesBuilder } from '../../src/observers/series.ts';
import { Shelf } from '../../src/observers/shelf.ts';
import { SignalStore } from '../../src/observers/signal-store.ts';
import { BUDGET } from '../../src/observers/vision/scene.ts';
import { type Row, TableBuilder } from '../../src/observers/vision/table.ts';
import type { Measured } from '../../src/signals.ts';
import '../../src/inspect.ts';

const frames = Number(process.argv[2] ?? 180_000);
/** Values per frame of what is not about people, as a talking face in a room leaves them. */
const SERIES = { continuity: 146, lumaGrid: 144, speechBands: 160, motionX: 1, motionY: 1 } as const;
const LOOKS = 881;
/** Bytes of one window of feature maps and frames between two. */
const WINDOW = { bytes: 4096, every: 3 } as const;

let most = 0;
const resident = (): number => {
  const now = Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  most = Math.max(most, now);
  return now;
};
const tell = (what: string) => console.log(`| ${what} | ${Math.round(resident())} |`);

console.log('| | Node, MB |\n|---|---|');
const sessions: Session[] = [];
for (const { name, inputs } of readManifest().models) {
  const open = inputs.some(({ shape }) => shape.some(length => typeof length !== 'number'));
  if (!name.startsWith('retake') && inputs.length > 0 && !open) sessions.push(await openSession(name));
}
tell(`${sessions.length} networks open`);

const table = (points: number, budget: number, world: boolean, pose: boolean) =>
  new TableBuilder({
    points,
    columns: {
      ...(world ? { world: { of: 'short' as const, values: 3 * points } } : {}),
      ...(pose ? { pose: { of: 'float' as const, values: 3 } } : {}),
    },
    budget,
    rowsPerFrame: 16,
    step: 1,
  });
const tables = [
  { name: 'faces', things: 1, every: 1, points: 478, builder: table(478, BUDGET.faces, false, true) },
  { name: 'hands', things: 2, every: 1, points: 21, builder: table(21, BUDGET.hands, true, false) },
  { name: 'bodies', things: 1, every: 3, points: 33, builder: table(33, BUDGET.bodies, true, false) },
];
const row = (points: number): Row => ({
  lineage: 1,
  presence: 0.9,
  sharpness: 0.2,
  place: [200, 150, 80],
  points: new Float32Array(3 * points).fill(190),
  extra: { world: new Int16Array(3 * points), pose: [1, 2, 3] },
});
const rows = new Map(tables.map(({ points }) => [points, row(points)]));
const series = Object.entries(SERIES).map(([name, values]) => ({
  name,
  row: new Float32Array(values).fill(0.5),
  builder: new SeriesBuilder(frames * values),
}));
const [looks, windows] = [new Shelf(), new Shelf()];
const [look, window] = [new Uint8Array(LOOKS).fill(7), new Uint8Array(WINDOW.bytes).fill(9)];
for (let frame = 0; frame < frames; frame++) {
  for (const { things, every, points, builder } of tables) {
    if (frame % every !== 0 || frame % builder.step !== 0) continue;
    builder.add(frame, new Array<Row>(things).fill(rows.get(points) as Row));
  }
  for (const { row: values, builder } of series) builder.append(values);
  looks.put(look);
  if (frame % WINDOW.every === 0 && windows.length < 64 * 2 ** 20) windows.put(window);
  if (frame % 5000 === 0) resident();
}
tell(`${frames} frames of rows put`);
for (const session of sessions) await session.dispose();
tell('networks freed');

const store = new SignalStore();
const add = (name: string, value: unknown) => {
  store.add({ [name]: value } as Measured);
  resident();
};
const all = (shelf: Shelf) => {
  const out = new Uint8Array(shelf.length);
  shelf.read(0, out);
  shelf.close();
  return out;
};
for (const { name, builder } of tables) add(name, builder.finish());
add('semanticDrift', { packed: all(windows) });
for (const { name, builder } of series) add(name, builder.finish());
add('things', { looks: all(looks) });
tell('signals finished');
let bytes = 0;
const sum = (value: unknown): number => {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return value === null || typeof value !== 'object'
    ? 0
    : Object.values(value).reduce((total: number, part) => total + sum(part), 0);
};
for (let turn = 0; turn < 2; turn++)
  for (const name of Object.keys(store.signals)) {
    bytes += sum(store.signals[name as keyof Measured]) / 2;
    resident();
  }
tell('every signal read twice');
console.log(`\n${Math.round(bytes / 2 ** 20)} MB of signals; most at once ${Math.round(most)} MB`);
