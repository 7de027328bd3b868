"""How stretches of ten seconds are judged as a whole: what bones of real bodies do at their motion, what real footage shows of
every kind of evidence, and how sure a given sum makes. `stretches.json` in the cache comes from stretches.ts.
"""
import json

import numpy as np

from drift import SIGNALS

NEAR = SIGNALS.index("near32")
MEASURES = ("step", "most", "drawn")
# Equal say for what is seen of things and of bodies; half of it for people who come and go, which real ones do behind others.
USUAL = 5
WEIGHTS = dict(near=1.0, limbs=1.0, visits=0.5)


def read(cache):
    return json.load(open(f"{cache}/stretches.json"))


def row(body):
    motion = np.log(body["motion"] + 0.01)
    return [1, motion, motion * motion, np.log(body["looks"])]


def logs(body):
    return [np.log(body[m] + 0.005) for m in MEASURES]


class Whole:
    """Fitted on real clips; every clip counts alike, however long it is."""

    def fit(self, drifts, stretches, expectation):
        real = [d for d in drifts if d.label == "real"]
        x, y, w = [], [], []
        for d in real:
            bodies = [b for s in stretches.get(d.name, []) for b in s["bodies"]]
            for body in bodies:
                x.append(row(body))
                y.append(logs(body))
                w.append(1 / len(bodies))
        x, y, w = np.array(x), np.array(y), np.array(w)[:, None]
        self.factors = np.linalg.solve((x * w).T @ x + 0.1 * np.eye(4), (x * w).T @ y)
        self.spread = (np.abs(y - x @ self.factors) * w).sum(0) / w.sum()
        rows, weights = [], []
        for d in real:
            found = self.raw(d, stretches, expectation)
            rows += found
            weights += [1 / max(1, len(found))] * len(found)
        rows, weights = np.array(rows), np.array(weights)[:, None]
        self.mean = (rows * weights).sum(0) / weights.sum()
        self.deviation = np.sqrt((weights * (rows - self.mean) ** 2).sum(0) / weights.sum())
        return self

    def limbs(self, body):
        return float(((np.array(logs(body)) - np.array(row(body)) @ self.factors) / self.spread).mean())

    def raw(self, d, stretches, expectation):
        """near, limbs and visits of every stretch."""
        z = expectation.z(d)[:, 1:-1, 1:-1, NEAR]
        out = []
        for s in stretches.get(d.name, []):
            limbs = max((self.limbs(b) for b in s["bodies"]), default=0.0)
            out.append([float(np.percentile(z[s["windows"]], 95)), limbs, float(s["visits"])])
        return out

    def sums(self, d, stretches, expectation):
        """What speaks for a morph in every stretch, as src/signals/morphing/stretches.ts adds it up."""
        about = stretches.get(d.name, [])
        rows = np.array(self.raw(d, stretches, expectation)).reshape(-1, 3)
        sums = ((rows - self.mean) / self.deviation) @ np.array(list(WEIGHTS.values()))
        # What holds most of the time in a shot of half a minute is the scene's own way.
        shots = np.array([s["shot"] for s in about])
        for shot in set(shots.tolist()):
            inside = shots == shot
            if inside.sum() >= USUAL:
                sums[inside] -= max(0, np.median(sums[inside]))
        return sums

    def pack(self, calibration):
        number = lambda v: float(f"{v:.5g}")
        terms = {name: dict(mean=number(self.mean[k]), deviation=number(self.deviation[k]), weight=WEIGHTS[name]) for k, name in enumerate(WEIGHTS)}
        limbs = dict(factors=[[number(v) for v in column] for column in self.factors.T], spread=[number(v) for v in self.spread])
        return dict(limbs=limbs, terms=terms, calibration=calibration)


def findings(sums, stretches, limit):
    """Findings in one clip: overlapping stretches above the limit are one."""
    count, last = 0, -1
    for value, s in zip(sums, stretches):
        if value > limit:
            count += s["start"] > last
            last = max(last, s["end"])
    return count
