"""Colours the surfaces of a rendered hand: skin with lines, nails and blood, light, shadows, gaps."""
import random

import cv2
import numpy as np

from geometry import between
from raster import raster

rnd, gauss = random.random, random.gauss


def unit(v):
    return v / (np.linalg.norm(v) + 1e-9)


def noise(points, octaves, seed):
    """Smooth noise in space, about -1 to 1: sums of waves."""
    state = np.random.RandomState(seed)
    out = np.zeros(len(points))
    for frequency, height in octaves:
        for _ in range(6):
            out += height / 3 * np.sin(points @ (unit(state.randn(3)) * frequency * state.uniform(0.6, 1.4)) + state.uniform(0, 6.3))
    return out


def paint(face, weights, far, data, skin, size):
    """Picture (0-1, linear enough) of the surfaces under light from somewhere."""
    seen = face >= 0
    corner = data['faces'][face[seen]]
    mixed = lambda values: (weights[seen][..., None] * values[corner]).sum(1) if values.ndim > 1 else (weights[seen] * values[corner]).sum(1)
    normal = mixed(data['normals'])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    if data.get('smooth') is not None:
        # Fused fingers have one skin: their surface is smoothed over.
        whole = np.zeros((size, size, 3), np.float32)
        whole[seen] = normal
        area = (data['smooth'] & seen).astype(np.float32)
        radius = between(3, 7)
        soft = cv2.GaussianBlur(whole * area[..., None], (0, 0), radius) / (cv2.GaussianBlur(area, (0, 0), radius)[..., None] + 1e-3)
        k = cv2.GaussianBlur(area, (0, 0), 2)[..., None]
        normal = (soft * k + whole * (1 - k))[seen]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    place = mixed(data['rest'])
    mark = data['kind'][corner[:, 0]]
    along, side = mixed(data['along']), mixed(data['side'])
    albedo = np.tile(skin, (len(mark), 1))
    seed = random.randrange(2**31)
    tone = noise(place, [(60, 0.05), (180, 0.04), (420, 0.015)], seed) + np.random.randn(len(mark)) * between(0, 0.06)
    lines = np.zeros(len(mark))
    finger = mark >= 0
    for joint, width, height in ((0, 0.05, 0.1), (1, 0.045, 0.28), (2, 0.05, 0.22)):
        wobble = noise(place, [(300, 0.04)], seed + joint)
        for offset in (-0.06, 0.04):
            lines += finger * height * np.exp(-(((along + wobble + offset - joint) / width) ** 2)) * np.where(side > 0, between(0.3, 1), 1)
    depth = between(0.2, 1.1)
    palm = (mark == -1) & (side < 0)
    if palm.any():
        warped = place + 0.01 * np.stack([noise(place, [(40, 1)], seed + 5 + k) for k in range(3)], 1)
        for k in range(4):
            d = np.random.RandomState(seed % 1000 + k).randn(3)
            lines += palm * 0.2 * np.exp(-((((warped @ unit(d)) * 60 + k) % 2 - 1) / 0.05) ** 2)
    # Blood in the tips and on the palm's side.
    red = 0.06 * np.clip(along - 2, 0, 1.4) + 0.05 * (side < 0)
    albedo = albedo * (1 + tone - depth * lines)[:, None] + np.array([-0.03, -0.04, 0.3])[None] * red[:, None] * skin.mean()
    nail = mixed(data['nail'])
    on_nail = finger & (nail[:, 1] > 0.25) & (((nail[:, 0] / 0.72) ** 2 + ((-nail[:, 2] - 0.75) / 0.42) ** 2) < 1)
    paint_nail = np.array([between(0, 1) for _ in range(3)]) if rnd() < 0.12 else np.clip(skin * between(1.05, 1.35) + 0.04, 0, 1)
    albedo[on_nail] = paint_nail
    arm_colour = np.array([between(0, 1) for _ in range(3)]) * between(0.2, 1)
    albedo[mark == -3] = arm_colour * (1 + 0.3 * noise(place[mark == -3], [(60, 0.6), (300, 0.3)], seed + 3))[:, None]
    # Light from the upper half before the hand mostly; soft shadows; less light in the gaps.
    light = unit(np.array([gauss(0, 0.7), gauss(-0.5, 0.6), -abs(gauss(0.8, 0.4)) - 0.15]))
    wrap = between(0.1, 0.5)
    key = np.clip((normal @ light + wrap) / (1 + wrap), 0, 1)
    if rnd() < 0.6:
        key *= 1 - between(0.3, 0.9) * cast(data, light, mixed(data['points']))
    other = unit(np.array([gauss(0, 1), gauss(0, 1), -abs(gauss(0.5, 0.5))]))
    fill = np.clip(normal @ other, 0, 1) * between(0, 0.5)
    around = 0.5 - 0.5 * normal[:, 1] * between(0, 0.7)
    ambient = between(0.25, 0.8)
    depth_map = np.where(seen, far, 0).astype(np.float32)
    cover = seen.astype(np.float32)
    closed = np.zeros((size, size), np.float32)
    for sigma in (3, 8, 18):
        mean = cv2.GaussianBlur(depth_map, (0, 0), sigma) / (cv2.GaussianBlur(cover, (0, 0), sigma) + 1e-4)
        closed += np.clip((depth_map - mean) / (0.0004 * sigma), 0, 2.5)
    gaps = np.exp(-between(0.1, 0.35) * closed)[seen]
    strength = between(0.6, 1.1)
    tint = 1 + np.array([gauss(0, 0.08) for _ in range(3)])
    colour = albedo * ((ambient * around + fill) * gaps)[:, None] + albedo * (strength * key * (0.4 + 0.6 * gaps))[:, None] * tint
    # Light goes through skin: red where it grows dark.
    colour += albedo * np.array([0, 0.02, 0.08]) * (np.clip(1 - np.abs(key - 0.25) * 3, 0, 1) * strength)[:, None]
    half = unit(light + np.array([0, 0, -1]))
    shine = np.clip(normal @ half, 0, 1) ** between(8, 40) * between(0, 0.25) * (1 + 2 * on_nail) * (mark > -3)
    colour += shine[:, None]
    picture = np.zeros((size, size, 3), np.float32)
    picture[seen] = colour
    return picture, seen, mark


def cast(data, light, places, size=200):
    """Per place, 1 where something stands between it and the light."""
    right = unit(np.cross(light, [0.3, 1, 0.2]))
    down = np.cross(light, right)
    axes = np.stack([right, down, light], 1)
    points = data['points'] @ axes
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    k = (size - 2) / (high - low).max()
    _, _, far = raster((points[:, :2] - low) * k + 1, -points[:, 2], data['faces'], size)
    own = places @ axes
    x, y = np.clip(((own[:, :2] - low) * k + 1).astype(int), 0, size - 1).T
    dark = np.zeros(len(places))
    for dx, dy in ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)):
        dark += -own[:, 2] > far[np.clip(y + dy, 0, size - 1), np.clip(x + dx, 0, size - 1)] + 0.004
    return dark / 5
