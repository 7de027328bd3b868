"""Hears p, b and m: a small convolutional network from log-mel bands, trained on speech whose sounds are timed (phonemes.py).

    python3 training/lip-sync/closures.py [folder of phonemes' .npz] [model file] [more model files]

Sources of speech can be chosen by how their names begin, as in SOURCES=espeak,flite. The network goes into the model file and into those of the folds: it never heard a talking clip, so all of them are unseen.
"""
import glob
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from data import normalised
from phonemes import NAMES, UNKNOWN
from train import folded

STEPS, BATCH, ROWS = int(os.environ.get('STEPS', 800)), 16, 400
HIDDEN, CLASSES = 48, len(NAMES)
CLOSED = [NAMES.index('pb'), NAMES.index('m')]


class Hearing(nn.Module):
    """(B, 40, rows at 100 Hz) -> (B, classes, rows at 50 Hz)."""

    def __init__(self, drop=0.15):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv1d(40, HIDDEN, 5, stride=2, padding=2)] + [nn.Conv1d(HIDDEN, HIDDEN, 5, padding=2 * d, dilation=d) for d in (1, 2, 3)])
        self.norms = nn.ModuleList(nn.BatchNorm1d(HIDDEN) for _ in self.layers)
        self.last = nn.Conv1d(HIDDEN, CLASSES, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        for k, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            y = F.relu(norm(layer(x)))
            x = self.drop(y if k == 0 else x + y)
        return self.last(x)


class Speech:
    """Utterances by source."""

    def __init__(self, folder):
        self.by = {}
        for file in sorted(glob.glob(os.path.join(folder, '*.npz'))):
            with np.load(file) as f:
                mel, label, ends, source = f['mel'].astype('f'), f['label'], f['ends'], f['source']
            for start, end, name in zip(np.concatenate([[0], ends[:-1]]), ends, source):
                # Voices of espeak-ng are one source: there is enough of them.
                self.by.setdefault('espeak' if name.startswith('espeak') else str(name), []).append((mel[start:end], label[start:end]))
        self.seconds = {name: sum(len(l) for _, l in rows) / 100 for name, rows in self.by.items()}

    def window(self, rng, names):
        """Speech of one source, a few utterances one after the other, at another tempo and with another voice's formants."""
        weights = np.sqrt([min(self.seconds[n], 600) for n in names])
        rows = self.by[names[rng.choice(len(names), p=weights / weights.sum())]]
        speed = rng.uniform(0.85, 1.2)
        mels, labels, total = [], [], 0
        while total < ROWS * speed + 4:
            m, l = rows[rng.integers(len(rows))]
            gap = int(rng.integers(0, 30))
            mels += [m, np.repeat(m[-1:], gap, 0)]
            labels += [l, np.zeros(gap, l.dtype)]
            total += len(m) + gap
        m, l = np.concatenate(mels), np.concatenate(labels)
        start = rng.uniform(0, len(m) - ROWS * speed - 2)
        at = start + np.arange(ROWS) * speed
        low = at.astype(int)
        w = (at - low)[:, None]
        return disturbed(m[low] * (1 - w) + m[low + 1] * w, rng), l[np.round(at).astype(int)]


def disturbed(m, rng):
    """Natural logarithms of power in bands, before they are normalised: another voice, room, microphone, noise."""
    if rng.random() < 0.7:
        at = np.clip(np.arange(40) * rng.uniform(0.88, 1.12) + rng.uniform(-1, 1), 0, 39)
        low = at.astype(int)
        high = np.minimum(low + 1, 39)
        m = m[:, low] * (1 - (at - low)) + m[:, high] * (at - low)
    if rng.random() < 0.5:  # a room: every band decays more slowly
        decay = rng.uniform(0.5, 0.93)
        power, out = np.exp(m), np.empty_like(m)
        state = power[0]
        for k in range(len(m)):
            state = np.maximum(power[k], state * decay)
            out[k] = state
        m = np.log(power + rng.uniform(0.02, 0.5) * out)
    level = np.log(np.exp(m).mean())
    if rng.random() < 0.7:  # noise, 5 to 40 dB below the speech
        floor = level - rng.uniform(5, 40) / 10 * np.log(10) + np.linspace(1, -1, 40) * rng.uniform(-2.5, 2.5)
        m = np.logaddexp(m, floor + np.log(rng.gamma(2, 0.5, m.shape) + 1e-6))
    if rng.random() < 0.3:  # a codec that cuts the top
        m = m.copy()
        m[:, int(rng.integers(28, 40)):] = level - 14
    return m + np.interp(np.arange(40), [0, 13, 26, 39], rng.normal(0, 0.7, 4))[None]


def train(speech, names, seed=0, log=print):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Hearing()
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=STEPS, pct_start=0.15)
    weight = torch.ones(CLASSES)
    weight[CLOSED] = 1.5
    began, losses = time.process_time(), []
    for step in range(STEPS):
        made = [speech.window(rng, names) for _ in range(BATCH)]
        x = torch.tensor(np.stack([normalised(m).T for m, _ in made]).astype('f'))
        y = torch.tensor(np.stack([l[::2] for _, l in made]).astype(np.int64))
        y[y == UNKNOWN] = -100
        loss = F.cross_entropy(net(x)[:, :, :y.shape[1]], y, weight=weight, ignore_index=-100, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % 250 == 249:
            log(f'{time.process_time() - began:4.0f} s {step + 1} loss {np.mean(losses[-250:]):.3f}')
    return net.eval()


def closed(net, mel):
    """Probability of p, b or m per row at 50 Hz; mel: bands of a whole stretch."""
    with torch.no_grad():
        return torch.softmax(net(torch.tensor(normalised(mel).T[None].copy()).float()), 1)[0, CLOSED].sum(0).numpy()


def packed(net):
    convolutions = [folded(layer, norm) for layer, norm in zip(net.layers, net.norms)]
    return dict(layers=convolutions, last=folded(net.last), closed=CLOSED)


def main():
    speech = Speech((sys.argv[1:] + ['training/cache/lip-sync/phonemes'])[0])
    targets = sys.argv[2:] or ['models/retake-lip-sync.json']
    torch.set_num_threads(1)
    names = sorted(name for name in speech.by if name.startswith(tuple(os.environ.get('SOURCES', 'e,f,t,a').split(','))))
    print({n: round(s) for n, s in speech.seconds.items()})
    net = train(speech, names)
    made = packed(net)
    torch.save(net.state_dict(), 'training/cache/lip-sync/hearing.pt')
    for target in targets:
        with open(target) as f:
            model = json.load(f)
        model['hearing'] = made
        with open(target, 'w') as f:
            json.dump(model, f)


if __name__ == '__main__':
    main()
