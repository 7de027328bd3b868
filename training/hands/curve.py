"""
What more sources bring: local and whole network trained from scratch, for the same short time, on hands of a quarter, half and all of
the sources, told apart on planted hands of sources never trained on (crops.ts).

    python3 training/hands/curve.py [CPU seconds of the local network] [of the whole one] [share of the sources ...]

With 0 seconds for the local network the trained one stays and only the whole one is trained anew, on the maps that train_whole.py kept.
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
from sklearn.metrics import roc_auc_score

from geometry import apply, upright
from net import Local
from train import BATCH, OUT, SCALE, SIZE, loss_of, opened, photographed, sample
from train_whole import varied
from whole import FAULTS, Whole, skeleton

cv2.setNumThreads(1)
torch.set_num_threads(1)


KEPT = Local()


def rated(optimiser, rate, share, seen):
    for group in optimiser.param_groups:
        group['lr'] = rate * min(1, seen / 2000 + 0.1) * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5


def local_network(data, rows, seconds):
    net = Local().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-3)
    start, seen = time.process_time(), 0
    while (share := (time.process_time() - start) / seconds) < 1:
        rated(optimiser, 2.5e-3, share, seen)
        batch = [sample(*data, random.choice(rows)) for _ in range(BATCH)]
        x = torch.from_numpy(np.stack([b[0] for b in batch])[..., ::-1].copy()).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last) / 127.5 - 1
        value, weight = (torch.from_numpy(np.stack([b[k] for b in batch])) for k in (1, 2))
        optimiser.zero_grad()
        loss_of(net(x), value, weight).sum().backward()
        optimiser.step()
        seen += BATCH
    return net.eval()


def marks(net, picture, points):
    x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        return (torch.sigmoid(net(x))[0].numpy() * 255).round().astype(np.uint8), (skeleton(points, SIZE) * 255).round().astype(np.uint8)


def whole_network(net, data, rows, measured, seconds):
    pictures, _, _, truth = data
    kept = os.path.join(OUT, 'whole.npz')
    maps, lines, kinds = [], [], []
    for i in rows if net is not KEPT else []:
        if i >= len(measured) or measured[i] is None:
            continue
        points = np.array(measured[i])
        matrix = upright(points, SIZE, SCALE)
        crop = cv2.warpAffine(pictures[i], matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if random.random() < 0.7:
            crop = photographed(crop)
        seen, drawn = marks(net, crop[..., ::-1].copy(), apply(matrix, points))
        maps.append(seen)
        lines.append(drawn)
        kinds.append(truth[i]['kind'])
    if net is KEPT:
        saved = np.load(kept)
        take = np.nonzero(np.isin(saved['rows'], rows))[0]
        maps, lines, kinds = saved['maps'][take], saved['lines'][take], [truth[i]['kind'] for i in saved['rows'][take]]
    maps, lines = np.array(maps), np.array(lines)
    goal = torch.tensor([[float(kind == fault) for fault in FAULTS] for kind in kinds])
    whole = Whole()
    optimiser = torch.optim.AdamW(whole.parameters(), 2e-3, weight_decay=3e-2)
    start, seen = time.process_time(), 0
    while (share := (time.process_time() - start) / seconds) < 1:
        rated(optimiser, 2e-3, share, seen)
        pick = np.random.randint(0, len(kinds), 64)
        x, y = (torch.from_numpy(part[pick]).float() / 255 for part in (maps, lines))
        optimiser.zero_grad()
        F.binary_cross_entropy_with_logits(whole(*varied(x, y)), goal[pick] * 0.96 + 0.01).backward()
        optimiser.step()
        seen += 64
    return whole.eval()


def main(local_seconds, whole_seconds, shares):
    KEPT.load_state_dict(torch.load(os.path.join(OUT, 'train.pt'))['slow'])
    KEPT.eval()
    data = opened(OUT)
    truth = data[3]
    hands = json.load(open(os.path.join(OUT, 'hands.json')))
    measured = [json.loads(line) for line in open(os.path.join(OUT, 'measured.jsonl'))]
    folder = os.path.join(OUT, 'planted')
    tests = json.load(open(os.path.join(folder, 'crops.json')))
    crops = np.fromfile(os.path.join(folder, 'crops.bin'), np.uint8).reshape(len(tests), 3, SIZE, SIZE).transpose(0, 2, 3, 1)
    repo = [hands[row['hand']]['repo'] for row in truth]
    kind = np.array([test['kind'] for test in tests])
    right = np.isin(kind, ['real', 'harmless'])
    print('| sources | hands | ' + ' | '.join(f'{fault}: AUC, recall at 1 %' for fault in FAULTS) + ' |')
    # Drawn so that a smaller part is within the larger one, large and small sources alike.
    order = sorted(set(repo), key=lambda name: random.Random(name).random())
    for share in shares:
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)
        kept = set(order[: max(1, round(share * len(order)))])
        rows = [i for i, name in enumerate(repo) if name in kept]
        net = local_network(data, rows, local_seconds) if local_seconds > 0 else KEPT
        whole = whole_network(net, data, rows, measured, whole_seconds)
        odds = []
        for crop, test in zip(crops, tests):
            seen, drawn = marks(net, crop.copy(), np.array(test['points']))
            with torch.no_grad():
                odds.append(whole(*(torch.from_numpy(part)[None].float() / 255 for part in (seen, drawn)))[0].numpy())
        odds = np.array(odds)
        told = []
        for k, fault in enumerate(FAULTS):
            wrong, fine = odds[kind == fault, k], np.sort(odds[right, k])[::-1]
            area = roc_auc_score(np.r_[np.ones(len(wrong)), np.zeros(len(fine))], np.r_[wrong, fine])
            told.append(f'{area:.2f}, {(wrong > fine[int(0.01 * len(fine))]).mean():.2f}')
        print(f'| {len(kept)} of {len(order)} | {len({truth[i]["hand"] for i in rows})} | ' + ' | '.join(told) + ' |', flush=True)


if __name__ == '__main__':
    given = [float(argument) for argument in sys.argv[1:]]
    main(*(given[:2] if len(given) > 1 else (120, 50)), given[2:] or (0.25, 0.5, 1))
