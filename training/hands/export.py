"""
Writes the trained networks as models/retake-hand-local.onnx: inputs `image` 1 x 3 x 160 x 160 and `lines` 1 x 3 x 80 x 80 (drawn
landmarks), `fine` 1 x 28 x 28 x 40 and `coarse` 1 x 14 x 14 x 112 (features of hand-features.onnx); outputs `maps` 1 x 4 x 80 x 80, `faults` 1 x 4, `hidden` 1 x 1 x 20 x 20 and `harm` 1 x 3 x 28 x 28
(all 0-1).

    python3 training/hands/export.py [file]
"""
import glob
import os
import sys

import onnx
import torch

from damage import COARSE, FINE, Damage
from hidden import Hidden
from net import Local
from targets import MAPS
from train import OUT, SIZE
from whole import FAULTS, Whole


class All(torch.nn.Module):
    """The local network, the mean of the log odds that the whole ones give, what objects hide, and the map of damage."""

    def __init__(self, local, wholes, hidden, damage):
        super().__init__()
        self.local, self.wholes, self.hidden = local, torch.nn.ModuleList(wholes), hidden
        self.damage = damage

    def forward(self, image, lines, fine, coarse):
        maps = torch.sigmoid(self.local(image))
        odds = self.wholes[0](maps, lines)
        for whole in self.wholes[1:]:
            odds = odds + whole(maps, lines)
        return maps, torch.sigmoid(odds / len(self.wholes)), torch.sigmoid(self.hidden(image, lines)), torch.sigmoid(self.damage(fine.permute(0, 3, 1, 2), coarse.permute(0, 3, 1, 2)))


def main(target):
    local = Local()
    seen = torch.load(os.path.join(OUT, 'train.pt'))
    told = [torch.load(file) for file in sorted(glob.glob(os.path.join(OUT, 'whole-*.pt')))]
    local.load_state_dict(seen['slow'])
    wholes = [Whole() for _ in told]
    for whole, state in zip(wholes, told):
        whole.load_state_dict(state['slow'])
    hidden = Hidden()
    hidden.load_state_dict(torch.load(os.path.join(OUT, 'hidden.pt'))['slow'])
    damage = Damage()
    damage.load_state_dict(torch.load(os.path.join(OUT, 'damage.pt'))['slow'])
    inputs = (torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 3, SIZE // 2, SIZE // 2), torch.zeros(1, FINE, FINE, 40), torch.zeros(1, COARSE, COARSE, 112))
    torch.onnx.export(All(local, wholes, hidden, damage).eval(), inputs, target, input_names=['image', 'lines', 'fine', 'coarse'], output_names=['maps', 'faults', 'hidden', 'harm'], opset_version=13, do_constant_folding=True)
    graph = onnx.load(target)
    graph.producer_name, graph.producer_version, graph.doc_string = 'retake', '3', ''
    for node in graph.graph.node:
        node.doc_string = ''
    onnx.save(graph, target)
    print(os.path.getsize(target), 'bytes', 'seen', seen['seen'], [state['seen'] for state in told], MAPS, FAULTS)


if __name__ == '__main__':
    main(sys.argv[1] if len(sys.argv) > 1 else 'models/retake-hand-local.onnx')
