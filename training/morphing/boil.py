"""Grows the trees that tell boiling texture from what moves, from grain and from coding, and says how well they do on sources
that they did not see.

    python3 training/morphing/boil.py <cache> <model to write>

The cache holds `boil-table` (boil-table.ts) and `boil-planted/` (boil_plant.py); the models of both halves of the sources go
there too, `boil-fold-0.json` and `boil-fold-1.json`, for the bench.

Wants numpy, OpenCV and scikit-learn.
"""
import json
import re
import sys

import cv2
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from clips import fold

SETTINGS = dict(max_iter=60, learning_rate=0.15, max_leaf_nodes=12, l2_regularization=1.0, early_stopping=False, random_state=0)
MOST = 8
UNTOUCHED = ("none", "none32", "grain")
STRENGTHS = ("weak", "medium", "strong")
# Log-odds above which a cell that does not boil is a hard one.
HARD = -1.0
# Boiling counts as even so far above all unseen real clips but so many; and what of the log-odds one step takes.
ABOVE, SPARED, STEP = 0.3, 1, 0.6


def read(table, folder):
    about = json.load(open(f"{table}.json"))
    values = np.fromfile(f"{table}.bin", np.float32).reshape(-1, about["features"])
    rows, at = [], 0
    for row in about["rows"]:
        n = row["columns"] * row["rows"]
        row["cells"] = values[at : at + n]
        at += n
        planted = re.match(r".*__(\d+)-(\w+)\.mp4$", row["name"]) if row["name"].startswith("boil-planted__") else None
        if planted:
            plan = json.load(open(f"{folder}/{planted.group(1)}.json"))
            row.update(seed=int(planted.group(1)), variant=planted.group(2), fold=plan["fold"], source=plan["name"])
            y, x = np.mgrid[: row["rows"], : row["columns"]]
            away = np.hypot((x + 0.5) / row["columns"] * plan["w"] - plan["x"], (y + 0.5) / row["rows"] * plan["h"] - plan["y"])
            row["inside"] = (away < 0.6 * plan["r"]).ravel()
            row["disc"] = (away < plan["r"]).ravel()
            row["on"] = row["start"] + 1 >= plan["start"] and row["end"] <= plan["end"]
            row["part"] = row["end"] > plan["start"] and row["start"] < plan["end"]
        else:
            row.update(seed=-1, variant=row["name"].split("__")[0], fold=fold(row["name"]), source=row["name"])
        rows.append(row)
    return rows


def samples(rows, rng):
    cells, labels = [], []
    def take(some, label, most):
        some = some[rng.permutation(len(some))[:most]]
        cells.append(some)
        labels.append(np.full(len(some), label))
    for row in rows:
        x = row["cells"]
        if row["variant"] in ("medium", "strong"):
            if row["on"]:
                take(x[row["inside"]], 1, 400)
                take(x[~row["disc"]], 0, 15)
        elif row["variant"] in UNTOUCHED:
            take(x[row["inside"]], 0, 40)
            take(x, 0, 20)
        elif row["variant"] in ("footage", "talking"):
            take(x, 0, 60)
    return np.concatenate(cells), np.concatenate(labels)


def grown(rows):
    """Trees; cells of real and of untouched clips that look like boiling to the first ones count twice in the next."""
    cells, labels = samples(rows, np.random.RandomState(0))
    weights = np.ones(len(labels))
    grow = lambda: HistGradientBoostingClassifier(**SETTINGS).fit(cells, labels, weights)
    model = grow()
    still = np.concatenate([row["cells"] for row in rows if row["variant"] in ("footage", "talking", *UNTOUCHED)])
    for _ in range(2):
        hard = still[model.decision_function(still) > HARD][:20_000]
        cells, labels = np.concatenate([cells, hard]), np.concatenate([labels, np.zeros(len(hard))])
        weights = np.concatenate([weights, np.full(len(hard), 2.0)])
        model = grow()
    return model


def strongest(model, rows):
    sums = model.decision_function(np.concatenate([row["cells"] for row in rows]))
    at, out = 0, []
    for row in rows:
        n = len(row["cells"])
        odds = np.clip(sums[at : at + n], -MOST, MOST).reshape(row["rows"], row["columns"])
        at += n
        out.append(cv2.blur(odds, (3, 3), borderType=cv2.BORDER_REPLICATE).max())
    return out


def trees(model):
    out = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        out.append({
            "feature": [int(i) if not l else -1 for i, l in zip(nodes["feature_idx"], leaf)],
            "threshold": [round(float(t), 5) if not l else 0 for t, l in zip(nodes["num_threshold"], leaf)],
            "left": [int(i) for i in nodes["left"]],
            "right": [int(i) for i in nodes["right"]],
            "value": [round(float(v), 5) for v in nodes["value"]],
        })
    return {"bias": float(np.ravel(model._baseline_prediction)[0]), "trees": out}


def main():
    cache, out = sys.argv[1:]
    rows = read(f"{cache}/boil-table", f"{cache}/boil-planted")
    halves = []
    for half in (0, 1):
        unseen = [row for row in rows if row["fold"] == half]
        model = grown([row for row in rows if row["fold"] != half])
        for row, value in zip(unseen, strongest(model, unseen)):
            row["evidence"] = value
        halves.append((model, sorted({row["name"] for row in unseen})))
    best = {}
    for row in rows:
        if row["seed"] < 0 or row["variant"] not in STRENGTHS or row["part"]:
            best[row["name"]] = max(best.get(row["name"], -MOST), row["evidence"])
    real = sorted(((v, n) for n, v in best.items() if n.startswith(("footage", "talking"))), reverse=True)
    for title, kind in (("real", ("footage", "talking")), ("generated", "generated")):
        strong = sorted(((v, n) for n, v in best.items() if n.startswith(kind)), reverse=True)[:8]
        print(title, sum(n.startswith(kind) for n in best), [(round(v, 2), n[:50]) for v, n in strong])
    at = lambda limit: {v: f"{np.mean([e > limit for n, e in best.items() if n.endswith(f'-{v}.mp4')]):.2f}" for v in (*STRENGTHS, *UNTOUCHED)}
    for spared in (0, 1, 2, 4):
        limit = real[spared][0] + ABOVE
        print(f"limit {limit:.2f}: {sum(v > limit for v, _ in real)} of {len(real)} real clips above,", at(limit))
    settings = {"even": round(float(real[SPARED][0] + ABOVE), 2), "step": STEP}
    for half, (model, unseen) in enumerate(halves):
        json.dump({**trees(model), **settings, "unseen": unseen}, open(f"{cache}/boil-fold-{half}.json", "w"), separators=(",", ":"))
    json.dump({**trees(grown(rows)), **settings}, open(out, "w"), separators=(",", ":"))
    print(settings)


main()
