"""
Trains the head that maps damage (damage.py) on the masks of planted and rendered faults: crops are cut and photographed anew, their features
measured once by the landmark network and kept, the head trained over them.

    python3 training/hands/train_damage.py [CPU seconds of the head] [crops]
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

from damage import FAULTS, FINE, Backbone, Damage
from geometry import FINGERS, apply, between, hand_size, upright
from paste import strip
from plant import Hand, refill
from pool import load
from running import RunningMean
from train import OUT, SCALE, SIZE, opened, photographed, pools

cv2.setNumThreads(1)
torch.set_num_threads(1)
BATCH = 48
# Share of hands without a fault that get a piece beside them made up anew, as missing fingers are.
REFILLED = 0.35


def shrink(mask):
    return cv2.resize(mask.astype(np.float32) / 255, (FINE, FINE), interpolation=cv2.INTER_AREA)


def cut(pool, masks, points, i):
    """A crop as the product cuts it, and what is true of its cells."""
    pictures, damage, _, truth = pool
    row = truth[i]
    own, given = np.array(points), np.array(row['points'])
    picture = np.array(pictures[i])
    if row['kind'] in (None, 'harmless') and row['hand'] >= 0 and random.random() < REFILLED:
        hand = Hand(picture, cv2.max(np.array(masks[row['hand']]), body(given, picture.shape[0])), given)
        refill(hand)
        picture = hand.picture
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), random.gauss(0, 5), between(0.93, 1.07))
    matrix = (np.vstack([turn, [0, 0, 1]]) @ np.vstack([upright(own, SIZE, SCALE), [0, 0, 1]]))[:2]
    if random.random() < 0.5:
        matrix = np.array([[-1, 0, SIZE], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    crop = cv2.warpAffine(picture, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if random.random() < 0.75:
        crop = photographed(crop)
    value = np.zeros((len(FAULTS), FINE, FINE), np.float32)
    to = lambda mask: shrink(cv2.warpAffine(mask, matrix, (SIZE, SIZE)))
    value[0] = to(np.array(damage[i]))
    radius = 0.11 * hand_size(given)
    for chain in row['extra']:
        value[1] = np.maximum(value[1], to(strip(picture.shape, np.array(chain), radius)))
    for k in row['gone']:
        value[2] = np.maximum(value[2], to(strip(picture.shape, given[FINGERS[k]], radius)))
    return crop, value, 0.1 + shrink(near(apply(matrix, own)) * 255)


def body(points, size):
    out = np.zeros((size, size), np.uint8)
    for finger in FINGERS:
        out = cv2.max(out, strip(out.shape, points[finger], 0.13 * hand_size(points)))
    return out


def near(points):
    """The hand and what is close to it, in the crop."""
    out = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(out, np.int32(cv2.convexHull(np.float32(points))), 1)
    return cv2.dilate(out, np.ones((19, 19)))


def measured(count):
    """Features of `count` crops, as half precision, with values and weights of their cells; kept beside the pool."""
    kept = os.path.join(OUT, 'damage.npz')
    if os.path.exists(kept):
        data = np.load(kept)
        return [data[name] for name in ('fine', 'coarse', 'value', 'weight')]
    random.seed(6)
    np.random.seed(6)
    backbone = Backbone().eval()
    _, masks, _ = load()
    data = []
    for folder in pools():
        pool = opened(folder)
        points = [json.loads(line) for line in open(os.path.join(folder, 'measured.jsonl'))]
        data.append((pool, points, [i for i, row in enumerate(points) if row is not None]))
    out = [[], [], [], []]
    for n in range(count):
        pool, points, rows = random.choices(data, [len(rows) for *_, rows in data])[0]
        i = random.choice(rows)
        crop, value, weight = cut(pool, masks, points[i], i)
        x = torch.from_numpy(crop[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.no_grad():
            fine, coarse = backbone(x)
        for values, one in zip(out, (fine[0].numpy(), coarse[0].numpy(), value, weight[None])):
            values.append(one.astype(np.float16))
        if n % 1000 == 999:
            print(n + 1, 'crops', flush=True)
    out = [np.array(values) for values in out]
    np.savez(kept, **dict(zip(('fine', 'coarse', 'value', 'weight'), out)))
    return out


def main(total, count):
    fine, coarse, value, weight = measured(count)
    random.seed(8)
    np.random.seed(8)
    torch.manual_seed(8)
    net = Damage()
    for name, features in (('fine', fine), ('coarse', coarse)):
        some = features[:: max(1, len(features) // 800)].astype(np.float32)
        getattr(net, f'{name}_mean').copy_(torch.from_numpy(some.mean((0, 2, 3)))[None, :, None, None])
        getattr(net, f'{name}_scale').copy_(torch.from_numpy(some.std((0, 2, 3)) + 1e-3)[None, :, None, None])
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=3e-2)
    slow = RunningMean(net, 0.005)
    net.train()
    start, seen, mean, told = time.process_time(), 0, None, 0
    while (share := (time.process_time() - start) / total) < 1:
        for group in optimiser.param_groups:
            group['lr'] = 2e-3 * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5
        pick = np.sort(np.random.randint(0, len(fine), BATCH))
        x, y, goal, much = (torch.from_numpy(part[pick].astype(np.float32)) for part in (fine, coarse, value, weight))
        x = x + 0.05 * net.fine_scale * torch.randn_like(x)
        loss = (F.binary_cross_entropy_with_logits(net(x, y), goal, reduction='none') * much * (1 + 3 * goal)).mean((0, 2, 3))
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        seen += BATCH
        slow.take(net)
        mean = loss.detach().numpy() if mean is None else 0.98 * mean + 0.02 * loss.detach().numpy()
        if share * 8 > told:
            told += 1
            print(seen, int(share * total), (mean * 1e3).round(1), flush=True)
    torch.save({'slow': slow.weights, 'seen': seen}, os.path.join(OUT, 'damage.pt'))
    print('seen', seen, 'of', len(fine), 'crops')


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 150, int(sys.argv[2]) if len(sys.argv) > 2 else 7000)
