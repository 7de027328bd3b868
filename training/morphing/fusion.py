"""Fusion: a small network over space and time that reads how far every drift signal lies above the ordinary, trained on planted pairs
and on untouched footage."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from drift import KNOTS, SIGNALS, context

torch.set_num_threads(1)

WIDTH = 16
EPOCHS = 6
LEAST, MOST = -4, 8
# Contexts are brought to about mean 0 and deviation 1 by these, deviations by a third.
MIDDLE = [1.2, 1.6, 0.8, 1.4, 1.8, 1.8, 0.95]
SPREAD = [0.8, 0.8, 0.7, 0.9, 0.9, 0.6, 0.25]
SCALE = 3
# Windows of ordinary footage per step, seed plantings of one stretch per step.
CROP, SEEDS = 20, 2
WORTH = {"weak": 0.7, "medium": 1.0, "strong": 1.0}


def inputs(d, z):
    """values x windows x rows x columns: deviations of a cell, those of the middle cell of the picture, contexts."""
    z = np.clip(z, LEAST, MOST).astype(np.float32) / SCALE
    # What is everywhere is style, compression or camera motion, not an event: the network sees both.
    middle = np.median(z[:, 1:-1, 1:-1], axis=(1, 2))[:, None, None]
    c = (context(d).astype(np.float32) - np.float32(MIDDLE)) / np.float32(SPREAD)
    values = np.concatenate([z, np.broadcast_to(middle, z.shape), c], -1)
    return np.ascontiguousarray(values.transpose(3, 0, 1, 2)).astype(np.float16)


def changed_in(changed, starts, ends, rows, columns):
    """How much every cell changes within each window: windows x rows x columns from the planted change per frame."""
    import cv2
    small = np.stack([cv2.resize(frame.astype(np.float32) / 255, (columns, rows), interpolation=cv2.INTER_AREA) for frame in changed])
    last = len(small) - 1
    return np.stack([np.abs(small[s:min(e, last) + 1] - small[s]).max(0) for s, e in zip(starts, ends)])


class Network(nn.Module):
    """Cells, their surroundings, what was before and comes after, in turns; log-odds of every cell of every window."""

    def __init__(self, values=2 * len(SIGNALS) + len(KNOTS), width=WIDTH):
        super().__init__()
        self.mix = nn.Conv3d(values, width, 1)
        self.near = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 1, 1))
        self.long = nn.Conv3d(width, width, (5, 1, 1), padding=(4, 0, 0), dilation=(2, 1, 1))
        self.far = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 2, 2), dilation=(1, 2, 2))
        self.brief = nn.Conv3d(width, width, (5, 1, 1), padding=(2, 0, 0))
        self.out = nn.Conv3d(width, 1, 1)
        self.drop = nn.Dropout3d(0.1)

    def forward(self, x):
        x = self.drop(F.relu(self.near(F.relu(self.mix(x)))))
        x = x + F.relu(self.long(x))
        x = self.drop(x + F.relu(self.far(x)))
        x = x + F.relu(self.brief(x))
        return self.out(x)[:, 0]

    def odds(self, values):
        """windows x rows x columns for one unbroken run of windows."""
        with torch.no_grad():
            return self(torch.from_numpy(values.astype(np.float32))[None])[0].numpy()


def everywhere(rng, values):
    """The same with a change that takes the whole picture for some windows: a flash, a blurred pan, another look. No event."""
    count, signals = values.shape[1], len(SIGNALS)
    length = rng.randint(3, 11)
    first = rng.randint(0, max(1, count - length + 1))
    rise = np.zeros((2 * signals, count), np.float32)
    rise[:, first:first + length] = (rng.uniform(0.5, 6) * rng.uniform(0.6, 1.2, 2 * signals) / SCALE)[:, None]
    out = values.astype(np.float32)
    out[:2 * signals] = np.clip(out[:2 * signals] + rise[:, :, None, None], LEAST / SCALE, MOST / SCALE)
    return out


def runs(inside):
    """Numbers of windows of every unbroken run."""
    index = np.where(inside)[0]
    return np.split(index, np.where(np.diff(index) > 1)[0] + 1) if len(index) else []


def fit(stretches, ordinary, epochs=EPOCHS, seed=0):
    """Trains on `stretches` (untouched values, [(planted values, changed, strength), …]) and on `ordinary` (values, inside, weight)."""
    rng = np.random.RandomState(seed)
    torch.manual_seed(seed)
    network = Network()
    steps = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=2e-3)
    ordinary = [(v, [r for r in runs(inside) if len(r) >= 3], w) for v, inside, w in ordinary]
    ordinary = [o for o in ordinary if o[1]]
    soft = F.softplus
    order = list(range(len(stretches)))
    for epoch in range(epochs):
        rng.shuffle(order)
        for group in steps.param_groups:
            group["lr"] = 2e-3 * max(0.03, 1 - epoch / epochs)
        for n in order:
            untouched, planted = stretches[n]
            mirror, upside = rng.rand() < 0.5, rng.rand() < 0.2

            def turned(x):
                x = x.flip(-1) if mirror else x
                return x.flip(-2) if upside else x

            def seen(values):
                x = turned(torch.from_numpy(values.astype(np.float32)))
                return network((x + 0.05 * torch.randn_like(x))[None])[0][:, 1:-1, 1:-1]

            before, loss = seen(untouched), 0
            some = [planted[k] for k in rng.permutation(len(planted))[:SEEDS]]
            for values, changed, strength in some:
                changed = turned(torch.from_numpy(changed.astype(np.float32)))[:, 1:-1, 1:-1]
                inside, outside = changed > 0.35, changed < 0.03
                if inside.sum() < 3 or outside.sum() < 3:
                    continue
                after = seen(values)
                wrong = soft(after[outside])
                # A planted place lies above every other place of the untouched half.
                rank = soft(torch.topk(before.flatten(), 40).values.mean() - torch.topk(after[inside], min(40, int(inside.sum()))).values.mean())
                cells = soft(-after[inside]).mean() + 0.5 * soft(before[inside]).mean() + 0.3 * wrong.mean() + 0.15 * torch.topk(wrong, min(30, len(wrong))).values.mean()
                loss = loss + WORTH[strength] * (cells + 0.5 * rank)
            if not torch.is_tensor(loss):
                continue
            loss = loss / len(some)
            # Ordinary footage, its worst cells above all.
            values, whole, weight = ordinary[rng.randint(len(ordinary))]
            run = whole[rng.randint(len(whole))]
            first = rng.randint(0, max(1, len(run) - CROP + 1))
            crop = values[:, run[first:first + CROP]]
            wrong = soft(seen(everywhere(rng, crop) if rng.rand() < 0.3 else crop))
            loss = loss + weight * (0.4 * wrong.mean() + 0.4 * torch.topk(wrong.flatten(), min(60, wrong.numel())).values.mean())
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            steps.step()
        print("epoch", epoch, "loss", round(float(loss), 3), flush=True)
    return network.eval()


def export(network):
    """The network in the product's form: weights as tap x input x output."""
    digits = lambda values: [float(f"{v:.4g}") for v in np.ravel(values)]
    layers = {}
    for name in ("mix", "near", "long", "far", "brief", "out"):
        layer = getattr(network, name)
        weight = layer.weight.detach().numpy()
        layers[name] = dict(weight=digits(weight.reshape(*weight.shape[:2], -1).transpose(2, 1, 0)), bias=digits(layer.bias.detach().numpy()))
    return dict(width=WIDTH, scale=SCALE, middle=MIDDLE, spread=SPREAD, layers=layers)


def export_onnx(network, path):
    """The same as ONNX: values 1 x values x windows x rows x columns to log-odds 1 x windows x rows x columns, sizes free."""
    names = {2: "windows", 3: "rows", 4: "columns"}
    torch.onnx.export(
        network, torch.zeros(1, 2 * len(SIGNALS) + len(KNOTS), 16, 14, 25), path, opset_version=13, input_names=["values"], output_names=["odds"],
        dynamic_axes={"values": names, "odds": {1: "windows", 2: "rows", 3: "columns"}},
    )
