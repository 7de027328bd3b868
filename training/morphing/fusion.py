"""Fusion: boosted trees over what a cell and its surroundings show, trained on planted pairs and on untouched footage."""
import json
import os

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from drift import CONTEXT, KNOTS, SIGNALS, blur, context, dilate


def features(d, z):
    """windows x rows x columns x values. `z`: how far every signal lies above the ordinary, clipped."""
    z = np.clip(z, -4, 8).astype(np.float32)
    c = context(d).astype(np.float32)
    near = np.stack([blur(z[..., k]) for k in range(z.shape[-1])], -1)
    most = np.stack([dilate(z[..., k]) for k in range(z.shape[-1])], -1)
    # The same against the rest of the picture: what is everywhere is style, compression or camera motion, not an event.
    middle = np.median(z[:, 1:-1, 1:-1], axis=(1, 2))[:, None, None]
    apart = near - np.broadcast_to(middle, near.shape)
    return np.concatenate([z, near, most, apart, np.broadcast_to(middle, near.shape), c], -1)


def changed_in(changed, starts, ends, rows, columns):
    """How much every cell changes within each window: windows x rows x columns from the planted change per frame."""
    import cv2
    small = np.stack([cv2.resize(frame.astype(np.float32) / 255, (columns, rows), interpolation=cv2.INTER_AREA) for frame in changed])
    last = len(small) - 1
    return np.stack([np.abs(small[s:min(e, last) + 1] - small[s]).max(0) for s, e in zip(starts, ends)])


def trees():
    # More surprise never speaks against a morph; what is everywhere in the picture speaks against one.
    signals, contexts = len(SIGNALS), len(KNOTS)
    more = [1] * (4 * signals) + [-1] * signals + [0] * contexts
    return HistGradientBoostingClassifier(monotonic_cst=more, max_iter=120, max_leaf_nodes=12, learning_rate=0.07, l2_regularization=8, min_samples_leaf=60)


def export(model):
    """The trees in the product's form."""
    roots, feature, limit, left, right = [], [], [], [], []
    for (predictor,) in model._predictors:
        first = len(feature)
        roots.append(first)
        for node in predictor.nodes:
            leaf = bool(node["is_leaf"])
            feature.append(-1 if leaf else int(node["feature_idx"]))
            limit.append(float(node["value"] if leaf else node["num_threshold"]))
            left.append(0 if leaf else first + int(node["left"]))
            right.append(0 if leaf else first + int(node["right"]))
    return dict(base=float(np.ravel(model._baseline_prediction)[0]), roots=roots, feature=feature, limit=limit, left=left, right=right)
