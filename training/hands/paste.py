"""
Pieces of pictures put into others: masks of fingers, seams that follow the light, pieces cut by their colour.
"""
import random

import cv2
import numpy as np

from geometry import between, hand_size

rnd = random.random


def strip(shape, chain, radius, root=0.0, tip=0.5):
    """Mask of a finger: its chain with round ends, prolonged beyond the last joint to the tip of the flesh."""
    mask = np.zeros(shape[:2], np.uint8)
    chain = [p.copy() for p in chain]
    chain[0] = chain[0] - root * (chain[1] - chain[0])
    end = chain[3] - chain[2]
    chain.append(chain[3] + end / (np.linalg.norm(end) + 1e-6) * radius * tip)
    for k in range(4):
        cv2.line(mask, tuple(np.int32(chain[k])), tuple(np.int32(chain[k + 1])), 255, max(2, int(2 * radius * (1 - 0.06 * k))), cv2.LINE_AA)
    return mask


def finger_radius(points):
    return hand_size(points) * between(0.1, 0.135)


def blend(target, source, mask):
    alpha = cv2.GaussianBlur(mask, (0, 0), between(0.5, 1.6)).astype(np.float32)[..., None] / 255
    if rnd() < 0.5:  # the seam follows the light
        inside = mask > 128
        if inside.any():
            ring = (cv2.dilate(mask, np.ones((7, 7))) > 128) & ~inside
            if ring.any():
                shift = (target[ring].mean(0) - source[inside].mean(0)) * between(0, 0.25)
                source = np.clip(source + shift, 0, 255)
    return (target * (1 - alpha) + source * alpha).astype(np.uint8)


def colour_key(picture, mask, core):
    """Narrows a strip to what has the colour of its core, so that little background comes along."""
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    inside = core > 128
    if inside.sum() < 12:
        return mask
    mean, deviation = lab[inside].mean(0), lab[inside].std(0) + np.array([14, 5, 5])
    far = (((lab - mean) / deviation) ** 2).sum(2)
    keep = np.where(far < 9, 255, 0).astype(np.uint8)
    keep = cv2.morphologyEx(keep, cv2.MORPH_CLOSE, np.ones((5, 5)))
    keep = cv2.morphologyEx(keep, cv2.MORPH_OPEN, np.ones((3, 3)))
    out = cv2.min(mask, cv2.GaussianBlur(keep, (0, 0), 0.7))
    return out if (out > 128).sum() > 0.55 * (mask > 128).sum() else None
