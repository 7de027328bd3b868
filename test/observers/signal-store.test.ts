import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/observers/collect.ts';
import { SignalStore } from '../../src/observers/signal-store.ts';
import type { Measured } from '../../src/signals.ts';

const series = (from: number, length = 1000) => Float32Array.from({ length }, (_, k) => from + k);
const measured = (values: Record<string, unknown>) => values as unknown as Measured;

describe('SignalStore', () => {
  it('hands small signals on as they are', () => {
    const store = new SignalStore({ large: 1000, most: 5000 });
    const motionX = series(0, 10);
    store.add(measured({ motionX, voice: null }));
    expect(store.signals.motionX).toBe(motionX);
    expect(store.signals.voice).toBeNull();
    expect(Object.keys(store.signals)).toEqual(['motionX', 'voice']);
  });

  it('gives back what lay on a shelf, of every kind of array and however deep', () => {
    const store = new SignalStore({ large: 100, most: 100 });
    const lettering = {
      rows: Uint32Array.of(0, 4e9),
      looks: Uint8Array.from({ length: 400 }, (_, k) => k),
      empty: new Int16Array(0),
      side: 16,
      nested: [{ times: Float64Array.of(0.1, 1e300) }, null, 'text'],
    };
    store.add(measured({ lettering }));
    store.add(measured({ lumaMean: series(7) }));
    const back = store.signals.lettering;
    expect(back).not.toBe(lettering);
    expect(back).toEqual(lettering);
    expect(store.signals.lumaMean).toEqual(series(7));
    expect(store.signals.lettering).toEqual(lettering);
  });

  it('keeps in memory what was read last, within its limit', () => {
    const store = new SignalStore({ large: 1000, most: 8000 });
    const names = ['lumaMean', 'lumaLow', 'lumaHigh'] as const;
    names.forEach((name, k) => {
      store.add(measured({ [name]: series(k) }));
    });
    const { lumaLow, lumaHigh } = store.signals;
    expect(store.signals.lumaLow).toBe(lumaLow);
    expect(store.signals.lumaMean).toEqual(series(0));
    // The mean took the place of the one of the others that was read first.
    expect(store.signals.lumaLow).toBe(lumaLow);
    expect(store.signals.lumaHigh).not.toBe(lumaHigh);
    expect(store.signals.lumaHigh).toEqual(lumaHigh);
  });

  it('names everything, read or not, once', () => {
    const store = new SignalStore({ large: 100, most: 100 });
    store.add(measured({ lumaMean: series(1), lumaLow: series(2) }));
    expect('lumaMean' in store.signals).toBe(true);
    expect(Object.keys(store.signals)).toEqual(['lumaMean', 'lumaLow']);
    expect({ ...store.signals }).toEqual({ lumaMean: series(1), lumaLow: series(2) });
  });

  it('lets go of the arrays that lie on a shelf', async () => {
    const store = new SignalStore({ large: 1000, most: 8000 });
    const put = (k: number) => {
      const things = { place: series(k, 2000), side: k };
      store.add(measured({ [`things${k}`]: things }));
      return new WeakRef(things.place);
    };
    const arrays = [put(0), put(1), put(2)];
    await new Promise(resolve => setTimeout(resolve, 5));
    collectGarbage();
    expect(arrays.map(array => array.deref() !== undefined)).toEqual([false, false, true]);
  });
});
