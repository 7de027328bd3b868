"""The films that extract.ts kept: what is measured of them, what was planted, and what no model judges."""
import glob
import json
import os
import sys

import numpy as np

CACHE = sys.argv[1] if len(sys.argv) > 1 else 'training/cache/continuity'
# Frames about a plant that are neither an example nor a counter-example.
APART = 3
# Frames within which findings of one model are one event.
EVENT = 6
# Places per boundary that change gradually, as FADES_KEPT (src/observers/continuity/fades.ts).
KEPT = 3
# Overlap from which on a place is where something was planted.
SAME_PLACE = 0.3
# Sum of a boundary where no place changes gradually.
NOWHERE = -40.0
# What looks like a fault and is none.
LOOKALIKES = ('flash', 'occluder', 'enter', 'subtitle', 'whip', 'shake')
KNOWN = json.load(open('training/continuity/known.json'))['takes']


def load():
    """Kept films, and earlier ones, in which things were planted that nobody sees: they teach and measure nothing. They lack
    the measures of gradual changes: they teach the models that do not read them."""
    films = []
    for name in sorted(glob.glob(os.path.join(CACHE, '*.json')) + glob.glob(os.path.join(CACHE, 'earlier', '*.json'))):
        if os.path.basename(name) in ('folds.json', 'parity.json'):
            continue
        film = json.load(open(name))
        values = np.fromfile(name[:-5] + '.f32', dtype='<f4')
        n, width = film['frames'], len(film['names'])
        film['features'] = values[: n * width].reshape(n, width)
        rest = values[n * width:]
        film['earlier'] = os.path.basename(os.path.dirname(name)) == 'earlier'
        film['whole'] = 'fades' in film
        film['boxes'] = rest[: 4 * n].reshape(n, 4)
        if film['whole']:
            places = len(film['fades']) + 4
            at = 4 * n + KEPT * len(film['fades']) * n
            film['fade'] = rest[4 * n: at].reshape(n, KEPT, -1)
            film['fadeBoxes'] = rest[at: at + 4 * KEPT * n].reshape(n, KEPT, 4)
            film['repeats'] = rest[(4 + KEPT * places) * n: (5 + KEPT * places) * n] > 0
        else:
            film['repeats'] = rest[8 * n: 9 * n] > 0
            own = [i for i, one in enumerate(film['names']) if not one.startswith('fade-')]
            film['features'], film['names'] = film['features'][:, own], [film['names'][i] for i in own]
        films.append(film)
    names = max((film['names'] for film in films), key=lambda names: (len(names), names))
    for film in films:
        if film['names'] != names:
            features = np.zeros((film['frames'], len(names)), np.float32)
            for i, name in enumerate(film['names']):
                if name in names:
                    features[:, names.index(name)] = film['features'][:, i]
            film['features'], film['names'] = features, names
    return films


def places(film):
    """Frame and number of every place of a film that changes gradually."""
    return np.nonzero(film['fadeBoxes'][:, :, 2] > 0)


def examples(film, name, kinds):
    """Rows that teach a model and what they are: boundaries, or for gradual changes places, which must be where it was planted."""
    y, shut = labels(film, kinds), closed(film)
    if name != 'slow':
        keep = (y == 1) | ((y == 0) & ~shut)
        if film['earlier']:
            keep &= (y == 1) | (np.arange(len(y)) % 2 == 0)
        return film['features'][keep].astype(np.float64), y[keep]
    frames, ranks = places(film)
    its = np.where((y[frames] == 0) & ~shut[frames], 0, -1)
    for plant in film['plants']:
        if plant['kind'] not in kinds:
            continue
        for k in np.flatnonzero((frames > plant['frame']) & (frames < max(plant['frame'] + 2, plant['end']))):
            if y[frames[k]] == 1 and overlap(plant['box'], film['fadeBoxes'][frames[k], ranks[k]]) >= SAME_PLACE:
                its[k] = 1
    known = its >= 0
    return film['fade'][frames[known], ranks[known]].astype(np.float64), its[known]


def judge(film, name, model):
    """A model's sums over a film, and for gradual changes the box of the surest place."""
    if name != 'slow':
        return model.decision_function(film['features'].astype(np.float64)), film['boxes']
    sums, boxes = np.full(film['frames'], NOWHERE), np.zeros((film['frames'], 4))
    frames, ranks = places(film)
    if len(frames):
        for frame, rank, value in zip(frames, ranks, model.decision_function(film['fade'][frames, ranks].astype(np.float64))):
            if value > sums[frame]:
                sums[frame], boxes[frame] = value, film['fadeBoxes'][frame, rank]
    return sums, boxes


def overlap(a, b):
    x = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    y = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    union = a[2] * a[3] + b[2] * b[3] - x * y
    return x * y / union if union > 0 else 0


def films_for(name, films):
    """Films that teach a model. Those with changes at an uneven pace teach nothing of what changes at once: with them the
    examples of that weigh less, and fewer are found (0.77 of what appears against 0.87)."""
    if name == 'slow':
        return [film for film in films if film['whole']]
    return [film for film in films if not film['variant'].startswith('uneven')]


def judged(films):
    return [film for film in films if not film['earlier']]


def closed(film):
    """Frames that no model judges: repeats, the first frame, and what the shot boundaries take up."""
    out = film['repeats'].copy()
    out[:1] = True
    for cut in film['cuts']:
        out[max(0, cut['start'] - 2): max(cut['start'], cut['end']) + 3] = True
    for known in KNOWN.get(film['take'], []):
        if film['variant'] == 'as-is':
            out[max(0, known['frame'] - EVENT): known['frame'] + EVENT + 1] = True
    return out


def shut_for(film, name):
    """The same for one model: a cut across which the picture goes on is judged all the same (signals/continuity/events.ts)."""
    out = closed(film)
    unlike = np.exp(film['features'][:, film['names'].index('unlike')]) - 0.02
    for cut in film['cuts']:
        if cut['frame'] > 0 and unlike[cut['frame']] <= (0.3 if name == 'jump' else 0.12):
            out[cut['frame']] = False
    return out


def labels(film, kinds):
    """1 an example, 0 a counter-example, -1 neither."""
    y = np.zeros(film['frames'], int)
    for plant in film['plants']:
        a, b = plant['frame'], plant['end']
        if plant['kind'] in LOOKALIKES:
            continue
        y[max(0, a - APART): b + APART + 1] = -1
    for plant in film['plants']:
        a, b = plant['frame'], plant['end']
        if plant['kind'] in kinds:
            if b > a:
                y[a + 1: max(a + 2, b)] = 1
            elif a < film['frames']:
                y[a] = 1
    y[film['repeats']] = -1
    y[0] = -1
    return y
