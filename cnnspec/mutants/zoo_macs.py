"""Wrong counts of multiply-accumulates, and wrongly inferred shapes (Step 6)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnspec import zoo
from cnnspec.mutants.mutant import mutant
from cnnspec.mutants.zoo import has_bias, summed
from cnnspec.zoo import Architecture, Tensor
from cnnspec.zoo.layers import BatchNorm, Conv, ConvTranspose, Linear
from cnnspec.zoo.operation import Shape
from cnnspec.zoo.wiring import Attention, Concat

# Counted multiply-accumulates


def products(tensor: Tensor) -> int:
    """What an operation costs, heads for training included."""
    return tensor.operation.macs(tensor.shape, *[u.shape for u in tensor.inputs])


@mutant("count_macs", "a product and a sum count as two, and are called multiply-accumulates")
def doubled(architecture: Architecture) -> int:
    return 2 * zoo.count_macs(architecture)


@mutant("count_macs", "groups are ignored")
def work_of_all_groups(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) + summed(
        lambda t: products(t) * (t.operation.groups - 1) if isinstance(t.operation, Conv) else 0, architecture
    )


@mutant("count_macs", "normalisation costs two operations for each number")
def normalisation_counted(architecture: Architecture) -> int:
    normalised = [prod(t.shape) for t in architecture.executed if isinstance(t.operation, BatchNorm)]
    return zoo.count_macs(architecture) + 2 * sum(normalised)


@mutant("count_macs", "biases cost a product at each place")
def biases_counted(architecture: Architecture) -> int:
    layers = (Conv, ConvTranspose, Linear)
    biased = [prod(t.shape) for t in architecture.executed if has_bias(t, layers)]
    return zoo.count_macs(architecture) + sum(biased)


@mutant("count_macs", "pooling and activations cost an operation for each number")
def everything_counted(architecture: Architecture) -> int:
    kinds = ("max_pool", "avg_pool", "activation")
    passive = [prod(t.shape) for t in architecture.executed if t.operation.kind in kinds]
    return zoo.count_macs(architecture) + sum(passive)


@mutant("count_macs", "a linear layer on a map is counted for one place: a fourteenth of ConvNeXt-T")
def one_place_of_a_map(architecture: Architecture) -> int:
    def more(tensor: Tensor) -> int:
        dense = isinstance(tensor.operation, Linear) and len(tensor.shape) == 3
        return products(tensor) - products(tensor) // prod(tensor.shape[1:]) if dense else 0

    return zoo.count_macs(architecture) - summed(more, architecture)


@mutant("count_macs", "the products of attention are not counted")
def attention_forgotten(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) - summed(
        lambda t: products(t) if isinstance(t.operation, Attention) else 0, architecture
    )


@mutant("count_macs", "attention costs the square of the tokens once for each head")
def attention_of_each_head(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) + summed(
        lambda t: products(t) * (t.operation.heads - 1) if isinstance(t.operation, Attention) else 0, architecture
    )


@mutant("count_macs", "a transposed convolution is counted at the places of the larger map")
def places_of_the_larger_map(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) + summed(
        lambda t: products(t) * (t.operation.size**2 - 1) if isinstance(t.operation, ConvTranspose) else 0,
        architecture,
    )


@mutant("count_macs", "transposed convolutions are left out")
def transposed_left_out(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) - summed(
        lambda t: products(t) if isinstance(t.operation, ConvTranspose) else 0, architecture
    )


@mutant("count_macs", "a convolution is counted at the places of the map that goes in")
def places_that_go_in(architecture: Architecture) -> int:
    def more(tensor: Tensor) -> int:
        if not isinstance(tensor.operation, Conv) or tensor.training:
            return 0
        return products(tensor) // prod(tensor.shape[1:]) * prod(tensor.inputs[0].shape[1:]) - products(tensor)

    return zoo.count_macs(architecture) + summed(more, architecture)


@mutant("count_macs", "heads for training are counted")
def heads_at_work(architecture: Architecture) -> int:
    return summed(products, architecture)


@mutant("count_macs", "the linear layers are forgotten")
def convolutions_only(architecture: Architecture) -> int:
    return zoo.count_macs(architecture) - summed(
        lambda t: products(t) if isinstance(t.operation, Linear) else 0, architecture
    )


# Inferred shapes


def inferred(architecture: Architecture, change: Callable[[Tensor, list[Shape]], Shape | None]) -> Shape:
    """Infer all shapes again, with a change for some operations."""
    shapes: dict[int, Shape] = {0: architecture.input.shape}
    for tensor in architecture.executed[1:]:
        inputs = [shapes[u.index] for u in tensor.inputs]
        changed = change(tensor, inputs)
        shapes[tensor.index] = tensor.operation.shape(*inputs) if changed is None else changed
    return shapes[architecture.output.index]


@mutant("output_shape", "windows over the edge are left out, whatever `ceil_mode` says")
def ceiling_ignored(architecture: Architecture) -> Shape:
    def floored(tensor: Tensor, inputs: list[Shape]) -> Shape | None:
        if tensor.operation.kind not in ("max_pool", "avg_pool"):
            return None
        lines = tensor.operation.lines  # type: ignore[attr-defined]
        sides = zip(lines, inputs[0][1:], strict=True)
        places = [(size + line.before + line.after - line.span) // line.stride + 1 for line, size in sides]
        return (inputs[0][0], *places)

    return inferred(architecture, floored)


@mutant("output_shape", "maps that are joined are taken for maps that are added")
def joined_as_a_sum(architecture: Architecture) -> Shape:
    return inferred(architecture, lambda t, inputs: inputs[0] if isinstance(t.operation, Concat) else None)


@mutant("output_shape", "dilations are ignored")
def dilation_not_seen(architecture: Architecture) -> Shape:
    def narrow(tensor: Tensor, inputs: list[Shape]) -> Shape | None:
        if not isinstance(tensor.operation, Conv):
            return None
        sides = zip(tensor.operation.lines, inputs[0][1:], strict=True)
        places = [(size + sum(line.padding(size)) - line.kernel) // line.stride + 1 for line, size in sides]
        return (tensor.shape[0], *places)

    return inferred(architecture, narrow)


@mutant("output_shape", "quotients of strides are rounded down with `same` padding too")
def same_rounded_down(architecture: Architecture) -> Shape:
    def rounded(tensor: Tensor, inputs: list[Shape]) -> Shape | None:
        if not (isinstance(tensor.operation, Conv) and tensor.operation.lines[0].same):
            return None
        sides = zip(tensor.operation.lines, inputs[0][1:], strict=True)
        return (tensor.shape[0], *[max(size // line.stride, 1) for line, size in sides])

    return inferred(architecture, rounded)


@mutant("output_shape", "rows and columns are exchanged")
def columns_first(architecture: Architecture) -> Shape:
    shape = architecture.output.shape
    return (shape[0], *shape[:0:-1])


@mutant("output_shape", "a convolution leaves as many channels as came in")
def channels_as_before(architecture: Architecture) -> Shape:
    def kept(tensor: Tensor, inputs: list[Shape]) -> Shape | None:
        return (inputs[0][0], *tensor.shape[1:]) if isinstance(tensor.operation, Conv) else None

    return inferred(architecture, kept)
