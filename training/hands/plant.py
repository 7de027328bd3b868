"""
Plants faults into pictures of upright hands, with the truth: where the tips are afterwards, what was damaged. Every kind
has harmless twins made in the same way (pasted, blended, blurred, warped) that leave the hand right.
"""
import random

import cv2
import numpy as np

from geometry import FINGERS, along, apply, between, extended, hand_size, to_segment
from paste import blend, colour_key, finger_radius, strip
from warp import field, melt, spot, warped

rnd = random.random


class Hand:
    """Picture (BGR), mask of the hand, landmarks; fingers added by planting; a map of damage."""

    def __init__(self, picture, mask, points):
        self.picture, self.mask, self.points = picture, mask, points
        self.extra = []  # polylines (4 x 2) of planted fingers
        self.gone = set()  # fingers that were taken away
        self.damage = np.zeros(mask.shape, np.float32)
        self.unsure = np.zeros(mask.shape, np.uint8)  # where nothing is known any more

    def copy(self):
        other = Hand(self.picture.copy(), self.mask, self.points)
        return other


def clear_of(hand, chain, size, ignore=(), apart=0.27):
    """Whether a new finger's outer half lies free of the other fingers and inside the picture; `apart`: least distance of tips in hand sizes."""
    h, w = hand.mask.shape
    tip = chain[3]
    if not (0.06 * w < tip[0] < 0.94 * w and 0.06 * h < tip[1] < 0.94 * h):
        return False
    for k, finger in enumerate(FINGERS):
        p = hand.points[finger]
        if np.linalg.norm(p[3] - tip) < apart * size:
            return False
        for s in range(3):
            if to_segment(tip, p[s], p[s + 1]) < 0.2 * size or to_segment(chain[2], p[s], p[s + 1]) < (0.1 if k in ignore else 0.14) * size:
                return False
    for other in hand.extra:
        if min(np.linalg.norm(other[3] - tip), np.linalg.norm(other[2] - chain[2])) < 0.25 * size:
            return False
    return True


def add_finger(hand, tries=14, apart=0.27):
    """A copy of one of the hand's own straight fingers, turned, bent and scaled, beside the outer fingers or in a gap."""
    points, size = hand.points, hand_size(hand.points)
    straight = [k for k in range(1, 5) if extended(points)[k]]
    if not straight:
        return False
    h, w = hand.mask.shape
    for _ in range(tries):
        k = random.choice(straight)
        chain = points[FINGERS[k]]
        radius = finger_radius(points) * (0.9 if k == 4 else 1)
        mask = strip(hand.mask.shape, chain, radius, root=between(0, 0.25))
        if rnd() < 0.5:
            mask = cv2.min(mask, hand.mask)
        mask = colour_key(hand.picture, mask, strip(hand.mask.shape, chain, radius * 0.4))
        if mask is None:
            continue
        # New root: along the row of knuckles and beyond, turned away by an angle.
        root = between(-0.35, 1.3)
        first, last = points[5], points[17]
        seat = first + root * (last - first)
        middle = along(points[[5, 9, 13, 17]], min(1, max(0, root)))
        seat = middle + (seat - first - (last - first) * min(1, max(0, root))) * 0.5 if 0 <= root <= 1 else seat * 0.6 + middle * 0.4
        seat = seat + (points[0] - seat) * (between(0, 0.25) if 0 <= root <= 1 else between(0.05, 0.45))
        spread = points[17] - points[5]
        side = np.sign(spread[0]) or 1
        lean = np.clip(root, 0, 1)
        # Direction between those of the neighbours, with spread outward.
        directions = np.array([points[f[3]] - points[f[0]] for f in FINGERS[1:]])
        angles = np.arctan2(directions[:, 0], -directions[:, 1])
        at = lean * 3
        low, high = int(np.floor(at)), min(3, int(np.floor(at)) + 1)
        angle = angles[low] + (angles[high] - angles[low]) * (at - low)
        if root < 0:
            angle -= side * between(0.15, 0.6)
        elif root > 1:
            angle += side * between(0.15, 0.6)
        else:
            angle += random.gauss(0, 0.1)
        own = np.arctan2(chain[3][0] - chain[0][0], -(chain[3][1] - chain[0][1]))
        turn = angle - own
        scale = between(0.72, 1.08)
        c, s = np.cos(turn) * scale, np.sin(turn) * scale
        matrix = np.array([[c, -s], [s, c]])
        if rnd() < 0.4:  # mirrored along the finger's axis
            d = (chain[3] - chain[0]) / (np.linalg.norm(chain[3] - chain[0]) + 1e-6)
            matrix = matrix @ (2 * np.outer(d, d) - np.eye(2))
        matrix = np.hstack([matrix, (seat - matrix @ chain[0])[:, None]])
        placed = apply(matrix, chain)
        if not clear_of(hand, placed, size, apart=apart):
            continue
        source = cv2.warpAffine(hand.picture, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved = cv2.warpAffine(mask, matrix, (w, h), flags=cv2.INTER_LINEAR)
        if rnd() < 0.4:  # grows from behind the other fingers
            others = np.zeros((h, w), np.uint8)
            for f in FINGERS[1:]:
                others = cv2.max(others, strip(hand.mask.shape, points[f], radius * 0.85))
            moved = cv2.min(moved, 255 - others)
        if (moved > 128).sum() < 0.45 * scale * scale * (mask > 128).sum():
            continue
        hand.picture = blend(hand.picture, source, moved)
        hand.extra.append(placed)
        return True
    return False


def remove_finger(hand):
    """Takes an extended finger away: what was behind it is made up from its surroundings."""
    fingers = [k for k in range(1, 5) if extended(hand.points)[k]]
    if not fingers:
        return False
    k = random.choice(fingers)
    chain = hand.points[FINGERS[k]].copy()
    chain[0] = chain[0] + between(0.3, 0.7) * (chain[1] - chain[0])
    radius = hand_size(hand.points) * 0.17
    mask = strip(hand.mask.shape, chain, radius, tip=0.9)
    for j in range(5):
        if j != k:
            mask = cv2.min(mask, 255 - strip(hand.mask.shape, hand.points[FINGERS[j]], hand_size(hand.points) * 0.1))
    fill(hand, mask)
    hand.gone.add(k)
    return True


def refill(hand, tries=8):
    """Harmless twin of a finger taken away: a finger-shaped piece beside the hand is made up from its surroundings in the same way."""
    h, w = hand.mask.shape
    size = hand_size(hand.points)
    near = cv2.dilate(hand.mask, np.ones((9, 9)))
    for _ in range(tries):
        chain = hand.points[FINGERS[random.randint(1, 4)]]
        angle = between(-0.9, 0.9)
        c, s = np.cos(angle), np.sin(angle)
        goal = np.array([between(0.12, 0.88) * w, between(0.08, 0.7) * h])
        matrix = np.hstack([np.array([[c, -s], [s, c]]), np.zeros((2, 1))])
        matrix[:, 2] = goal - matrix[:, :2] @ chain[1]
        mask = cv2.min(strip(hand.mask.shape, apply(matrix, chain), size * 0.17, tip=0.9), 255 - near)
        if (mask > 128).sum() < 0.05 * size * size:
            continue
        fill(hand, mask)
        return True
    return False


def fill(hand, mask):
    """Makes up what is under a mask from its surroundings."""
    small = cv2.resize(hand.picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    filled = cv2.inpaint(small, cv2.resize(mask, small.shape[1::-1]), 5, cv2.INPAINT_TELEA)
    filled = cv2.resize(filled, hand.mask.shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
    filled += cv2.GaussianBlur(np.random.randn(*filled.shape).astype(np.float32), (0, 0), 0.8) * between(1, 8)
    hand.picture = blend(hand.picture, np.clip(filled, 0, 255), mask)


def fuse(hand):
    """Fills the web between two neighbouring straight fingers with their own skin."""
    e = extended(hand.points)
    pairs = [(a, a + 1) for a in range(1, 4) if e[a] and e[a + 1]]
    random.shuffle(pairs)
    size = hand_size(hand.points)
    for a, b in pairs:
        p, q = hand.points[FINGERS[a]], hand.points[FINGERS[b]]
        reach = between(0.6, 1.05)
        ts = np.linspace(0.05, min(1, reach), 8)
        left = np.array([along(p, t) for t in ts])
        right = np.array([along(q, t) for t in ts])
        gap = np.linalg.norm(left - right, axis=1)
        if gap.max() < 0.16 * size or gap.max() > 0.75 * size:
            continue
        region = np.zeros(hand.mask.shape, np.uint8)
        cv2.fillPoly(region, [np.int32(np.vstack([left, right[::-1]]))], 255)
        # Skin from the two fingers, spread over the gap: every pixel takes the nearest point of either bone.
        h, w = hand.mask.shape
        ys, xs = np.nonzero(cv2.dilate(region, np.ones((5, 5))))
        at = np.stack([xs, ys], 1).astype(float)
        mx, my = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        sx, sy = mx.copy(), my.copy()
        dl = np.linalg.norm(at[:, None] - left[None], axis=2)
        dr = np.linalg.norm(at[:, None] - right[None], axis=2)
        nl, nr = left[dl.argmin(1)], right[dr.argmin(1)]
        share = (dl.min(1) / (dl.min(1) + dr.min(1) + 1e-6))[:, None]
        pull = 0.12 * size
        toward = lambda n: n + (at - n) / (np.linalg.norm(at - n, axis=1, keepdims=True) + 1e-6) * np.minimum(np.linalg.norm(at - n, axis=1, keepdims=True), pull * 0.55)
        soft = 1 / (1 + np.exp((share - 0.5) * 14))
        la, ra = toward(nl), toward(nr)
        pick = np.clip(hand.picture, 0, 255)
        sx[ys, xs], sy[ys, xs] = la[:, 0], la[:, 1]
        from_left = cv2.remap(pick, sx, sy, cv2.INTER_LINEAR).astype(np.float32)
        sx[ys, xs], sy[ys, xs] = ra[:, 0], ra[:, 1]
        from_right = cv2.remap(pick, sx, sy, cv2.INTER_LINEAR).astype(np.float32)
        weight = np.zeros((h, w, 1), np.float32)
        weight[ys, xs] = soft
        skin = from_left * weight + from_right * (1 - weight)
        skin = cv2.GaussianBlur(skin, (0, 0), between(0.6, 1.6))
        hand.picture = blend(hand.picture, skin, region)
        hand.damage = np.maximum(hand.damage, region / 255.0)
        return True
    return False


def harmless(hand):
    """Same tools, hand unharmed: pasted background or palm skin, a finger pasted onto itself, blur, gentle bending."""
    size = hand_size(hand.points)
    h, w = hand.mask.shape
    kind = random.choice(['self', 'strip', 'blur', 'bend', 'palm', 'patch'])
    if kind == 'self':
        k = random.randint(0, 4)
        mask = strip(hand.mask.shape, hand.points[FINGERS[k]], finger_radius(hand.points))
        matrix = cv2.getRotationMatrix2D(tuple(map(float, hand.points[FINGERS[k][0]])), between(-3, 3), between(0.97, 1.03))
        hand.picture = blend(hand.picture, cv2.warpAffine(hand.picture, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), mask)
    elif kind in ('strip', 'palm'):
        # Something finger-shaped without a fingertip: cut from the background or the palm.
        k = random.randint(1, 4)
        chain = hand.points[FINGERS[k]]
        angle = between(0, 2 * np.pi) if kind == 'strip' else between(-0.6, 0.6)
        c, s = np.cos(angle), np.sin(angle)
        length = between(0.5, 1.1)
        matrix = np.hstack([length * np.array([[c, -s], [s, c]]), np.zeros((2, 1))])
        goal = np.array([between(0.15, 0.85) * w, between(0.1, 0.9) * h])
        matrix[:, 2] = goal - matrix[:, :2] @ chain[1]
        placed = apply(matrix, chain)
        target = strip(hand.mask.shape, placed, finger_radius(hand.points) * between(0.7, 1.3))
        if kind == 'strip':
            target = cv2.min(target, 255 - cv2.dilate(hand.mask, np.ones((3, 3))))
            source = np.roll(hand.picture, (random.randint(h // 4, 3 * h // 4), random.randint(w // 4, 3 * w // 4)), (0, 1))
            keep = 255 - np.roll(cv2.dilate(hand.mask, np.ones((9, 9))), (0, 0), (0, 1))
            source = np.where(keep[..., None] > 0, source, hand.picture)
            shift = np.roll(hand.mask, (0, 0), (0, 1))
            hand.picture = blend(hand.picture, source, target) if shift is not None else hand.picture
            # The source may hold pieces of the hand itself.
            hand.unsure |= (cv2.dilate(target, np.ones((5, 5))) > 0).astype(np.uint8)
        else:
            inner = cv2.convexHull(np.float32(hand.points[[0, 1, 5, 9, 13, 17]]))
            area = np.zeros((h, w), np.uint8)
            cv2.fillConvexPoly(area, np.int32(inner), 255)
            target = cv2.min(target, area)
            source = warped(hand.picture, np.full((h, w), between(-0.15, 0.15) * size), np.full((h, w), between(-0.1, 0.1) * size))
            hand.picture = blend(hand.picture, source, target)
    elif kind == 'blur':
        _, _, soft, _, _ = spot(hand)
        blurred = cv2.GaussianBlur(hand.picture, (0, 0), between(0.8, 2.5))
        hand.picture = (hand.picture * (1 - soft[..., None]) + blurred * soft[..., None]).astype(np.uint8)
    elif kind == 'bend':
        mx, my = field(hand.mask.shape, size * between(0.01, 0.025), random.randint(2, 4))
        hand.picture = warped(hand.picture, mx, my)
    else:
        ph, pw = int(between(0.1, 0.35) * h), int(between(0.1, 0.35) * w)
        y, x = random.randint(0, h - ph), random.randint(0, w - pw)
        hand.picture = hand.picture.copy()
        hand.picture[y : y + ph, x : x + pw] = np.random.randint(0, 256, 3)
        hand.unsure[y : y + ph, x : x + pw] = 1
    return True


KINDS = {'extra': add_finger, 'missing': remove_finger, 'fused': fuse, 'melted': melt, 'harmless': harmless}
