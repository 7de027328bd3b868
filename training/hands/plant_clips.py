"""
Plants one fault that follows a hand from look to look: in the hands of real clips (bench/hands/tracks.ts), and in stills of sources
that training left out, moved as a hand before a camera is. Untouched and harmlessly edited ones beside them;
rendered hands (render.py) in impossible poses, and in ordinary ones.

    python3 training/hands/plant_clips.py [seed]

Writes planted-clips beside the pool: a picture per look, and index.json.
"""
import json
import os
import random
import sys

import cv2
import numpy as np

from geometry import apply, between, extended
from mesh import Mesh
from plant import KINDS, Hand, add_finger
from pool import HERE, OUT, load
from prepare import mask_of
from render import colours, rendered

cv2.setNumThreads(1)
# Faults of each kind per hand of a clip, and hands of stills.
PER_TRACK, STILLS, LOOKS = 2, 60, 9
# Looks of a planted hand that must carry the fault.
CARRY = 0.7


def plant(kind, hand, seed):
    """The same choices at every look: the numbers are drawn anew from one seed."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if kind == 'real':
        return True
    return add_finger(hand, tries=1) if kind == 'extra' else KINDS[kind](hand)


def moved(picture, points, k):
    """Another look at a still: turned, nearer or further, shifted, brighter or darker, noisy."""
    size = picture.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), 4 * np.sin(0.9 * k) + random.gauss(0, 1), 1 + 0.04 * np.sin(0.6 * k + 1) + random.gauss(0, 0.008))
    matrix[:, 2] += [4 * np.sin(0.7 * k) + random.gauss(0, 1), 4 * np.cos(0.5 * k) + random.gauss(0, 1)]
    out = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    out = np.clip(out * (1 + 0.06 * np.sin(k)) + np.random.randn(*out.shape) * 3, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode('.jpg', out, [1, 82])[1], 1), apply(matrix, points)


def main(seed):
    folder = os.path.join(OUT, 'planted-clips')
    os.makedirs(folder, exist_ok=True)
    index = []

    def keep(picture, **row):
        file = f'{len(index):05d}.png'
        cv2.imwrite(os.path.join(folder, file), picture)
        index.append({'file': file, **{k: np.round(v, 2).tolist() if k == 'points' else v for k, v in row.items()}})

    tracks = {}
    source = os.path.join(OUT, 'tracks')
    for row in json.load(open(os.path.join(source, 'index.json'))):
        picture = cv2.imread(os.path.join(source, row['file']))
        points = np.array(row['points'])
        tracks.setdefault((row['clip'], row['lineage']), []).append((row, picture, mask_of(picture, points), points))
    count = 0
    for (clip, lineage), looks in tracks.items():
        for kind in ('real', *KINDS):
            done = 0
            for attempt in range(40 if kind == 'extra' else 8):
                own = seed * 1000003 + hash_of(f'{clip}{lineage}{kind}') + attempt
                hands = [Hand(picture.copy(), mask, points) for _, picture, mask, points in looks]
                if kind == 'extra' and np.median([extended(points).sum() for *_, points in looks]) < 3:
                    break
                harmed = [plant(kind, hand, own) for hand in hands]
                if np.mean(harmed) < CARRY:
                    continue
                for (row, *_), hand in zip(looks, hands):
                    keep(hand.picture, kind=kind, track=count, made='clip', repo=row['repo'], series=clip, points=hand.points, others=row['others'])
                count += 1
                done += 1
                if done == (1 if kind == 'real' else PER_TRACK):
                    break
    clips = count
    pictures, masks, rows = load()
    held = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    by_series = {}
    for i, row in enumerate(rows):
        if row['repo'] in held and row['side'] >= 90:
            by_series.setdefault(row['series'], []).append(i)
    random.seed(seed)
    lists = {kind: [] for kind in ('real', *KINDS)}
    for kind, chosen in lists.items():
        tries = 0
        while len(chosen) < STILLS and tries < 40 * STILLS:
            tries += 1
            i = random.choice(by_series[random.choice(list(by_series))])
            if i not in chosen and (kind != 'extra' or extended(np.array(rows[i]['points'])).sum() >= 4):
                chosen.append(i)
    for kind, chosen in lists.items():
        for i in chosen:
            hand = Hand(np.array(pictures[i]), np.array(masks[i]), np.array(rows[i]['points']))
            random.seed(seed * 7 + i)
            np.random.seed((seed * 7 + i) % 2**32)
            if kind != 'real' and not KINDS[kind](hand):
                continue
            for k in range(LOOKS):
                picture, points = moved(hand.picture, hand.points, k + i)
                keep(picture, kind=kind, track=count, made='still', repo=rows[i]['repo'], series=rows[i]['series'], points=points, others=[])
            count += 1
    stills = count
    random.seed(seed)
    np.random.seed(seed)
    ours = [k for k, row in enumerate(rows) if row['repo'] not in held]
    skins = colours(pictures, masks, rows)
    mesh = Mesh()
    for kind in ('implausible', None):
        for _ in range(STILLS):
            hand = rendered(mesh, kind, pictures[ours[:400]], skins)
            if hand is None:
                continue
            for k in range(LOOKS):
                picture, points = moved(hand.picture, hand.points, k + count)
                keep(picture, kind=kind or 'real', track=count, made='rendered', repo='rendered', series=f'rendered {count}', points=points, others=[])
            count += 1
    json.dump(index, open(os.path.join(folder, 'index.json'), 'w'))
    print(len(index), 'looks;', clips, 'hands of clips,', stills - clips, 'of stills,', count - stills, 'rendered')


def hash_of(text):
    """The same on every run."""
    out = 7
    for letter in text.encode():
        out = (out * 31 + letter) % 999983
    return out


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
