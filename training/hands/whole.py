"""
Holds what the local network saw against the landmarks of the whole hand: a second, small network that sees its four maps and
the landmarks as drawn lines, never the picture, and says which fault the hand has.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from geometry import FINGERS, TIPS

FAULTS = ['extra', 'missing', 'fused', 'melted']
PALM = [0, 5, 9, 13, 17, 0, 1]
# Widths of the drawn bones and tips in cells.
BONE, TIP = 1.2, 1.6


def skeleton(points, size):
    """`points` in crop pixels of `size`: three maps of size / 2 with finger bones, fingertips and the palm's outline, 0-1."""
    grid = size // 2
    p = points * grid / size - 0.25
    y, x = np.mgrid[0:grid, 0:grid].astype(np.float32)
    out = np.zeros((3, grid, grid), np.float32)

    def line(k, a, b):
        d = b - a
        t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / (d @ d + 1e-6), 0, 1)
        far = (a[0] + t * d[0] - x) ** 2 + (a[1] + t * d[1] - y) ** 2
        out[k] = np.maximum(out[k], np.exp(-far / (2 * BONE**2)))

    for finger in FINGERS:
        for a, b in zip(finger, finger[1:]):
            line(0, p[a], p[b])
    for tip in TIPS:
        out[1] = np.maximum(out[1], np.exp(-((x - p[tip][0]) ** 2 + (y - p[tip][1]) ** 2) / (2 * TIP**2)))
    for a, b in zip(PALM, PALM[1:]):
        line(2, p[a], p[b])
    return out


def block(i, o, stride):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class Whole(nn.Module):
    """Maps of the local network (4 x G x G, 0-1) and drawn landmarks (3 x G x G) to logits of the faults."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(block(7, 24, 2), block(24, 32, 1), block(32, 40, 2), block(40, 48, 1), block(48, 56, 2), block(56, 64, 1))
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(128, len(FAULTS))

    def forward(self, maps, lines):
        z = self.body(torch.cat([maps, lines], 1))
        return self.out(self.drop(torch.cat([z.mean((2, 3)), z.amax((2, 3))], 1)))
