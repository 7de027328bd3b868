"""
Trains the second network (whole.py) on the maps that the local one gives for the pool, with the landmarks that the product
measures in the harmed pictures (measure.ts). Networks of long and of short trainings err differently: the export averages all there are.

    python3 training/hands/train_whole.py [CPU seconds] [planted]

`planted`: without the rendered hands.
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

from geometry import apply, between, upright
from net import Local
from running import RunningMean
from train import OUT, SCALE, SIZE, photographed, pools
from whole import FAULTS, Whole, skeleton

cv2.setNumThreads(1)
torch.set_num_threads(1)
GRID = SIZE // 2
BATCH = 64
VIEWS = 1


def see(folder, views=VIEWS):
    """Maps and drawn landmarks of every picture of a pool in which a hand was measured, as bytes; kept beside the pool."""
    kept = os.path.join(folder, 'whole.npz')
    if os.path.exists(kept):
        data = np.load(kept)
        return data['maps'], data['lines'], data['rows']
    random.seed(5)
    np.random.seed(5)
    pictures = np.load(os.path.join(folder, 'pool-pictures.npy'), mmap_mode='r')
    measured = [json.loads(line) for line in open(os.path.join(folder, 'measured.jsonl'))]
    net = Local()
    net.load_state_dict(torch.load(os.path.join(OUT, 'train.pt'))['slow'])
    net.eval()
    maps, lines, rows = [], [], []
    for i, points in enumerate(measured):
        if points is None:
            continue
        for _ in range(views):
            points = np.array(points)
            base = upright(points, SIZE, SCALE)
            turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), random.gauss(0, 4), between(0.95, 1.05))
            matrix = (np.vstack([turn, [0, 0, 1]]) @ np.vstack([base, [0, 0, 1]]))[:2]
            crop = cv2.warpAffine(pictures[i], matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            if random.random() < 0.7:
                crop = photographed(crop)
            x = torch.from_numpy(crop[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
            with torch.no_grad():
                maps.append((torch.sigmoid(net(x))[0].numpy() * 255).round().astype(np.uint8))
            lines.append((skeleton(apply(matrix, points), SIZE) * 255).round().astype(np.uint8))
            rows.append(i)
    np.savez(kept, maps=np.array(maps), lines=np.array(lines), rows=np.array(rows))
    return np.array(maps), np.array(lines), np.array(rows)


def varied(maps, lines):
    """Mirrored, shifted, and with the local network less or more sure: on hands that it never saw it is less so."""
    if random.random() < 0.5:
        maps, lines = maps.flip(3), lines.flip(3)
    n = maps.shape[0]
    z = torch.logit(maps.clamp(0.002, 0.998))
    z = z * (1 + 0.2 * torch.randn(n, 4, 1, 1)) + torch.randn(n, 4, 1, 1) * 0.5 - 0.4
    z = z + 0.25 * F.interpolate(torch.randn(n, 4, 10, 10), size=(GRID, GRID), mode='bilinear', align_corners=False)
    theta = torch.eye(2, 3).repeat(n, 1, 1)
    angle = torch.randn(n) * 0.08
    size = 1 + 0.06 * torch.randn(n)
    theta[:, 0, 0] = theta[:, 1, 1] = torch.cos(angle) * size
    theta[:, 0, 1], theta[:, 1, 0] = -torch.sin(angle) * size, torch.sin(angle) * size
    theta[:, :, 2] = 0.04 * torch.randn(n, 2)
    both = F.grid_sample(torch.cat([torch.sigmoid(z), lines], 1), F.affine_grid(theta, (n, 7, GRID, GRID), align_corners=False), align_corners=False)
    return both[:, :4], both[:, 4:]


def main(total, planted=False):
    parts = []
    for folder in pools()[: 1 if planted else None]:
        truth = json.load(open(os.path.join(folder, 'pool.json')))
        maps, lines, rows = see(folder)
        parts.append((maps, lines, [truth[i]['kind'] for i in rows]))
    maps, lines = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    kinds = [kind for part in parts for kind in part[2]]
    goal = torch.tensor([[float(kind == fault) for fault in FAULTS] for kind in kinds])
    random.seed(3)
    torch.manual_seed(3)
    net = Whole()
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=3e-2)
    slow = RunningMean(net, 0.01)
    net.train()
    start, seen, mean, told = time.process_time(), 0, None, 0
    while True:
        share = (time.process_time() - start) / total
        if share >= 1:
            break
        for group in optimiser.param_groups:
            group['lr'] = 2e-3 * min(1, seen / 4000 + 0.05) * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5
        pick = np.random.randint(0, len(kinds), BATCH)
        x, y = (torch.from_numpy(part[pick]).float() / 255 for part in (maps, lines))
        loss = F.binary_cross_entropy_with_logits(net(*varied(x, y)), goal[pick] * 0.96 + 0.01, reduction='none').mean(0)
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        seen += BATCH
        slow.take(net)
        mean = loss.detach().numpy() if mean is None else 0.98 * mean + 0.02 * loss.detach().numpy()
        if share * 12 > told:
            told += 1
            print(seen, int(share * total), mean.round(3), flush=True)
    torch.save({'slow': slow.weights, 'seen': seen}, os.path.join(OUT, f'whole-{"planted" if planted else "rendered"}-{total:.0f}.pt'))
    print('seen', seen, 'of', len(kinds), 'pictures')


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 240, 'planted' in sys.argv)
