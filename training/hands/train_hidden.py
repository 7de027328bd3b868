"""
Trains the network that says what of a hand an object hides (hidden.py) on planted objects (plant_hidden.py), with faults of the pool
as hands that nothing hides. Landmarks are those that the product measures (measure.ts).

    python3 training/hands/train_hidden.py [CPU seconds]
"""
import json
import os
import random
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from geometry import FINGERS, apply, between, hand_size, upright
from hidden import Hidden
from running import RunningMean
from train import OUT, SCALE, SIZE, photographed
from whole import skeleton

cv2.setNumThreads(1)
torch.set_num_threads(1)
BATCH = 32
CELL = 8
# Share of hands with planted faults, or none, of the pool: nothing hides them.
FAULTY = 0.3


def measured(folder):
    return [json.loads(line) for line in open(os.path.join(folder, 'measured.jsonl'))]


def region(points, size):
    """Where the hand ought to be, by its landmarks: palm and fingers."""
    out = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(out, np.int32(cv2.convexHull(np.float32(points[[0, 1, 5, 9, 13, 17]]))), 1)
    for finger in FINGERS:
        cv2.polylines(out, [np.int32(points[finger])], False, 1, max(2, int(0.22 * hand_size(points))))
    return out


def sample(pictures, covers, points, i):
    points = np.array(points[i])
    base = upright(points, SIZE, SCALE)
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), random.gauss(0, 6), between(0.93, 1.07))
    matrix = (np.vstack([turn, [0, 0, 1]]) @ np.vstack([base, [0, 0, 1]]))[:2]
    if random.random() < 0.5:
        matrix = np.array([[-1, 0, SIZE], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    picture = cv2.warpAffine(pictures[i], matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if random.random() < 0.8:
        picture = photographed(picture)
    own = apply(matrix, points)
    cover = np.zeros((SIZE, SIZE), np.float32) if covers is None else cv2.warpAffine(covers[i], matrix, (SIZE, SIZE)).astype(np.float32) / 255
    grid = SIZE // CELL
    shrink = lambda m: cv2.resize(m.astype(np.float32), (grid, grid), interpolation=cv2.INTER_AREA)
    value, place = shrink(cover), shrink(region(own, SIZE))
    return picture, skeleton(own, SIZE), value[None], (0.05 + place + 0.5 * value)[None]


def main(total):
    folder = OUT + '-hidden'
    own = (np.load(os.path.join(folder, 'pool-pictures.npy'), mmap_mode='r'), np.load(os.path.join(folder, 'pool-cover.npy'), mmap_mode='r'), measured(folder))
    faulty = (np.load(os.path.join(OUT, 'pool-pictures.npy'), mmap_mode='r'), None, measured(OUT))
    seen_in = {id(pool): [i for i, points in enumerate(pool[2]) if points is not None] for pool in (own, faulty)}
    random.seed(4)
    np.random.seed(4)
    torch.manual_seed(4)
    net = Hidden()
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=2e-2)
    slow = RunningMean(net, 0.005)
    net.train()
    start, seen, mean, told = time.process_time(), 0, None, 0
    while True:
        share = (time.process_time() - start) / total
        if share >= 1:
            break
        for group in optimiser.param_groups:
            group['lr'] = 2.5e-3 * min(1, seen / 3000 + 0.05) * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5
        batch = []
        for _ in range(BATCH):
            pool = faulty if random.random() < FAULTY else own
            batch.append(sample(*pool, random.choice(seen_in[id(pool)])))
        x = torch.from_numpy(np.stack([b[0] for b in batch])[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
        lines, value, weight = (torch.from_numpy(np.stack([b[k] for b in batch])) for k in (1, 2, 3))
        loss = (F.binary_cross_entropy_with_logits(net(x, lines), value, reduction='none') * weight * (1 + value)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen += BATCH
        slow.take(net)
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if share * 12 > told:
            told += 1
            print(seen, int(share * total), round(mean * 1e3, 2), flush=True)
    torch.save({'slow': slow.weights, 'seen': seen}, os.path.join(OUT, 'hidden.pt'))
    print('seen', seen)


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 300)
