"""Plants people who become one: two people, each cut out of a clip of its own, before a third clip's picture. They stand
beside each other and move; then, over 8 to 16 frames, the second goes over into the first.

    python3 training/morphing/merge_plant.py <out folder> <scenes> <first seed> <person-mask.onnx> <folder of clips> [more folders]

Per scene `<seed>-<what>.mp4`, what being `merge`; `split`, the same from end to beginning; and what is harmless: `stay`, both
stay; `leave`, the second leaves by the picture's side; `pass`, it passes behind the first and comes out again; `hide`, it goes
behind the first and stays there. `<seed>.json` says who, when and where. Resumable. Wants numpy and OpenCV; ffmpeg on the path.
"""
import json
import os
import sys

import cv2
import numpy as np

from clips import fold, group, usable
from plant import read, write

cv2.setNumThreads(1)
WIDTH, HEIGHT, FPS, FRAMES = 854, 480, 25, 80
WHAT = ("merge", "stay", "leave", "pass", "hide")


def person(path, rng, net):
    """A person cut out of a clip: pictures and masks, upright, cropped; None when there is none, or not one alone."""
    frames, fps = read(path, rng, (FRAMES + 4) / FPS * 1.3)
    if fps < 15 or len(frames) < 30:
        return None
    masks, last = [], None
    for k, frame in enumerate(frames[: FRAMES + 2]):
        net.setInput(cv2.dnn.blobFromImage(cv2.resize(frame, (256, 256), interpolation=cv2.INTER_AREA), 1 / 255, swapRB=True))
        mask = net.forward().reshape(256, 256)
        last = mask if last is None else 0.6 * mask + 0.4 * last
        masks.append(last)
        if k == 0:
            count, _, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
            areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
            if count < 2 or areas[0] < 0.06 * 65536 or areas[0] > 0.65 * 65536 or (len(areas) > 1 and areas[1] > 0.15 * areas[0]):
                return None
    shape = (np.mean(masks, 0) > 0.4).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(shape)
    if count < 2:
        return None
    x, y, w, h, area = stats[1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])]
    height, width = frames[0].shape[:2]
    # Something taller than broad that does not fill its picture: a person, not a close-up; small ones are not found by any network.
    if y < 3 or w > 235 or area < 0.3 * w * h or h * height / 256 < 90:
        return None
    x, w = max(0, x - 12), min(256, x + w + 12) - max(0, x - 12)
    y, h = max(0, y - 12), 256 - max(0, y - 12) if y + h > 235 else h + 20
    box = [int(v) for v in (x * width / 256, y * height / 256, w * width / 256, min(h, 256 - y) * height / 256)]
    cut = lambda a: a[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
    pictures = [cut(f) for f in frames[: len(masks)]]
    masks = [cut(cv2.resize(np.clip((m - 0.35) / 0.35, 0, 1).astype(np.float32), (width, height))) for m in masks]
    # Somebody who leaves their picture leaves nothing to be cut out.
    return None if min((m > 0.5).sum() for m in masks) < 400 else (pictures, masks)


def layer(who, k, scale, x):
    """Picture and opacity of a person before nothing, feet or lower edge on the lower edge, middle at `x`."""
    pictures, masks = who
    # There and back, so that everybody lasts.
    n = len(pictures) - 1
    k = n - abs(k % (2 * n) - n)
    move = np.float32([[scale, 0, x - scale * pictures[k].shape[1] / 2], [0, scale, HEIGHT - scale * pictures[k].shape[0]]])
    warp = lambda a: cv2.warpAffine(a, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=0)
    return warp(pictures[k].astype(np.float32)), warp(masks[k])[..., None]


def scene(one, two, ground, what, rng):
    tall, broad = (lambda who, i=i: np.median([np.ptp(np.where(m > 0.5)[i]) for m in who[1][::8]]) for i in (0, 1))
    size = HEIGHT * rng.uniform(0.6, 0.82)
    a, b = size / tall(one), size * rng.uniform(0.88, 1.02) / tall(two)
    if what == "hide":
        b = min(b, 0.8 * a * broad(one) / broad(two))
    side = rng.choice([-1, 1])
    apart = min(0.5 * (a * broad(one) + b * broad(two)) * rng.uniform(0.9, 1.15), 0.42 * WIDTH)
    first, second = WIDTH / 2 - side * apart / 2, WIDTH / 2 + side * apart / 2
    sway = rng.uniform(4, 14, 2), rng.uniform(0.5, 1.2, 2), rng.uniform(0, 6, 2)
    start, length = rng.randint(30, 40), rng.randint(8, 17)
    share = rng.uniform(0.35, 1.0)
    noise = np.random.RandomState(rng.randint(1 << 30))
    out = []
    for k in range(FRAMES):
        t = np.clip((k - start) / length, 0, 1)
        t = t * t * (3 - 2 * t)
        xs = [sway[0][i] * np.sin(6.28 * sway[1][i] * k / FPS + sway[2][i]) for i in (0, 1)]
        x2, alpha, order = second + xs[1], 1.0, 1
        if what == "merge":
            x2 += (first + xs[0] - x2) * share * t
            alpha = 1 - t
        walk = np.clip((k - start + 8) / 28, 0, 1)
        if what == "leave":
            x2 += side * walk * (WIDTH / 2 - side * (second - WIDTH / 2) + 0.6 * b * broad(two) + 20)
        if what == "pass":
            x2 += (first - side * apart - x2) * walk
            order = 0
        if what == "hide":
            x2 += (first + xs[0] - x2) * walk
            order = 0
        canvas = ground[k % len(ground)].astype(np.float32)
        p1, m1 = layer(one, k, a, first + xs[0])
        p2, m2 = layer(two, k, b, x2)
        if what == "merge":
            canvas = canvas * (1 - m1) + p1 * m1
            # While they melt the first takes on something of the second, which lies over it and thins out.
            canvas = canvas * (1 - m2 * alpha) + p2 * m2 * alpha
        elif order:
            canvas = canvas * (1 - m1) + p1 * m1
            canvas = canvas * (1 - m2) + p2 * m2
        else:
            canvas = canvas * (1 - m2) + p2 * m2
            canvas = canvas * (1 - m1) + p1 * m1
        out.append(np.clip(canvas + noise.randn(HEIGHT, WIDTH, 1) * 1.2, 0, 255).astype(np.uint8))
    about = {"start": int(start), "end": int(start + length), "first": float(first), "second": float(second), "half": float(b * broad(two) / 2), "top": float(HEIGHT - b * tall(two)), "share": float(share)}
    return out, about


def main():
    out, scenes, seed, mask, *folders = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    net = cv2.dnn.readNet(mask)
    clips = [c for c in usable(folders)]
    for k in range(int(seed), int(seed) + int(scenes)):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        half = k % 2
        mine = [c for c in clips if fold(c) == half]
        who, names = [], []
        for path in [mine[i] for i in rng.permutation(len(mine))]:
            if any(group(path) == group(n) for n in names) and rng.rand() < 0.9:
                continue
            found = person(path, rng, net)
            if found is not None:
                who.append(found)
                names.append(path)
            if len(who) == 2:
                break
        if len(who) < 2:
            print(k, "nobody")
            continue
        places = [c for c in clips if any(n in c for n in ("boat", "car-detection", "tree.avi", "car-turn"))]
        ground = [cv2.VideoCapture(places[rng.randint(len(places))]).read()[1]]
        ground = [cv2.GaussianBlur(cv2.resize(ground[0], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), (0, 0), 1.2)]
        quality = int(rng.choice([18, 23, 28]))
        state = rng.get_state()
        about = {}
        for what in WHAT:
            rng.set_state(state)
            frames, about[what] = scene(who[0], who[1], ground, what, rng)
            write(f"{out}/{k}-{what}.mp4", frames, FPS, quality)
            if what == "merge":
                write(f"{out}/{k}-split.mp4", frames[::-1], FPS, quality)
        with open(f"{out}/{k}.json", "w") as file:
            json.dump({"names": [os.path.basename(os.path.dirname(n)) + "__" + os.path.basename(n) for n in names], "fold": half, "frames": FRAMES, **about["merge"]}, file)
        print(k, names, about["merge"], flush=True)


main()
