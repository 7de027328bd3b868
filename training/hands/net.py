"""Fully convolutional, blind to the hand as a whole: a map cell sees about a third of the crop's width, two fingers at most."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def block(i, o, stride=1, kernel=3):
    return nn.Sequential(nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = block(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


class Local(nn.Module):
    """Picture (3 x S x S, -1 to 1) to logits of four maps at half resolution."""

    def __init__(self, c=48):
        super().__init__()
        self.a = block(3, 16, 2)
        self.b = block(16, 20)
        self.c = block(20, c, 2)
        self.d = nn.Sequential(Residual(c), Residual(c))
        self.e = block(c, 20, 1, 1)
        self.f = block(40, 24)
        self.g = nn.Conv2d(24, 4, 1)
        nn.init.constant_(self.g.bias, -3)

    def forward(self, x):
        y = self.b(self.a(x))
        z = F.interpolate(self.e(self.d(self.c(y))), scale_factor=2, mode='bilinear', align_corners=False)
        return self.g(self.f(torch.cat([y, z], 1)))


if __name__ == '__main__':
    import time

    net = Local().eval()
    print(sum(p.numel() for p in net.parameters()), 'weights')
    for p in net.parameters():
        nn.init.constant_(p, 0.01)
    x = torch.zeros(1, 3, 160, 160, requires_grad=True)
    net(x)[0, 0, 40, 40].backward()
    n = torch.nonzero(x.grad[0].abs().sum(0))
    print('field', (n.max(0)[0] - n.min(0)[0] + 1).tolist())
    torch.set_num_threads(1)
    net.train()
    x = torch.randn(16, 3, 160, 160)
    o = torch.optim.AdamW(net.parameters())
    for _ in range(3):
        t = time.process_time()
        net(x).mean().backward()
        o.step()
        print('ms per sample', (time.process_time() - t) / 16 * 1e3)
