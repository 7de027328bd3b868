"""Plants limbs that become other limbs, in pairs as plant.py keeps them: over 0.35 to 0.9 seconds an arm or a leg takes the looks of another limb,
of the same body or of a body in another clip, laid along the same joints.

    python3 training/morphing/limb_swap.py <out folder> <pairs> <first seed> <folder of joints.ts>

Per pair `<seed>-a.mp4` (untouched), `<seed>-b.mp4` (planted), `<seed>.json` and `<seed>.npy` as plant.py writes them. Resumable. Wants numpy and OpenCV; ffmpeg on the path.
"""
import json
import os
import sys

import cv2
import numpy as np

from clips import group, label, rows
from plant import COLUMNS, ROWS, SECONDS, STRENGTHS, keep, reduced, write

cv2.setNumThreads(1)
# Both ends of a limb in the order of MediaPipe Pose: upper arms, forearms, thighs, shins; left and right.
LIMBS = ((11, 13), (12, 14), (13, 15), (14, 16), (23, 25), (24, 26), (25, 27), (26, 28))
SEEN = 150
# A limb is so many of its lengths wide, on either side of its middle, and goes on so far beyond its ends.
WIDE, BEYOND = 0.28, 0.3
LEAST = 36
TRIES = 40


def bodies(folder):
    out = []
    for name in sorted(os.listdir(folder)):
        about = json.load(open(f"{folder}/{name}"))
        row = rows(os.path.dirname(about["path"])).get(os.path.basename(about["path"]))
        # A body that is there for good: what the network takes for one comes and goes.
        if row is not None and label(row) in ("real", "clean"):
            out += [dict(about, track=t) for t in about["tracks"] if len(t["frames"]) > 10]
    return out


def stretch(body, rng, seconds=SECONDS):
    """Pictures of a stretch, its rate, and the joints in every picture: frames x 33 x (x, y, visibility); None when it is too short."""
    frames, fps = np.array(body["track"]["frames"]), body["fps"]
    skip = max(1, round(fps / 30))
    wanted = int(seconds * fps)
    first, last = frames[0], frames[-1]
    if last - first < 1.3 * fps:
        return None
    start = int(rng.randint(first, max(first + 1, last - wanted)))
    numbers = np.arange(start, min(last, start + wanted), skip)
    points = np.array(body["track"]["points"], float).reshape(len(frames), -1)
    at = np.stack([np.interp(numbers, frames, column) for column in points.T], 1).reshape(len(numbers), -1, 3)
    pictures = reduced(cv2.VideoCapture(body["path"]), start, len(numbers) * skip, skip)
    if len(pictures) < 8:
        return None
    at = at[: len(pictures)]
    at[..., 0] *= pictures[0].shape[1] / body["width"]
    at[..., 1] *= pictures[0].shape[0] / body["height"]
    return pictures, fps / skip, at


def visible(at, limb, width, height):
    """Both ends are seen all the time, away from the sides, and far enough apart."""
    ends = at[:, list(limb)]
    inside = (ends[..., 0] > 4) & (ends[..., 0] < width - 4) & (ends[..., 1] > 4) & (ends[..., 1] < height - 4)
    long = np.hypot(*(ends[:, 0, :2] - ends[:, 1, :2]).T)
    return bool((inside & (ends[..., 2] > SEEN)).all() and long.min() > 0.4 * LEAST and np.median(long) > LEAST)


def capsule(shape, a, b):
    """1 on a limb from a to b, with soft edges."""
    height, width = shape
    long = np.hypot(*(b - a)) + 1e-6
    along = (b - a) / long
    y, x = np.mgrid[:height, :width].astype(np.float32)
    t = np.clip((x - a[0]) * along[0] + (y - a[1]) * along[1], -BEYOND * long, (1 + BEYOND) * long)
    far = np.hypot(x - a[0] - t * along[0], y - a[1] - t * along[1])
    return np.clip((WIDE * long - far) / (0.08 * long) + 0.5, 0, 1).astype(np.float32)


def onto(a, b, c, d):
    """The turn, change of size and move that brings a to c and b to d."""
    one, other = complex(*(b - a)), complex(*(d - c))
    z = other / one
    return np.float32([[z.real, -z.imag, c[0] - z.real * a[0] + z.imag * a[1]], [z.imag, z.real, c[1] - z.imag * a[0] - z.real * a[1]]])


def planted(here, limb, there, source, strength, rng):
    pictures, fps, at = here
    height, width = pictures[0].shape[:2]
    count = len(pictures)
    start, length = int(rng.uniform(0.2, 0.45) * count), max(2, int(rng.uniform(0.35, 0.9) * fps))
    share = min(1.0, 0.45 + 0.4 * strength)
    out, changed = [], []
    for t, picture in enumerate(pictures):
        ramp = float(np.clip((t - start + 1) / length, 0, 1)) if t >= start else 0.0
        made, mask = picture, np.zeros((height, width), np.float32)
        if ramp > 0:
            k = min(t, len(there[0]) - 1)
            (a, b), (c, d) = there[2][k][list(source), :2], at[t][list(limb), :2]
            mask = capsule((height, width), c, d)
            other = cv2.warpAffine(there[0][k], onto(a, b, c, d), (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
            inside = mask > 0.5
            own = picture.astype(np.float32)
            if inside.any():
                # Alike in brightness: what the limb is changes, not how bright it is.
                other = other + 0.6 * (own[inside].mean(0) - other[inside].mean(0))
            weight = (mask * ramp * share)[..., None]
            made = np.clip(own * (1 - weight) + other * weight, 0, 255).astype(np.uint8)
        differs = cv2.GaussianBlur(np.abs(made.astype(np.float32) - picture).mean(-1), (0, 0), 3) > 4
        out.append(made)
        changed.append(cv2.resize(np.where(differs, mask, 0).astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) * ramp)
    return out, np.stack(changed), start, min(count, start + length)


def main():
    out, pairs, first, folder = sys.argv[1:5]
    os.makedirs(out, exist_ok=True)
    people = bodies(folder)
    order = np.random.RandomState(2).permutation(len(people))
    for k in range(int(first), int(first) + int(pairs)):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        body = people[order[k % len(people)]]
        here = stretch(body, rng)
        if here is None:
            continue
        pictures, fps, at = here
        size = pictures[0].shape[1::-1]
        own = [limb for limb in LIMBS if visible(at, limb, *size)]
        if not own:
            continue
        limb = own[rng.randint(len(own))]
        there, others = here, [l for l in own if l != limb]
        if not others or rng.rand() < 0.5:
            for _ in range(TRIES):
                body_there = people[rng.randint(len(people))]
                there = stretch(body_there, rng)
                others = [] if there is None else [l for l in LIMBS if visible(there[2], l, *there[0][0].shape[1::-1])]
                if others:
                    break
        if not others:
            continue
        name = list(STRENGTHS)[rng.randint(3)]
        made, changed, start, end = planted(here, limb, there, others[rng.randint(len(others))], STRENGTHS[name], rng)
        if changed.max() < 0.3:
            continue
        quality = int(rng.randint(16, 27))
        write(f"{out}/{k}-a.mp4", pictures, fps, quality)
        about = dict(source=os.path.basename(body["path"]), group=group(body["path"]), kind="limb-swap", strength=name, fps=fps, start=start, end=end, frames=len(pictures))
        keep(out, k, made, changed, fps, quality, about)


if __name__ == "__main__":
    main()
