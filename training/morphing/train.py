"""Makes models/retake-morphing.json: what real footage does (tables), what planted morphs look like (network), how ten seconds are
judged as a whole (whole.py), and how sure a given evidence makes (logistic). Two folds by source give the figures and the calibration; the model is fitted on everything.

    python3 training/morphing/train.py <data folder with manifest.json> [cache]
    python3 training/morphing/train.py <data folder with manifest.json> <cache> --fit 0|1|all
    python3 training/morphing/train.py <data folder with manifest.json> <cache> --stretches

Fits are kept in the cache and not done again for the same pairs; the second makes one of them and stops, so that they can run beside each other. The third
keeps tables and networks as they are and makes anew only how ten seconds are judged: seconds instead of minutes.
The cache holds `drift/` (extract.ts over the media folders), `stretches.json` (people.ts, stretches.ts), `planted/` (plant.py) and
`planted-drift/` (extract.ts over it).
"""
import json
import os
import sys

import numpy as np
import torch

import clips
import whole
from drift import EXPECTED, FLOOR, KNOTS, PAIRS, SIGNALS, Drift, Expectation, blur, labelled
from fusion import changed_in, export, export_onnx, fit as fit_network, inputs, runs as unbroken

MODEL = "models/retake-morphing.json"
FOLDS = 2
# Real footage may give one finding in two minutes, and unseen footage is always worse than seen: so many a minute for regions
# that change within half a second (two in the quarter of an hour there is), and as many for stretches as a whole; some are both.
RATE, WHOLE_RATE = 0.15, 0.15
# Windows per clip that the expectation sees.
WINDOWS = 40


def strengths(cells, inside, reach=3, counted=12):
    """Strongest region per window, as src/signals/morphing/events.ts has it; -9 outside."""
    out, place = np.full(len(cells), -9.0), np.zeros((len(cells), 2), int)
    index = np.where(inside)[0]
    for run in np.split(index, np.where(np.diff(index) > 1)[0] + 1) if len(index) else []:
        for n, t in enumerate(run):
            inner = cells[run[max(0, n - 2):n + 3]].mean(0)[1:-1, 1:-1]
            y, x = np.unravel_index(inner.argmax(), inner.shape)
            place[t] = y + 1, x + 1
            near = inner[max(0, y - reach):y + reach + 1, max(0, x - reach):x + reach + 1].ravel()
            out[t] = np.sort(near)[-counted:].mean()
    return out, place


def fit(drifts, pairs, planted):
    """Expectation from real footage, network from planted pairs and from what is ordinary in real and clean generated clips."""
    expectation = Expectation().fit([d.thinned(WINDOWS) for d in drifts if d.label == "real"])
    stretches = {}
    for a, b, about, key in pairs:
        if len(a.starts) != len(b.starts):
            continue
        changed = changed_in(np.load(f"{planted}/{key}.npy"), b.starts, b.ends, b.about["rows"], b.about["columns"])
        if a.name not in stretches:
            stretches[a.name] = (inputs(a, expectation.z(a)), [])
        stretches[a.name][1].append((inputs(b, expectation.z(b)), changed.astype(np.float16), about["strength"]))
        a._basis = b._basis = None
    ordinary = [(inputs(d, expectation.z(d)), d.inside, 1.0 if d.label == "real" else 0.6) for d in drifts if d.label in ("real", "clean")]
    for d in drifts:
        d._basis = None
    return expectation, fit_network(list(stretches.values()), ordinary)


def kept_fit(cache, name, drifts, pairs):
    """As `fit`, from the cache where it was fitted to the same clips and pairs before."""
    about = [[d.name for d in drifts], [key for *_, key in pairs]]
    path = f"{cache}/fit-{name}.pt"
    if os.path.exists(path):
        kept = torch.load(path)
        if kept["about"] == about:
            return kept["fit"]
    made = fit(drifts, pairs, f"{cache}/planted")
    torch.save(dict(about=about, fit=made), f"{path}.part")
    os.replace(f"{path}.part", path)
    return made


def odds(d, expectation, model):
    """Log-odds of every cell, smoothed over 3 x 3; runs of windows inside shots are judged by themselves."""
    values = inputs(d, expectation.z(d))
    out = np.full(values.shape[1:], -9, np.float32)
    for run in unbroken(d.inside):
        out[run] = model.odds(values[:, run])
    d._basis = None
    out = blur(out)
    # Where most of the picture looks like a morph it is the picture that changes, not something in it.
    return out - np.maximum(0, np.median(out[:, 1:-1, 1:-1], axis=(1, 2)))[:, None, None]


def runs(above):
    return int((above[1:] & ~above[:-1]).sum() + above[:1].sum())


def calibrate(held, drifts, planted):
    """Slope and offset such that evidence met RATE times a minute in unseen real footage means one half."""
    real = [d for d in drifts if d.label == "real"]
    minutes = sum(d.seconds for d in real) / 60
    at = {d.name: strengths(held[d.name], d.inside)[0] for d in real}
    even = next(t for t in np.arange(-4, 12, 0.05) if sum(runs(s > t) for s in at.values()) / minutes <= RATE)
    # Slope: how fast planted windows outnumber untouched ones of the same clips around that place.
    from sklearn.linear_model import LogisticRegression
    x = np.r_[[a for a, _ in planted], [b for _, b in planted]][:, None]
    slope = float(LogisticRegression(C=10, class_weight="balanced").fit(x, np.r_[np.zeros(len(planted)), np.ones(len(planted))]).coef_[0, 0])
    return dict(slope=round(slope, 3), offset=round(-slope * even, 3)), even, minutes


def calibrate_whole(sums, drifts, stretches):
    """The same for stretches. Slope: how fast labelled generated clips with a visible fault in time outnumber clean ones; no
    other use is made of those labels."""
    real = [d for d in drifts if d.label == "real" and d.name in sums]
    minutes = sum(d.seconds for d in real) / 60
    count = lambda t: sum(whole.findings(sums[d.name], stretches[d.name], t) for d in real)
    even = next(t for t in np.arange(-3, 12, 0.02) if count(t) / minutes <= WHOLE_RATE)
    from sklearn.linear_model import LogisticRegression
    some = [(max(sums[d.name]), d.label == "morph") for d in drifts if d.label in ("morph", "clean") and len(sums.get(d.name, []))]
    x, y = np.array([s for s, _ in some])[:, None], np.array([m for _, m in some])
    slope = float(LogisticRegression(C=10, class_weight="balanced").fit(x, y).coef_[0, 0])
    return dict(slope=round(slope, 3), offset=round(-slope * even, 3)), even


def pack(expectation, model, calibration, judge):
    """The model in the product's form."""
    digits = lambda values: [float(f"{v:.5g}") for v in np.ravel(values)]
    return dict(
        expectation=dict(
            signals=list(SIGNALS), floor=FLOOR, knots=KNOTS, contexts=EXPECTED, pairs=PAIRS,
            mean=digits(expectation.mean), spread=digits(expectation.spread), least=digits(expectation.least),
        ),
        network=export(model),
        calibration=calibration,
        whole=judge,
    )


def save(path, content):
    with open(path, "w") as file:
        json.dump(content, file, separators=(",", ":"))


def only_stretches(data, cache):
    """Stretches anew, everything else as the last whole training left it."""
    drifts, stretches = labelled(data, cache), whole.read(cache)
    folds = [json.load(open(f"{cache}/fold-{fold}.json")) for fold in range(FOLDS)]
    judges, sums = [], {}
    for fold, kept in enumerate(folds):
        expectation = Expectation.of(kept["expectation"])
        judge = whole.Whole().fit([d for d in drifts if clips.fold(d.name, FOLDS) != fold], stretches, expectation)
        judges.append(judge)
        for d in drifts:
            if clips.fold(d.name, FOLDS) == fold and d.name in stretches:
                sums[d.name] = judge.sums(d, stretches, expectation)
            d._basis = None
    total, limit = calibrate_whole(sums, drifts, stretches)
    print("sum of a stretch at one half", limit, "calibration", total)
    for fold, (kept, judge) in enumerate(zip(folds, judges)):
        save(f"{cache}/fold-{fold}.json", dict(kept, whole=judge.pack(total)))
    model = json.load(open(MODEL))
    judge = whole.Whole().fit(drifts, stretches, Expectation.of(model["expectation"]))
    save(MODEL, dict(model, whole=judge.pack(total)))


def main():
    data = sys.argv[1]
    cache = sys.argv[2] if len(sys.argv) > 2 else "training/cache/morphing"
    if "--stretches" in sys.argv:
        return only_stretches(data, cache)
    drifts = labelled(data, cache)
    names = {n[:-5] for n in os.listdir(f"{cache}/planted-drift") if n.endswith(".json")}
    keys = sorted({n.split("__")[1][:-6] for n in names if n.endswith("-b.mp4")})
    pairs, untouched = [], {}
    for key in keys:
        # Written last: a pair without it was never finished.
        if not os.path.exists(f"{cache}/planted/{key}.json"):
            continue
        about_pair = json.load(open(f"{cache}/planted/{key}.json"))
        of = about_pair.get("a", key)
        if f"planted__{of}-a.mp4" not in names:
            continue
        if of not in untouched:
            untouched[of] = Drift(f"{cache}/planted-drift", f"planted__{of}-a.mp4")
        pairs.append((untouched[of], Drift(f"{cache}/planted-drift", f"planted__{key}-b.mp4"), about_pair, key))
    print(len(drifts), "clips", len(pairs), "pairs")

    half = lambda fold: ([d for d in drifts if clips.fold(d.name, FOLDS) != fold], [p for p in pairs if clips.fold(p[2]["source"], FOLDS) != fold])
    if "--fit" in sys.argv:
        name = sys.argv[sys.argv.index("--fit") + 1]
        kept_fit(cache, name, *((drifts, pairs) if name == "all" else half(int(name))))
        return
    stretches = whole.read(cache)
    held, windows, halves, sums = {}, [], [], {}
    for fold in range(FOLDS):
        seen = lambda name: clips.fold(name, FOLDS) != fold
        expectation, model = kept_fit(cache, fold, *half(fold))
        unseen = [d.name for d in drifts if not seen(d.name)] + [f"planted__{p[3]}" for p in pairs if not seen(p[2]["source"])]
        judge = whole.Whole().fit([d for d in drifts if seen(d.name)], stretches, expectation)
        halves.append((expectation, model, judge, unseen))
        for d in drifts:
            if seen(d.name):
                continue
            if d.name in stretches:
                sums[d.name] = judge.sums(d, stretches, expectation)
            if d.label == "real":
                held[d.name] = odds(d, expectation, model)
        for a, b, info, key in pairs:
            if not seen(info["source"]):
                windows.append((key, odds(a, expectation, model), odds(b, expectation, model)))
        print("fold", fold, len(unseen), "unseen", flush=True)
    planted = [(strengths(a, np.ones(len(a), bool))[0].max(), strengths(b, np.ones(len(b), bool))[0].max()) for _, a, b in windows]
    calibration, even, minutes = calibrate(held, drifts, planted)
    print("evidence at one half", even, "calibration", calibration, "real minutes", round(minutes, 1))
    total, limit = calibrate_whole(sums, drifts, stretches)
    print("sum of a stretch at one half", limit, "calibration", total)
    # What the bench needs to judge every clip by a model that never saw its source.
    for fold, (expectation, model, judge, unseen) in enumerate(halves):
        save(f"{cache}/fold-{fold}.json", dict(pack(expectation, model, calibration, judge.pack(total)), unseen=unseen))
    expectation, model = kept_fit(cache, "all", drifts, pairs)
    judge = whole.Whole().fit(drifts, stretches, expectation)
    save(MODEL, pack(expectation, model, calibration, judge.pack(total)))
    export_onnx(model, f"{cache}/regions.onnx")
    print("size", os.path.getsize(MODEL))


if __name__ == "__main__":
    main()
