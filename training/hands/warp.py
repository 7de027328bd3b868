"""
Bends pictures of hands: smooth displacements, and fingers that melt into each other.
"""
import random

import cv2
import numpy as np

from geometry import FINGERS, along, between, hand_size

rnd = random.random


def field(shape, strength, coarse):
    """Smooth random displacement with the given root mean square."""
    out = []
    for _ in range(2):
        f = cv2.resize(np.random.randn(coarse, coarse).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
        out.append(f / (f.std() + 1e-6) * strength)
    return out


def warped(picture, dx, dy):
    h, w = picture.shape[:2]
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return cv2.remap(picture, x + dx.astype(np.float32), y + dy.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def spot(hand, low=0.25, high=0.6):
    """A soft disc somewhere on the fingers."""
    size = hand_size(hand.points)
    k = random.randint(1, 4)
    centre = along(hand.points[FINGERS[k]], between(0.1, 1)) + np.random.randn(2) * 0.06 * size
    radius = size * between(low, high)
    h, w = hand.mask.shape
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    r = np.hypot(x - centre[0], y - centre[1]) / radius
    return centre, radius, np.exp(-((r / 0.8) ** 4)).astype(np.float32), x, y


def melt(hand):
    """Fingers that run into each other: swirled, or displaced by a rough field, mostly softened afterwards."""
    centre, radius, soft, x, y = spot(hand)
    size = hand_size(hand.points)
    if rnd() < 0.45:
        dx, dy = x - centre[0], y - centre[1]
        angle = random.choice([-1, 1]) * between(0.9, 2.4) * np.exp(-((np.hypot(dx, dy) / (radius * 0.7)) ** 2))
        mx = dx * np.cos(angle) - dy * np.sin(angle) - dx
        my = dx * np.sin(angle) + dy * np.cos(angle) - dy
    else:
        coarse = random.randint(6, 14)
        mx, my = field(hand.mask.shape, size * between(0.06, 0.14), coarse)
        mx, my = mx * soft, my * soft
    out = warped(hand.picture, mx, my)
    if rnd() < 0.6:
        blurred = cv2.GaussianBlur(out, (0, 0), between(0.8, 2.5))
        out = (out * (1 - soft[..., None]) + blurred * soft[..., None]).astype(np.uint8)
    # Only where the displacement changes the picture's shape is it a fault: on the hand, and unlike its surroundings.
    bend = np.hypot(mx, my)
    changed = cv2.GaussianBlur(np.abs(out.astype(np.float32) - hand.picture).mean(2), (0, 0), 0.03 * size)
    hand.picture = out
    near = cv2.dilate(hand.mask, np.ones((5, 5))) > 0
    damaged = ((bend > 0.045 * size) & near & (changed > 4)).astype(np.float32)
    if damaged.sum() < 0.02 * size * size:
        return False
    hand.damage = np.maximum(hand.damage, damaged)
    hand.unsure |= (bend > 0.03 * size).astype(np.uint8)
    return True
