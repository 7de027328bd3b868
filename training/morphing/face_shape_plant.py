"""Plants changes of a face's or a head's shape: over 12 to 24 frames the jaw widens, the eyes grow, the nose lengthens or the whole face broadens,
or (`head`) the skull rises over the brow or the whole head broadens beside a face that stays, smoothly and following the face.

    python3 training/morphing/face_shape_plant.py <out folder> <count> <folder of face JSONs made by faces.ts> [face|head]

Per seed `<k>-shape.mp4`, `<k>-same.mp4` (the same frames, encoded alike) and `<k>.json`. Wants numpy and OpenCV.
"""
import json
import os
import sys

import cv2
import numpy as np

from clips import group
from plant import write
from swap import SIDE, frames_of, talking

cv2.setNumThreads(1)
KINDS = {"face": ("jaw", "eyes", "nose", "broad"), "head": ("skull", "sides", "skull", "sides")}
# Change of the part's size.
STRENGTHS = {"weak": 0.08, "medium": 0.15, "strong": 0.25}


def bend(frame, points, kind, amount):
    """The frame with one part of its face enlarged by `amount`."""
    right, left = points[[33, 133]].mean(0), points[[362, 263]].mean(0)
    across = points[454] - points[234]
    width = np.linalg.norm(across)
    across = across / width
    down = np.array([-across[1], across[0]])
    rows, columns = np.mgrid[:frame.shape[0], :frame.shape[1]].astype(np.float32)
    u = lambda c: (columns - c[0]) * across[0] + (rows - c[1]) * across[1]
    v = lambda c: (columns - c[0]) * down[0] + (rows - c[1]) * down[1]
    du, dv = np.zeros_like(rows), np.zeros_like(rows)

    def spread(centre, reach_u, reach_v, scale_u, scale_v):
        a, b = u(centre), v(centre)
        weight = np.exp(-0.5 * ((a / reach_u) ** 4 + (b / reach_v) ** 4))
        du[:] += a * (1 - 1 / (1 + scale_u)) * weight
        dv[:] += b * (1 - 1 / (1 + scale_v)) * weight

    if kind == "jaw":
        spread((points[172] + points[397]) / 2, 0.72 * width, 0.22 * width, amount, 0)
    elif kind == "eyes":
        for eye in (right, left):
            spread(eye, 0.19 * width, 0.17 * width, amount, amount)
    elif kind == "nose":
        spread((points[168] * 0.7 + points[2] * 0.3), 0.16 * width, 0.34 * width, 0.3 * amount, amount)
    elif kind == "broad":
        spread((points[234] + points[454]) / 2, 0.8 * width, 0.95 * width, 0.8 * amount, 0)
    else:
        # The face stays: what lies beyond it moves outwards by a share of the face's breadth, less and less far away.
        middle = (points[234] + points[454]) / 2
        a, b = u(middle), v(middle)
        if kind == "skull":
            brow = (points[10] - middle) @ down
            beyond = np.clip(brow - b, 0, None)
            dv[:] -= amount * width * np.clip(beyond / (0.3 * width), 0, 1) * np.exp(-np.clip(beyond - 0.35 * width, 0, None) / (0.3 * width)) * np.exp(-((a / (0.9 * width)) ** 4))
        else:
            beyond = np.clip(np.abs(a) - 0.5 * width, 0, None)
            du[:] += 0.5 * amount * width * np.sign(a) * np.clip(beyond / (0.12 * width), 0, 1) * np.exp(-np.clip(beyond - 0.25 * width, 0, None) / (0.3 * width)) * np.exp(-(((b + 0.2 * width) / (0.9 * width)) ** 4))
    x = columns - du * across[0] - dv * down[0]
    y = rows - du * across[1] - dv * down[1]
    return cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def main():
    out, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    kinds = KINDS[sys.argv[4] if len(sys.argv) > 4 else "face"]
    os.makedirs(out, exist_ok=True)
    faces, usable = talking(folder)
    for k in range(count):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        name = usable[k % len(usable)]
        kind, strength = kinds[(k + k // len(usable)) % 4], list(STRENGTHS)[(k // 4) % 3]
        about = faces[name]
        scale = min(1, SIDE / max(about["width"], about["height"]))
        frames, fps = frames_of(f"{about['folder']}/{name}", 125, scale)
        length = int(rng.choice([12, 16, 24]))
        start = int(0.42 * len(frames))
        made, points = [], None
        for t, frame in enumerate(frames):
            row = about["rows"][t] if t < len(about["rows"]) else None
            if row is not None:
                points = np.array(row["points"]).reshape(-1, 2) * scale
            ramp = float(np.clip((t - start + 1) / length, 0, 1))
            ramp = ramp * ramp * (3 - 2 * ramp)
            made.append(frame if points is None or ramp == 0 else bend(frame, points, kind, STRENGTHS[strength] * ramp))
        write(f"{out}/{k}-shape.mp4", made, fps, 18)
        write(f"{out}/{k}-same.mp4", frames, fps, 18)
        json.dump(dict(source=name, group=group(name), kind=kind, strength=strength, start=start, end=start + length, fps=fps), open(f"{out}/{k}.json", "w"))
        print(k, name, kind, strength, length, flush=True)


if __name__ == "__main__":
    main()
