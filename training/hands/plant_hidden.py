"""
Plants objects that hide a part of a hand, with the truth of what they hide, and harmless twins of them that lie beside or behind it.

    python3 training/hands/plant_hidden.py [count] [seed]     pool for training, in <cache>-hidden
    python3 training/hands/plant_hidden.py test [per kind]    pictures of sources that training left out, in <cache>/planted-hidden
"""
import json
import os
import random
import sys

import cv2
import numpy as np

from geometry import FINGERS, between, hand_size
from paste import strip
from plant import Hand
from pool import HERE, OUT, behind, load, swap_background, weights

cv2.setNumThreads(1)
rnd = random.random
# Share of the hand that an object must hide to count, and most.
LEAST, MOST = 0.08, 0.75
SHARES = {'front': 0.34, 'held': 0.2, 'beside': 0.2, None: 0.26}
# Where landmarks of a hand lie, so that its skin does.
PALM = [0, 1, 5, 9, 13, 17]


def body(hand, wide=0.11):
    """Roughly what is hand: palm and fingers drawn from the landmarks, with what has its colour nearby."""
    size = hand_size(hand.points)
    out = np.zeros(hand.mask.shape, np.uint8)
    cv2.fillConvexPoly(out, np.int32(cv2.convexHull(np.float32(hand.points[PALM]))), 255)
    for finger in FINGERS:
        out = cv2.max(out, strip(hand.mask.shape, hand.points[finger], size * wide))
    return out


def outline(shape, centre, size):
    """Mask of an object: a bar, a box, an ellipse or a polygon with soft corners, `size` its half length."""
    mask = np.zeros(shape[:2], np.uint8)
    angle = between(0, 360)
    kind = random.choice(['bar', 'bar', 'box', 'ellipse', 'polygon', 'edge'])
    at = (float(centre[0]), float(centre[1]))
    if kind == 'ellipse':
        cv2.ellipse(mask, (at, (2 * size * between(0.6, 1), 2 * size * between(0.4, 1)), angle), 255, -1, cv2.LINE_AA)
    elif kind == 'polygon':
        turns = np.sort(np.random.rand(random.randint(4, 8))) * 2 * np.pi
        corners = np.stack([np.cos(turns), np.sin(turns)], 1) * np.random.uniform(0.5, 1.1, (len(turns), 1)) * size + centre
        cv2.fillPoly(mask, [np.int32(corners)], 255, cv2.LINE_AA)
    else:
        long, wide = {'bar': (4, between(0.18, 0.6)), 'box': (1, between(0.5, 1)), 'edge': (6, 6)}[kind]
        if kind == 'edge':  # a table, a sleeve, the rim of something large
            way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
            at = tuple(map(float, np.array(centre) + way * size * 5.6))
        corners = cv2.boxPoints((at, (2 * long * size, 2 * wide * size), angle))
        cv2.fillPoly(mask, [np.int32(corners)], 255, cv2.LINE_AA)
    soft = between(0.5, 5)
    return np.clip((cv2.GaussianBlur(mask, (0, 0), soft).astype(np.float32) - 127) * between(1, 3) + 127, 0, 255).astype(np.uint8)


def surface(pictures, masks, mask, size):
    """What an object looks like: something plain, something out of another picture, skin of another hand; lit from a side."""
    n = mask.shape[0]
    r = rnd()
    if r < 0.35:
        out = behind(pictures, n).astype(np.float32)
    elif r < 0.55:  # skin of another hand
        k = random.randrange(len(pictures))
        skin = np.array(pictures[k])
        tone = skin[np.array(masks[k]) > 128]
        tone = tone.mean(0) if len(tone) else skin.mean((0, 1))
        out = np.full((n, n, 3), tone, np.float32) + cv2.GaussianBlur(np.random.randn(n, n, 1).astype(np.float32), (0, 0), between(1, 6))[..., None] * between(5, 60)
    else:
        out = np.full((n, n, 3), [between(0, 255) for _ in range(3)] if rnd() < 0.6 else [between(0, 255)] * 3, np.float32)
        if rnd() < 0.4:  # a pattern
            x, y = np.meshgrid(np.arange(n), np.arange(n))
            a = between(0, np.pi)
            stripes = np.sin((x * np.cos(a) + y * np.sin(a)) * 2 * np.pi / between(4, 30)) > between(-0.6, 0.6)
            out[stripes] = [between(0, 255) for _ in range(3)]
    deep = cv2.distanceTransform((mask > 128).astype(np.uint8), cv2.DIST_L2, 3) / max(1.0, 0.5 * size)
    out = out * (1 + between(-0.5, 0.3) * np.exp(-deep)[..., None])
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    a = between(0, 2 * np.pi)
    out = out * (1 + between(0, 0.5) * (x * np.cos(a) + y * np.sin(a)))[..., None]
    return np.clip(out + np.random.randn(n, n, 3) * between(0, 6), 0, 255)


def plant(hand, kind, pictures, masks):
    """Puts an object `front` of the hand, into it (`held`: behind some of its fingers) or `beside` it; returns what of the hand it hides, 0-1 a pixel, or None."""
    size = hand_size(hand.points)
    flesh = body(hand)
    room = (flesh > 128).sum()
    for _ in range(12):
        a, b = random.choice(range(21)), random.choice(PALM)
        share = between(0, 1)
        centre = hand.points[a] * share + hand.points[b] * (1 - share) + np.random.randn(2) * 0.2 * size
        large = size * between(0.15, 0.75)
        mask = outline(hand.mask.shape, centre, large)
        if kind == 'held':
            over = random.sample(range(5), random.randint(1, 4))
            for finger in over:
                chain = hand.points[FINGERS[finger]]
                mask = cv2.min(mask, 255 - cv2.GaussianBlur(strip(hand.mask.shape, chain, size * between(0.1, 0.125), root=0.2 if rnd() < 0.5 else 0), (0, 0), 0.6))
        elif kind == 'beside':
            mask = cv2.min(mask, 255 - cv2.dilate(cv2.max(hand.mask, body(hand, 0.125)), np.ones((3, 3))))
            if (mask > 128).sum() < 0.1 * room:
                continue
        hidden = (mask > 128) & (flesh > 128)
        if kind != 'beside' and not LEAST * room < hidden.sum() < MOST * room:
            continue
        alpha = cv2.GaussianBlur(mask, (0, 0), between(0.4, 1.4)).astype(np.float32)[..., None] / 255
        picture = hand.picture.astype(np.float32)
        if rnd() < 0.5:  # its shadow
            shift = np.float32([[1, 0, between(-6, 6)], [0, 1, between(-6, 6)]])
            shadow = cv2.GaussianBlur(cv2.warpAffine(mask, shift, mask.shape[::-1]), (0, 0), between(2, 7)).astype(np.float32)[..., None] / 255
            picture = picture * (1 - between(0.1, 0.5) * shadow)
        hand.picture = (picture * (1 - alpha) + surface(pictures, masks, mask, large) * alpha).astype(np.uint8)
        return hidden.astype(np.float32) if kind != 'beside' else np.zeros(mask.shape, np.float32)
    return None


def pooled(count, seed):
    random.seed(seed)
    np.random.seed(seed)
    pictures, masks, rows = load()
    share = weights(rows, True)
    ours = [i for i in range(len(rows)) if share[i] > 0]
    others, shapes = pictures[ours], masks[ours]
    out, covers, truth = [], [], []
    while len(truth) < count:
        i = int(np.random.choice(len(rows), p=share))
        picture, mask = np.array(pictures[i]), np.array(masks[i])
        if rnd() < 0.4:
            picture = swap_background(picture, mask, others)
        hand = Hand(picture, mask, np.array(rows[i]['points']))
        kind = random.choices(list(SHARES), SHARES.values())[0]
        cover = np.zeros(mask.shape, np.float32) if kind is None else plant(hand, kind, others, shapes)
        if cover is None:
            continue
        if kind is not None and rnd() < 0.25:
            plant(hand, 'beside', others, shapes)
        out.append(hand.picture)
        covers.append((cover * 255).astype(np.uint8))
        truth.append({'hand': i, 'kind': kind, 'points': hand.points.round(2).tolist()})
    folder = OUT + '-hidden'
    os.makedirs(folder, exist_ok=True)
    np.save(os.path.join(folder, 'pool-pictures.npy'), np.array(out))
    np.save(os.path.join(folder, 'pool-cover.npy'), np.array(covers))
    json.dump(truth, open(os.path.join(folder, 'pool.json'), 'w'))
    print(len(truth), {str(k): sum(t['kind'] == k for t in truth) for k in SHARES})


def tested(per_kind, seed=17):
    random.seed(seed)
    np.random.seed(seed)
    pictures, masks, rows = load()
    held = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    by_series = {}
    for i, row in enumerate(rows):
        if row['repo'] in held and row['side'] >= 90:
            by_series.setdefault(row['series'], []).append(i)
    theirs = sorted(i for list_ in by_series.values() for i in list_)
    others, shapes = pictures[theirs], masks[theirs]
    folder = os.path.join(OUT, 'planted-hidden')
    os.makedirs(folder, exist_ok=True)
    index = []
    for kind in ('front', 'held', 'beside'):
        done = 0
        while done < per_kind:
            i = random.choice(by_series[random.choice(list(by_series))])
            hand = Hand(np.array(pictures[i]), np.array(masks[i]), np.array(rows[i]['points']))
            cover = plant(hand, kind, others, shapes)
            if cover is None:
                continue
            file = f'{len(index):05d}-{kind}.png'
            cv2.imwrite(os.path.join(folder, file), hand.picture)
            share = float(cover.sum() / max(1, (body(hand) > 128).sum()))
            index.append({'file': file, 'kind': kind, 'repo': rows[i]['repo'], 'series': rows[i]['series'], 'points': rows[i]['points'], 'open': 0, 'hidden': round(share, 3)})
            done += 1
    json.dump(index, open(os.path.join(folder, 'index.json'), 'w'))
    print(len(index), 'pictures of', len(by_series), 'series')


if __name__ == '__main__':
    if sys.argv[1:2] == ['test']:
        tested(int(sys.argv[2]) if len(sys.argv) > 2 else 160)
    else:
        pooled(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
