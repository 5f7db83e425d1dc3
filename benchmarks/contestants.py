"""Who runs: for each layer and direction, functions without arguments that do the work once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.shapes import Convolution, Pooling
from cnnspec import channels, gradients, pooling
from cnnspec.algorithms import choice, im2col, taps, winograd
from cnnspec.algorithms.windows import layer as checked

Run = Callable[[], Any]

DEFINITION_OUTPUTS = 60_000
"""The definitions loop in Python: they run where they have at most so many outputs, which takes a few seconds."""

ONNX_MACS = 1.5e9
"""onnx.reference runs where a layer has at most so many multiply–accumulates in the batch, a few seconds too."""


def contestants(layer: Convolution | Pooling, batch: int, backward: bool) -> tuple[dict[str, Run], str]:
    """All that can run a layer here.

    Returns:
        The functions by name, and the name of the algorithm which `cnnspec.algorithms.best` takes for this layer.
    """
    draw = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return draw.standard_normal(shape, dtype=np.float32)

    if isinstance(layer, Convolution):
        return _convolution(layer, batch, backward, normal)
    return _pooling(layer, batch, backward, normal)


def _convolution(
    layer: Convolution, batch: int, backward: bool, normal: Callable[..., Any]
) -> tuple[dict[str, Run], str]:
    x = normal(batch, layer.channels, layer.size, layer.size)
    w = normal(layer.filters, layer.channels, layer.kernel, layer.kernel)
    dy = normal(batch, layer.filters, layer.places, layer.places)
    options = {"stride": layer.stride, "padding": layer.padding}
    described = checked(x, w, None, layer.stride, layer.padding, 1, 1)
    chosen = "winograd" if choice.prefers_winograd(described) else "im2col"
    runs: dict[str, Run] = {}
    algorithms = [im2col, winograd] if winograd.applies(described) else [im2col]
    for module in algorithms:
        name = module.__name__.rpartition(".")[2]
        runs[name] = partial(module.conv2d_backward, dy, x, w) if backward else partial(module.conv2d, x, w)
        runs[name] = partial(runs[name], **options)
    if dy.size <= DEFINITION_OUTPUTS:
        if backward:
            runs["definition"] = lambda: gradients.conv2d_backward(dy, x, w, **options)
        else:
            runs["definition"] = lambda: channels.conv2d(x, w, **options)
    if torch := _torch():
        tx, tw, tdy = (torch.from_numpy(a) for a in (x, w, dy))
        s, p, one, zero = [layer.stride] * 2, [layer.padding] * 2, [1, 1], [0, 0]
        back = torch.ops.aten.convolution_backward
        if backward:
            wanted = [True, True, True]
            runs["PyTorch"] = lambda: back(tdy, tx, tw, [len(w)], s, p, one, False, zero, 1, wanted)
        else:
            runs["PyTorch"] = lambda: torch.nn.functional.conv2d(tx, tw, None, s, p)
    if not backward and batch * layer.macs <= ONNX_MACS:
        attributes = {"strides": [layer.stride] * 2, "pads": [layer.padding] * 4}
        runs |= _onnx("Conv", {"x": x, "w": w}, attributes)
    return runs, chosen


def _pooling(layer: Pooling, batch: int, backward: bool, normal: Callable[..., Any]) -> tuple[dict[str, Run], str]:
    x = normal(batch, layer.channels, layer.size, layer.size)
    np.maximum(x, 0, out=x)  # pooling follows a rectifier: there are ties
    whole = layer.kind == "average"
    k = layer.kernel
    options: dict[str, Any] = {"stride": layer.stride, "padding": layer.padding}
    y = taps.global_avg_pool2d(x) if whole else taps.max_pool2d(x, k, **options)
    dy = normal(*y.shape)
    runs: dict[str, Run] = {}
    ours: Callable[..., Any]
    plain: Callable[..., Any] | None
    if whole:
        ours = gradients.global_avg_pool2d_backward if backward else taps.global_avg_pool2d
        plain = None if backward else pooling.global_avg_pool2d  # backward it has no loop, and is the fast form
    else:
        ours = taps.max_pool2d_backward if backward else taps.max_pool2d
        plain = gradients.max_pool2d_backward if backward else pooling.max_pool2d
    arguments: tuple[Any, ...] = (dy, x) if backward else (x,)
    arguments, named = (arguments, {}) if whole else ((*arguments, k), options)
    runs["taps"] = lambda: ours(*arguments, **named)
    if plain and y.size <= DEFINITION_OUTPUTS:
        runs["definition"] = lambda: plain(*arguments, **named)
    if torch := _torch():
        runs["PyTorch"] = _torch_pooling(torch, layer, x, dy, backward)
    if not backward:
        shape = {"kernel_shape": [k, k], "strides": [layer.stride] * 2, "pads": [layer.padding] * 4}
        runs |= _onnx("GlobalAveragePool" if whole else "MaxPool", {"x": x}, {} if whole else shape)
    return runs, "taps"


def _torch_pooling(torch: Any, layer: Pooling, x: np.ndarray, dy: np.ndarray, backward: bool) -> Run:
    """PyTorch's pooling.

    Its backward pass of a maximum is given the winners, ours finds them. So that both do the same work, its
    forward pass is counted in.
    """
    functional, aten = torch.nn.functional, torch.ops.aten
    tx, tdy = torch.from_numpy(x), torch.from_numpy(dy)
    k, s, p = ([n, n] for n in (layer.kernel, layer.stride, layer.padding))
    if layer.kind == "average":
        if backward:
            return lambda: aten._adaptive_avg_pool2d_backward(tdy[:, :, None, None], tx)
        return lambda: functional.adaptive_avg_pool2d(tx, 1)
    if not backward:
        return lambda: functional.max_pool2d(tx, k, s, p)

    def both() -> Any:
        _, winners = functional.max_pool2d(tx, k, s, p, return_indices=True)
        return aten.max_pool2d_with_indices_backward(tdy, tx, k, s, p, [1, 1], False, winners)

    return both


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch


def _onnx(operator: str, inputs: dict[str, np.ndarray], attributes: dict[str, Any]) -> dict[str, Run]:
    """One node of the ONNX reference evaluator, if it is installed."""
    try:
        from onnx import TensorProto, helper
        from onnx.reference import ReferenceEvaluator
    except ImportError:
        return {}
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, a.shape) for name, a in inputs.items()]
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    node = helper.make_node(operator, list(inputs), ["y"], **attributes)
    model = helper.make_model(
        helper.make_graph([node], "layer", values, [answer]), opset_imports=[helper.make_opsetid("", 19)]
    )
    session = ReferenceEvaluator(model)
    return {"onnx.reference": lambda: session.run(None, inputs)}
