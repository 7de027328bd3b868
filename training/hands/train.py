"""
Trains the local network on the pool (see pool.py) for so many seconds of CPU; goes on where it was stopped.

    python3 training/hands/train.py [CPU seconds in all] [CPU seconds now]
"""
import glob
import json
import os
import random
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from geometry import apply, between, hand_size, upright
from net import Local
from running import RunningMean
from targets import targets

cv2.setNumThreads(1)
torch.set_num_threads(1)
rnd = random.random
OUT = os.environ.get('HANDS_CACHE', 'training/cache/hands')
SIZE, SCALE = 160, 1.5
BATCH = 24
# Share of rendered hands (render.py) among what is trained on.
RENDERED = 0.3
# The exported weights are a running mean of the trained ones, this much of it kept at every step.
FORGET = 0.998


def pools():
    """Folders with a pool: that of pool.py, then those beneath it (rendered hands, more planted ones)."""
    return [folder for folder in [OUT, *sorted(glob.glob(os.path.join(OUT, '*', '')))] if os.path.exists(os.path.join(folder, 'pool.json'))]


def opened(folder):
    """Pictures, damage and unsure places of a pool, and what is true of each."""
    arrays = [np.load(os.path.join(folder, f'pool-{name}.npy'), mmap_mode='r') for name in ('pictures', 'damage', 'unsure')]
    return [*arrays, json.load(open(os.path.join(folder, 'pool.json')))]


def photographed(picture):
    """Light, colour, sharpness, noise and compression of another camera or encoder."""
    size = picture.shape[0]
    if rnd() < 0.5:
        hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + (random.gauss(0, 6) if rnd() < 0.85 else between(0, 180))) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * between(0.3, 1.7), 0, 255)
        picture = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
    if rnd() < 0.6:
        picture = (255 * (picture / 255.0) ** np.exp(between(-0.7, 0.7))).astype(np.uint8)
    r = rnd()
    if r < 0.4:
        small = int(size * between(0.35, 0.9))
        picture = cv2.resize(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (size, size), interpolation=random.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    elif r < 0.5:
        n = random.randint(3, 9)
        kernel = np.zeros((n, n), np.float32)
        kernel[n // 2] = 1 / n
        kernel = cv2.warpAffine(kernel, cv2.getRotationMatrix2D((n // 2, n // 2), between(0, 180), 1), (n, n))
        picture = cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1e-6))
    elif r < 0.65:
        soft = cv2.GaussianBlur(picture, (0, 0), between(0.8, 2))
        picture = cv2.addWeighted(picture, 1.8, soft, -0.8, 0) if rnd() < 0.5 else cv2.bilateralFilter(picture, 5, between(20, 60), 3)
    if rnd() < 0.35:
        picture = np.clip(picture + np.random.randn(size, size, 1 if rnd() < 0.5 else 3) * between(1, 10), 0, 255).astype(np.uint8)
    if rnd() < 0.5:
        picture = cv2.imdecode(cv2.imencode('.jpg', picture, [1, random.randint(25, 90)])[1], 1)
    return picture


def sample(pictures, damage, unsure, truth, i):
    row = truth[i]
    points = np.array(row['points'])
    n = pictures.shape[1]
    base = upright(points, SIZE, SCALE)
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), random.gauss(0, 11), between(0.8, 1.15))
    # Broad and slender hands.
    turn[:, :2] = turn[:, :2] @ np.diag([between(0.86, 1.14), 1])
    turn[:, 2] = SIZE / 2 - turn[:, :2] @ np.array([SIZE / 2, SIZE / 2])
    turn[:, 2] += np.array([between(-0.06, 0.06), between(-0.06, 0.06)]) * SIZE
    matrix = (np.vstack([turn, [0, 0, 1]]) @ np.vstack([base, [0, 0, 1]]))[:2]
    if rnd() < 0.5:
        matrix = np.array([[-1, 0, SIZE], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    border = random.choice([cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REPLICATE])
    picture = cv2.warpAffine(pictures[i], matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=border)
    hurt = cv2.warpAffine(damage[i], matrix, (SIZE, SIZE)).astype(np.float32) / 255
    lost = cv2.warpAffine(unsure[i], matrix, (SIZE, SIZE), flags=cv2.INTER_NEAREST)
    value, weight = targets(apply(matrix, points), [apply(matrix, np.array(c)) for c in row['extra']], set(row['gone']), hurt, lost, SIZE)
    picture = photographed(picture)
    if rnd() < 0.25:  # something flat in front
        w, h = int(between(8, 50)), int(between(8, 50))
        x, y = int(between(0, SIZE - w)), int(between(0, SIZE - h))
        picture[y : y + h, x : x + w] = np.random.randint(0, 256, 3)
        value[:, y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = 0
        weight[3, max(0, y // 2 - 3) : (y + h) // 2 + 3, max(0, x // 2 - 3) : (x + w) // 2 + 3] = 1
    return picture, value, weight


def loss_of(logits, value, weight):
    """Cross entropy, more for what is there and for what is far off."""
    gain = torch.tensor([4.0, 3.0, 3.0, 1.0]).view(1, 4, 1, 1)
    p = torch.sigmoid(logits.detach())
    each = F.binary_cross_entropy_with_logits(logits, value, reduction='none') * weight * (1 + gain * value) * (0.25 + (p - value).abs())
    return each.mean((0, 2, 3))


def main(total, now):
    data = [opened(folder) for folder in pools()]
    made = [truth[0]['hand'] < 0 for *_, truth in data]
    shares = [len(truth) * (RENDERED / (1 - RENDERED) if rendered else 1) for (*_, truth), rendered in zip(data, made)]
    for group in (True, False):
        count = sum(len(truth) for (*_, truth), rendered in zip(data, made) if rendered == group)
        shares = [share / count if rendered == group else share for share, rendered in zip(shares, made)]
    net = Local().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-3)
    state_file = os.path.join(OUT, 'train.pt')
    spent, seen, slow = 0.0, 0, None
    if os.path.exists(state_file):
        state = torch.load(state_file)
        net.load_state_dict(state['net'])
        optimiser.load_state_dict(state['optimiser'])
        spent, seen, slow = state['spent'], state['seen'], state.get('slow')
    random.seed(seen + 7)
    np.random.seed((seen + 7) % 2**31)
    torch.manual_seed(seen + 7)
    net.train()
    slow = RunningMean(net, 1 - FORGET, slow)

    def save(done):
        kept = {'net': net.state_dict(), 'slow': slow.weights, 'optimiser': optimiser.state_dict(), 'spent': done, 'seen': seen}
        torch.save(kept, state_file + '.part')
        os.replace(state_file + '.part', state_file)

    start = time.process_time()
    mean, saved = None, spent
    while True:
        done = spent + time.process_time() - start
        share = done / total
        if share >= 1 or done - spent > now:
            break
        rate = 2.5e-3 * min(1, seen / 2000 + 0.1) * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5
        for group in optimiser.param_groups:
            group['lr'] = rate
        batch = [sample(*pool, random.randrange(len(pool[3]))) for pool in random.choices(data, shares, k=BATCH)]
        x = torch.from_numpy(np.stack([b[0] for b in batch])[..., ::-1].copy()).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last) / 127.5 - 1
        value, weight = (torch.from_numpy(np.stack([b[k] for b in batch])) for k in (1, 2))
        parts = loss_of(net(x), value, weight)
        optimiser.zero_grad()
        parts.sum().backward()
        optimiser.step()
        seen += BATCH
        slow.take(net)
        figures = parts.detach().numpy() * 1e3
        mean = figures if mean is None else 0.97 * mean + 0.03 * figures
        if done - saved > 40:
            saved = done
            print(seen, int(done), mean.round(2), flush=True)
            save(done)
    done = spent + time.process_time() - start
    save(done)
    print('seen', seen, 'seconds', int(done), 'finished' if done >= total else 'not finished')


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 900, float(sys.argv[2]) if len(sys.argv) > 2 else 1e9)
