r"""An architecture as a graph: one symbolic tensor for every operation, in the order of execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from cnnspec.zoo.operation import Misfit, Operation, Shape, Windowed
from cnnspec.zoo.wiring import Image


class Tensor:
    """What an operation makes of other tensors: a shape without numbers.

    Attributes:
        operation: The operation that makes it.
        inputs: The tensors it is made of.
        shape: Its shape without the batch: (channels, rows, columns), (tokens, width) or (width,).
        name: The name of its layer, as in a state dict; empty for an operation without one.
        index: Its place in the order of execution.
        training: Whether it is made in training only.
        ends: Whether it is an output beside the network's own, that of a head which always runs.
    """

    __slots__ = ("ends", "index", "inputs", "name", "operation", "shape", "tensors", "training")

    def __init__(self, operation: Operation, inputs: tuple[Tensor, ...], name: str, tensors: list[Tensor]) -> None:
        self.operation: Operation = operation
        self.inputs: tuple[Tensor, ...] = inputs
        self.name: str = name
        self.tensors: list[Tensor] = tensors
        self.index = len(tensors)
        self.training: bool = any(tensor.training for tensor in inputs)
        self.ends = False
        try:
            self.shape: Shape = operation.shape(*[tensor.shape for tensor in inputs])
        except Misfit as misfit:
            if not (self.training and isinstance(operation, Windowed)):
                raise ValueError(f"{self.label}: {misfit}.") from None
            # A head for training is kept for its weights where the map is too small for it to run.
            self.shape = (operation.maps(inputs[0].shape[0]), 1, 1)
        tensors.append(self)

    @property
    def label(self) -> str:
        """The layer's name and kind, or the kind and how many of it came before: `max_pool 2`."""
        if self.name:
            return f"{self.name} ({self.operation.kind})"
        kind = self.operation.kind
        earlier = sum(1 for tensor in self.tensors[: self.index] if tensor.operation.kind == kind and not tensor.name)
        return f"{kind} {earlier + 1}"

    def key(self, part: str) -> str:
        """The full name of a weight of this layer in a state dict."""
        return f"{self.name}.{part}" if part else self.name

    def __repr__(self) -> str:
        return f"<{self.label} {'x'.join(map(str, self.shape))}>"


class Architecture:
    """A network without its weights.

    Attributes:
        name: What it is called.
        output: The tensor that comes out.
        tensors: All tensors in the order of execution; the image comes first. The output comes last, so that an inner
            tensor of a network is the output of its first part.

    Raises:
        ValueError: If an earlier layer that was begun from the same image leads neither to the output nor to a head's:
            it would be counted and never used.
    """

    def __init__(self, name: str, output: Tensor) -> None:
        self.name, self.output, self.tensors = name, output, output.tensors[: output.index + 1]
        for tensor in self._unused():
            raise ValueError(
                f"output of {name} must depend on every layer that was begun from its image, but {tensor.label} leads "
                "elsewhere; begin each network with an image of its own."
            )

    def _unused(self) -> list[Tensor]:
        """The tensors that lead neither to an output nor belong to a head for training."""
        used = [tensor.ends for tensor in self.tensors]
        used[0] = used[self.output.index] = True
        for tensor in reversed(self.tensors):
            if used[tensor.index]:
                for earlier in tensor.inputs:
                    used[earlier.index] = True
        return [tensor for tensor in self.tensors if not used[tensor.index] and not tensor.training]

    @property
    def input(self) -> Tensor:
        """The image that goes in."""
        return self.tensors[0]

    @cached_property
    def executed(self) -> list[Tensor]:
        """The tensors of a network in use: all but those of training-only heads."""
        return [tensor for tensor in self.tensors if not tensor.training]

    @cached_property
    def parameters(self) -> dict[str, Shape]:
        """The shape of every learnt tensor under its name in a state dict."""
        return {t.key(part): shape for t in self.tensors for part, shape in t.operation.weights.items()}

    @cached_property
    def buffers(self) -> dict[str, Shape]:
        """The shape of every kept but not learnt tensor under its name in a state dict."""
        return {t.key(part): shape for t in self.tensors for part, shape in t.operation.statistics.items()}

    @cached_property
    def labels(self) -> list[str]:
        """A label for each tensor: its layer's name, or its kind with a number."""
        seen: Counter[str] = Counter()
        labels = []
        for tensor in self.tensors:
            kind = tensor.operation.kind
            if not tensor.name:
                seen[kind] += 1
            labels.append(tensor.name or f"{kind} {seen[kind]}")
        return labels

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self)} operations>"


def image(channels: int = 3, rows: int = 224, columns: int | None = None) -> Tensor:
    """Begin a graph with a picture.

    Args:
        channels: Channels of the picture.
        rows: Its rows.
        columns: Its columns; None means as many as rows.

    Raises:
        ValueError: If a number is less than 1.
    """
    size = channels, rows, rows if columns is None else columns
    if min(size) < 1:
        raise ValueError(f"input must have at least one channel, row and column, but {size} came.")
    return Tensor(Image(size), (), "", [])
