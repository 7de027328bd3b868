"""A running mean of a network's weights: what is exported, steadier than the last step."""


class RunningMean:
    def __init__(self, net, share, weights=None):
        """`share` of every step's weights goes into the mean; `weights` of an earlier run go on."""
        self.share = share
        self.weights = weights or {name: value.clone() for name, value in net.state_dict().items()}

    def take(self, net):
        for name, value in net.state_dict().items():
            if value.dtype.is_floating_point:
                self.weights[name].lerp_(value, self.share)
            else:
                self.weights[name].copy_(value)
