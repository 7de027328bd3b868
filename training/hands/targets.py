"""
What the network should answer: maps at half resolution of fingertips, finger bones, webs between fingers and damage, with
weights that leave out what nobody can tell: folded fingers, tips on top of other fingers, what lies beside the hand.
"""
import cv2
import numpy as np

from geometry import FINGERS, along, extended, hand_size, to_segment

MAPS = ['tip', 'bone', 'web', 'damage']


def targets(points, extra, gone, damage, unsure, size):
    """`points`, `extra` in crop pixels of `size`; damage and unsure as maps of size x size. 4 maps and 4 weights of size / 2."""
    grid = size // 2
    k = grid / size
    hand = hand_size(points)
    value = np.zeros((4, grid, grid), np.float32)
    weight = np.ones((4, grid, grid), np.float32)
    to = lambda p: (int(round((p[0] * k - 0.25) * 16)), int(round((p[1] * k - 0.25) * 16)))
    straight = extended(points)
    x, y = np.meshgrid(np.arange(grid), np.arange(grid))

    def line(chain, width=2):
        m = np.zeros((grid, grid), np.uint8)
        for a, b in zip(chain, chain[1:]):
            cv2.line(m, to(a), to(b), 255, width, cv2.LINE_AA, 4)
        return m

    def draw(chain):
        tx, ty = chain[3] * k - 0.25
        value[0] = np.maximum(value[0], np.exp(-((x - tx) ** 2 + (y - ty) ** 2) / (2 * 1.5**2)))
        value[1] = np.maximum(value[1], cv2.GaussianBlur(line(chain), (0, 0), 0.6) / 255.0)

    hull = np.zeros((grid, grid), np.uint8)
    cv2.fillConvexPoly(hull, np.int32(cv2.convexHull(np.float32(points * k))), 1)
    far = cv2.dilate(hull, np.ones((2 * int(0.3 * hand * k) + 1,) * 2)) == 0
    weight[:3, far] = 0.25
    for i, finger in enumerate(FINGERS):
        chain = points[finger]
        if i in gone:
            continue
        hidden = not straight[i] or any(to_segment(chain[3], points[FINGERS[j][s]], points[FINGERS[j][s + 1]]) < 0.1 * hand for j in range(5) if j != i for s in range(3))
        if hidden:
            m = line(chain, max(3, int(0.26 * hand * k)))
            cv2.circle(m, to(chain[3]), int(0.17 * hand * k * 16), 255, -1, 8, 4)
            weight[:3, m > 0] = 0
        else:
            draw(chain)
    for chain in extra:
        draw(chain)
    for a in range(1, 4):
        b = a + 1
        if not (straight[a] and straight[b]) or a in gone or b in gone:
            continue
        middle = []
        for t in np.linspace(0.12, 1, 9):
            p, q = along(points[FINGERS[a]], t), along(points[FINGERS[b]], t)
            if np.linalg.norm(p - q) > 0.45 * hand:
                break
            middle.append((p + q) / 2)
        if len(middle) > 1:
            value[2] = np.maximum(value[2], cv2.GaussianBlur(line(middle), (0, 0), 0.6) / 255.0)
    small = cv2.resize(damage.astype(np.float32), (grid, grid), interpolation=cv2.INTER_AREA)
    value[3] = (small > 0.4).astype(np.float32)
    edge = (small > 0.05) & (small <= 0.4)
    weight[3, edge] = 0.2
    hurt = cv2.resize(unsure, (grid, grid), interpolation=cv2.INTER_NEAREST) > 0
    weight[:3, hurt] = 0
    # Nothing is known of webs where damage was planted between fingers, except that they are no longer there.
    value[2][value[3] > 0] = 0
    return value, weight
