r"""Stochastic gradient descent with momentum, weight decay and a schedule."""

from __future__ import annotations

import math

import numpy as np

from cnnspec.arguments import Array
from cnnspec.training.layers import Sequential


def cosine_rate(step: int, steps: int, *, peak: float, warm_up: int = 0) -> float:
    r"""A learning rate that rises in a line and falls as half a cosine.

    $$ \eta_t = \eta \cdot \min\Bigl(\frac{t+1}{t_w}, 1\Bigr) \cdot
       \frac12 \Bigl(1 + \cos \pi \frac{\max(t - t_w, 0)}{T - t_w}\Bigr) $$

    Args:
        step: The step $t$, counted from 0.
        steps: How many steps $T$ there will be.
        peak: The largest rate $\eta$.
        warm_up: The steps $t_w$ of the rise; 0 begins at the peak.

    Raises:
        ValueError: If the step is not among the steps or the warm-up not shorter than they are.

    Source:
        Loshchilov & Hutter (2017), SGDR, equation 5, one period; warm-up: Goyal et al. (2017), section 2.2.
    """
    if not 0 <= step < steps:
        raise ValueError(f"step must be from 0 to {steps - 1}, but {step} came.")
    if not 0 <= warm_up < steps:
        raise ValueError(f"warm_up must be from 0 to {steps - 1}, but {warm_up} came.")
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


class SGD:
    r"""Gradient descent with momentum, as PyTorch writes it.

    $$ v_t = \mu v_{t-1} + (g_t + \lambda w_{t-1}), \qquad w_t = w_{t-1} - \eta_t v_t $$

    Biases do not decay.

    Args:
        network: What to train.
        momentum: The share $\mu$ of the last velocity that is kept.
        weight_decay: The pull $\lambda$ towards zero.

    Source:
        Sutskever et al. (2013), section 2, in the form of `torch.optim.SGD`.
    """

    def __init__(self, network: Sequential, *, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        self.network, self.momentum, self.weight_decay = network, momentum, weight_decay
        self.velocities: dict[str, Array] = {}

    def step(self, rate: float) -> None:
        """Move every weight by its velocity, with the learning rate `rate`."""
        for name, layer, key in self.network.parameters():
            weight, gradient = layer.weights[key], layer.gradients[key]
            if weight.ndim > 1:
                gradient = gradient + weight.dtype.type(self.weight_decay) * weight
            velocity = self.velocities.get(name, np.zeros_like(weight)) * weight.dtype.type(self.momentum) + gradient
            self.velocities[name] = velocity
            layer.weights[key] = weight - weight.dtype.type(rate) * velocity
