"""Linear canonical correlation between mouth and sound, both with context."""
import numpy as np

from data import LAG, normalised

SOUND_CONTEXT = [-6, -4, -2, 0, 2, 4, 6]
MOUTH_CONTEXT = [-4, -2, 0, 2, 4]


def context(x, offsets):
    n = len(x)
    return np.concatenate([x[np.clip(np.arange(n) + o, 0, n - 1)] for o in offsets], 1)


def halved(mel):
    n = len(mel) // 2
    return mel[:2 * n].reshape(n, 2, -1).mean(1)


class Prep:
    """Mouth channels: measures and principal lip shapes, each scaled by its spread in training."""

    def __init__(self, clips, shapes=16):
        x = np.concatenate([c.lips - c.lips.mean(0) for c in clips])
        w, e = np.linalg.eigh(x.T @ x)
        self.basis = e[:, ::-1][:, :shapes]
        self.lip_scale = (x @ self.basis).std(0)
        h = np.concatenate([c.measures - c.measures.mean(0) for c in clips])
        self.scale = h.std(0)
        self.channels = len(self.scale) + shapes

    def __call__(self, measures, lips):
        x = np.concatenate([measures / self.scale, (lips @ self.basis) / self.lip_scale], 1)
        return (x - x.mean(0)).astype(np.float32)


class CCA:
    def __init__(self, pairs, components=8, ridge=0.3, sound_dims=60, mouth_dims=60):
        """pairs: (mouth channels at 50 Hz, normalised mel at 100 Hz), aligned at their first rows."""
        a, v, w = [], [], []
        for mouth, mel in pairs:
            s = context(halved(mel), SOUND_CONTEXT)
            m = context(mouth, MOUTH_CONTEXT)
            n = min(len(s), len(m))
            a.append(s[:n] - s[:n].mean(0))
            v.append(m[:n] - m[:n].mean(0))
            w.append(np.full(n, 1 / np.sqrt(max(n, 100))))  # long clips of one speaker do not drown the others
        a, v, w = np.concatenate(a), np.concatenate(v), np.concatenate(w)
        w = w / w.mean()
        pa, pv = self._pca(a, w, sound_dims), self._pca(v, w, mouth_dims)
        a, v = a @ pa, v @ pv
        ca, cv, cx = (a.T * w) @ a / len(a), (v.T * w) @ v / len(a), (a.T * w) @ v / len(a)
        ia, iv = self._isqrt(ca, ridge), self._isqrt(cv, ridge)
        u, s, vt = np.linalg.svd(ia @ cx @ iv)
        self.sound = pa @ ia @ u[:, :components]
        self.mouth = pv @ iv @ vt[:components].T
        self.rho = s[:components]

    @staticmethod
    def _pca(x, w, k):
        values, vectors = np.linalg.eigh((x.T * w) @ x)
        return vectors[:, ::-1][:, :k]

    @staticmethod
    def _isqrt(c, ridge):
        c = c + ridge * np.trace(c) / len(c) * np.eye(len(c))
        values, vectors = np.linalg.eigh(c)
        return vectors @ np.diag(1 / np.sqrt(values)) @ vectors.T

    def project(self, mouth, mel):
        """mouth at 50 Hz, mel at 100 Hz (normalised) -> components at 50 Hz."""
        return context(mouth, MOUTH_CONTEXT) @ self.mouth, context(halved(mel), SOUND_CONTEXT) @ self.sound

    def curve(self, v, a, before=0):
        return sum(r * r * lag_correlation(a[:, i], v[:, i], before) for i, r in enumerate(self.rho)) / sum(self.rho ** 2)


def lag_correlation(a, v, before=0, least=0.4):
    """Correlation of a[t + lag + before] with v[t] for lag −LAG … LAG; `before`: rows of a ahead of v's first."""
    out = np.full(2 * LAG + 1, -1.0)
    for k, lag in enumerate(range(-LAG, LAG + 1)):
        from_ = max(0, -(lag + before))
        to = min(len(v), len(a) - lag - before)
        if to - from_ < least * len(v):
            continue
        x, y = a[from_ + lag + before:to + lag + before], v[from_:to]
        x, y = x - x.mean(), y - y.mean()
        out[k] = (x @ y) / np.sqrt((x @ x) * (y @ y) + 1e-12)
    return out
