"""Two small convolutional streams, trained to place the sound of a window by shifting it."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from data import LAG


class Encoder(nn.Module):
    def __init__(self, inputs, hidden, size, kernel, stride, drop=0.1):
        super().__init__()
        self.first = nn.Conv1d(inputs, hidden, kernel, stride=stride, padding=kernel // 2)
        self.second = nn.Conv1d(hidden, hidden, 5, padding=2)
        self.third = nn.Conv1d(hidden, hidden, 5, padding=4, dilation=2)
        self.last = nn.Conv1d(hidden, size, 1)
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(3))
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        x = self.drop(F.relu(self.norms[0](self.first(x))))
        x = self.drop(x + F.relu(self.norms[1](self.second(x))))
        x = x + F.relu(self.norms[2](self.third(x)))
        return self.last(self.drop(x))


class Net(nn.Module):
    def __init__(self, channels, hidden=48, size=24):
        super().__init__()
        self.mouth = Encoder(channels, hidden, size, 5, 1)
        self.sound = Encoder(40, hidden, size, 7, 2)
        self.sharpness = nn.Parameter(torch.tensor(0.05))

    def embed(self, mouth, sound):
        """(B, channels, T) at 50 Hz and (B, 40, 2T') at 100 Hz -> (B, size, T), (B, size, T')."""
        v, a = self.mouth(mouth), self.sound(sound)
        v, a = v - v.mean(2, keepdim=True), a - a.mean(2, keepdim=True)
        # A mouth at rest says nothing about time and counts for little.
        weight = torch.tanh(v.norm(dim=1, keepdim=True) / 4)
        return F.normalize(v, dim=1) * weight, F.normalize(a, dim=1)


def lag_sums(v, a, before=0, after=0):
    """Σ_t v[t] · a[t + lag + before] for lag −LAG … LAG and how many t each had. Sound outside a's rows does not count."""
    b, _, t = v.shape
    left, right = max(0, LAG - before), max(0, LAG - after)
    skip = max(0, before - LAG)
    a = F.pad(a, (left, right))[:, :, skip:]
    width = t + 2 * LAG
    a = F.pad(a, (0, max(0, width - a.shape[2])))[:, :, :width]
    grid = torch.bmm(v.transpose(1, 2), a)
    sums = F.pad(grid.reshape(b, t * width), (0, t)).view(b, t, width + 1)[:, :, :2 * LAG + 1].sum(1)
    present = torch.zeros(width)
    present[left:width - right] = 1
    overlap = torch.stack([present[k:k + t].sum() for k in range(2 * LAG + 1)])
    return sums, overlap


def curve(net_sharpness, v, a, before=0, after=0, least=0.4):
    """Score per lag: mean similarity, times the root of the share of the window that was compared."""
    sums, overlap = lag_sums(v, a, before, after)
    t = v.shape[2]
    score = sums / overlap.clamp(min=1) * torch.sqrt(overlap / t) / net_sharpness.abs()
    return score, overlap >= least * t


def sample(clips, rng, batch, length):
    """Windows whose sound is displaced at random, so that window edges tell nothing; stretched and disturbed."""
    fits = [c for c in clips if len(c['mouth']) >= length + 8]
    weight = np.sqrt([min(len(c['mouth']), 1500) for c in fits])
    picks = rng.choice(len(fits), batch, p=weight / weight.sum())
    vs, sounds, lags = [], [], []
    for pick in picks:
        v, m = fits[pick]['mouth'], fits[pick]['mel']
        n = len(v)
        speed = rng.uniform(0.85, 1.2)
        slack = (n - 1 - length * speed) / speed
        if slack < 2:
            speed = (n - 3) / (length + 2)
            slack = (n - 1 - length * speed) / speed
        most = int(min(30, max(slack, 0)))
        delta = int(rng.integers(-most, most + 1))
        low = max(0.0, -delta * speed)
        high = n - 1 - length * speed - max(0.0, delta * speed)
        start = rng.uniform(low, max(high, low + 1e-6))
        vs.append(_read(v, start + np.arange(length) * speed) if n else v)
        sound = _read(m, (start + delta * speed) * 2 + np.arange(2 * length) * speed)
        lags.append(-delta)
        sounds.append(_disturb(sound, rng))
    mouth = np.stack(vs)
    b, _, c = mouth.shape
    mouth = mouth * rng.lognormal(0, 0.15, (b, 1, c)) + rng.normal(0, 0.15, mouth.shape)
    mouth = mouth * rng.lognormal(0, 0.3, (b, 1, 1))
    dead = rng.random((b, 1, c)) < 0.05
    mouth = np.where(dead, 0, mouth)
    mouth = mouth - mouth.mean(1, keepdims=True)
    as_tensor = lambda x: torch.tensor(np.ascontiguousarray(np.swapaxes(x, 1, 2)), dtype=torch.float32)
    return as_tensor(mouth), as_tensor(np.stack(sounds)), torch.tensor(lags)


def _read(x, at):
    at = np.clip(at, 0, len(x) - 1)
    low = at.astype(int)
    high = np.minimum(low + 1, len(x) - 1)
    w = (at - low)[:, None]
    return x[low] * (1 - w) + x[high] * w


def _disturb(m, rng):
    m = m + np.interp(np.arange(40), [0, 13, 26, 39], rng.normal(0, 0.5, 4))[None]
    if rng.random() < 0.6:  # another voice: formants moved
        at = np.clip(np.arange(40) * rng.uniform(0.88, 1.12) + rng.uniform(-1, 1), 0, 39)
        low = at.astype(int)
        high = np.minimum(low + 1, 39)
        m = m[:, low] * (1 - (at - low)) + m[:, high] * (at - low)
    if rng.random() < 0.4:  # noise
        m = np.logaddexp(m, rng.uniform(-2, 0.3) + rng.normal(0, 0.25, m.shape))
    if rng.random() < 0.3:
        f = rng.integers(0, 32)
        m[:, f:f + 8] = m[:, f:f + 8].mean()
    m = m - m.mean(0)
    return m / (m.std() + 1e-3)


def train(clips, channels, steps, seed, batch=24, hidden=48, size=24, log=None):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(channels, hidden, size)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=3e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps, pct_start=0.15)
    lags = torch.arange(-LAG, LAG + 1).float()
    net.train()
    losses, hits = [], []
    for step in range(steps):
        length = int(rng.choice([60, 100, 140]))
        mouth, sound, shift = sample(clips, rng, batch, length)
        v, a = net.embed(mouth, sound)
        own, seen = curve(net.sharpness, v, a)
        other, _ = curve(net.sharpness, v, a.roll(int(rng.integers(1, batch)), 0))
        target = torch.exp(-0.5 * ((lags[None] - shift[:, None]) / 1.0) ** 2)[:, seen]
        target = target / target.sum(1, keepdim=True)
        placed = -(F.log_softmax(own[:, seen], 1) * target).sum(1).mean()
        matched = -(F.log_softmax(torch.cat([own[:, seen], other[:, seen]], 1), 1)[:, :int(seen.sum())] * target).sum(1).mean()
        loss = 0.7 * placed + 0.3 * matched
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        hits.append((abs(lags[seen][own[:, seen].argmax(1)] - shift) <= 2).float().mean().item())
        if log and step % 100 == 99:
            log(f'{step + 1} loss {np.mean(losses[-100:]):.3f} within 40 ms {np.mean(hits[-100:]):.3f}')
    net.eval()
    return net
