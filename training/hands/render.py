"""
Renders hands of triangles (mesh.py) with true faults: a sixth finger grown between the others or beside them, one too few, fused and
melted ones, beside right hands, all with exact labels; light, skin, sleeve and background at random. Writes a pool like pool.py,
in a folder of its own.

    python3 training/hands/render.py [count] [seed]
"""
import json
import os
import random
import sys

import cv2
import numpy as np

from geometry import FINGERS, apply, between, extended, hand_size, upright
from mesh import Mesh
from paint import paint
from plant import KINDS, Hand, fuse
from pool import HERE, OUT, behind, load
from posed import arm, held, impossible, melted, one_less, sixth
from raster import raster
from warp import melt

cv2.setNumThreads(1)
rnd, gauss = random.random, random.gauss
SIZE, SCALE, FINE = 224, 2.1, 336
SHARES = {None: 0.26, 'extra': 0.36, 'missing': 0.12, 'fused': 0.1, 'melted': 0.08, 'harmless': 0.08}


def rendered(mesh, kind, pictures, skins):
    """One hand: Hand with labels, or None where what was grown cannot be seen."""
    fingers, spread = held(rnd() < (0.8 if kind in ('extra', 'missing', 'fused') else 0.6))
    roots = mesh.roots
    further, gone, pair = [], set(), None
    if kind == 'extra':
        further = sixth(fingers, spread, roots)
    elif kind == 'missing':
        gone = {one_less(fingers, roots)}
    elif kind == 'implausible':
        impossible(fingers)
    elif kind == 'fused' and rnd() < 0.6:
        pair = random.choice([(1, 2), (2, 3), (3, 4), (1, 2, 3), (2, 3, 4), (1, 2, 3, 4)])
        first = fingers[pair[0]]
        for n, k in enumerate(pair):
            fingers[k].bend = [b + gauss(0, 0.03) for b in first.bend]
            fingers[k].aside = first.aside - n * between(0.05, 0.12)
            fingers[k].thick *= between(1.12, 1.35)
    points, faces, same, marks, chains, wrist = mesh.pose(fingers, further)
    frame = mesh.back[mesh.at['wrist']]
    to = lambda p: (np.c_[p, np.ones(len(p))] @ frame.T)[:, :3]
    local, chains = to(points), np.array([to(c) for c in chains])
    shape = np.array([between(0.88, 1.14), between(0.85, 1.15), between(0.93, 1.07)])
    local, chains, wrist = local * shape, chains * shape, to(wrist[None])[0] * shape
    rest = np.concatenate([mesh.points, *[mesh.points[: len(local) - len(mesh.points)]]])[: len(local)]
    size = np.linalg.norm(chains[2][0] - wrist)
    shift = np.zeros(len(local))
    if kind == 'melted' and rnd() < 0.6:
        local, shift = melted(local, marks[:, 0], size)
    more, more_faces, more_marks = arm(local[: len(mesh.points)], between(0, 0.1) if rnd() < 0.6 else 1)
    kinds = np.r_[marks[:, 0], more_marks].astype(int)
    rest = np.r_[rest, more]
    faces = np.r_[faces, more_faces + len(local)]
    same = np.r_[same, same.max() + 1 + np.arange(len(more))]
    blank = np.zeros(len(more))
    marks = np.r_[marks, np.c_[more_marks, blank - 1, blank, blank + 9, blank + 9, blank + 9]]
    local = np.r_[local, more]
    # View: x right, z down, -y away; the back or the palm is seen, turned a little.
    wide = 0.33 if rnd() < 0.85 else 0.8
    yaw, pitch = np.clip(gauss(0, wide), -1.2, 1.2) + (np.pi if rnd() < 0.5 else 0), np.clip(gauss(0.05, wide), -1, 1)
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    rotate = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    middle = chains[2][0]
    view = lambda p: ((p - middle) @ rotate.T)[:, [0, 2, 1]] * np.array([1, 1, -1])
    flip = np.array([-1, 1, 1]) if rnd() < 0.5 else np.ones(3)
    local, chains = view(local) * flip, np.array([view(c) * flip for c in chains])
    wrist = view(wrist[None])[0] * flip
    away = between(0.3, 1.2)
    project = lambda p: p[..., :2] * (away / (away + p[..., 2:3]))
    joints = np.concatenate([wrist[None], *chains[:5]])
    flat = project(joints)
    matrix = upright(flat, FINE, SCALE)
    screen = apply(matrix, project(local))
    if flip[0] < 0:
        faces = faces[:, ::-1]
    a, b, c = (local[faces[:, k]] for k in range(3))
    front = (np.cross(b - a, c - a) * (a + np.array([0, 0, away]))).sum(1) < 0
    normals = mesh.normals(local, faces, same)
    kept = faces[front]
    face, weights, far = raster(screen, local[:, 2], kept, FINE)
    data = {'faces': kept, 'normals': normals, 'points': local, 'rest': rest, 'kind': kinds, 'along': marks[:, 1], 'side': marks[:, 2], 'nail': marks[:, 3:6]}
    seen = face >= 0
    owner = np.full((FINE, FINE), -9)
    owner[seen] = kinds[kept[face[seen]]].max(1)
    if pair:
        data['smooth'] = cv2.morphologyEx(np.isin(owner, pair).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9))) > 0
    at = apply(matrix, project(chains))
    whole = hand_size(apply(matrix, flat))
    if further:
        tips = at[:, 3]
        lonely = np.linalg.norm(tips[:5] - tips[5], axis=1).min() / whole
        x, y = np.clip(at[5, 3].astype(int), 0, FINE - 1)
        near = owner[max(0, y - 6) : y + 7, max(0, x - 6) : x + 7] == 5
        other = np.median([(owner == k).sum() for k in range(1, 5)])
        if lonely < 0.15 or near.mean() < 0.3 or (owner == 5).sum() < 0.45 * other:
            return None
    if gone and next(iter(gone)) and (extended(apply(matrix, flat))[1:].sum() < 2):
        return None
    skin = random.choice(skins)
    picture, seen, _ = paint(face, weights, far, data, skin / 255, FINE)
    bare = seen & (owner > -3)
    if bare.sum() < 2000:
        return None
    # As bright and coloured as a real hand in its picture.
    picture *= (skin / 255 * between(0.85, 1.15) / (picture[bare].mean(0) + 1e-3)).mean() * (0.5 + 0.5 * skin / 255 / (picture[bare].mean(0) + 1e-3) / (skin / 255 / (picture[bare].mean(0) + 1e-3)).mean())
    ground = cv2.resize(behind(pictures, SIZE), (FINE, FINE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    if rnd() < 0.5:  # the hand's shadow on what is behind it
        dark = cv2.warpAffine(seen.astype(np.float32), np.float32([[1, 0, gauss(0, 30)], [0, 1, gauss(20, 20)]]), (FINE, FINE))
        ground *= (1 - between(0.1, 0.6) * cv2.GaussianBlur(dark, (0, 0), between(5, 25)))[..., None]
    alpha = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), between(0.6, 1.6))[..., None]
    inside = cv2.GaussianBlur(picture * seen[..., None], (0, 0), 0.8) / (cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 0.8)[..., None] + 1e-3)
    full = np.clip(inside * 255 * alpha + ground * (1 - alpha), 0, 255)
    small = cv2.resize(full, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    if rnd() < 0.6:
        small = cv2.GaussianBlur(small, (0, 0), between(0.3, 0.9))
    half = lambda p: p * SIZE / FINE - 0.5
    hand = Hand(small.astype(np.uint8), cv2.resize((bare * 255).astype(np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_AREA), half(apply(matrix, flat)))
    hand.gone = gone
    if further and extended(np.concatenate([flat[:5], project(chains[5]), flat[9:]]))[1]:
        hand.extra.append(half(at[5]))
    elif further:
        # A bent finger too many: what its marks should be is not known.
        hand.unsure |= (cv2.dilate(cv2.resize((owner == 5).astype(np.uint8), (SIZE, SIZE)), np.ones((5, 5))) > 0).astype(np.uint8)
    # Fingers that others cover.
    for k in range(5):
        x, y = np.clip(at[k, 3].astype(int), 0, FINE - 1)
        if k not in gone and not (owner[max(0, y - 5) : y + 6, max(0, x - 5) : x + 6] == k).any():
            hand.unsure |= cv2.circle(np.zeros((SIZE, SIZE), np.uint8), tuple(np.int32(half(at[k, 3]))), int(0.17 * hand_size(hand.points)), 1, -1)
    if shift.any():
        level = np.zeros((FINE, FINE), np.float32)
        level[face >= 0] = (weights[face >= 0] * np.r_[shift, blank][kept[face[face >= 0]]]).sum(1)
        if (level > 0.05 * size).sum() < 0.02 * whole * whole:
            return None
        hand.damage = cv2.resize((level > 0.05 * size).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        hand.unsure |= (cv2.resize(level, (SIZE, SIZE)) > 0.035 * size).astype(np.uint8)
    elif kind == 'melted' and not melt(hand):
        return None
    if pair:
        between_them = np.zeros((FINE, FINE), np.uint8)
        for p, q in zip(pair, pair[1:]):
            cv2.fillPoly(between_them, [np.int32(np.vstack([at[p], at[q][::-1]]))], 1)
        hand.damage = cv2.resize((between_them * seen).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        hand.unsure |= (cv2.resize(between_them, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST) > 0).astype(np.uint8)
    elif kind == 'fused' and not fuse(hand):
        return None
    if kind == 'harmless' and not KINDS['harmless'](hand):
        return None
    return hand


def colours(pictures, masks, rows):
    """Colour of the skin of every hand that may be trained on."""
    held_out = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    out = []
    for k, row in enumerate(rows):
        inside = cv2.erode(masks[k], np.ones((7, 7))) > 128
        if row['repo'] not in held_out and inside.sum() > 200:
            out.append(np.median(pictures[k][inside], 0) + 1)
    return out


def main(count, seed):
    random.seed(seed)
    np.random.seed(seed)
    pictures, masks, rows = load()
    held_out = set(json.load(open(os.path.join(HERE, 'split.json')))['held'])
    skins = colours(pictures, masks, rows)
    pictures = pictures[[k for k, row in enumerate(rows) if row['repo'] not in held_out]]
    mesh = Mesh()
    names, chances = list(SHARES), list(SHARES.values())
    out = {'pictures': [], 'damage': [], 'unsure': []}
    truth = []
    while len(truth) < count:
        kind = random.choices(names, chances)[0]
        hand = rendered(mesh, kind, pictures, skins)
        if hand is None:
            continue
        if kind not in (None, 'harmless') and rnd() < 0.2:
            KINDS['harmless'](hand)
        out['pictures'].append(hand.picture)
        out['damage'].append((hand.damage * 255).astype(np.uint8))
        out['unsure'].append(hand.unsure)
        truth.append({'hand': -1, 'kind': kind, 'points': hand.points.round(2).tolist(), 'extra': [np.round(c, 2).tolist() for c in hand.extra], 'gone': sorted(hand.gone)})
        if len(truth) % 500 == 0:
            print(len(truth), flush=True)
    folder = os.path.join(OUT, 'rendered')
    os.makedirs(folder, exist_ok=True)
    for name, values in out.items():
        np.save(os.path.join(folder, f'pool-{name}.npy'), np.array(values))
    json.dump(truth, open(os.path.join(folder, 'pool.json'), 'w'))
    print(len(truth), {str(k): sum(t['kind'] == k for t in truth) for k in names})


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
