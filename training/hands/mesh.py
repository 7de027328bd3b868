"""
A hand of triangles with 25 joints (the `generic-hand` profile of @webxr-input-profiles/assets) posed at will: fingers bent, spread,
longer, thicker, moved along the knuckles, left out, or more than five. Lengths in metres; a joint's -z points along its bone, +y
to the back of the hand.
"""
import json
import os
import struct

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(os.environ.get('HANDS_CACHE', os.path.join(HERE, '..', 'cache', 'hands')), 'mesh', 'left.glb')
CHAINS = [['thumb-metacarpal', 'thumb-phalanx-proximal', 'thumb-phalanx-distal', 'thumb-tip']] + [
    [f'{name}-finger-{part}' for part in ('metacarpal', 'phalanx-proximal', 'phalanx-intermediate', 'phalanx-distal', 'tip')] for name in ('index', 'middle', 'ring', 'pinky')
]
KINDS = {5121: np.uint8, 5123: np.uint16, 5126: np.float32}
WIDTHS = {'SCALAR': 1, 'VEC2': 2, 'VEC3': 3, 'VEC4': 4, 'MAT4': 16}


def turn(axis, angle):
    """Rotation by `angle` radians about x (0), y (1) or z (2)."""
    c, s = np.cos(angle), np.sin(angle)
    m = np.eye(4)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return m


def matrix_of(node):
    x, y, z, w = node.get('rotation', [0, 0, 0, 1])
    m = np.eye(4)
    m[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    m[:3, 3] = node.get('translation', [0, 0, 0])
    return m


class Finger:
    """How one finger is held: bending of its joints, turned sideways, its bones' length and thickness, its knuckle moved (metres, of the wrist)."""

    def __init__(self, which, bend=(0, 0, 0), aside=0.0, roll=0.0, length=1.0, thick=1.0, moved=(0, 0, 0), stump=False):
        self.which, self.bend, self.aside, self.roll, self.length, self.thick, self.moved, self.stump = which, bend, aside, roll, length, thick, np.array(moved, float), stump


class Mesh:
    def __init__(self, file=FILE):
        data = open(file, 'rb').read()
        size = struct.unpack('<I', data[12:16])[0]
        head = json.loads(data[20 : 20 + size])
        body = data[28 + size :]

        def read(k):
            accessor = head['accessors'][k]
            view = head['bufferViews'][accessor['bufferView']]
            width = WIDTHS[accessor['type']]
            start = view.get('byteOffset', 0) + accessor.get('byteOffset', 0)
            out = np.frombuffer(body, KINDS[accessor['componentType']], accessor['count'] * width, start)
            return out.reshape(-1, width)

        part = head['meshes'][0]['primitives'][0]
        skin = head['skins'][0]
        names = [head['nodes'][k]['name'] for k in skin['joints']]
        self.at = {name: k for k, name in enumerate(names)}
        self.points = read(part['attributes']['POSITION']).astype(float)
        self.faces = read(part['indices']).reshape(-1, 3).astype(int)
        joints, weights = read(part['attributes']['JOINTS_0']), read(part['attributes']['WEIGHTS_0'])
        self.weights = np.zeros((len(self.points), len(names)))
        for k in range(4):
            np.add.at(self.weights, (np.arange(len(joints)), joints[:, k]), weights[:, k])
        self.weights /= self.weights.sum(1, keepdims=True)
        self.rest = [matrix_of(head['nodes'][k]) for k in skin['joints']]
        self.back = [np.linalg.inv(m) for m in self.rest]
        _, self.same = np.unique(self.points.round(6), axis=0, return_inverse=True)
        self._mark()

    def _mark(self):
        """Per vertex: how far along its finger (joints at 0, 1, 2 from the knuckle, 3 at the tip), side (1 back, -1 palm), place on the last bone."""
        n = len(self.points)
        full = np.c_[self.points, np.ones(n)]
        self.finger = np.full(n, -1)
        self.along = np.full(n, -1.0)
        self.nail = np.full((n, 3), 9.0)
        for which, chain in enumerate(CHAINS):
            bones = [self.at[name] for name in chain[-4:]]
            mine = self.weights[:, bones].sum(1) > (0.5 if which else 0.6)
            self.finger[mine] = which
            spots = np.array([self.rest[b][:3, 3] for b in bones])
            best = np.full(n, np.inf)
            for s in range(3):
                d = spots[s + 1] - spots[s]
                t = (self.points - spots[s]) @ d / (d @ d)
                far = np.linalg.norm(spots[s] + np.clip(t, 0, 1)[:, None] * d - self.points, axis=1)
                near = mine & (far < best)
                best = np.where(near, far, best)
                self.along[near] = s + np.clip(t, 0 if s else -0.5, 1.4 if s == 2 else 1)[near]
            local = (full @ self.back[bones[2]].T)[:, :3]
            length = np.linalg.norm(spots[3] - spots[2])
            self.nail[mine] = (local / [0.008, 0.008, length])[mine]
        normal = self.normals(self.points, self.faces, self.same)
        up = np.zeros((n, 3))
        for k, m in enumerate(self.rest):
            up += self.weights[:, k : k + 1] * m[:3, 1]
        self.side = (normal * up).sum(1) / (np.linalg.norm(up, axis=1) + 1e-9)
        self.roots = np.array([(self.back[self.at['wrist']] @ self.rest[self.at[chain[-4]]])[:3, 3] for chain in CHAINS])

    @staticmethod
    def normals(points, faces, same):
        """Unit normals of vertices; those at one place (`same`) share theirs."""
        a, b, c = (points[faces[:, k]] for k in range(3))
        flat = np.cross(b - a, c - a)
        sums = np.zeros((same.max() + 1, 3))
        for k in range(3):
            np.add.at(sums, same[faces[:, k]], flat)
        out = sums[same]
        return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)

    def _chain(self, finger):
        """Matrices of a finger's joints as held, and what takes the resting mesh there."""
        parent, scale = self.rest[self.at['wrist']].copy(), np.ones(3)
        before = self.at['wrist']
        places, skins = [], []
        names = CHAINS[finger.which]
        first = len(names) - 4
        for k, name in enumerate(names):
            j = self.at[name]
            local = self.back[before] @ self.rest[j]
            local[:3, 3] *= scale
            if finger.which == 0:
                if k == 0:
                    local[:3, 3] += finger.moved
            elif k == 0:
                local[:3, 3] += 0.35 * finger.moved
            elif k == 1:
                # Moved along the axes of the wrist.
                wrist = self.rest[self.at['wrist']][:3, :3]
                local[:3, 3] += np.linalg.inv(parent[:3, :3]) @ wrist @ (0.65 * finger.moved)
            bent = np.eye(4)
            if first <= k < first + 3:
                b = k - first
                bent = turn(0, -finger.bend[b])
                if b == 0:
                    bent = turn(1, finger.aside) @ turn(2, finger.roll) @ bent
            parent = parent @ local @ bent
            scale = np.ones(3)
            if k >= first:
                scale = np.array([finger.thick, finger.thick, finger.length])
                if finger.stump:
                    scale = np.array([0.25, 0.25, 0.04]) if k == first else np.array([0.05, 0.05, 0.05])
            skins.append(parent @ np.diag([*scale, 1]) @ self.back[j])
            places.append(parent[:3, 3] if k == 0 or not finger.stump else parent[:3, 3])
            before = j
        return np.array(places[-4:]), {self.at[name]: s for name, s in zip(names, skins)}

    def pose(self, fingers, further=()):
        """
        The hand with its five `fingers` (in order, some may be stumps) and `further` ones grown into it. Points, faces, attributes per
        vertex (finger number, along, side, nail, further ones from 5) and the joints of every finger (4 x 3), the wrist's place first.
        """
        skins = [self.rest[k] @ self.back[k] for k in range(len(self.rest))]
        chains = []
        for finger in fingers:
            places, own = self._chain(finger)
            chains.append(places)
            for j, m in own.items():
                skins[j] = m
        full = np.c_[self.points, np.ones(len(self.points))]
        blend = lambda matrices, rows: np.einsum('vj,jab,vb->va', self.weights[rows], np.array(matrices), full[rows])[:, :3]
        every = np.arange(len(full))
        points, faces, same = [blend(skins, every)], [self.faces], [self.same]
        finger_of, rows = [self.finger.copy()], [every]
        for n, finger in enumerate(further):
            places, own = self._chain(finger)
            chains.append(places)
            bones = [self.at[name] for name in CHAINS[finger.which][-4:]]
            whole = list(skins)
            for j, m in own.items():
                whole[j] = m
            mine = self.weights[:, bones].sum(1) > 0.12
            take = np.nonzero(mine)[0]
            number = np.full(len(full), -1)
            number[take] = np.arange(len(take))
            triangles = number[self.faces[mine[self.faces].all(1)]]
            faces.append(triangles + sum(map(len, points)))
            points.append(blend(whole, take))
            same.append(self.same[take] + (n + 1) * (self.same.max() + 1))
            finger_of.append(np.where(self.finger[take] >= 0, 5 + n, -1))
            rows.append(take)
        rows = np.concatenate(rows)
        marks = np.c_[np.concatenate(finger_of), self.along[rows], self.side[rows], self.nail[rows]]
        return np.concatenate(points), np.concatenate(faces), np.concatenate(same), marks, np.array(chains), self.rest[self.at['wrist']][:3, 3]
