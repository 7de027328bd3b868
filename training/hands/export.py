"""
Writes the trained networks as models/retake-hand-local.onnx: inputs `image` 1 x 3 x 160 x 160 and `lines` 1 x 3 x 80 x 80 (drawn
landmarks), outputs `maps` 1 x 4 x 80 x 80 and `faults` 1 x 4 (all 0-1).

    python3 training/hands/export.py
"""
import os

import onnx
import torch

from net import Local
from targets import MAPS
from train import OUT, SIZE
from whole import FAULTS, Whole


class Both(torch.nn.Module):
    def __init__(self, local, whole):
        super().__init__()
        self.local, self.whole = local, whole

    def forward(self, image, lines):
        maps = torch.sigmoid(self.local(image))
        return maps, torch.sigmoid(self.whole(maps, lines))


def main():
    local, whole = Local(), Whole()
    seen = torch.load(os.path.join(OUT, 'train.pt'))
    told = torch.load(os.path.join(OUT, 'whole.pt'))
    local.load_state_dict(seen['slow'])
    whole.load_state_dict(told['slow'])
    target = 'models/retake-hand-local.onnx'
    inputs = (torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 3, SIZE // 2, SIZE // 2))
    torch.onnx.export(Both(local, whole).eval(), inputs, target, input_names=['image', 'lines'], output_names=['maps', 'faults'], opset_version=13, do_constant_folding=True)
    graph = onnx.load(target)
    graph.producer_name, graph.producer_version, graph.doc_string = 'retake', '2', ''
    for node in graph.graph.node:
        node.doc_string = ''
    onnx.save(graph, target)
    print(os.path.getsize(target), 'bytes', 'seen', seen['seen'], told['seen'], MAPS, FAULTS)


if __name__ == '__main__':
    main()
