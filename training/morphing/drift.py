"""Drift maps as the product measured them, and what is expected of them on ordinary footage."""
import copy
import json
import os

import numpy as np

from clips import fold, label, rows

# Largest value of each packed map, as in DRIFT_MOST.
MOST = dict(motion=48, doubt=24, change=64, detail=64, strength=4, net8=2, jerk8=3, step8=1, net16=2, jerk16=3, step16=1, near16=1, gone16=1, come16=1, near32=1)
CONTEXT = ("motion", "doubt", "change", "detail", "strength")
SIGNALS = ("net8", "jerk8", "step8", "net16", "jerk16", "step16", "near16", "gone16", "come16", "near32")
FLOOR = 0.02


class Drift:
    """One clip's maps: `get(name)` is windows x rows x columns."""

    def __init__(self, cache, name):
        about = json.load(open(f"{cache}/{name}.json"))
        self.about, self.name, self._basis, self._thin = about, name, None, None
        self.names = about["maps"]
        count, rows, columns = len(about["starts"]), about["rows"], about["columns"]
        packed = np.fromfile(f"{cache}/{name}.bin", np.uint8).reshape(count, len(self.names), rows, columns)
        most = np.array([MOST[n] for n in self.names], np.float32)[None, :, None, None]
        self.values = most * (packed / np.float32(255)) ** 2
        self.starts, self.ends = np.array(about["starts"]), np.array(about["ends"])
        fps = about["fps"]["num"] / about["fps"]["den"]
        self.fps = fps if fps < 240 else 30
        # Windows inside one shot, by the first frame of the shot that they lie in.
        self.inside = np.zeros(count, bool)
        for shot in about["shots"]:
            self.inside |= (self.starts >= shot["start"]) & (self.ends < shot["end"])

    def get(self, name):
        return self.values[:, self.names.index(name)]

    def basis(self):
        """Rows of the expectation's design matrix for every cell of every window; kept."""
        if self._basis is None:
            self._basis = basis(context(self).reshape(-1, len(KNOTS)))
        return self._basis

    def thinned(self, most):
        """The same with at most so many windows, evenly spaced, all inside shots; kept."""
        if self._thin is None:
            index = np.where(self.inside)[0]
            if len(index) > most:
                index = index[np.linspace(0, len(index) - 1, most).astype(int)]
            self._thin = copy.copy(self)
            self._thin.values = self.values[index]
            self._thin.starts, self._thin.ends, self._thin.inside = self.starts[index], self.ends[index], self.inside[index]
            self._thin._basis = None
        return self._thin

    @property
    def seconds(self):
        return self.about["frames"] / self.fps


def load(cache, keep=lambda name: True):
    names = sorted(n[:-5] for n in os.listdir(cache) if n.endswith(".json"))
    out = [Drift(cache, n) for n in names if keep(n)]
    return [d for d in out if d.inside.any()]


def labelled(data, cache):
    """All clips with maps, each with the label of the folder's manifest, or none."""
    about = {f"{f}__{n}": row for f in ("generated", "footage", "talking") for n, row in rows(f"{data}/{f}").items()}
    drifts = load(f"{cache}/drift")
    for d in drifts:
        d.label = label(about[d.name]) if d.name in about else None
    return drifts


def dilate(maps):
    """Largest of 3 x 3 cells."""
    p = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = maps.shape[1:]
    return np.max([p[:, y:y + h, x:x + w] for y in range(3) for x in range(3)], 0)


def blur(maps):
    p = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = maps.shape[1:]
    return np.mean([p[:, y:y + h, x:x + w] for y in range(3) for x in range(3)], 0)


def context(d):
    """What the expectation is conditioned on: windows x rows x columns x values, logarithms but for the strength."""
    motion, doubt, change = d.get("motion"), d.get("doubt"), d.get("change")
    return np.stack([
        np.log1p(motion), np.log1p(dilate(motion)), np.log1p(doubt), np.log1p(change), np.log1p(dilate(change)),
        np.log1p(d.get("detail")), d.get("strength"),
    ], -1)


KNOTS = [
    [0, .2, .5, .9, 1.4, 2, 2.7, 3.5],
    [0, .2, .5, .9, 1.4, 2, 2.7, 3.5],
    [0, .15, .4, .8, 1.3, 1.9, 2.6, 3.2],
    [0, .4, .8, 1.2, 1.7, 2.3, 3, 3.7],
    [0, .4, .8, 1.2, 1.7, 2.3, 3, 3.7],
    [0, .4, .8, 1.2, 1.7, 2.2, 2.7, 3.3],
    [.4, .6, .75, .9, 1.05, 1.2, 1.4, 1.8],
]
# What is ordinary is asked of motion, gradient and strength only: luma change and disagreement of the flow are what a morph
# causes, and to allow for them allows for it. The trees see all contexts.
EXPECTED = [0, 5, 6]
PAIRS = [(0, 5), (0, 6), (5, 6)]


def hats(values, knots):
    """Linear interpolation weights on the knots, flat outside."""
    x = np.interp(values, knots, np.arange(len(knots)))
    k = np.minimum(len(knots) - 2, x.astype(int))
    share = (x - k).astype(np.float32)
    out = np.zeros((len(values), len(knots)), np.float32)
    rows = np.arange(len(values))
    out[rows, k] = 1 - share
    out[rows, k + 1] += share
    return out


def basis(c):
    """Design matrix of flattened contexts: one hat per knot of every context, products for the pairs (every second knot)."""
    ones = [hats(c[:, k], KNOTS[k]) for k in EXPECTED]
    few = {k: hats(c[:, k], KNOTS[k][::2]) for k in EXPECTED}
    both = [(few[a][:, :, None] * few[b][:, None, :]).reshape(len(c), -1) for a, b in PAIRS]
    return np.concatenate(ones + both, 1)


def log_signal(d, name):
    return np.log(d.get(name) + FLOOR)


class Expectation:
    """Mean and mean absolute deviation of every signal's logarithm given the context; additive tables fitted by ridge."""

    def fit(self, drifts, per=1500, seed=0, ridge=3.0):
        rng = np.random.RandomState(seed)
        cs, ys, ws = [], [], []
        for d in drifts:
            c = context(d)[d.inside][:, 1:-1, 1:-1].reshape(-1, len(KNOTS))
            pick = rng.choice(len(c), min(len(c), per), False)
            cs.append(c[pick])
            ys.append(np.stack([log_signal(d, s)[d.inside][:, 1:-1, 1:-1].reshape(-1)[pick] for s in SIGNALS], 1))
        b = basis(np.concatenate(cs)).astype(np.float64)
        y = np.concatenate(ys)
        gram = b.T @ b + ridge * np.eye(b.shape[1])
        self.mean = np.linalg.solve(gram, b.T @ y)
        rest = np.abs(y - b @ self.mean)
        self.spread = np.linalg.solve(gram, b.T @ rest)
        self.least = np.percentile(b @ self.spread, 2, axis=0)
        return self

    @classmethod
    def of(cls, kept):
        """What the product's form of the tables holds."""
        tables, signals = cls(), len(kept["signals"])
        tables.mean, tables.spread = (np.array(kept[name]).reshape(-1, signals) for name in ("mean", "spread"))
        tables.least = np.array(kept["least"])
        return tables

    def z(self, d):
        """windows x rows x columns x signals."""
        b = d.basis()
        y = np.stack([log_signal(d, s) for s in SIGNALS], -1)
        expected = (b @ self.mean.astype(np.float32)).reshape(y.shape)
        spread = np.maximum((b @ self.spread.astype(np.float32)).reshape(y.shape), self.least)
        return (y - expected) / spread
