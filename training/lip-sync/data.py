"""Mouth measures and sound of every talking clip, as features.ts wrote them."""
import json
import os
import re

import numpy as np

RATE = 50  # Hz, the grid of the mouth measures; log-mel bands come at twice that
LAG = 35  # largest lag searched, in grid steps: ±700 ms

class Clip:
    def __init__(self, folder, row, speakers):
        self.name, self.track = row['clip'], row['track']
        self.first, self.length = row['first'], row['length']
        stem = os.path.join(folder, f"{self.name}.{self.track}")
        load = lambda name, width: np.fromfile(name + '.f32', '<f4').reshape(-1, width)
        self.measures = load(stem + '.measures', row['measures'])
        self.lips = load(stem + '.lips', row['lips'])
        self.mel = load(os.path.join(folder, self.name + '.mel'), 40)
        voice = np.fromfile(os.path.join(folder, self.name + '.voice.f32'), '<f4')
        grid = np.clip(((np.arange(len(self.mel) // 2 + 1)) / RATE / 0.032).astype(int), 0, max(0, len(voice) - 1))
        self.voice = voice[grid] if len(voice) else np.zeros(len(grid), 'f')
        self.seconds = self.length / RATE
        # Clips that the table does not name are taken for real talk of a speaker of their own.
        self.speaker, self.role = next(((r['speaker'], r['role']) for r in speakers if re.search(r['clip'], self.name)),
                                       (self.name, 'real'))


def load(folder):
    """The longest face track of every clip."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'speakers.json')) as f:
        speakers = json.load(f)
    with open(os.path.join(folder, 'index.json')) as f:
        rows = [row for row in json.load(f) if row.get('track')]
    longest = {}
    for row in rows:
        if row['clip'] not in longest or row['length'] > longest[row['clip']]['length']:
            longest[row['clip']] = row
    return [Clip(folder, row, speakers) for row in longest.values()]


def normalised(mel):
    """Floor 9 below the loud parts, mean of every band removed, one scale."""
    m = np.maximum(mel, np.percentile(mel, 95) - 9)
    m = m - m.mean(0)
    return m / (m.std() + 1e-3)


def cut(x, start, count):
    """Rows start … start + count, the end rows repeated outside."""
    return x[np.clip(np.arange(start, start + count), 0, len(x) - 1)]


def peak(curve, step=1000 / RATE):
    """Place of the largest value in ms, by a parabola through its neighbours; 0 is the middle."""
    i = int(np.argmax(curve))
    o = float(i)
    if 0 < i < len(curve) - 1:
        d = curve[i - 1] - 2 * curve[i] + curve[i + 1]
        if d < 0:
            o += 0.5 * (curve[i - 1] - curve[i + 1]) / d
    return (o - len(curve) // 2) * step
