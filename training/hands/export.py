"""
Writes the trained network as models/retake-hand-local.onnx: input `image` 1 x 3 x 160 x 160, output `maps` 1 x 4 x 80 x 80 (0-1).

    python3 training/hands/export.py
"""
import os

import onnx
import torch

from net import Local
from targets import MAPS
from train import OUT, SIZE


def main():
    net = Local()
    state = torch.load(os.path.join(OUT, 'train.pt'))
    net.load_state_dict(state['slow'])
    net.eval()
    target = 'models/retake-hand-local.onnx'
    torch.onnx.export(torch.nn.Sequential(net, torch.nn.Sigmoid()), torch.zeros(1, 3, SIZE, SIZE), target, input_names=['image'], output_names=['maps'], opset_version=13, do_constant_folding=True)
    graph = onnx.load(target)
    graph.producer_name, graph.producer_version, graph.doc_string = 'retake', '1', ''
    for node in graph.graph.node:
        node.doc_string = ''
    onnx.save(graph, target)
    print(os.path.getsize(target), 'bytes', 'seen', state['seen'], MAPS)


if __name__ == '__main__':
    main()
