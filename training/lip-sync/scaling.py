"""How accuracy grows with the number of speakers trained on: prints a table.

    python3 training/lip-sync/scaling.py [features]
"""
import sys

import numpy as np
import torch

import train as t
from data import RATE, load, peak


def main():
    torch.set_num_threads(1)
    clips = [c for c in load((sys.argv[1:] + ['training/cache/lip-sync/features'])[0]) if c.role != 'unsure' and c.seconds >= t.LEAST_SECONDS]
    native = t.natives(clips)
    usable = [c for c in clips if native[c.name] is not None]
    speakers = sorted({c.speaker for c in usable if c.role != 'driven'})
    driven = [c for c in usable if c.role == 'driven']
    print('| speakers | with driven lips | seconds | 4 s windows | ≤ 42 ms | ≤ 84 ms | 2 s: ≤ 84 ms |\n|---|---|---|---|---|---|---|', flush=True)
    for count, extra in ((1, False), (2, False), (4, False), (8, False), (8, True)):
        errors, short, seconds = [], [], []
        for repeat in range(2):
            rng = np.random.default_rng(100 * count + repeat)
            chosen = set(rng.permutation(speakers)[:count])
            train = [c for c in usable if c.speaker in chosen] + (driven if extra else [])
            model = t.fit(train, native, 1, lambda _: None)
            seconds.append(sum(c.seconds for c in train))
            for c in usable:
                if c.speaker in chosen or c.role == 'driven':
                    continue
                for length, into in ((4, errors), (2, short)):
                    for start in t.windows(c, length):
                        shift = int(rng.choice([-320, -160, 0, 160, 320]))
                        if abs(shift + native[c.name]) > 520:
                            shift = 0
                        into.append(abs(peak(sum(map(t.z, t.curves(model, c, start, length * RATE, shift)))) - native[c.name] - shift))
        e, s = np.array(errors), np.array(short)
        print(f"| {count} | {'yes' if extra else 'no'} | {np.mean(seconds):.0f} | {len(e)} | {100 * np.mean(e <= 42):.1f} % | {100 * np.mean(e <= 84):.1f} % | {100 * np.mean(s <= 84):.1f} % |", flush=True)


if __name__ == '__main__':
    main()
