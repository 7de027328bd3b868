"""Makes models/retake-lip-sync.json from the features of a folder of clips, without labels: sound is its own truth.

    python3 training/lip-sync/train.py [features] [model file] [folder for the folds' models and figures]

1. Clips are not at zero: native offsets by canonical correlation trained on the other speakers, four rounds, each
   aligned by the one before; speakers marked `anchor` define zero.
2. Folds: speakers in five groups; networks of a fold never saw its speakers.
   Clips of the role named in WITHOUT (as in WITHOUT=driven) are left out, for a second opinion.
3. Calibration: what margins meant on the folds' unseen speakers, clean and with noise.
4. The shipped model: the same training on all speakers.
"""
import base64
import json
import os
import sys
import time

import numpy as np
import torch

import net as networks
from cca import CCA, Prep, MOUTH_CONTEXT, SOUND_CONTEXT, halved, lag_correlation
from data import LAG, RATE, cut, load, normalised, peak

FOLDS, STEPS = 5, int(os.environ.get('STEPS', 600))
FOLD_SEEDS, FINAL_SEEDS = 2, 3
LEAST_SECONDS, LEAST_MARGIN, MOST_NATIVE = 2.5, 0.1, 300
LAGS = np.arange(-LAG, LAG + 1) * 1000 / RATE
z = lambda curve: (curve - np.median(curve)) / (curve.std() + 1e-9)
rival = lambda y, p: y.max() - y[abs(LAGS - p) > 100].max()


def pair(clip, prep, native):
    return dict(mouth=prep(clip.measures, clip.lips),
                mel=normalised(cut(clip.mel, 2 * clip.first + int(round(native / 10)), 2 * clip.length)))


def natives(clips):
    """Offset of every clip's sound in ms, None where it cannot be told."""
    native = {c.name: 0.0 for c in clips}
    for _ in range(4):
        seen = {}
        for speaker in sorted({c.speaker for c in clips}):
            others = [c for c in clips if c.speaker != speaker and native[c.name] is not None]
            prep = Prep(others)
            cca = CCA([(d['mouth'], d['mel']) for d in (pair(c, prep, native[c.name]) for c in others)])
            for c in clips:
                if c.speaker == speaker:
                    d = pair(c, prep, 0)
                    curve = cca.curve(*cca.project(d['mouth'], d['mel']))
                    seen[c.name] = (peak(curve), rival(curve, peak(curve)))
        anchors = [seen[c.name][0] for c in clips if c.role == 'anchor'] or [s[0] for s in seen.values()]
        zero = float(np.median(anchors))
        native = {name: p - zero if m > LEAST_MARGIN and abs(p - zero) <= MOST_NATIVE else None
                  for name, (p, m) in seen.items()}
    return native


def fit(clips, native, seeds, log):
    prep = Prep(clips)
    data = [pair(c, prep, native[c.name]) for c in clips]
    cca = CCA([(d['mouth'], d['mel']) for d in data])
    nets = []
    for seed in range(seeds):
        nets.append(networks.train(data, prep.channels, STEPS, seed))
        log(f'  network {seed + 1} of {seeds}, {len(clips)} clips')
    return prep, cca, nets


def noisy(mel, rng, snr):
    """Pink noise `snr` dB below the speech, added to the bands' power."""
    level = np.log(np.exp(mel).mean()) - snr / 10 * np.log(10)
    tilt = np.linspace(0.7, -0.7, 40)
    return np.logaddexp(mel, level + tilt + np.log(rng.gamma(2, 0.5, mel.shape) + 1e-6)).astype(np.float32)


def curves(model, clip, start, count, shift=0, mel=None):
    """Curves of one window; nothing outside it is heard. shift in ms, + delays the sound."""
    prep, cca, nets = model
    m = normalised(cut(clip.mel if mel is None else mel, 2 * (clip.first + start) - int(round(shift / 10)), 2 * count))
    v = prep(clip.measures[start:start + count], clip.lips[start:start + count])
    c = cca.curve(*cca.project(v, m))
    c[c <= -1] = c[c > -1].min()
    total = 0
    with torch.no_grad():
        for net in nets:
            g, seen = networks.curve(net.sharpness, *net.embed(torch.tensor(v.T[None].copy()), torch.tensor(m.T[None].copy()).float()))
            g, seen = g[0].numpy(), seen.numpy()
            g[~seen] = g[seen].min()
            total = total + g / len(nets)
    return c, total


def windows(clip, seconds):
    count = int(seconds * RATE)
    if clip.length < count:
        return []
    k = max(1, int((clip.seconds - seconds) // (seconds / 2)) + 1)
    return [int(x) for x in np.linspace(0, clip.length - count, min(k, 8))]


def pack(x):
    x = np.asarray(x, dtype=np.float64)
    scale = float(np.abs(x).max() / 32767) or 1.0
    return dict(shape=list(x.shape), scale=scale, data=base64.b64encode(np.round(x / scale).astype('<i2').tobytes()).decode())


def folded(conv, norm=None):
    w, b = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    if norm is not None:
        k = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
        w, b = w * k[:, None, None], (b - norm.running_mean.numpy()) * k + norm.bias.detach().numpy()
    return dict(kernel=pack(w), bias=pack(b), stride=conv.stride[0], dilation=conv.dilation[0])


def write(file, model, bias, calibration, extra):
    prep, cca, nets = model
    stream = lambda e: dict(first=folded(e.first, e.norms[0]), second=folded(e.second, e.norms[1]),
                            third=folded(e.third, e.norms[2]), last=folded(e.last))
    with open(file, 'w') as f:
        json.dump(dict(
            version='1', bias=round(bias, 1), measureScale=pack(prep.scale), lipBasis=pack(prep.basis), lipScale=pack(prep.lip_scale),
            correlation=dict(soundContext=SOUND_CONTEXT, mouthContext=MOUTH_CONTEXT, sound=pack(cca.sound), mouth=pack(cca.mouth), rho=pack(cca.rho)),
            networks=[dict(mouth=stream(n.mouth), sound=stream(n.sound), sharpness=abs(float(n.sharpness))) for n in nets],
            calibration=calibration, **extra), f)


def calibrate(rows):
    """Knots of P(|error| ≤ 84 ms) over the margin, rising."""
    from sklearn.isotonic import IsotonicRegression
    table = []
    for seconds in (2, 4, 8):
        part = [r for r in rows if r['seconds'] == seconds]
        m, ok = np.array([r['margin'] for r in part]), np.array([abs(r['error']) <= 84 for r in part], float)
        rise = IsotonicRegression(out_of_bounds='clip').fit(m, ok)
        margins = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4]
        probabilities = []
        for i, k in enumerate(margins):
            # Few cases say little: with five cases' weight a longer window is believed no more than a shorter one.
            n = int((abs(m - k) <= 0.35).sum())
            prior = table[-1]['probabilities'][i] if table else 0.4
            probabilities.append(round(float((rise.predict([k])[0] * n + 5 * prior) / (n + 5)), 3))
        table.append(dict(seconds=seconds, margins=margins, probabilities=list(np.maximum.accumulate(probabilities))))
    return table


def main():
    features, target, folder = (sys.argv[1:] + [None] * 3)[:3]
    features = features or 'training/cache/lip-sync/features'
    target = target or 'models/retake-lip-sync.json'
    folder = folder or 'training/cache/lip-sync/folds'
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    began = time.time()
    log = lambda text: print(f'{time.time() - began:5.0f} s {text}', flush=True)

    clips = [c for c in load(features) if c.role not in ('unsure', os.environ.get('WITHOUT')) and c.seconds >= LEAST_SECONDS]
    native = natives(clips)
    for c in clips:
        log(f'{c.name[:46]:46s} {c.role:7s} {c.seconds:5.1f} s native offset ' + ('unknown' if native[c.name] is None else f'{native[c.name]:.0f} ms'))
    usable = [c for c in clips if native[c.name] is not None]
    real = [c for c in usable if c.role != 'driven']
    seconds = lambda which: sum(c.seconds for c in which)
    order = sorted({c.speaker for c in real}, key=lambda s: (-seconds([c for c in real if c.speaker == s]), s))
    load_of, fold = [0.0] * FOLDS, {}
    for s in order:
        k = int(np.argmin(load_of))
        fold[s] = k
        load_of[k] += seconds([c for c in real if c.speaker == s])

    rng, rows, bias = np.random.default_rng(0), [], []
    for k in range(FOLDS):
        test = [c for c in real if fold[c.speaker] == k]
        model = fit([c for c in usable if c not in test], native, FOLD_SEEDS, log)
        write(os.path.join(folder, f'{k}.json'), model, 0.0, [dict(seconds=4, margins=[0, 2], probabilities=[0, 1])],
              dict(unseen={c.name: native[c.name] for c in test}))
        for c in test:
            whole = peak(sum(map(z, curves(model, c, 0, c.length))))
            bias.append(whole - native[c.name])
            for length in (2, 4, 8):
                for start in windows(c, length):
                    for snr in (None, 15, 5, 0, -5):
                        shift = int(rng.choice([-320, -160, -80, 0, 80, 160, 320]))
                        if abs(shift + whole) > 520:
                            shift = 0
                        mel = None if snr is None else noisy(c.mel, rng, snr)
                        y = sum(map(z, curves(model, c, start, length * RATE, shift, mel)))
                        p = peak(y)
                        rows.append(dict(clip=c.name, seconds=length, snr=snr, error=p - whole - shift, margin=rival(y, p)))
        for length in (2, 4, 8):
            e = np.array([abs(r['error']) for r in rows if r['seconds'] == length and r['snr'] is None])
            if len(e):
                log(f'fold {k}: so far {length} s {len(e)} windows within 42 ms {np.mean(e <= 42):.3f}, 84 ms {np.mean(e <= 84):.3f}')
    calibration, zero = calibrate(rows), float(np.median(bias))
    for k in range(FOLDS):
        file = os.path.join(folder, f'{k}.json')
        with open(file) as f:
            made = json.load(f)
        made.update(calibration=calibration, bias=round(zero, 1))
        with open(file, 'w') as f:
            json.dump(made, f)
    with open(os.path.join(folder, 'windows.json'), 'w') as f:
        json.dump(rows, f)
    for snr in (None, 15, 5, 0, -5):
        e = np.array([abs(r['error']) for r in rows if r['seconds'] == 4 and r['snr'] == snr])
        log(f'4 s, noise {snr} dB: within 42 ms {np.mean(e <= 42):.3f}, 84 ms {np.mean(e <= 84):.3f}')
    model = fit(usable, native, FINAL_SEEDS, log)
    write(target, model, zero, calibration, dict(trained=dict(clips=len(usable), speakers=len({c.speaker for c in usable}), seconds=round(seconds(usable)),
                                                              realSeconds=round(seconds(real)))))
    log(f'bias {zero:.1f} ms, calibration {json.dumps(calibration)}')


if __name__ == '__main__':
    main()
