"""
Renders a pool of right and wrong hands for training from prepared hands (see prepare.py), sources of split.json left out.

    python3 training/hands/pool.py [count] [seed] [more]

`more`: hands of other builds and views, reshaped before anything is planted, in a folder beneath the first pool.
"""
import json
import os
import random
import sys

import cv2
import numpy as np

from geometry import between, extended
from plant import KINDS, Hand, add_finger

cv2.setNumThreads(1)
rnd = random.random
OUT = os.environ.get('HANDS_CACHE', 'training/cache/hands')
HERE = os.path.dirname(os.path.abspath(__file__))
SHARES = {None: 0.2, 'extra': 0.34, 'missing': 0.06, 'fused': 0.12, 'melted': 0.13, 'harmless': 0.15}


def load():
    pictures = np.load(os.path.join(OUT, 'hands.npy'), mmap_mode='r')
    masks = np.load(os.path.join(OUT, 'masks.npy'), mmap_mode='r')
    return pictures, masks, json.load(open(os.path.join(OUT, 'hands.json')))


def weights(rows, held):
    """Every source counts by the square root of its series, every series by the square root of its hands; open hands count more."""
    held = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    by_repo, by_series = {}, {}
    for row in rows:
        by_repo.setdefault(row['repo'], set()).add(row['series'])
        by_series[row['repo'], row['series']] = by_series.get((row['repo'], row['series']), 0) + 1
    out = []
    for row in rows:
        if row['repo'] in held:
            out.append(0)
            continue
        count = by_series[row['repo'], row['series']]
        many = len(by_repo[row['repo']])
        out.append(np.sqrt(many) * np.sqrt(count) / count / many * (0.5 + 0.25 * extended(np.array(row['points'])).sum()))
    out = np.array(out)
    return out / out.sum()


def behind(pictures, size):
    """Something else to stand behind the hand: a piece of another picture, or smooth noise."""
    if rnd() < 0.6:
        other = pictures[random.randrange(len(pictures))]
        s = int(size * between(0.25, 0.5))
        corner = random.choice([(0, 0), (0, size - s), (size - s, 0), (size - s, size - s)])
        piece = cv2.resize(other[corner[0] : corner[0] + s, corner[1] : corner[1] + s], (size, size))
        return cv2.GaussianBlur(piece, (0, 0), between(1, 5)) if rnd() < 0.4 else piece
    flat = np.full((size, size, 3), [between(0, 255)] * 3 if rnd() < 0.3 else [between(0, 255) for _ in range(3)], np.float32)
    flat += cv2.resize(np.random.randn(*(random.randint(2, 24),) * 2, 3).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC) * between(5, 60)
    return np.clip(flat, 0, 255).astype(np.uint8)


def swap_background(picture, mask, pictures):
    alpha = cv2.GaussianBlur(mask, (0, 0), between(0.5, 1.5)).astype(np.float32)[..., None] / 255
    if rnd() < 0.5:
        alpha = np.clip((alpha - 0.35) / 0.4, 0, 1)
    return (picture * alpha + behind(pictures, picture.shape[0]) * (1 - alpha)).astype(np.uint8)


def reshaped(picture, mask, points):
    """Another build and view of the same hand: broader or more slender, sheared, tilted a little."""
    n = picture.shape[0]
    middle = points.mean(0)
    lean = np.array([[between(0.83, 1.17), random.gauss(0, 0.06)], [random.gauss(0, 0.03), between(0.9, 1.08)]])
    matrix = np.eye(3)
    matrix[:2, :2] = lean
    matrix[:2, 2] = middle - lean @ middle + np.random.randn(2) * 0.02 * n
    tilt = np.eye(3)
    tilt[2, :2] = np.random.randn(2) * 0.06 / n
    tilt[2, 2] = 1 - tilt[2, :2] @ middle
    matrix = matrix @ tilt
    seen = np.c_[points, np.ones(len(points))] @ matrix.T
    shape = lambda image, border: cv2.warpPerspective(image, matrix, (n, n), flags=cv2.INTER_LINEAR, borderMode=border)
    return shape(picture, cv2.BORDER_REPLICATE), shape(mask, cv2.BORDER_CONSTANT), seen[:, :2] / seen[:, 2:]


def main(count, seed, more=False):
    random.seed(seed)
    np.random.seed(seed)
    pictures, masks, rows = load()
    share = weights(rows, True)
    names, chances = list(SHARES), list(SHARES.values())
    out = {'pictures': [], 'damage': [], 'unsure': []}
    truth = []
    while len(truth) < count:
        i = int(np.random.choice(len(rows), p=share))
        picture, mask, points = np.array(pictures[i]), np.array(masks[i]), np.array(rows[i]['points'])
        swapped = rnd() < 0.4
        if swapped:
            picture = swap_background(picture, masks[i], pictures)
        if more and rnd() < 0.6:
            picture, mask, points = reshaped(picture, mask, points)
        hand = Hand(picture, mask, points)
        kind = random.choices(names, chances)[0]
        # Fingers too many also stand closer together than those that the bench plants.
        if kind == 'extra':
            if not add_finger(hand, apart=random.choice([0.21, 0.27])):
                continue
        elif kind is not None and not KINDS[kind](hand):
            continue
        if kind == 'extra' and rnd() < 0.15:
            KINDS['extra'](hand)
        if kind not in (None, 'harmless') and rnd() < 0.25:
            KINDS['harmless'](hand)
        out['pictures'].append(hand.picture)
        out['damage'].append((hand.damage * 255).astype(np.uint8))
        out['unsure'].append(hand.unsure)
        truth.append({'hand': i, 'kind': kind, 'points': hand.points.round(2).tolist(), 'extra': [np.round(c, 2).tolist() for c in hand.extra], 'gone': sorted(hand.gone)})
    folder = os.path.join(OUT, 'more') if more else OUT
    os.makedirs(folder, exist_ok=True)
    for name, values in out.items():
        np.save(os.path.join(folder, f'pool-{name}.npy'), np.array(values))
    json.dump(truth, open(os.path.join(folder, 'pool.json'), 'w'))
    print(len(truth), {str(k): sum(t['kind'] == k for t in truth) for k in names})


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, int(sys.argv[2]) if len(sys.argv) > 2 else 1, 'more' in sys.argv)
