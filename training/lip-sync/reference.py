"""Curves of the shipped model, by PyTorch and numpy, for inputs made by formula: what the TypeScript estimator must give.

    python3 training/lip-sync/reference.py [model file] [output]
"""
import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from cca import CCA, context, halved
from data import LAG, normalised
from net import curve

ROWS, BEFORE, AFTER = 160, 20, 35


def unpack(x):
    if isinstance(x, dict) and 'data' in x:
        return (np.frombuffer(base64.b64decode(x['data']), '<i2').astype(np.float64) * x['scale']).reshape(x['shape'])
    if isinstance(x, dict):
        return {k: unpack(v) for k, v in x.items()}
    return [unpack(v) for v in x] if isinstance(x, list) else x


def conv(c, y):
    return F.conv1d(y, torch.tensor(c['kernel']), torch.tensor(c['bias']), stride=c['stride'],
                    dilation=c['dilation'], padding=(c['kernel'].shape[2] - 1) * c['dilation'] // 2)


def hear(hearing, x):
    for k, layer in enumerate(hearing['layers']):
        y = F.relu(conv(layer, x))
        x = y if k == 0 else x + y
    return torch.softmax(conv(hearing['last'], x), 1)[0, hearing['closed']].sum(0)


def encode(stream, x):
    x = F.relu(conv(stream['first'], x))
    x = x + F.relu(conv(stream['second'], x))
    x = x + F.relu(conv(stream['third'], x))
    x = conv(stream['last'], x)
    return x - x.mean(2, keepdim=True)


def inputs(lips):
    k, c = np.arange(ROWS)[:, None], np.arange(8)[None]
    measures = 0.05 * np.sin(0.13 * k * (1 + 0.2 * c) + c) * (1 + 0.5 * np.sin(0.031 * k))
    c = np.arange(lips)[None]
    shape = 0.03 * np.sin(0.17 * k + 0.4 * c) + 0.01 * np.cos(0.05 * k * (1 + 0.1 * (c % 7)))
    k, c = np.arange(2 * (BEFORE + ROWS + AFTER))[:, None], np.arange(40)[None]
    mel = -6 + 4 * np.sin(0.071 * k + 0.1 * c) + 2 * np.sin(0.19 * k * (1 + 0.01 * c)) - 0.1 * c
    return measures, shape, mel


def main():
    file, target = (sys.argv[1:] + ['models/retake-lip-sync.json', 'fixtures/lip-sync-reference.json'][len(sys.argv) - 1:])[:2]
    with open(file) as f:
        model = unpack(json.load(f))
    measures, lips, mel = inputs(model['lipBasis'].shape[0])
    m = normalised(mel)
    v = np.concatenate([measures / model['measureScale'], lips @ model['lipBasis'] / model['lipScale']], 1)
    v = v - v.mean(0)
    c = model['correlation']
    cca = CCA.__new__(CCA)
    cca.rho = c['rho']
    linear = cca.curve(context(v, c['mouthContext']) @ c['mouth'], context(halved(m), c['soundContext']) @ c['sound'], BEFORE)
    total = 0
    for net in model['networks']:
        a, b = encode(net['mouth'], torch.tensor(v.T[None].copy())), encode(net['sound'], torch.tensor(m.T[None].copy()))
        a = F.normalize(a, dim=1) * torch.tanh(a.norm(dim=1, keepdim=True) / 4)
        g, seen = curve(torch.tensor(net['sharpness']), a, F.normalize(b, dim=1), BEFORE, AFTER)
        assert bool(seen.all())
        total = total + g[0].numpy() / len(model['networks'])
    with open(target, 'w') as f:
        json.dump(dict(rows=ROWS, before=BEFORE, after=AFTER, correlation=[round(float(x), 6) for x in linear],
                       networks=[round(float(x), 5) for x in total],
                       hearing=[round(float(x), 5) for x in hear(model['hearing'], torch.tensor(m.T[None].copy()))]), f)
        f.write('\n')


if __name__ == '__main__':
    main()
