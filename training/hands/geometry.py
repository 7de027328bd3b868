"""Shapes of a hand: 21 landmarks, fingers from the thumb, lengths in hand sizes (wrist to middle knuckle)."""
import random

import numpy as np

FINGERS = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16], [17, 18, 19, 20]]
TIPS = [4, 8, 12, 16, 20]


def between(a, b):
    """A number between two, at random."""
    return a + (b - a) * random.random()


def hand_size(points):
    """Wrist to middle knuckle, or twice the palm's width where that is seen end on."""
    return max(np.linalg.norm(points[9] - points[0]), 1.1 * np.linalg.norm(points[5] - points[17]))


def apply(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def straightness(points):
    """Per finger: knuckle to tip over the way along its joints; 1 is straight."""
    out = []
    for finger in FINGERS:
        p = points[finger]
        out.append(np.linalg.norm(p[3] - p[0]) / (np.linalg.norm(np.diff(p, axis=0), axis=1).sum() + 1e-6))
    return np.array(out)


def extended(points):
    """Per finger: straight and long enough in the picture for its tip to stand out."""
    size = hand_size(points)
    straight = straightness(points)
    length = np.array([np.linalg.norm(np.diff(points[f], axis=0), axis=1).sum() for f in FINGERS]) / size
    return np.array([straight[0] > 0.9 and length[0] > 0.4] + [straight[k] > 0.93 and length[k] > 0.45 for k in range(1, 5)])


def to_segment(p, a, b):
    t = np.clip(((p - a) @ (b - a)) / ((b - a) @ (b - a) + 1e-6), 0, 1)
    return np.linalg.norm(a + t * (b - a) - p)


def along(points, t):
    """Point at share t of a polyline's length."""
    d = np.linalg.norm(np.diff(points, axis=0), axis=1)
    c = np.r_[0, np.cumsum(d)]
    x = t * c[-1]
    i = min(np.searchsorted(c, x, 'right') - 1, len(d) - 1)
    return points[i] + (points[i + 1] - points[i]) * (x - c[i]) / (d[i] + 1e-6)


def upright(points, size, scale):
    """2 x 3 matrix into a crop of `size` pixels with the palm's axis up: `scale` times the larger extent of the points."""
    knuckles = 0.25 * points[5] + 0.5 * points[9] + 0.25 * points[13]
    up = knuckles - points[0]
    angle = np.arctan2(up[0], -up[1])
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, s], [-s, c]])
    turned = points @ turn.T
    low, high = turned.min(0), turned.max(0)
    k = size / (scale * (high - low).max())
    return np.hstack([k * turn, (size / 2 - k * (low + high) / 2)[:, None]])
