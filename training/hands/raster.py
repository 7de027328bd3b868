"""Triangles to pixels: nearest surface with smooth attributes, many small triangles at once."""
import numpy as np


def raster(points, depth, faces, size):
    """
    `points` (n x 2, pixels), `depth` (larger is further), `faces` (m x 3) turned to the camera. Returns the face per pixel (-1 for none),
    the weights of its corners and the depth.
    """
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.floor(np.minimum(np.minimum(a, b), c)).astype(int)
    high = np.ceil(np.maximum(np.maximum(a, b), c)).astype(int)
    extent = (high - low + 1).max(1)
    fits = (np.abs(area) > 1e-6) & (high >= 0).all(1) & (low < size).all(1)
    flat = []
    start = 0
    for most in (4, 8, 16, 32, 64, 128, 512):
        rows = np.nonzero(fits & (extent > start) & (extent <= most))[0]
        start = most
        span = np.stack(np.meshgrid(np.arange(most), np.arange(most)), -1).reshape(-1, 2)
        for part in np.array_split(rows, max(1, len(rows) * most * most // 400_000)):
            if len(part) == 0:
                continue
            at = low[part][:, None] + span[None]
            x, y = at[..., 0] + 0.5, at[..., 1] + 0.5
            pa, pb, pc = a[part][:, None], b[part][:, None], c[part][:, None]
            wb = ((x - pa[..., 0]) * (pc[..., 1] - pa[..., 1]) - (y - pa[..., 1]) * (pc[..., 0] - pa[..., 0])) / area[part][:, None]
            wc = ((pb[..., 0] - pa[..., 0]) * (y - pa[..., 1]) - (pb[..., 1] - pa[..., 1]) * (x - pa[..., 0])) / area[part][:, None]
            wa = 1 - wb - wc
            inside = (wa >= 0) & (wb >= 0) & (wc >= 0) & (at >= 0).all(2) & (at < size).all(2)
            f, k = np.nonzero(inside)
            w = np.stack([wa[f, k], wb[f, k], wc[f, k]], 1)
            face = part[f]
            z = (w * depth[faces[face]]).sum(1)
            flat.append((at[f, k, 1] * size + at[f, k, 0], z, face, w))
    face_map, weights, far = np.full(size * size, -1), np.zeros((size * size, 3)), np.full(size * size, np.inf)
    if flat:
        pixel, z, face, w = (np.concatenate([f[k] for f in flat]) for k in range(4))
        order = np.argsort(-z, kind='stable')
        # The nearest comes last and stays.
        face_map[pixel[order]], far[pixel[order]] = face[order], z[order]
        weights[pixel[order]] = w[order]
    return face_map.reshape(size, size), weights.reshape(size, size, 3), far.reshape(size, size)
