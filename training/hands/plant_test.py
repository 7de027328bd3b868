"""
Renders planted faults and their harmless twins on hands of the sources that training left out (split.json), as pictures with
an index.json: file, kind, repo, series, landmarks of the unharmed hand in pixels of the picture.

    python3 training/hands/plant_test.py [per kind] [seed]
"""
import json
import os
import random
import sys

import cv2
import numpy as np

from geometry import extended
from plant import KINDS, Hand, refill
from pool import HERE, OUT, load

cv2.setNumThreads(1)


def main(per_kind, seed):
    random.seed(seed)
    np.random.seed(seed)
    pictures, masks, rows = load()
    held = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    test = [i for i, row in enumerate(rows) if row['repo'] in held and row['side'] >= 90]
    by_series = {}
    for i in test:
        by_series.setdefault(rows[i]['series'], []).append(i)
    folder = os.path.join(OUT, 'planted')
    os.makedirs(folder, exist_ok=True)
    index = []

    def keep(picture, i, kind, tip=None):
        file = f'{len(index):05d}-{kind}.png'
        cv2.imwrite(os.path.join(folder, file), picture)
        open_fingers = int(extended(np.array(rows[i]['points'])).sum())
        index.append({'file': file, 'kind': kind, 'repo': rows[i]['repo'], 'series': rows[i]['series'], 'points': rows[i]['points'], 'open': open_fingers, 'tip': tip})

    for i in test:
        keep(np.array(pictures[i]), i, 'real')
    for kind, plant in {**KINDS, 'refilled': refill}.items():
        done, tries = 0, 0
        while done < per_kind and tries < per_kind * 12:
            tries += 1
            i = random.choice(by_series[random.choice(list(by_series))])
            # A sixth finger is looked for on open hands: four fingers extended or more.
            if kind == 'extra' and extended(np.array(rows[i]['points'])).sum() < 4:
                continue
            hand = Hand(np.array(pictures[i]), np.array(masks[i]), np.array(rows[i]['points']))
            if plant(hand):
                keep(hand.picture, i, kind, hand.extra[0][3].round(1).tolist() if hand.extra else None)
                done += 1
    json.dump(index, open(os.path.join(folder, 'index.json'), 'w'))
    print(len(index), {k: sum(r['kind'] == k for r in index) for k in ['real', *KINDS, 'refilled']}, len(by_series), 'series')


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 160, int(sys.argv[2]) if len(sys.argv) > 2 else 11)
