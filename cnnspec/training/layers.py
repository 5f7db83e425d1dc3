r"""Layers: an operator, its gradient, and the weights that both need.

A layer remembers the input of its last forward pass, because the backward pass asks for it. The operators are the
fast ones of `cnnspec.algorithms`; the laws have shown that they are the definitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from cnnspec.algorithms import best
from cnnspec.algorithms.im2col import conv2d_backward_weights
from cnnspec.arguments import Array
from cnnspec.network import flatten, he_normal


class Layer:
    """A step of a network: forward, and backward through the same input.

    Attributes:
        weights: What training changes, by name.
        gradients: The loss's derivative by each weight, after a backward pass.
    """

    def __init__(self, weights: Mapping[str, Array] | None = None) -> None:
        self.weights: dict[str, Array] = dict(weights or {})
        self.gradients: dict[str, Array] = {}
        self.x: Array = np.empty(0)

    def __str__(self) -> str:
        """The layer's name in a sentence."""
        return type(self).__name__

    def forward(self, x: Array) -> Array:
        """Answer a batch, and remember it."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """Turn the loss's derivative by the output into that by the input, and note those by the weights."""
        raise NotImplementedError

    def learn(self, dy: Array) -> None:
        """Note the derivatives by the weights only: no layer stands before that could use the one by the input."""
        self.backward(dy)


class Conv2d(Layer):
    """A convolution with a bias.

    Args:
        channels: Input channels C.
        filters: Filters F.
        kernel: Rows and columns of the kernel.
        padding: Zeros around each map.
        generator: Where the first weights come from.
        dtype: Their dtype.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: int,
        *,
        padding: int = 0,
        generator: np.random.Generator,
        dtype: DTypeLike = np.float32,
    ) -> None:
        w = he_normal((filters, channels, kernel, kernel), generator, dtype=dtype)
        super().__init__({"w": w, "b": np.zeros(filters, dtype=dtype)})
        self.padding = padding

    def __str__(self) -> str:
        filters, _, rows, columns = self.weights["w"].shape
        return f"Conv {filters}@{rows}×{columns}"

    def forward(self, x: Array) -> Array:
        """Apply `conv2d`."""
        self.x = x
        y: Array = best["conv2d"](x, self.weights["w"], self.weights["b"], padding=self.padding)
        return y

    def backward(self, dy: Array) -> Array:
        """Apply `conv2d_backward`."""
        dx, dw, db = best["conv2d_backward"](dy, self.x, self.weights["w"], padding=self.padding)
        self.gradients = {"w": dw, "b": db}
        return np.asarray(dx)

    def learn(self, dy: Array) -> None:
        """Apply the half of `conv2d_backward` that is about weights; the other half is most of the work."""
        dw, db = conv2d_backward_weights(dy, self.x, self.weights["w"], padding=self.padding)
        self.gradients = {"w": dw, "b": db}


class ReLU(Layer):
    """The rectifier."""

    def forward(self, x: Array) -> Array:
        """Apply `relu`."""
        self.x = x
        return np.asarray(best["relu"](x))

    def backward(self, dy: Array) -> Array:
        """Apply `relu_backward`."""
        return np.asarray(best["relu_backward"](dy, self.x))


class MaxPool2d(Layer):
    """Max pooling with windows side by side.

    Args:
        size: Rows and columns of the window.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def __str__(self) -> str:
        return f"MaxPool {self.size}"

    def forward(self, x: Array) -> Array:
        """Apply `max_pool2d`."""
        self.x = x
        return np.asarray(best["max_pool2d"](x, self.size))

    def backward(self, dy: Array) -> Array:
        """Apply `max_pool2d_backward`."""
        return np.asarray(best["max_pool2d_backward"](dy, self.x, self.size))


class Flatten(Layer):
    """Each image as one row."""

    def forward(self, x: Array) -> Array:
        """Apply `flatten`."""
        self.x = x
        return flatten(x)

    def backward(self, dy: Array) -> Array:
        """Give the row its shape back."""
        return dy.reshape(self.x.shape)


class Linear(Layer):
    """A dense layer with a bias.

    Args:
        inputs: Columns D of the input.
        outputs: Columns F of the output.
        generator: Where the first weights come from.
        dtype: Their dtype.
    """

    def __init__(
        self, inputs: int, outputs: int, *, generator: np.random.Generator, dtype: DTypeLike = np.float32
    ) -> None:
        w = he_normal((outputs, inputs), generator, dtype=dtype)
        super().__init__({"w": w, "b": np.zeros(outputs, dtype=dtype)})

    def __str__(self) -> str:
        return f"FC {len(self.weights['w'])}"

    def forward(self, x: Array) -> Array:
        """Apply `linear`."""
        self.x = x
        return np.asarray(best["linear"](x, self.weights["w"], self.weights["b"]))

    def backward(self, dy: Array) -> Array:
        """Apply `linear_backward`."""
        dx, dw, db = best["linear_backward"](dy, self.x, self.weights["w"])
        self.gradients = {"w": dw, "b": db}
        return np.asarray(dx)


class Sequential(Layer):
    """Layers one after the other.

    Args:
        layers: The first layer first.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = list(layers)

    def __str__(self) -> str:
        return " → ".join(map(str, self.layers))

    def forward(self, x: Array) -> Array:
        """Apply the layers in order."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """Go through the layers in reverse: the chain rule."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def learn(self, dy: Array) -> None:
        """Go through the layers in reverse, and stop at the first one's weights."""
        first, *others = self.layers
        for layer in reversed(others):
            dy = layer.backward(dy)
        first.learn(dy)

    def parameters(self) -> Iterator[tuple[str, Layer, str]]:
        """Each weight as (its full name, its layer, its name there), in a fixed order."""
        for index, layer in enumerate(self.layers):
            for name in layer.weights:
                yield f"{index}.{name}", layer, name

    def count(self) -> int:
        """How many numbers training changes."""
        return sum(layer.weights[name].size for _, layer, name in self.parameters())


class Frozen(Layer):
    """Layers at the beginning of a network that keep the weights they have.

    Args:
        layers: What is kept.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = list(layers)

    def __str__(self) -> str:
        return f"({' → '.join(map(str, self.layers))})"

    def forward(self, x: Array) -> Array:
        """Apply the layers in order."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def learn(self, dy: Array) -> None:
        """Learn nothing."""
