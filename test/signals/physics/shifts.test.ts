import { describe, expect, it } from 'vitest';
import { eitherLeaps, type Leap } from '../../../src/signals/physics/leaps.ts';
import { evidenceOf, type ShiftRow, shiftRows, shiftsIn } from '../../../src/signals/physics/shifts.ts';
import { SHIFT_VALUES } from '../../../src/signals.ts';

const video = { width: 512, height: 288 };
const shot = { start: 0, end: 60 };
const pictures = Array.from({ length: 60 }, (_, k) => k);

const jump: ShiftRow = {
  fromX: 150,
  fromY: 140,
  fromWidth: 44,
  fromHeight: 44,
  toX: 300,
  toY: 150,
  toWidth: 44,
  toHeight: 44,
  ratio: 1,
  likeness: 0.95,
  beforeX: 5,
  beforeY: 0,
  afterX: 5,
  afterY: 0.5,
  unmoved: 0.3,
  oneWay: -1,
  followed: 0.95,
  level: 3,
  timesFrom: 3,
  timesTo: 4,
  share: 0.9,
  split: 0,
};
const size: ShiftRow = {
  ...jump,
  toX: 156,
  toY: 140,
  toWidth: 66,
  toHeight: 66,
  ratio: 1.5,
  unmoved: 0.5,
  oneWay: 0.7,
};

function found(rows: readonly { frame: number; row: ShiftRow }[]) {
  const frames = Uint32Array.from(rows, ({ frame }) => frame);
  const values = Float32Array.from(rows.flatMap(({ row }) => SHIFT_VALUES.map(name => row[name])));
  return shiftsIn({ frames, values }, shot, video, pictures);
}

describe('shifts', () => {
  it('are jumps and changes of size, with a box about both places', () => {
    const [teleport] = found([{ frame: 30, row: jump }]);
    expect(teleport).toMatchObject({ kind: 'teleport', frame: 30, box: [128, 118, 194, 54] });
    expect(teleport.measured).toBeCloseTo((Math.hypot(150, 10) - Math.hypot(5, 0.5)) / 512);
    expect(found([{ frame: 30, row: size }])).toMatchObject([{ kind: 'scale-pop', measured: 1.5, grows: true }]);
    const shrinks = { ...size, ratio: 0.625, fromWidth: 66, fromHeight: 66, toWidth: 44, toHeight: 44 };
    expect(found([{ frame: 30, row: shrinks }])).toMatchObject([{ kind: 'scale-pop', measured: 1.6, grows: false }]);
  });

  it('are one of each moment, the likeliest', () => {
    const rows = [
      { frame: 29, row: { ...size, followed: 0.8, share: 0.5 } },
      { frame: 30, row: jump },
      { frame: 30, row: { ...jump, likeness: 0.9 } },
    ];
    expect(found(rows)).toHaveLength(1);
    expect(found([...rows, { frame: 40, row: jump }]).map(({ frame }) => frame)).toEqual([30, 40]);
  });

  it.each([
    ['rests', { beforeX: 0.2, afterX: 0.2, afterY: 0 }],
    ['turns', { afterX: -5, afterY: 0 }],
    ['has gone on as it was going', { toX: 156 }],
    ['has another brightness', { level: 40 }],
    ['is alike where it was', { unmoved: 0.9 }],
    ['is alike by half', { likeness: 0.72, unmoved: 0.6, followed: 0.7 }],
    ['is a small part of what changes', { share: 0.3, timesFrom: 0.8, timesTo: 0.9, followed: 0.75 }],
    ['touches the edge', { toX: 495 }],
  ])('are none where a thing %s', (_, changed) => {
    expect(found([{ frame: 30, row: { ...jump, ...changed } }])).toEqual([]);
  });

  it.each([
    ['fits as well at its size', { unmoved: 0.92 }],
    ['changes one way only', { oneWay: 0.97 }],
    ['moves away while it changes', { toX: 200 }],
    ['hardly changes', { ratio: 1.2 }],
  ])('are no change of size where a thing %s', (_, changed) => {
    expect(found([{ frame: 30, row: { ...size, ...changed } }])).toEqual([]);
  });

  it('are none near a cut', () => {
    for (const frame of [2, 58]) expect(found([{ frame, row: jump }])).toEqual([]);
  });

  it('are weighed alike at every size of the picture', () => {
    const lengths = /^(from|to|before|after)/;
    const larger = Object.fromEntries(
      Object.entries(jump).map(([name, value]) => [name, lengths.test(name) ? 3 * value : value]),
    ) as ShiftRow;
    const [one, other] = [evidenceOf(jump, 512), evidenceOf(larger, 1536)];
    expect(one?.kind).toBe('jump');
    for (const [name, value] of Object.entries(one?.evidence ?? {})) expect(other?.evidence[name]).toBeCloseTo(value);
  });

  it('are read row by row', () => {
    const values = Float32Array.from([...SHIFT_VALUES.keys()].map(k => k / 4));
    const [{ frame, row }] = shiftRows({ frames: Uint32Array.of(7), values });
    expect(frame).toBe(7);
    expect(row.fromX).toBe(0);
    expect(row.split).toBe((SHIFT_VALUES.length - 1) / 4);
  });
});

describe('leaps found both ways', () => {
  const leap = (frame: number, kind: Leap['kind']): Leap => ({
    kind,
    frame,
    measured: 1,
    grows: false,
    likeness: 1,
    box: [0, 0, 1, 1],
  });

  it('are one finding each', () => {
    const both = eitherLeaps(
      [leap(30, 'teleport')],
      [leap(31, 'scale-pop'), leap(10, 'teleport'), leap(30, 'teleport')],
    );
    expect(both.map(({ frame, kind }) => [frame, kind])).toEqual([
      [10, 'teleport'],
      [30, 'teleport'],
    ]);
  });
});
