"""How accuracy grows with the number of speakers trained on, always on the same speakers left out: prints a table.

    python3 training/lip-sync/scaling.py [features] [folder for finished trainings] [minutes]

Every speaker with windows of 4 s is left out in turn; the others are drawn from in one random order, so that each step
adds speakers to those before it. Resumable: finished trainings are kept, and it stops after so many minutes; the table counts speakers that
were tested at every step.
"""
import json
import os
import sys
import time

import numpy as np
import torch

import train as t
from data import RATE, load, peak

COUNTS = (11, 2, 4, 7)
DRIVEN = 'driven'


def errors_of(model, clips, native, seconds, seed):
    """|error| in ms of every window of clips that were left out, each with a shift of its own."""
    rng, out = np.random.default_rng(seed), []
    for c in clips:
        for start in t.windows(c, seconds):
            shift = int(rng.choice([-320, -160, 0, 160, 320]))
            if abs(shift + native[c.name]) > 520:
                shift = 0
            out.append(abs(peak(sum(map(t.z, t.curves(model, c, start, seconds * RATE, shift)))) - native[c.name] - shift))
    return [round(float(e), 1) for e in out]


def main():
    features, folder, minutes = (sys.argv[1:] + [None] * 3)[:3]
    features, folder = features or 'training/cache/lip-sync/features', folder or 'training/cache/lip-sync/scaling'
    ends = time.time() + 60 * float(minutes or 600)
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    clips = [c for c in load(features) if c.role != 'unsure' and c.seconds >= t.LEAST_SECONDS]
    native = t.natives(clips)
    usable = [c for c in clips if native[c.name] is not None]
    real, driven = [c for c in usable if c.role != 'driven'], [c for c in usable if c.role == 'driven']
    speakers = sorted({c.speaker for c in real})
    left_out = [s for s in speakers if any(c.seconds >= 4 for c in real if c.speaker == s)]
    order = sorted(enumerate(left_out), key=lambda one: -sum(c.seconds for c in real if c.speaker == one[1]))
    steps = [(i, s, n) for i, s in order for n in COUNTS] + [(i, s, DRIVEN) for i, s in order]
    for i, speaker, count in steps:
        file = os.path.join(folder, f'{count}-{speaker}.json')
        if os.path.exists(file):
            continue
        if time.time() > ends:
            return table(folder)
        others = [s for s in np.random.default_rng(i).permutation(speakers) if s != speaker]
        chosen = others if count == DRIVEN else others[:count]
        trained = [c for c in real if c.speaker in chosen] + (driven if count == DRIVEN else [])
        tested = [c for c in real if c.speaker == speaker]
        model = t.fit(trained, native, 1, lambda _: None)
        row = dict(count=count, speaker=speaker, seconds=sum(c.seconds for c in trained),
                   **{f'{s} s': errors_of(model, tested, native, s, i) for s in (2, 4)})
        with open(file + '.part', 'w') as f:
            json.dump(row, f)
        os.replace(file + '.part', file)
    table(folder)


def table(folder):
    rows = []
    for name in os.listdir(folder):
        if name.endswith('.json'):
            with open(os.path.join(folder, name)) as f:
                rows.append(json.load(f))
    whole = set.intersection(*({r['speaker'] for r in rows if r['count'] == count} for count in COUNTS))
    rows = [r for r in rows if r['speaker'] in whole]
    print('| speakers | left out in turn | seconds | 4 s windows | ≤ 42 ms | ≤ 84 ms | 2 s windows ≤ 84 ms |\n|---|---|---|---|---|---|---|')
    for count in sorted(set(COUNTS)) + [DRIVEN]:
        part = [r for r in rows if r['count'] == count]
        if not part:
            continue
        e, s = (np.concatenate([r[key] for r in part]) for key in ('4 s', '2 s'))
        label = f'{max(COUNTS)} and driven lips' if count == DRIVEN else count
        print(f"| {label} | {len(part)} | {np.mean([r['seconds'] for r in part]):.0f} | {len(e)} | "
              f"{100 * np.mean(e <= 42):.1f} % | {100 * np.mean(e <= 84):.1f} % | {100 * np.mean(s <= 84):.1f} % |")


if __name__ == '__main__':
    main()
