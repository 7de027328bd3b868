"""Plants lettering into ordinary clips, in pairs: lettering that stays what it is, and the same lettering whose letters warp, melt or
become other letters or none; and lettering that changes for good reasons: subtitles, clocks, tickers, focus, turning, things passing
in front. It lies on a sign or straight on what is there, follows what lies below it, and takes its light and shade.

    python3 training/morphing/text_plant.py <out folder> <pairs> <first seed> <folder of clips> [more folders]

Per seed `<seed>-a.mp4` (unchanged), `<seed>-b.mp4` (changed letters), `<seed>-c.mp4` (a good reason) and `<seed>.json`. Resumable.
Wants numpy, OpenCV and Pillow; ffmpeg on the path.
"""
import glob
import json
import os
import sys

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import plant
from clips import group, usable

cv2.setNumThreads(1)
plant.SIDE = 854
SECONDS = 4.6
KINDS = ("warp", "letters", "nonsense", "melt")
STRENGTHS = {"weak": 0.3, "medium": 0.6, "strong": 1.0}
SIZES = {"small": (15, 21), "medium": (24, 36), "large": (44, 72)}
REASONS = ("subtitle", "clock", "ticker", "focus", "turn", "passing", "leaving", "light")
WORDS = """COFFEE HOUSE BAKERY MARKET STREET STATION EXIT ENTRANCE OPEN CLOSED HOTEL GARDEN LIBRARY MUSEUM THEATRE PHARMACY SCHOOL FLOWERS
FRESH BREAD ORANGE JUICE SUMMER SALE WELCOME HOME NEW YORK LONDON BERLIN PARIS RIVER VALLEY MOUNTAIN SURF CLUB FOOTBALL TEAM CAPTAIN
POLICE TAXI EXPRESS MORNING NEWS RADIO CINEMA PIZZA NOODLES BURGER KITCHEN BARBER BICYCLE REPAIR BOOKS PAPER WINTER HARBOUR PLATFORM
DANGER CAUTION PARKING CENTRE UNIVERSITY COLLEGE SCIENCE FUTURE DREAM BIG ALWAYS HAPPY BIRTHDAY OCEAN DRIVE""".split()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FONTS = sorted(
    f
    for f in glob.glob("/usr/share/fonts/**/*", recursive=True)
    if f.endswith((".ttf", ".otf"))
    and any(k in f for k in ("DejaVuSans", "DejaVuSerif", "Liberation", "Nimbus", "Bookman", "Gothic", "C059", "P052"))
    and not any(k in f for k in ("ExtraLight", "Light", "Dingbats", "Symbol", "Math"))
)


class Letters:
    """Lettering as masks of single letters side by side at a height of 96 pixels."""

    def __init__(self, text, font):
        self.font = ImageFont.truetype(font, 88)
        self.text = text
        self.x = [20]
        for character in text:
            self.x.append(self.x[-1] + max(18, int(self.font.getlength(character))))
        self.width, self.height = self.x[-1] + 20, 128

    def glyph(self, character, k):
        picture = Image.new("L", (self.width, self.height), 0)
        ImageDraw.Draw(picture).text((self.x[k], 12), character, font=self.font, fill=255)
        return np.asarray(picture, np.float32) / 255

    def drawn(self, characters=None):
        return np.clip(sum(self.glyph(c, k) for k, c in enumerate(characters or self.text) if c != " "), 0, 1)


def nonsense(letters, k, rng):
    """A sign that is no letter: halves of two letters, one of them turned."""
    a, b = (letters.glyph(rng.choice(list("BEFGKMNPRSWXZ358")), k) for _ in range(2))
    x0, x1 = letters.x[k], letters.x[k + 1]
    b[:, x0:x1] = b[::-1, x0:x1] if rng.rand() < 0.5 else b[:, x0:x1][:, ::-1]
    cut = int(letters.height * rng.uniform(0.4, 0.6))
    out = a.copy()
    out[cut:] = b[cut:]
    return out


def morphed(letters, kind, share, rng):
    """Function of 0–1: the mask as far as it has changed; and the letters that change."""
    places = [k for k, c in enumerate(letters.text) if c != " "]
    count = max(1, int(round(share * len(places))))
    start = rng.randint(0, len(places) - count + 1)
    which = places[start:start + count] if rng.rand() < 0.5 else sorted(rng.choice(places, count, replace=False))
    base = letters.drawn()
    height, width = base.shape
    inside = np.zeros((height, width), np.float32)
    for k in which:
        inside[:, letters.x[k]:letters.x[k + 1]] = 1
    soft = cv2.GaussianBlur(inside, (0, 0), 6)
    if kind in ("letters", "nonsense"):
        if kind == "letters":
            into = {k: letters.glyph(rng.choice([c for c in LETTERS if c != letters.text[k].upper()]), k) for k in which}
        else:
            into = {k: nonsense(letters, k, rng) for k in which}
        kept = letters.drawn([" " if k in which else c for k, c in enumerate(letters.text)])
        delays = {k: rng.uniform(0, 0.4) for k in which}
        own = {k: letters.glyph(letters.text[k], k) for k in which}

        def at(far):
            out = kept.copy()
            for k in which:
                w = float(np.clip((far - delays[k]) / 0.6, 0, 1))
                out += own[k] * (1 - w) + into[k] * w
            return np.clip(out, 0, 1)

        return at, which
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    grain = rng.uniform(18, 34)
    dx, dy = (plant.noise(rng, height, width, grain) for _ in range(2))
    amount = rng.uniform(14, 20)

    def at(far):
        if kind == "warp":
            return cv2.remap(base, columns + dx * soft * amount * far, rows + dy * soft * amount * far, cv2.INTER_LINEAR)
        down = np.abs(dy) * soft * far * 26
        out = cv2.remap(base, columns + dx * soft * 7 * far, rows - down, cv2.INTER_LINEAR)
        blur = cv2.GaussianBlur(out, (0, 0), sigmaX=0.6 + 3 * far, sigmaY=0.6 + 6 * far)
        return out * (1 - soft * far) + np.clip(blur * 1.3, 0, 1) * soft * far

    return at, which


def follow(frames, x, y, reach):
    """Where a place goes: middle of the flow around it, summed up."""
    scale = 4 if max(frames[0].shape) > 500 else 2
    grey = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_BGR2GRAY), None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA) for f in frames]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    path, place = [np.zeros(2)], np.zeros(2)
    h, w = grey[0].shape
    for a, b in zip(grey, grey[1:]):
        flow = dis.calc(a, b, None) * scale
        px, py = int(np.clip((x + place[0]) / scale, 0, w - 1)), int(np.clip((y + place[1]) / scale, 0, h - 1))
        r = max(3, int(reach / scale))
        near = flow[max(0, py - r):py + r + 1, max(0, px - r):px + r + 1].reshape(-1, 2)
        place = place + np.median(near, 0)
        path.append(place.copy())
    return path


def laid(frame, mask, look, place, size, turn, tilt, blur):
    """Lays a mask of letters onto a frame: `place` is the middle, `size` the letters' height in pixels."""
    height, width = mask.shape
    scale = size / 66.0
    w, h = width * scale / 2, height * scale / 2
    corners = np.float32([[-w, -h], [w, -h], [w, h], [-w, h]])
    corners[:, 1] *= 1 + tilt * corners[:, 0] / max(1.0, w)
    corners[:, 0] *= np.cos(abs(tilt) * 2.2)
    spin = np.float32([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = corners @ spin.T + np.float32(place)
    x0, y0 = np.maximum(0, np.floor(corners.min(0)).astype(int) - 4)
    x1, y1 = np.minimum([frame.shape[1], frame.shape[0]], np.ceil(corners.max(0)).astype(int) + 5)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return frame
    small = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.42 / scale)) if scale < 0.7 else mask
    matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [width, 0], [width, height], [0, height]]), np.float32(corners - [x0, y0]))
    letters = cv2.warpPerspective(small, matrix, (int(x1 - x0), int(y1 - y0)))
    board = cv2.warpPerspective(np.ones_like(mask), matrix, (int(x1 - x0), int(y1 - y0)))
    if blur > 0.3:
        letters = cv2.GaussianBlur(letters, (0, 0), blur)
    out = frame.copy()
    part = out[y0:y1, x0:x1].astype(np.float32)
    light = cv2.GaussianBlur(part, (0, 0), max(3.0, size * 0.6)).mean(-1, keepdims=True)
    shade = np.clip(0.55 + 0.45 * light / max(30.0, float(light.mean())), 0.4, 1.5) * look["bright"]
    if look["board"] is not None:
        part = part * (1 - board[..., None] * 0.96) + np.float32(look["board"]) * shade * board[..., None] * 0.96
    letters = letters[..., None] * look["opaque"]
    out[y0:y1, x0:x1] = np.clip(part * (1 - letters) + np.float32(look["ink"]) * shade * letters, 0, 255).astype(np.uint8)
    return out


def main():
    out, pairs, first, folders = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    os.makedirs(out, exist_ok=True)
    clips = usable(folders)
    for seed in range(first, first + pairs):
        if os.path.exists(f"{out}/{seed}.json"):
            continue
        rng = np.random.RandomState(seed)
        kind, strength, size_name = KINDS[seed % 4], list(STRENGTHS)[seed // 4 % 3], list(SIZES)[seed // 12 % 3]
        reason = REASONS[seed % len(REASONS)]
        for _ in range(20):
            path = clips[rng.randint(len(clips))]
            frames, fps = plant.read(path, rng, SECONDS)
            if len(frames) >= 2.5 * fps and len(frames) > 30 and min(frames[0].shape[:2]) >= 220:
                break
        height, width = frames[0].shape[:2]
        size = rng.uniform(*SIZES[size_name])
        text = ""
        while len(text.replace(" ", "")) < 5:
            text = " ".join(rng.choice(WORDS, rng.choice([1, 1, 2]), replace=False))
        if rng.rand() < 0.35:
            text = text.title()
        letters = Letters(text, FONTS[rng.randint(len(FONTS))])
        size = min(size, 66 * 0.8 * width / letters.width)
        half = letters.width * size / 66 / 2
        x = rng.uniform(half + 5, width - half - 5) if width > 2 * half + 12 else width / 2
        y = rng.uniform(size * 1.6, height - size * 1.6)
        below = frames[0][max(0, int(y - size)):int(y + size), max(0, int(x - half)):int(x + half)].mean()
        dark = below < 120
        ink = np.array([235, 235, 235] if dark else [25, 25, 25]) * rng.uniform(0.8, 1.0, 3)
        board = None
        if rng.rand() < 0.6:
            board = rng.uniform(20, 110, 3) if dark else rng.uniform(150, 245, 3)
        look = dict(ink=ink.tolist(), board=None if board is None else board.tolist(), opaque=float(rng.uniform(0.85, 1)), bright=1.0)
        path_of = follow(frames, x, y, max(size, half / 2))
        turn, tilt = rng.uniform(-0.15, 0.15), rng.uniform(-0.08, 0.08)
        blur = rng.uniform(0, 0.8)
        grow = rng.uniform(-0.12, 0.15) / len(frames)
        at, which = morphed(letters, kind, STRENGTHS[strength], rng)
        length = int(rng.choice([12, 16, 24]))
        start = int(rng.uniform(0.4, 0.5) * len(frames)) - length // 2
        base = letters.drawn()
        made = {"a": [], "b": [], "c": []}
        boxes = []
        second = Letters(" ".join(rng.choice(WORDS, 2, replace=False)).title(), letters.font.path)
        clock = [Letters(f"{rng.randint(10, 20)}:{rng.randint(10, 50)}:{s:02d}", letters.font.path) for s in range(12, 19)]
        begin = rng.randint(0, 8)
        for t, frame in enumerate(frames):
            place = np.array([x, y]) + path_of[t]
            now = size * (1 + grow * t)
            far = float(np.clip((t - start + 1) / length, 0, 1))
            made["a"].append(laid(frame, base, look, place, now, turn, tilt, blur))
            made["b"].append(laid(frame, at(far) if far > 0 else base, look, place, now, turn, tilt, blur))
            w, h = letters.width * now / 66, letters.height * now / 66
            boxes.append([float(place[0] - w / 2), float(place[1] - h / 2), float(w), float(h)])
            other = dict(look)
            if reason == "subtitle":
                other["board"] = None
                shown = letters if t < start + length // 2 else second
                picture = laid(frame, shown.drawn(), other, (width / 2, height - 1.5 * size), min(size, 66 * 0.9 * width / shown.width), 0, 0, 0)
            elif reason == "clock":
                picture = laid(frame, clock[min(6, int(t / fps))].drawn(), other, place, now, turn, tilt, blur)
            elif reason == "ticker":
                line = Letters("  ".join([text, second.text, text[::-1].title()]), letters.font.path)
                shift = int((0.15 + 0.6 * t / len(frames)) * (line.width - letters.width))
                picture = laid(frame, line.drawn()[:, max(0, shift):shift + letters.width], other, (x, y), size, 0, 0, blur)
            elif reason == "focus":
                picture = laid(frame, base, other, place, now, turn, tilt, blur + far * size / 7)
            elif reason == "turn":
                picture = laid(frame, base, other, place, now, turn, tilt + 0.5 * t / len(frames), blur)
            elif reason == "passing":
                picture = laid(frame, base, other, place, now, turn, tilt, blur)
                middle = (int(place[0] - half * 1.6 + 3.2 * half * min(0.6, t / len(frames))), int(place[1]))
                cv2.ellipse(picture, middle, (int(size * 1.1 + half * 0.2), int(size * 2)), 15, 0, 360, tuple(int(v) for v in frame[height // 2, width // 3]), -1, cv2.LINE_AA)
            elif reason == "leaving":
                picture = laid(frame, base, other, place + np.array([far * 2.2 * half, 0]) if t >= start else place, now, turn, tilt, blur)
            else:
                other["bright"] = 1 - 0.65 * far
                picture = laid(frame, base, other, place, now, turn, tilt, blur)
            made["c"].append(picture)
        about = dict(source=os.path.basename(path), group=group(path), kind=kind, strength=strength, size=size_name, pixels=float(size), reason=reason,
                     text=text, which=[int(k) for k in which], start=start, end=start + length, fps=fps, frames=len(frames), boxes=boxes)
        for side, pictures in made.items():
            plant.write(f"{out}/{seed}-{side}.mp4", pictures, fps, int(rng.choice([18, 23])))
        json.dump(about, open(f"{out}/{seed}.json", "w"))
        print(seed, kind, strength, size_name, reason, about["source"], text, flush=True)


if __name__ == "__main__":
    main()
