"""
Writes the trained networks as models/retake-hand-local.onnx: inputs `image` 1 x 3 x 160 x 160 and `lines` 1 x 3 x 80 x 80 (drawn
landmarks), outputs `maps` 1 x 4 x 80 x 80 and `faults` 1 x 4 (all 0-1).

    python3 training/hands/export.py
"""
import glob
import os

import onnx
import torch

from net import Local
from targets import MAPS
from train import OUT, SIZE
from whole import FAULTS, Whole


class Both(torch.nn.Module):
    """The local network, and the mean of the log odds that the others give."""

    def __init__(self, local, wholes):
        super().__init__()
        self.local, self.wholes = local, torch.nn.ModuleList(wholes)

    def forward(self, image, lines):
        maps = torch.sigmoid(self.local(image))
        odds = self.wholes[0](maps, lines)
        for whole in self.wholes[1:]:
            odds = odds + whole(maps, lines)
        return maps, torch.sigmoid(odds / len(self.wholes))


def main():
    local = Local()
    seen = torch.load(os.path.join(OUT, 'train.pt'))
    told = [torch.load(file) for file in sorted(glob.glob(os.path.join(OUT, 'whole-*.pt')))]
    local.load_state_dict(seen['slow'])
    wholes = [Whole() for _ in told]
    for whole, state in zip(wholes, told):
        whole.load_state_dict(state['slow'])
    target = 'models/retake-hand-local.onnx'
    inputs = (torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 3, SIZE // 2, SIZE // 2))
    torch.onnx.export(Both(local, wholes).eval(), inputs, target, input_names=['image', 'lines'], output_names=['maps', 'faults'], opset_version=13, do_constant_folding=True)
    graph = onnx.load(target)
    graph.producer_name, graph.producer_version, graph.doc_string = 'retake', '2', ''
    for node in graph.graph.node:
        node.doc_string = ''
    onnx.save(graph, target)
    print(os.path.getsize(target), 'bytes', 'seen', seen['seen'], [state['seen'] for state in told], MAPS, FAULTS)


if __name__ == '__main__':
    main()
