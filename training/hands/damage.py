"""
A map of what is wrong with a hand from the features of the hand landmark network: frozen, they come from many more hands than planted faults
can be made of; a small head over them says per cell what is spoilt (fused, melted), what is a finger too many, and where a finger is gone.
"""
import os

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, '..', '..', 'models', 'hand-landmarks.onnx')
# The landmark network's input, and the cells of the two layers whose features are read.
INPUT, FINE, COARSE = 224, 28, 14
FAULTS = ['spoilt', 'grown', 'gone']


class Backbone(nn.Module):
    """First layers of the landmark network: picture (3 x S x S, -1 to 1) to features of 28 x 28 and of 14 x 14 cells."""

    def __init__(self, file=SOURCE):
        super().__init__()
        graph = onnx.load(file).graph
        shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in onnx.shape_inference.infer_shapes(onnx.load(file)).graph.value_info}
        weights = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()).float() for tensor in graph.initializer}
        self.start = graph.input[0].name
        self.steps, self.out, self.values = [], [None, None], nn.ParameterList()
        for node in graph.node:
            settings = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            step = {'op': node.op_type, 'in': list(node.input), 'out': node.output[0]}
            if node.op_type == 'Conv':
                step['at'] = len(self.values)
                for name in node.input[1:3]:
                    self.values.append(nn.Parameter(weights[name], requires_grad=False))
                step['stride'], step['groups'] = settings['strides'][0], settings.get('group', 1)
                assert settings.get('auto_pad', b'') == b'SAME_UPPER' and len(node.input) == 3
            elif node.op_type == 'Clip':
                step['limits'] = [float(weights[name]) for name in node.input[1:3]]
            elif node.op_type != 'Add':
                break
            self.steps.append(step)
            shape = shapes.get(node.output[0], [])
            if node.op_type == 'Add' and shape[2:] in ([FINE, FINE], [COARSE, COARSE]):
                self.out[0 if shape[2] == FINE else 1] = (step['out'], shape[1])
        last = self.out[1][0]
        self.steps = self.steps[: 1 + next(k for k, step in enumerate(self.steps) if step['out'] == last)]

    def forward(self, image):
        x = F.interpolate(image, size=(INPUT, INPUT), mode='bilinear', align_corners=False) * 0.5 + 0.5
        seen = {self.start: x}
        for step in self.steps:
            a = seen[step['in'][0]]
            if step['op'] == 'Conv':
                w, b = self.values[step['at']], self.values[step['at'] + 1]
                k, s = w.shape[2], step['stride']
                more = max(0, k - s) if s > 1 else k - 1
                a = F.conv2d(F.pad(a, (more // 2, more - more // 2) * 2), w, b, s, 0, 1, step['groups'])
            elif step['op'] == 'Clip':
                a = torch.clamp(a, *step['limits'])
            else:
                a = a + seen[step['in'][1]]
            seen[step['out']] = a
        return seen[self.out[0][0]], seen[self.out[1][0]]


class Damage(nn.Module):
    """Features, normalised, to logits of three maps of 28 x 28 cells."""

    def __init__(self, fine=40, coarse=112):
        super().__init__()
        for name, count in (('fine', fine), ('coarse', coarse)):
            self.register_buffer(f'{name}_mean', torch.zeros(1, count, 1, 1))
            self.register_buffer(f'{name}_scale', torch.ones(1, count, 1, 1))
        self.a = nn.Sequential(nn.Conv2d(fine, 40, 1), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(coarse, 48, 1), nn.ReLU())
        self.drop = nn.Dropout2d(0.2)
        self.c = nn.Sequential(nn.Conv2d(88, 48, 3, 1, 1), nn.BatchNorm2d(48), nn.ReLU(), nn.Conv2d(48, len(FAULTS), 1))

    def forward(self, fine, coarse):
        fine = (fine - self.fine_mean) / self.fine_scale
        coarse = (coarse - self.coarse_mean) / self.coarse_scale
        coarse = F.interpolate(self.b(coarse), size=(FINE, FINE), mode='bilinear', align_corners=False)
        return self.c(self.drop(torch.cat([self.a(fine), coarse], 1)))
