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
# What looks like a fault and is none.
LOOKALIKES = ('flash', 'occluder', 'enter', 'subtitle', 'whip', 'shake')
KNOWN = json.load(open('training/continuity/known.json'))['takes']


def load():
    """Kept films, and earlier ones, in which things were planted that nobody sees: they teach and measure nothing. Those kept
    before gradual changes were measured as they are now lack these measures: they teach the models that do not read them."""
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
        film['boxes'] = rest[: 4 * n].reshape(n, 4)
        film['fadeBoxes'] = rest[4 * n: 8 * n].reshape(n, 4)
        film['repeats'] = rest[8 * n: 9 * n] > 0
        films.append(film)
    names = max((film['names'] for film in films), key=lambda names: (len(names), names))
    for film in films:
        film['whole'] = film['names'] == names
        if not film['whole']:
            features = np.zeros((film['frames'], len(names)), np.float32)
            for i, name in enumerate(film['names']):
                if name in names and not name.startswith('fade-'):
                    features[:, names.index(name)] = film['features'][:, i]
            film['features'], film['names'] = features, names
    return films


def seen_by(name, film):
    """What a model sees of a film: measures of gradual changes are for gradual changes alone."""
    x = film['features'].astype(np.float64)
    if name != 'slow':
        x[:, [n.startswith('fade-') for n in film['names']]] = 0
    return x


def films_for(name, films):
    return [film for film in films if film['whole'] or name != 'slow']


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
