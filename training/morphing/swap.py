"""Plants face changes: over 12 to 24 frames the face of one talker becomes another's, in place and in motion.

    python3 training/morphing/swap.py <out folder> <count> <folder of face JSONs made by faces.ts>

Per swap `<k>-swap.mp4`, `<k>-same.mp4` (the same frames, encoded alike) and `<k>.json`. Wants numpy, OpenCV and scipy.
"""
import json
import os
import sys

import cv2
import numpy as np
from scipy.spatial import Delaunay

from clips import group
from plant import write

cv2.setNumThreads(1)
SIDE = 720


def frames_of(path, count, scale):
    video = cv2.VideoCapture(path)
    fps = video.get(cv2.CAP_PROP_FPS) or 25
    out = []
    while len(out) < count:
        good, picture = video.read()
        if not good:
            break
        h, w = picture.shape[:2]
        out.append(cv2.resize(picture, (int(w * scale) // 2 * 2, int(h * scale) // 2 * 2), interpolation=cv2.INTER_AREA))
    return out, fps if 5 <= fps <= 120 else 25


def warp(source, points, target, triangles, size):
    """The source face with its points at the target's, triangle by triangle."""
    width, height = size
    out = np.zeros((height, width, 3), np.uint8)
    for triangle in triangles:
        a, b = np.float32(points[triangle]), np.float32(target[triangle])
        x, y, w, h = cv2.boundingRect(b)
        x2, y2 = min(width, x + w), min(height, y + h)
        x, y = max(0, x), max(0, y)
        if x2 <= x or y2 <= y:
            continue
        move = cv2.getAffineTransform(a, np.float32(b - [x, y]))
        piece = cv2.warpAffine(source, move, (x2 - x, y2 - y), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        mask = np.zeros((y2 - y, x2 - x), np.uint8)
        cv2.fillConvexPoly(mask, np.int32(np.round(b - [x, y])), 255)
        np.copyto(out[y:y2, x:x2], piece, where=mask[..., None] > 0)
    return out


def talking(folder):
    """Faces by clip, and the names of the clips in which one looks at the camera, large enough, for 70 frames."""
    faces = {n[:-5]: json.load(open(f"{folder}/{n}")) for n in sorted(os.listdir(folder))}
    usable = [n for n, f in faces.items() if sum(r is not None and abs(r["yaw"]) < 30 and r["side"] / 1.5 > 60 for r in f["rows"]) > 70]
    return faces, usable


def main():
    out, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    os.makedirs(out, exist_ok=True)
    faces, usable = talking(folder)
    for k in range(count):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        name = usable[k % len(usable)]
        others = [n for n in usable if group(n) != group(name)]
        donor = others[rng.randint(len(others))]
        about, gives = faces[name], faces[donor]
        scale = min(1, SIDE / max(about["width"], about["height"]))
        frames, fps = frames_of(f"{about['folder']}/{name}", 125, scale)
        best = min((i for i, r in enumerate(gives["rows"]) if r), key=lambda i: abs(gives["rows"][i]["yaw"]) - 0.01 * gives["rows"][i]["side"])
        source = frames_of(f"{gives['folder']}/{donor}", best + 1, 1)[0][-1]
        points = np.array(gives["rows"][best]["points"]).reshape(-1, 2)[:468]
        triangles = Delaunay(points).simplices
        length = int(rng.choice([12, 16, 24]))
        start = int(0.42 * len(frames))
        made = []
        for t, frame in enumerate(frames):
            row = about["rows"][t] if t < len(about["rows"]) else None
            ramp = float(np.clip((t - start + 1) / length, 0, 1))
            if row is None or ramp == 0:
                made.append(frame)
                continue
            target = np.array(row["points"]).reshape(-1, 2)[:468] * scale
            size = frame.shape[1::-1]
            face = warp(source, points, target, triangles, size).astype(np.float32)
            mask = np.zeros(frame.shape[:2], np.uint8)
            cv2.fillConvexPoly(mask, cv2.convexHull(np.int32(target)), 255)
            inner = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=max(1, int(row["side"] * scale / 90))) > 0
            if inner.sum() < 100:
                made.append(frame)
                continue
            picture = frame.astype(np.float32)
            face = (face - face[inner].mean(0)) * np.clip(picture[inner].std(0) / (face[inner].std(0) + 1), 0.6, 1.6) + picture[inner].mean(0)
            soft = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), max(1.5, row["side"] * scale / 40))[..., None] * ramp
            made.append(np.clip(picture * (1 - soft) + face * soft, 0, 255).astype(np.uint8))
        write(f"{out}/{k}-swap.mp4", made, fps, 18)
        write(f"{out}/{k}-same.mp4", frames, fps, 18)
        json.dump(dict(source=name, donor=donor, start=start, end=start + length, fps=fps), open(f"{out}/{k}.json", "w"))
        print(k, name, donor, length, flush=True)


if __name__ == "__main__":
    main()
