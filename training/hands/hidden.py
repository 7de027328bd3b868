"""
What of a hand an object hides: a network that sees the picture and the drawn landmarks of the whole hand. Unlike the other two it must know where the
hand ought to be, and whether skin is there.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def block(i, o, stride=1, kernel=3):
    return nn.Sequential(nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class Hidden(nn.Module):
    """Picture (3 x S x S, -1 to 1) and drawn landmarks (3 x S/2 x S/2) to logits of one map of S/8 cells a side."""

    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(block(6, 20, 2), block(20, 28))
        self.b = nn.Sequential(block(28, 40, 2), block(40, 40))
        self.c = nn.Sequential(block(40, 56, 2), block(56, 56))
        # The hand's own skin: what its palm looks like on the whole.
        self.d = nn.Linear(56, 56)
        self.e = nn.Sequential(block(96, 40, 1, 1), block(40, 32))
        self.drop = nn.Dropout2d(0.1)
        self.out = nn.Conv2d(32, 1, 1)
        nn.init.constant_(self.out.bias, -2)

    def forward(self, image, lines):
        x = self.b(self.a(torch.cat([F.avg_pool2d(image, 2), lines], 1)))
        y = self.c(x)
        y = y + self.d(y.mean((2, 3)))[:, :, None, None]
        y = F.interpolate(y, scale_factor=2, mode='bilinear', align_corners=False)
        return self.out(self.drop(self.e(torch.cat([x, y], 1))))
