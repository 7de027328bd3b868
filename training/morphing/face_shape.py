"""Makes models/retake-face-shape.json and models/retake-head-shape.json: what pose and expression do to the distances on real faces or heads, and how
much the rest differs between two half seconds of one face from the same side. And the same of two halves of the sources, for the bench.

    python3 training/morphing/face_shape.py <tracks.json by face-shape.ts> <start of the halves' files> <model.json>

Wants numpy.
"""
import json
import sys

import numpy as np

from clips import fold

YAW, PITCH, SIZE = 7, 6, 1.25
# Least deviation: what the mesh's own steps amount to.
FLOOR = 0.006


def read(path):
    tracks = []
    for track in json.load(open(path)):
        rows, shape = np.array(track["rows"]), 4 + track["parts"]
        track.update(frame=rows[:, 0], yaw=rows[:, 1], pitch=rows[:, 2], size=rows[:, 3], shape=rows[:, 4:shape], context=rows[:, shape:])
        tracks.append(track)
    return tracks


def regress(tracks):
    """Within every track: what of the shape goes with pose and expression. A long track counts more than a short one, by the root."""
    weight = np.concatenate([np.full(len(t["shape"]), len(t["shape"]) ** -0.5) for t in tracks])[:, None]
    x = np.concatenate([t["context"] - t["context"].mean(0) for t in tracks]) * weight
    y = np.concatenate([t["shape"] - t["shape"].mean(0) for t in tracks]) * weight
    return np.linalg.solve(x.T @ x + 1e-3 * len(tracks) * np.eye(x.shape[1]), x.T @ y)


def looks(track, slope):
    rest = track["shape"] - track["context"] @ slope
    count, hop = track["look"]["count"], track["look"]["hop"]
    out = []
    for k in range(0, len(rest) - count + 1, hop):
        part = slice(k, k + count)
        if track["frame"][k + count - 1] - track["frame"][k] <= 2 * count * track["step"]:
            frames = track["frame"][part]
            out.append((frames[0], frames[-1], np.median(rest[part], 0), *(track[v][part].mean() for v in ("yaw", "pitch", "size"))))
    return out


def spread(tracks, slope):
    covariances = []
    for track in tracks:
        seen = looks(track, slope)
        gaps = [
            a[2] - b[2]
            for i, a in enumerate(seen)
            for b in seen[i + 1:]
            if b[0] > a[1] and abs(a[3] - b[3]) <= YAW and abs(a[4] - b[4]) <= PITCH and max(a[5], b[5]) <= SIZE * min(a[5], b[5])
        ]
        if gaps:
            gaps = np.array(gaps)
            covariances.append(gaps.T @ gaps / len(gaps))
    return np.mean(covariances, 0)


def model(tracks):
    slope = regress(tracks)
    covariance = spread(tracks, slope) + FLOOR ** 2 * np.eye(len(slope.T))
    values, vectors = np.linalg.eigh(covariance)
    whitening = vectors @ np.diag(values ** -0.5) @ vectors.T
    numbers = lambda a, digits: [[round(float(v), digits) for v in row] for row in a]
    return dict(
        context=numbers(slope.T, 5), whitening=numbers(whitening, 3), deviations=[round(float(v), 5) for v in np.sqrt(np.diag(covariance))]
    )


def main():
    tracks = read(sys.argv[1])
    for half in (0, 1):
        rest = [t for t in tracks if fold(t["file"]) != half]
        names = sorted({t["file"] for t in tracks if fold(t["file"]) == half})
        json.dump(dict(model(rest), unseen=names), open(f"{sys.argv[2]}-fold-{half}.json", "w"))
    with open(sys.argv[3], "w") as out:
        out.write(json.dumps(model(tracks)) + "\n")
    print(len(tracks), "tracks of", len({t["file"] for t in tracks}), "clips")


if __name__ == "__main__":
    main()
