"""How much the sum over ten seconds owes to having been chosen in view of the labelled clips: for each fold the terms that order the
labelled clips of the other fold best are chosen among many, and judged on this one.

    python3 training/morphing/choice.py <data folder with manifest.json> [cache]
"""
import itertools
import json
import sys

import numpy as np

import clips
import whole
from drift import SIGNALS, Expectation, labelled

SHARES = (90, 95, 99)
THINGS = [f"{s} p{p}" for s in SIGNALS for p in SHARES]
NAMES = [*THINGS, *whole.MEASURES, "limbs", "visits"]
SHIPPED = (("near32 p95", 1), ("limbs", 1), ("visits", 0.5))
CHOICES = [
    tuple((name, weight) for name, weight in ((thing, 1), (bone, 1), ("visits", visits)) if name and weight)
    for thing, bone, visits in itertools.product([None, *THINGS], [None, *whole.MEASURES, "limbs"], (0, 0.5, 1))
][1:]


def table(drifts, stretches, fold):
    """clip -> stretches x NAMES in deviations of real footage outside the fold."""
    real = [d for d in drifts if d.label == "real" and clips.fold(d.name) != fold]
    expectation = Expectation().fit([d.thinned(40) for d in real])
    judge = whole.Whole().fit(real, stretches, expectation)
    rows = {}
    for d in drifts:
        z = np.clip(expectation.z(d), -4, 8)[:, 1:-1, 1:-1]
        d._basis = None
        for s in stretches.get(d.name, []):
            near = np.percentile(z[s["windows"]].reshape(-1, len(SIGNALS)), SHARES, axis=0).T.ravel()
            bodies = np.array([(np.array(whole.logs(b)) - np.array(whole.row(b)) @ judge.factors) / judge.spread for b in s["bodies"]]).reshape(-1, 3)
            bones = [*bodies.max(0), bodies.mean(1).max()] if len(bodies) else [0] * 4
            rows.setdefault(d.name, []).append([*near, *bones, float(s["visits"])])
    every = np.concatenate([rows[d.name] for d in real if d.name in rows])
    weight = np.concatenate([[1 / len(rows[d.name])] * len(rows[d.name]) for d in real if d.name in rows])[:, None]
    mean = (every * weight).sum(0) / weight.sum()
    deviation = np.sqrt((weight * (every - mean) ** 2).sum(0) / weight.sum())
    return {name: (np.array(r) - mean) / deviation for name, r in rows.items()}


def score(rows, about, terms):
    """The worst stretch, as whole.py adds it up."""
    sums = sum(weight * rows[:, NAMES.index(name)] for name, weight in terms)
    shots = np.array([s["shot"] for s in about])
    for shot in set(shots.tolist()):
        inside = shots == shot
        if inside.sum() >= whole.USUAL:
            sums[inside] -= max(0, np.median(sums[inside]))
    return sums.max()


def area(ones, others):
    a, b = np.array(ones)[:, None], np.array(others)[None]
    return float(((a > b) + 0.5 * (a == b)).mean())


def main():
    data = sys.argv[1]
    cache = sys.argv[2] if len(sys.argv) > 2 else "training/cache/morphing"
    drifts = labelled(data, cache)
    looked = json.load(open("bench/morphing/second-look.json"))["labels"]
    stretches = whole.read(cache)
    tables = [table(drifts, stretches, fold) for fold in (0, 1)]
    for title, label in (("as given", lambda d: d.label), ("second look", lambda d: looked.get(d.name.replace("__", "/", 1), d.label))):
        some = [d for d in drifts if label(d) in ("morph", "clean") and d.name in tables[0]]

        def split(fold, terms):
            scores = [(label(d), score(tables[fold][d.name], stretches[d.name], terms)) for d in some if clips.fold(d.name) == fold]
            return [[s for l, s in scores if l == wanted] for wanted in ("morph", "clean")]

        pooled = {"chosen": [[], []], "shipped": [[], []]}
        for fold in (0, 1):
            best = max(CHOICES, key=lambda terms: area(*split(1 - fold, terms)))
            print(title, "fold", fold, "chosen on the other", best, round(area(*split(1 - fold, best)), 2), "here", round(area(*split(fold, best)), 2))
            for name, terms in (("chosen", best), ("shipped", SHIPPED)):
                for k, scores in enumerate(split(fold, terms)):
                    pooled[name][k] += scores
        for name, (morphs, clean) in pooled.items():
            limit = sorted(clean)[int(0.95 * len(clean))]
            print(title, name, "AUC", round(area(morphs, clean), 3), "recall at 5 % of clean", round(float(np.mean(np.array(morphs) > limit)), 2))


if __name__ == "__main__":
    main()
