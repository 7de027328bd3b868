"""Can closed lips (p, b, m) be heard? Trained on synthetic speech with known phonemes, on real mouths, and on both.

    python3 training/lip-sync/closures.py [features] [espeak.npz] [result .json]

Prints, for speakers left out in turn: how well the sound of a moment tells closed lips from open ones (AUC), and how often
lips were really shut within 60 ms of the moments at which the model was surest.
"""
import json
import sys

import numpy as np
import torch
import torch.nn as nn

import train as t
from data import cut, load, normalised

CONTEXT = np.arange(-12, 13, 2)  # 10 ms rows
COUNTS = (2, 4, 8)  # speakers
RATES = (0.25, 0.5, 1.0)  # surest moments per second of speech
SHUT = 0.15  # of the way from the least to the widest opening


def rows_of(mel, at):
    return np.concatenate([mel[np.clip(at + o, 0, len(mel) - 1)] for o in CONTEXT], 1).astype('f')


def synthetic(file):
    with np.load(file) as f:
        mel, label, ends = f['mel'].astype('f'), f['label'], f['ends']
    x, y = [], []
    for start, end in zip(np.concatenate([[0], ends[:-1]]), ends):
        at = np.arange(2, end - start - 2, 2)
        x.append(rows_of(normalised(mel[start:end]), at))
        y.append((label[start:end] == 1)[at])
    return np.concatenate(x), np.concatenate(y).astype('f')


def real(clip, native):
    """Rows in speech, their labels, and 1 where lips are shut within 60 ms."""
    mel = normalised(cut(clip.mel, 2 * clip.first + int(round(native / 10)), 2 * clip.length))
    a = clip.measures[:, 0]
    low, high = np.percentile(a, 3), np.percentile(a, 90)
    share = (a - low) / (high - low + 1e-6)
    voice = clip.voice[np.clip(clip.first + np.arange(clip.length) + int(round(native / 20)), 0, len(clip.voice) - 1)]
    near = np.array([share[max(0, k - 3):k + 4].min() for k in range(len(share))])
    spoken = np.array([voice[max(0, k - 10):k + 11].min() > 0.5 for k in range(len(voice))])
    at = np.flatnonzero(spoken)
    return rows_of(mel, 2 * at), (share[at] <= SHUT).astype('f'), near[at], at


def fit(parts, seed=0, epochs=4):
    """parts: (rows, labels, weight of the part as a whole)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(len(CONTEXT) * 40, 96), nn.ReLU(), nn.Dropout(0.3), nn.Linear(96, 32), nn.ReLU(), nn.Linear(32, 1))
    x = np.concatenate([p[0] for p in parts])
    y = np.concatenate([p[1] for p in parts])
    w = np.concatenate([np.full(len(p[1]), p[2] / len(p[1])) for p in parts])
    w = w / w.mean()
    opt = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-2)
    for epoch in range(epochs):
        net.train()
        order = rng.permutation(len(y))
        for k in range(0, len(order), 256):
            i = order[k:k + 256]
            xb = torch.tensor(x[i] + rng.normal(0, 0.15, x[i].shape).astype('f') + rng.normal(0, 0.3, (len(i), 1)).astype('f'))
            loss = (nn.functional.binary_cross_entropy_with_logits(net(xb)[:, 0], torch.tensor(y[i]), reduction='none') * torch.tensor(w[i].astype('f'))).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    return net


def auc(score, truth):
    order = np.argsort(np.argsort(score))
    n = truth.sum()
    return (order[truth > 0.5].sum() - n * (n - 1) / 2) / (n * (len(truth) - n))


def events(score, at, most):
    """The surest moments, at least 100 ms apart, `most` per second of speech."""
    chosen = []
    for i in np.argsort(-score):
        if all(abs(at[i] - at[j]) > 5 for j in chosen):
            chosen.append(i)
        if len(chosen) >= most * len(at) / 50:
            break
    return np.array(chosen)


def main():
    features, espeak, target = (sys.argv[1:] + [None] * 3)[:3]
    torch.set_num_threads(1)
    clips = [c for c in load(features or 'training/cache/lip-sync/features') if c.role in ('real', 'anchor') and c.seconds >= 2.5]
    native = t.natives(clips)
    clips = [c for c in clips if native[c.name] is not None]
    data = {c.name: real(c, native[c.name]) for c in clips}
    spoken = synthetic(espeak or 'training/cache/lip-sync/espeak.npz')
    made = fit([(*spoken, 1.0)])
    rows = []
    speakers = sorted({c.speaker for c in clips})
    for i, speaker in enumerate(speakers):
        own = [c for c in clips if c.speaker == speaker and len(data[c.name][3]) >= 50]
        if not own:
            continue
        others = [s for s in np.random.default_rng(i).permutation(speakers) if s != speaker]
        rows.append(tested(made, own, data, dict(speaker=speaker, model='espeak-ng', speakers=0)))
        for count in COUNTS + (len(others),):
            rest = [c for c in clips if c.speaker in others[:count]]
            x, y = (np.concatenate([data[c.name][k] for c in rest]) for k in (0, 1))
            rows.append(tested(fit([(x, y, 1.0)]), own, data, dict(speaker=speaker, model='real mouths', speakers=count)))
            rows.append(tested(fit([(x, y, 1.0), (*spoken, 1.0)], epochs=2), own, data, dict(speaker=speaker, model='both', speakers=count)))
    with open(target or 'training/cache/lip-sync/closures.json', 'w') as f:
        json.dump(rows, f)
    print('| trained on | speakers | AUC, median of speakers left out (least) | any moment: shut within 60 ms | surest 1 per 4 s | per 2 s | per second |\n|---|---|---|---|---|---|---|')
    for name in ('espeak-ng', 'real mouths', 'both'):
        for count in sorted({r['speakers'] for r in rows if r['model'] == name}):
            part = [r for r in rows if r['model'] == name and r['speakers'] == count]
            a = [r['auc'] for r in part]
            share = lambda key: f"{100 * sum(r[key][0] for r in part) / sum(r[key][1] for r in part):.0f} %"
            print(f"| {name} | {count} | {np.median(a):.3f} ({min(a):.3f}) | {share('any')} | " + ' | '.join(share(f'{m}') for m in RATES) + ' |')


def tested(net, own, data, row):
    """AUC, and of the surest moments how many had shut lips, and how many there were."""
    scores, truth, row = [], [], dict(row, any=[0, 0], **{f'{m}': [0, 0] for m in RATES})
    for c in own:
        x, y, near, at = data[c.name]
        s = net(torch.tensor(x))[:, 0].detach().numpy()
        scores.append(s)
        truth.append(y)
        for key, shut in [('any', near <= SHUT)] + [(f'{m}', near[events(s, at, m)] <= SHUT) for m in RATES]:
            row[key] = [row[key][0] + int(shut.sum()), row[key][1] + len(shut)]
    return dict(row, auc=float(auc(np.concatenate(scores), np.concatenate(truth))))


if __name__ == '__main__':
    main()
