"""
Turns folders of crops with landmarks (crops.jsonl beside the pictures: file, repo, series, landmarks in pixels, presence,
stab) into one array of upright hands with a rough mask of what is hand, for planting and training.

    python3 training/hands/prepare.py <folder> [more folders]
"""
import json
import os
import sys

import cv2
import numpy as np

from geometry import FINGERS, apply, hand_size, upright

cv2.setNumThreads(1)
SIZE, SCALE = 224, 2.1
OUT = os.environ.get('HANDS_CACHE', 'training/cache/hands')


def mask_of(picture, points):
    """Hand against background by colour, started from the bones: 0-255."""
    size = hand_size(points)
    seed = np.full(picture.shape[:2], cv2.GC_PR_BGD, np.uint8)
    hull = cv2.convexHull(np.float32(points)).astype(np.int32)
    near = np.zeros(seed.shape, np.uint8)
    cv2.fillConvexPoly(near, hull, 1)
    near = cv2.dilate(near, np.ones((2 * int(0.28 * size) + 1,) * 2))
    seed[near == 0] = cv2.GC_BGD
    bones = np.zeros(seed.shape, np.uint8)
    chains = [[0] + f for f in FINGERS] + [[5, 9, 13, 17, 0]]
    for chain in chains:
        cv2.polylines(bones, [np.int32(points[chain])], False, 2, max(2, int(0.2 * size)))
        cv2.polylines(bones, [np.int32(points[chain])], False, 1, max(1, int(0.07 * size)))
    seed[bones == 2] = cv2.GC_PR_FGD
    seed[bones == 1] = cv2.GC_FGD
    try:
        cv2.grabCut(picture, seed, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        pass
    return np.where((seed == cv2.GC_FGD) | (seed == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)


def main(folders):
    pictures, masks, rows = [], [], []
    for folder in folders:
        for line in open(os.path.join(folder, 'crops.jsonl')):
            row = json.loads(line)
            if row['presence'] < 0.9 or row['stab'] > 0.1:
                continue
            picture = cv2.imread(os.path.join(folder, row['file']))
            if picture is None:
                continue
            points = np.array(row['landmarks'], float)[:, :2]
            matrix = upright(points, SIZE, SCALE)
            crop = cv2.warpAffine(picture, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            points = apply(matrix, points)
            pictures.append(crop)
            masks.append(mask_of(crop, points))
            rows.append({'file': row['file'], 'repo': row['repo'], 'series': row['series'], 'points': points.round(2).tolist(), 'stab': row['stab'], 'pad': row['pad'], 'side': row['src_side']})
    os.makedirs(OUT, exist_ok=True)
    np.save(os.path.join(OUT, 'hands.npy'), np.array(pictures))
    np.save(os.path.join(OUT, 'masks.npy'), np.array(masks))
    json.dump(rows, open(os.path.join(OUT, 'hands.json'), 'w'))
    print(len(rows), 'hands')


if __name__ == '__main__':
    main(sys.argv[1:])
