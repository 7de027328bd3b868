"""Poses of the rendered hands, right and wrong ones: how fingers are bent and spread, one too many, too few, impossible or melted ones."""
import random

import numpy as np

from geometry import between
from mesh import Finger
from paint import noise

rnd, gauss = random.random, random.gauss


def knuckle(roots, u):
    """Place of a knuckle on or beyond the row from the index (0) to the little finger (3)."""
    row = roots[1:]
    low = int(np.clip(np.floor(u), 0, 2))
    at = row[low] + (row[low + 1] - row[low]) * (u - low)
    beyond = max(0, -u, u - 3)
    return at + np.array([0, 0, 0.014]) * beyond


def held(open_hand):
    """Bending per finger, how far the fingers are spread, thickness and length of a hand at random."""
    r = rnd()
    bends = []
    for k in range(4):
        bends.append([gauss(0.05, 0.14), abs(gauss(0.05, 0.12)), abs(gauss(0.04, 0.1))])
    if not open_hand:
        if r < 0.4:
            curl = between(0.15, 0.7)
            bends = [[curl * between(0.5, 1.2) for _ in range(3)] for _ in range(4)]
        elif r < 0.85:
            for k in random.sample(range(4), random.randint(1, 4)):
                bends[k] = [between(0.7, 1.4), between(1.2, 1.8), between(0.5, 1.1)]
        else:
            bends = [[between(-0.1, 1.3), between(0, 1.6), between(0, 1)] for _ in range(4)]
    spread = gauss(0.05, 0.07)
    thick, long = between(0.85, 1.2), between(0.88, 1.1)
    fingers = [Finger(0, (gauss(0, 0.2), gauss(0.1, 0.2), gauss(0.1, 0.25)), gauss(0, 0.22), gauss(0, 0.2), long * between(0.9, 1.1), thick * between(0.9, 1.1))]
    for k in range(4):
        fingers.append(Finger(k + 1, bends[k], (k - 1.3) * spread + gauss(0, 0.045), 0, long * between(0.92, 1.08), thick * between(0.94, 1.06)))
    return fingers, spread


def shifted(fingers, roots, places):
    """Moves fingers along the row of knuckles, those at the edges turned outward."""
    for k, u in places.items():
        fingers[k].moved = fingers[k].moved + knuckle(roots, u) - knuckle(roots, k - 1)
        fingers[k].aside += 0.1 * (u - (k - 1))


def sixth(fingers, spread, roots):
    """A finger more: between two, beside the outer ones or a second thumb."""
    r = rnd()
    if r < 0.62:
        gap = random.randint(0, 2)
        room = between(0.45, 1)
        shifted(fingers, roots, {k: (k - 1) + (room / 2 if k - 1 > gap else -room / 2) for k in range(1, 5)})
        for finger in fingers[1:]:
            finger.thick *= 1 - 0.22 * (1 - room)
        u, source = gap + 0.5, random.choice([gap + 1, gap + 2])
    elif r < 0.9:
        outside = random.choice([-1, 1])
        u, source = (3 + between(0.6, 1), random.choice([3, 4])) if outside > 0 else (-between(0.6, 1.1), random.choice([1, 1, 2]))
    else:
        own = fingers[0]
        side = random.choice([-1, 1])
        return [Finger(0, [b + gauss(0, 0.15) for b in own.bend], own.aside + side * between(0.35, 0.7), own.roll, own.length * between(0.8, 1.1), own.thick, own.moved + np.array([gauss(0, 0.003), 0, gauss(0, 0.006)]))]
    near = fingers[source]
    other = fingers[int(np.clip(source + (1 if u > source - 1 else -1), 1, 4))]
    mix = [(a + b) / 2 + gauss(0, 0.06) for a, b in zip(near.bend, other.bend)]
    aside = near.aside + 0.1 * (u - (source - 1)) + (u - (source - 1)) * max(0, spread) + gauss(0, 0.05)
    if u < 0 or u > 3:
        aside += np.sign(u) * between(0.1, 0.5)
    return [Finger(source, mix, aside, 0, near.length * between(0.82, 1.06), near.thick * between(0.9, 1.08), knuckle(roots, u) - roots[source])]


def one_less(fingers, roots):
    k = random.choice([1, 2, 3, 4, 4, 0]) if rnd() < 0.9 else random.randint(0, 4)
    fingers[k].stump = True
    if k > 0:
        left = between(0.3, 1)
        shifted(fingers, roots, {j: (j - 1) + (left / 2 if j < k else -left / 2) * (k in (2, 3)) for j in range(1, 5) if j != k})
        if k in (2, 3):
            for finger in fingers[1:]:
                finger.thick *= between(1, 1.12)
    return k


def impossible(fingers):
    """Bends one to three fingers as no hand can: backwards, sideways or twisted, or makes one far too long or short."""
    for k in random.sample(range(1, 5), random.randint(1, 3)):
        r = rnd()
        if r < 0.35:
            fingers[k].bend = [-between(0.6, 1.4), -between(0.3, 1.2), -between(0.2, 0.8)]
        elif r < 0.75:
            fingers[k].roll = random.choice([-1, 1]) * between(0.9, 1.6)
            fingers[k].bend = [between(-0.2, 0.3), between(0.6, 1.3), between(0.2, 0.8)]
        else:
            fingers[k].length *= random.choice([between(0.4, 0.6), between(1.5, 1.9)])


def arm(local, skin_end):
    """Rings of a forearm below the wrist, then of a sleeve: points, faces, mark per point (-2 arm, -3 sleeve)."""
    rim = local[local[:, 2] > 0.016]
    low, high = rim.min(0), rim.max(0)
    middle, radius = (low + high) / 2, (high - low) / 2
    lean, tip = gauss(0, 0.25), gauss(0, 0.2)
    points, faces, marks = [], [], []
    rings = 14
    sides = 24
    swell = between(1.1, 1.5)
    for kind in (-2, -3):
        start = len(points)
        cuff = between(1.15, 1.6)
        for r in range(rings):
            z = -0.012 + r * 0.02 if kind == -2 else skin_end + r * 0.02
            wide = (1 + (swell - 1) * min(1, max(0, z) / 0.12)) * (min(1.03, 0.9 + 6 * (z + 0.012)) if kind == -2 else cuff * (1 + 0.04 * np.sin(3 * r + cuff * 9)))
            for s in range(sides):
                a = 2 * np.pi * s / sides
                points.append([middle[0] + radius[0] * wide * np.cos(a) + lean * max(0, z), middle[1] + radius[1] * wide * np.sin(a) + tip * max(0, z), middle[2] + z])
                marks.append(kind)
        for r in range(rings - 1):
            for s in range(sides):
                a, b = start + r * sides + s, start + r * sides + (s + 1) % sides
                faces += [[a, b, a + sides], [b, b + sides, a + sides]]
    return np.array(points), np.array(faces), np.array(marks)


def melted(points, marks, size):
    """Moves part of the fingers by a rough field in space; displacement per point."""
    fingers = np.nonzero(marks >= 1)[0]
    centre = points[random.choice(fingers)]
    soft = np.exp(-((np.linalg.norm(points - centre, axis=1) / (size * between(0.35, 0.7))) ** 4))
    move = np.stack([noise(points, [(between(1.5, 3.5) / size * 2, 1), (between(5, 9) / size * 2, 0.5)], random.randrange(2**31)) for _ in range(3)], 1)
    move *= size * between(0.07, 0.15) * soft[:, None]
    return points + move, np.linalg.norm(move, axis=1)
