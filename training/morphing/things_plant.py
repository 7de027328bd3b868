"""Plants things that become one, or two, in pairs as plant.py keeps them: two pieces of other clips move about before a clip's picture and meet. In the
planted half the second goes over into the first where they meet (`merge`; from end to beginning `split`); in the untouched half it
passes behind the first and goes on its way (`pass`), so that what is hidden does not count.

    python3 training/morphing/things_plant.py <out folder> <pairs> <first seed> <folder of clips> [more folders]

Per pair `<seed>-a.mp4` (they pass), `<seed>-b.mp4` (they merge or split), `<seed>.json` and `<seed>.npy` as plant.py writes them. Resumable.
Wants numpy and OpenCV; ffmpeg on the path.
"""
import json
import os
import sys

import cv2
import numpy as np

from clips import group, usable
from plant import COLUMNS, ROWS, SECONDS, STRENGTHS, blob, keep, noise, read, write

cv2.setNumThreads(1)
KINDS = ("merge", "split")
# Sides of things, in the picture's shorter side.
LEAST, MOST = 0.2, 0.36


def thing(path, rng, side):
    """A piece of a clip with an uneven outline that lives on as its clip does: pictures of about side x side, and how much of each pixel is there."""
    frames, fps = read(path, rng, SECONDS)
    if len(frames) < 8:
        return None
    height, width = frames[0].shape[:2]
    cut = min(height, width) * rng.uniform(0.3, 0.6)
    best = None
    for _ in range(8):
        x, y = rng.uniform(0, width - cut), rng.uniform(0, height - cut)
        piece = frames[0][int(y):int(y + cut), int(x):int(x + cut)]
        if best is None or piece.std() > best[0]:
            best = piece.std(), int(x), int(y)
    _, x, y = best
    pieces = [cv2.resize(f[y:y + int(cut), x:x + int(cut)], (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) for f in frames]
    return pieces, blob(rng, side, side, side / 2, side / 2, side * 0.36), fps


def lay(picture, piece, cover, x, y):
    """A piece laid over a picture, its middle at x, y; also where it covers."""
    height, width = picture.shape[:2]
    side = cover.shape[0]
    move = np.float32([[1, 0, x - side / 2], [0, 1, y - side / 2]])
    weight = cv2.warpAffine(cover, move, (width, height))
    moved = cv2.warpAffine(piece, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return picture * (1 - weight[..., None]) + moved * weight[..., None], weight


def scene(frames, fps, one, two, strength, rng):
    """The same scene twice, in which the second thing passes behind the first, and in which it goes over into it."""
    height, width = frames[0].shape[:2]
    count, shorter = len(frames), min(height, width)
    sides = one[1].shape[0], two[1].shape[0]
    meet = int(rng.uniform(0.35, 0.55) * count)
    length = max(3, int(rng.uniform(0.3, 0.7) * fps))
    at = np.array([rng.uniform(0.35, 0.65) * width, rng.uniform(0.35, 0.65) * height])
    way, speed = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.25) * shorter / fps
    first = speed * np.array([np.cos(way), np.sin(way)])
    turn = rng.uniform(0, 2 * np.pi)
    second = first + rng.uniform(0.45, 0.8) * shorter / fps * np.array([np.cos(turn), np.sin(turn)])
    bob, beat = rng.uniform(0, 0.02) * shorter, rng.uniform(0.5, 1.2) * fps
    sway = lambda t: bob * np.sin(2 * np.pi * t / beat)
    # They touch when the change begins and lie over each other when it ends.
    touch = 0.5 * (sides[0] + sides[1]) * 0.36 / max(1e-6, np.hypot(*(second - first)))
    fields = [noise(rng, sides[1], sides[1], sides[1] * 0.3) * sides[1] * 0.12 for _ in range(2)]
    rows, columns = np.mgrid[:sides[1], :sides[1]].astype(np.float32)
    grown = (sides[0] ** 2 + strength * 0.5 * sides[1] ** 2) ** 0.5 / sides[0]
    passing, merging, changed = [], [], []
    for t, frame in enumerate(frames):
        time = t - meet
        a = at + first * time + sway(t)
        b = at + second * (time - touch)
        ramp = float(np.clip(time / length, 0, 1))
        own, other = one[0][min(t, len(one[0]) - 1)], two[0][min(t, len(two[0]) - 1)]
        back = frame.astype(np.float32)
        passed, _ = lay(back, other, two[1], *b)
        passed, _ = lay(passed, own, one[1], *a)
        made, mask = passed, np.zeros((height, width), np.float32)
        if ramp > 0:
            # Drawn into the first, bent and paler from picture to picture, while the first takes in what the second was.
            drawn = b * (1 - ramp) + a * ramp if ramp < 1 else a
            bent = cv2.remap(other, columns + fields[0] * ramp, rows + fields[1] * ramp, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            made, there = (lay(back, bent, two[1] * (1 - ramp), *drawn) if ramp < 1 else (back, mask))
            scale = 1 + (grown - 1) * ramp
            mixed = own + 0.35 * strength * ramp * (cv2.resize(other, own.shape[1::-1]) - own)
            larger = (max(4, int(sides[0] * scale)),) * 2
            made, here = lay(made, cv2.resize(mixed, larger), cv2.resize(one[1], larger), *a)
            mask = np.maximum(there, here)
        passed, made = (np.clip(v, 0, 255).astype(np.uint8) for v in (passed, made))
        passing.append(passed)
        merging.append(made)
        # The second is missed elsewhere too, but what is not there any more changes nothing: only where both are drawn.
        changed.append(cv2.resize(mask, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) * ramp)
    return passing, merging, np.stack(changed), meet, min(count, meet + length)


def main():
    out, pairs, first, *folders = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    clips = usable(folders)
    order = np.random.RandomState(3).permutation(len(clips))
    for k in range(int(first), int(first) + int(pairs)):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        path = clips[order[k % len(clips)]]
        frames, fps = read(path, rng, SECONDS)
        if len(frames) < 1.2 * fps or len(frames) < 12:
            continue
        shorter = min(frames[0].shape[:2])
        things = []
        for _ in range(12):
            other = thing(clips[rng.randint(len(clips))], rng, int(rng.uniform(LEAST, MOST) * shorter) // 2 * 2)
            if other is not None:
                things.append(other)
            if len(things) == 2:
                break
        if len(things) < 2:
            continue
        name, kind = list(STRENGTHS)[rng.randint(3)], KINDS[k % 2]
        passing, merging, changed, start, end = scene(frames, fps, *things, STRENGTHS[name], rng)
        if changed.max() < 0.3:
            continue
        count = len(frames)
        if kind == "split":
            passing, merging, changed, start, end = passing[::-1], merging[::-1], changed[::-1], count - end, count - start
        quality = int(rng.randint(16, 27))
        write(f"{out}/{k}-a.mp4", passing, fps, quality)
        about = dict(source=os.path.basename(path), group=group(path), kind=kind, strength=name, fps=fps, start=start, end=end, frames=count)
        keep(out, k, merging, np.ascontiguousarray(changed), fps, quality, about)


if __name__ == "__main__":
    main()
