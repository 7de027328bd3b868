"""Plants boiling: where a clip stands still and has texture, the texture is drawn anew with every, every second or every third
picture, by a field of small shifts or by blotches as strong as the texture allows. Twins that do not boil are encoded beside it.

    python3 training/morphing/boil_plant.py <out folder> <seeds> <first seed> <folder of clips> [more folders]

Per seed `<seed>-weak.mp4`, `-medium.mp4` and `-strong.mp4`, `-none.mp4` (untouched), `-none32.mp4` (untouched, coded coarsely),
`-grain.mp4` (grain in the same place) and `<seed>.json`. Wants numpy and OpenCV; ffmpeg on the path.
"""
import json
import os
import sys

import cv2
import numpy as np

from clips import fold, usable
from plant import noise, read, write

cv2.setNumThreads(1)
# Shift in 1.2 / 640 of the width, or share of 0.45 of the texture's deviation.
STRENGTHS = {"weak": 0.7, "medium": 1.2, "strong": 2.0}


def standing(frames):
    """Texture, mean change from picture to picture, and change over the whole, smoothed."""
    grey = [cv2.cvtColor(f, cv2.COLOR_BGR2GRAY).astype(np.float32) for f in frames]
    soft = lambda a, sigma: cv2.GaussianBlur(a, (0, 0), sigma)
    middle = np.mean(grey, 0)
    texture = np.sqrt(soft((soft(middle, 1) - soft(middle, 5)) ** 2, 12))
    change = np.mean([np.abs(a - b) for a, b in zip(grey[1:], grey)], 0)
    return texture, soft(change, 12), soft(np.abs(grey[0] - grey[-1]), 12)


def main():
    out, seeds, first, *folders = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    clips = usable(folders)
    order = np.random.RandomState(5).permutation(len(clips))
    for seed in range(int(first), int(first) + int(seeds)):
        if os.path.exists(f"{out}/{seed}.json"):
            continue
        rng = np.random.RandomState(seed)
        path = clips[order[seed % len(clips)]]
        frames, fps = read(path, rng, 2.6)
        if len(frames) < max(12, 1.5 * fps):
            continue
        texture, change, span = standing(frames)
        height, width = texture.shape
        radius = int(min(height, width) * rng.uniform(0.14, 0.24))
        fit = texture * (change < 3.5) * (span < 6)
        edge = radius // 2
        fit[:edge] = fit[-edge:] = 0
        fit[:, :edge] = fit[:, -edge:] = 0
        if fit.max() < 3:
            print(seed, "nothing stands still")
            continue
        rows, columns = np.where(fit > 0.7 * fit.max())
        pick = rng.randint(len(rows))
        y, x = rows[pick], columns[pick]
        v, u = np.mgrid[:height, :width].astype(np.float32)
        mask = np.clip(1.6 * (1 - np.hypot(u - x, v - y) / radius), 0, 1)
        quality, hold = int(rng.choice([18, 23, 28])), int(rng.choice([1, 1, 2, 3]))
        how = ("warp", "texture")[seed % 2]
        start, end = int(0.2 * len(frames)), int(0.85 * len(frames))
        grain = rng.uniform(5, 11) * width / 640
        write(f"{out}/{seed}-none.mp4", frames, fps, quality)
        write(f"{out}/{seed}-none32.mp4", frames, fps, 33)
        dust = np.random.RandomState(seed + 9)
        dusty = [np.clip(f + mask[..., None] * dust.randn(height, width, 1) * 7 * (start <= t < end), 0, 255).astype(np.uint8) for t, f in enumerate(frames)]
        write(f"{out}/{seed}-grain.mp4", dusty, fps, quality)
        for name, amount in STRENGTHS.items():
            fields, field, made = np.random.RandomState(seed + 77), None, []
            for t, frame in enumerate(frames):
                if field is None or (t - start) % hold == 0:
                    field = noise(fields, height, width, grain), noise(fields, height, width, grain)
                if not start <= t < end:
                    made.append(frame)
                elif how == "warp":
                    shift = amount * 1.2 * width / 640 * mask
                    made.append(cv2.remap(frame, u + shift * field[0], v + shift * field[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
                else:
                    blotches = mask * amount * np.clip(0.45 * texture, 1.5, 9) * field[0]
                    made.append(np.clip(frame + blotches[..., None], 0, 255).astype(np.uint8))
            write(f"{out}/{seed}-{name}.mp4", made, fps, quality)
        with open(f"{out}/{seed}.json", "w") as file:
            json.dump(dict(name=os.path.basename(os.path.dirname(path)) + "__" + os.path.basename(path), fold=fold(path), x=int(x), y=int(y), r=radius, w=width, h=height, start=start, end=end, hold=hold, how=how), file)
        print(seed, os.path.basename(path), how, hold, flush=True)


main()
