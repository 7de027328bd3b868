"""Boosted trees for the continuity check, cross-fitted by source, from what extract.ts kept.

    /usr/bin/python3 training/continuity/train.py [cache folder]

Writes models/retake-continuity.json (trees fitted to everything), and beside the kept films folds.json (five sets of trees
with the groups that each has not seen, for the bench); for the tests parity.json (rows with the sums that scikit-learn gives).
"""
import hashlib
import itertools
import json
import os
from collections import defaultdict

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from kept import CACHE, EVENT, LOOKALIKES, NOWHERE, examples, films_for, judge, judged, load, overlap, places, shut_for

OUT = 'models/retake-continuity.json'
FOLDS = 5
# What each model says: the plants that it is to find.
MODELS = {
    'pop': ('appear', 'vanish', 'teleport', 'colour', 'scale'),
    'exposure': ('exposure',),
    'jump': ('jump', 'loop', 'reframe'),
    'slow': ('slow-appear', 'slow-vanish'),
}
# False events per minute of untouched takes that all models together may give, and what is tried for each.
ALLOWED = 0.25
RATES = (0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.13, 0.16)
# Highest sums on untouched takes that say how the tail of a model falls.
TAIL = 12
# Plants whose share that is found the division of the allowance maximises, each kind alike.
WANTED = {
    'pop': ('appear', 'vanish', 'teleport', 'scale', 'colour'),
    'exposure': ('exposure',),
    'jump': ('jump', 'reframe'),
    'slow': ('slow-appear', 'slow-vanish'),
}
SETTINGS = dict(max_iter=120, max_leaf_nodes=12, learning_rate=0.08, min_samples_leaf=6, l2_regularization=4.0,
                early_stopping=False, random_state=7)


def fold_of(group):
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS


def fit(films, name):
    xs, ys = zip(*[examples(film, name, MODELS[name]) for film in films_for(name, films)])
    x, y = np.concatenate(xs), np.concatenate(ys)
    weight = np.where(y == 1, min(20.0, 0.15 * (y == 0).sum() / max(1, (y == 1).sum())), 1.0)
    model = HistGradientBoostingClassifier(**SETTINGS)
    model.fit(x, y, sample_weight=weight)
    return model


def exported(model):
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        trees.append({
            'feature': [int(i) if not leaf else -1 for i, leaf in zip(nodes['feature_idx'], nodes['is_leaf'])],
            'threshold': [float(t) if not leaf else 0 for t, leaf in zip(nodes['num_threshold'], nodes['is_leaf'])],
            'left': [int(i) for i in nodes['left']],
            'right': [int(i) for i in nodes['right']],
            'value': [float(v) for v in nodes['value']],
        })
    return {'bias': float(np.ravel(model._baseline_prediction)[0]), 'trees': trees}


def events(score, shut, threshold):
    """Peaks over the threshold, no two within EVENT frames: (frame, score)."""
    found = []
    for i in np.flatnonzero((score >= threshold) & ~shut):
        if found and i - found[-1][0] <= EVENT:
            if score[i] > found[-1][1]:
                found[-1] = (i, score[i])
        else:
            found.append((i, score[i]))
    return found


def peaks(films, name):
    """Scores of all events on untouched takes, descending, and their minutes."""
    scores, seconds = [], 0.0
    for film in films_for(name, films):
        if film['variant'] != 'as-is':
            continue
        seconds += film['frames'] / film['fps']
        scores += [s for _, s in events(film['score'][name], film['shut'][name], NOWHERE + 1)]
    return np.sort(scores)[::-1], seconds / 60


def limits(films, name):
    """Threshold of a model for each of RATES: sums of untouched takes fall off exponentially over their highest."""
    scores, minutes = peaks(films, name)
    top = scores[: TAIL + 1]
    scale = max(0.1, float(np.mean(top[:-1]) - top[-1]))
    return [max(0.0, float(top[-1]) + scale * np.log(len(top[:-1]) / minutes / rate)) for rate in RATES]


def thresholds_for(films):
    """Thresholds that find most of what is planted while all models together stay within the allowance."""
    tables = []
    for name, kinds in WANTED.items():
        choices = limits(films, name)
        gain = np.zeros(len(RATES))
        for kind in kinds:
            best = []
            for film in films_for(name, films):
                slack = 2 if name == 'slow' else 1
                for plant in film['plants']:
                    if plant['kind'] == kind:
                        a, b = plant['frame'], max(plant['end'], plant['frame'] + 1)
                        best.append(film['score'][name][max(0, a - slack): b + slack].max())
            gain += [np.mean(np.array(best) >= limit) if best else 0 for limit in choices]
        tables.append((name, choices, gain))
    best, chosen = -1.0, None
    for pick in itertools.product(range(len(RATES)), repeat=len(tables)):
        if sum(RATES[i] for i in pick) > ALLOWED + 1e-9:
            continue
        total = sum(table[2][i] for table, i in zip(tables, pick))
        if total > best:
            best, chosen = total, pick
    return {name: choices[i] for (name, choices, _), i in zip(tables, chosen)}


def main():
    films = load()
    names = films[0]['names']
    fades = next(film['fades'] for film in films if film['whole'])
    for film in films:
        film['shut'] = {name: shut_for(film, name) for name in MODELS}
        film['score'], film['at'] = {}, {}
        film['fold'] = fold_of(film['group'])
    folds = []
    for fold in range(FOLDS):
        seen = [film for film in films if film['fold'] != fold]
        unseen = [film for film in films if film['fold'] == fold]
        models = {name: fit(seen, name) for name in MODELS}
        for film in unseen:
            for name, model in models.items():
                if film['whole'] or name != 'slow':
                    film['score'][name], film['at'][name] = judge(film, name, model)
        folds.append({'groups': sorted({film['group'] for film in unseen}),
                      'models': {name: exported(model) for name, model in models.items()}})
    # Each fold's threshold comes from the untouched takes of the other folds.
    for fold in range(FOLDS):
        others = [film for film in judged(films) if film['fold'] != fold]
        folds[fold]['thresholds'] = thresholds_for(others)
    thresholds = thresholds_for(judged(films))
    report(judged(films), folds, thresholds)
    json.dump(folds, open(os.path.join(CACHE, 'folds.json'), 'w'))

    final = {name: fit(films, name) for name in MODELS}
    json.dump({'version': '2', 'features': names, 'fades': fades, 'models': {n: exported(m) for n, m in final.items()},
               'thresholds': thresholds}, open(OUT, 'w'), separators=(',', ':'))
    changed = [film for film in films if film['whole'] and film['variant'] != 'as-is']
    rows = {'boundaries': np.concatenate([film['features'] for film in changed])[::97][:24],
            'places': np.concatenate([film['fade'][places(film)] for film in changed])[::97][:24]}
    of = {name: 'places' if name == 'slow' else 'boundaries' for name in final}
    json.dump({'rows': {kind: [[float(v) for v in row] for row in table] for kind, table in rows.items()},
               'sums': {n: [float(v) for v in m.decision_function(rows[of[n]].astype(np.float64))] for n, m in final.items()}},
              open('training/continuity/parity.json', 'w'))
    print(f'{OUT}: {os.path.getsize(OUT)} bytes')


def report(films, folds, thresholds):
    print('films', len(films), 'groups', len({f['group'] for f in films}), 'thresholds', thresholds)
    for name, kinds in MODELS.items():
        scores, minutes = peaks(films, name)
        by = defaultdict(list)
        boxes = []
        for film in films_for(name, films):
            limit = folds[film['fold']]['thresholds'][name]
            for plant in film['plants']:
                if plant['kind'] not in kinds:
                    continue
                a, b = plant['frame'], max(plant['end'], plant['frame'] + 1)
                slack = 2 if name == 'slow' else 1
                window = slice(max(0, a - slack), b + slack)
                best = film['score'][name][window].max()
                cut = any(abs(c['frame'] - a) <= 2 for c in film['cuts'])
                pace = 'uneven' if name == 'slow' and film['variant'].startswith('uneven') else ''
                by[plant['kind'], str(plant['strength'])[:4] if plant['kind'] in ('colour', 'exposure') else pace].append((best, limit, cut))
                if plant['box'] and best >= limit:
                    at = max(0, a - slack) + int(film['score'][name][window].argmax())
                    boxes.append(overlap(plant['box'], film['at'][name][at]))
        false = sum(len(events(f['score'][name], f['shut'][name], folds[f['fold']]['thresholds'][name]))
                    for f in films_for(name, films) if f['variant'] == 'as-is')
        print(f'{name}: {false} events in {minutes:.1f} min untouched = {false / minutes:.2f}/min (threshold from other folds)')
        for key in sorted(by):
            values = by[key]
            positives = [v[0] for v in values]
            none = not positives or not len(scores)
            auc = float('nan') if none else roc_auc_score([1] * len(positives) + [0] * len(scores), positives + list(scores))
            found = np.mean([v[0] >= v[1] for v in values])
            either = np.mean([v[0] >= v[1] or v[2] for v in values])
            print(f'   {key[0]:12} {key[1]:6} n {len(values):3}  AUC {auc:.3f}  recall {found:.2f}  with cuts {either:.2f}')
        if boxes:
            print(f'   box overlap >= .3: {np.mean(np.array(boxes) >= .3):.2f}, mean {np.mean(boxes):.2f} of {len(boxes)}')
    looks = defaultdict(lambda: [0, 0])
    for film in films:
        for plant in film['plants']:
            if plant['kind'] not in LOOKALIKES:
                continue
            looks[plant['kind']][0] += 1
            for name in MODELS:
                limit = folds[film['fold']]['thresholds'][name]
                inside = film['score'][name][max(0, plant['frame'] - 1): plant['end'] + 2]
                shut = film['shut'][name][max(0, plant['frame'] - 1): plant['end'] + 2]
                if ((inside >= limit) & ~shut).any():
                    looks[plant['kind']][1] += 1
                    break
    print('look-alikes that some model takes for a fault:', {k: f'{b}/{a}' for k, (a, b) in looks.items()})


if __name__ == '__main__':
    main()
