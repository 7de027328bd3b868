"""Plants morphs into ordinary clips, in pairs: the same stretch untouched and with one region that melts, wobbles, fades into
something else, doubles or vanishes, following what it lies on. Both are encoded alike. Only the planted region differs, so a
model cannot learn what generated, fast or textured pictures look like.

    python3 training/morphing/plant.py <out folder> <pairs> <first seed> <folder of clips> [more folders] [--more]

Per pair `<seed>-a.mp4` (untouched), `<seed>-b.mp4` (planted), `<seed>.json` and `<seed>.npy`: frames x 20 x 36, how far the
region has changed there, 0-1. `--more` plants in one stretch after the other EACH times, of all kinds and half of the time in
what moves most; all share the untouched half of the first, named `a` in their JSON. Resumable. Wants numpy and OpenCV; ffmpeg on the path.
"""
import json
import os
import subprocess
import sys

import cv2
import numpy as np

from clips import group, usable

cv2.setNumThreads(1)
SIDE = 640
SECONDS = 2.6
KINDS = ("melt", "warp", "fade", "ghost", "swap", "vanish")
# What faults of generators look like besides: things that smear while they move, limbs that melt into what is behind them.
MORE = (*KINDS, "smear", "limb")
EACH = 4
STRENGTHS = {"weak": 0.6, "medium": 1.0, "strong": 1.5}
ROWS, COLUMNS = 20, 36


def read(path, rng, seconds):
    """A stretch of a clip, longest side at most SIDE, at most 30 frames a second."""
    video = cv2.VideoCapture(path)
    fps = video.get(cv2.CAP_PROP_FPS) or 25
    fps = fps if 1 <= fps <= 240 else 25
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    skip = max(1, round(fps / 30))
    frames = min(total, int(seconds * fps))
    start = rng.randint(0, max(1, total - frames))
    return reduced(video, start, frames, skip), fps / skip


def reduced(video, start, frames, skip):
    """Every `skip`th picture of a stretch, longest side at most SIDE."""
    out = []
    for k in range(start + frames):
        good = video.grab()
        if not good:
            break
        if k < start or (k - start) % skip:
            continue
        good, picture = video.retrieve()
        if not good:
            break
        height, width = picture.shape[:2]
        scale = min(1, SIDE / max(width, height))
        size = (max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2))
        out.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return out


def noise(rng, height, width, grain):
    small = rng.randn(max(2, int(height / grain) + 2), max(2, int(width / grain) + 2)).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def blob(rng, height, width, x, y, radius):
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(0.65, 1.5)
    u = ((columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)) / (radius * stretch)
    v = (-(columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)) / (radius / stretch)
    far = np.hypot(u, v) + 0.25 * noise(rng, height, width, radius * 0.7)
    return cv2.GaussianBlur(np.clip((1.15 - far) * 3, 0, 1), (0, 0), max(1.0, radius * 0.06))


def shifted(picture, x, y):
    return cv2.warpAffine(picture, np.float32([[1, 0, x], [0, 1, y]]), picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def plant(frames, other, fps, kind, strength, rng, moving=False):
    """Planted frames, how far each place has changed per frame, and when; `moving`: where most moves."""
    height, width = frames[0].shape[:2]
    count = len(frames)
    grey = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_BGR2GRAY), (width // 2, height // 2), interpolation=cv2.INTER_AREA) for f in frames]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    flows = [dis.calc(a, b, None) * 2 for a, b in zip(grey, grey[1:])]
    active = sum(np.hypot(f[..., 0], f[..., 1]) for f in flows) / len(flows)
    texture = cv2.GaussianBlur(cv2.Laplacian(grey[0], cv2.CV_32F) ** 2, (0, 0), 8) ** 0.5
    places = [(rng.randint(int(width * 0.18), int(width * 0.82)), rng.randint(int(height * 0.18), int(height * 0.82))) for _ in range(12)]
    weights = np.array([texture[y // 2, x // 2] / (texture.mean() + 1e-3) + min(active[y // 2, x // 2], 4) / (active.mean() + 0.5) for x, y in places])
    if moving:
        weights = np.array([active[y // 2, x // 2] * min(1, texture[y // 2, x // 2] / (texture.mean() + 1e-3)) ** 2 + 1e-3 for x, y in places]) ** 2
    x, y = places[int(rng.choice(len(places), p=weights / weights.sum()))]
    radius = rng.uniform(0.13, 0.22) * min(height, width) * (0.85 + 0.3 * (strength - 0.6))
    if kind == "limb":
        radius *= 0.7
    start = int(rng.uniform(0.2, 0.45) * count)
    length = max(2, int(rng.uniform(0.35, 0.9) * fps))
    mask0 = blob(rng, height, width, x, y, radius)
    grain = rng.uniform(0.5, 1.0) * radius
    push = 0.45 * radius * strength
    fields = [noise(rng, height, width, grain) * push for _ in range(4)]
    way = rng.uniform(0, 2 * np.pi)
    aside = np.array([np.cos(way), np.sin(way)]) * radius * 1.5
    period = rng.uniform(0.5, 1.0) * fps
    share = min(1.0, 0.45 + 0.4 * strength)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    out, changed, offset = [], [], np.zeros(2)
    for t, frame in enumerate(frames):
        if t:
            px, py = int(np.clip(x + offset[0], 0, width - 1)), int(np.clip(y + offset[1], 0, height - 1))
            reach = int(radius * 0.4) + 2
            near = flows[t - 1][max(0, (py - reach) // 2):(py + reach) // 2 + 1, max(0, (px - reach) // 2):(px + reach) // 2 + 1].reshape(-1, 2)
            if len(near):
                offset += np.median(near, 0)
        mask = shifted(mask0, *offset)
        ramp = float(np.clip((t - start + 1) / length, 0, 1)) if t >= start else 0.0
        picture = frame.astype(np.float32)
        far = ramp
        if ramp == 0:
            made = picture
        elif kind in ("melt", "warp"):
            a, b, c, d = (shifted(f, *offset) for f in fields)
            if kind == "melt":
                dx, dy = a * ramp, b * ramp
            else:
                phase = 2 * np.pi * (t - start) / period
                dx = (a * np.sin(phase) + c * (1 - np.cos(phase))) * 0.7 * min(1, ramp * 2)
                dy = (b * np.sin(phase) + d * (1 - np.cos(phase))) * 0.7 * min(1, ramp * 2)
                far = 0.5 + 0.5 * np.sin(phase - np.pi / 2) if ramp < 1 or strength else 1
            made = cv2.remap(picture, columns + dx * mask, rows + dy * mask, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        elif kind in ("fade", "swap"):
            if kind == "fade":
                source = cv2.resize(other[t % len(other)], (width, height)).astype(np.float32)
            else:
                source = shifted(picture, *(-2.2 * aside))
            source = shifted(source, *offset) if kind == "fade" else source
            inside = mask > 0.4
            if inside.any():
                # Alike in colour and contrast: what the region is changes, not how bright it is.
                spread = np.clip((picture[inside].std() + 4) / (source[inside].std() + 4), 0.6, 1.6)
                source = (source - source[inside].mean(0)) * spread + 0.7 * picture[inside].mean(0) + 0.3 * source[inside].mean(0)
            weight = (mask * ramp * share)[..., None]
            bend = 4 * ramp * (1 - ramp)
            made = picture * (1 - weight) + np.clip(source, 0, 255) * weight
            made = cv2.remap(made, columns + shifted(fields[0], *offset) * 0.4 * bend * mask, rows + shifted(fields[1], *offset) * 0.4 * bend * mask, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        elif kind == "ghost":
            moved, where = shifted(picture, *(aside * ramp)), shifted(mask, *(aside * ramp))
            weight = (where * min(1, 2 * ramp) * (0.3 + 0.4 * strength))[..., None]
            made = picture * (1 - np.clip(weight, 0, 1)) + moved * np.clip(weight, 0, 1)
            mask = np.maximum(mask, where)
        elif kind == "smear":
            reach = aside * 0.8 * strength * ramp
            made = np.mean([shifted(picture, *(share_of * reach)) for share_of in np.linspace(-0.5, 0.5, 7)], 0)
            a, b = (shifted(f, *offset) for f in fields[:2])
            made = cv2.remap(made.astype(np.float32), columns + 0.6 * a * ramp, rows + 0.6 * b * ramp, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            weight = mask[..., None]
            made = picture * (1 - weight) + made * weight
        elif kind == "limb":
            a, b = (shifted(f, *offset) for f in fields[:2])
            made = cv2.remap(picture, columns + 1.4 * a * ramp * mask, rows + 1.4 * b * ramp * mask, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            behind = cv2.GaussianBlur(shifted(picture, *(1.4 * aside)), (0, 0), 2)
            weight = (mask * max(0.0, 2 * ramp - 1) * 0.6 * share)[..., None]
            made = made * (1 - weight) + behind * weight
        else:
            behind = cv2.GaussianBlur(shifted(picture, *(1.4 * aside)), (0, 0), 1.5)
            weight = (mask * ramp * share)[..., None]
            made = picture * (1 - weight) + behind * weight
        made = np.clip(made, 0, 255).astype(np.uint8)
        differs = cv2.GaussianBlur(np.abs(made.astype(np.float32) - picture).mean(-1), (0, 0), 3) > 4
        out.append(made)
        changed.append(cv2.resize(np.where(differs, mask, 0).astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) * far)
    return out, np.stack(changed), start, min(count, start + length) if kind != "warp" else count


def write(path, frames, fps, quality):
    height, width = frames[0].shape[:2]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", f"{fps:.6f}", "-i", "-",
               "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", str(quality), "-pix_fmt", "yuv420p", path]
    subprocess.run(command, input=b"".join(f.tobytes() for f in frames), check=True)


def main():
    more = "--more" in sys.argv
    out, pairs, first, *folders = [a for a in sys.argv[1:] if a != "--more"]
    pairs, first = int(pairs), int(first)
    os.makedirs(out, exist_ok=True)
    clips = usable(folders)
    order = np.random.RandomState(1).permutation(len(clips))
    of = lambda seed: clips[order[seed % len(clips)]]
    if more:
        several(out, pairs, first, clips, of)
        return
    for k in range(first, first + pairs):
        if os.path.exists(f"{out}/{k}.json"):
            continue
        rng = np.random.RandomState(k)
        path = of(k)
        frames, fps = read(path, rng, SECONDS)
        other, _ = read(clips[rng.randint(len(clips))], rng, 0.6)
        if len(frames) < 1.2 * fps or len(frames) < 8 or not other:
            continue
        kind = KINDS[(k // len(clips) + k) % len(KINDS)]
        name = list(STRENGTHS)[rng.randint(3)]
        made, changed, start, end = plant(frames, other, fps, kind, STRENGTHS[name], rng)
        if changed.max() < 0.3:
            continue
        quality = int(rng.randint(16, 27))
        write(f"{out}/{k}-a.mp4", frames, fps, quality)
        keep(out, k, made, changed, fps, quality, dict(source=os.path.basename(path), group=group(path), kind=kind, strength=name, fps=fps, start=start, end=end, frames=len(frames)))


def several(out, pairs, first, clips, of):
    for k in range(first, first + pairs, EACH):
        if os.path.exists(f"{out}/{k + EACH - 1}.json"):
            continue
        rng = np.random.RandomState(k)
        path = of(k // EACH)
        frames, fps = read(path, rng, SECONDS)
        if len(frames) < 1.2 * fps or len(frames) < 8:
            continue
        quality = int(rng.randint(16, 27))
        write(f"{out}/{k}-a.mp4", frames, fps, quality)
        kinds = rng.permutation(MORE)[:EACH]
        for n, kind in enumerate(kinds):
            other, _ = read(clips[rng.randint(len(clips))], rng, 0.6)
            name = list(STRENGTHS)[rng.randint(3)]
            made, changed, start, end = plant(frames, other or frames, fps, str(kind), STRENGTHS[name], rng, kind in ("smear", "limb") or rng.rand() < 0.5)
            if changed.max() < 0.3:
                continue
            keep(out, k + n, made, changed, fps, quality, dict(a=str(k), source=os.path.basename(path), group=group(path), kind=str(kind), strength=name, fps=fps, start=start, end=end, frames=len(frames)))


def keep(out, k, made, changed, fps, quality, about):
    write(f"{out}/{k}-b.mp4", made, fps, quality)
    np.save(f"{out}/{k}.npy", (changed * 255).astype(np.uint8))
    json.dump(about, open(f"{out}/{k}.json", "w"))
    print(k, about, flush=True)


if __name__ == "__main__":
    main()
