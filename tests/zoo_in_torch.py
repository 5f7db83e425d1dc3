"""A declared network in PyTorch: one line for each kind of operation, written without a look at `cnnspec.zoo.rules`."""

from __future__ import annotations

from typing import Any

from cnnspec.zoo import Architecture, layers, wiring


def run(torch: Any, architecture: Architecture, weights: dict[str, Any], x: Any) -> list[Any]:
    """Return what each operation answers, None for training-only ones; weights are tensors by name."""
    answers: list[Any] = [x]
    for tensor in architecture.tensors[1:]:
        if tensor.training:
            answers.append(None)
            continue
        parts = (*tensor.operation.weights, *tensor.operation.statistics)
        own = {part: weights[tensor.key(part)] for part in parts}
        answers.append(answer(torch, tensor.operation, own, [answers[u.index] for u in tensor.inputs], len(x)))
    return answers


def answer(torch: Any, operation: Any, own: dict[str, Any], inputs: list[Any], batch: int) -> Any:
    f, nn = torch.nn.functional, operation
    x = inputs[0] if inputs else None
    match operation:
        case layers.Conv():
            stride, dilation = [line.stride for line in nn.lines], [line.dilation for line in nn.lines]
            return f.conv2d(padded(f, nn, x), own["weight"], own.get("bias"), stride, 0, dilation, nn.groups)
        case layers.ConvTranspose():
            return f.conv_transpose2d(x, own["weight"], own.get("bias"), nn.size)
        case layers.Linear():
            weight, bias = own[nn.keys[0]], own.get(nn.keys[1])
            return f.conv2d(x, weight[..., None, None], bias) if x.ndim == 4 else f.linear(x, weight, bias)
        case layers.BatchNorm():
            shape = (len(own["bias"]), 1, 1) if x.ndim == 4 else (-1,)
            mean, variance = own["running_mean"].reshape(shape), own["running_var"].reshape(shape)
            y = (x - mean) / (variance + nn.eps) ** 0.5
            return y * own.get("weight", torch.ones_like(own["bias"])).reshape(shape) + own["bias"].reshape(shape)
        case layers.LayerNorm():
            last = x.movedim(1, -1) if x.ndim == 4 else x
            y = f.layer_norm(last, (nn.width,), own["weight"], own["bias"], nn.eps)
            return y.movedim(-1, 1) if x.ndim == 4 else y
        case layers.Affine():
            return x * own["weight"][:, None, None] + own["bias"][:, None, None]
        case layers.Parameter():
            return own[""].reshape(1, *nn.size).expand(batch, *nn.size)
        case layers.Statistics():
            mean = own.get("mean", torch.tensor([123.675, 116.28, 103.53], dtype=x.dtype))
            deviation = own["variance"] ** 0.5 if nn.stored else torch.tensor([58.395, 57.12, 57.375], dtype=x.dtype)
            return (x - mean[:, None, None]) / deviation[:, None, None]
        case layers.RadialBasis():
            return torch.cdist(x[:, None], own["centres"][None].expand(batch, -1, -1))[:, 0] ** 2
        case wiring.MaxPool():
            before, after = zip(*borders(nn, x), strict=True)
            if before != after:  # PyTorch's maximum has the same border on both sides
                assert not nn.lines[0].ceil
                x, before = padded(f, nn, x, float("-inf")), (0, 0)
            kernel, stride = [line.kernel for line in nn.lines], [line.stride for line in nn.lines]
            return f.max_pool2d(x, kernel, stride, before, ceil_mode=nn.lines[0].ceil)
        case wiring.AvgPool():
            before, after = zip(*borders(nn, x), strict=True)
            kernel, stride = [line.kernel for line in nn.lines], [line.stride for line in nn.lines]
            if before == after:
                return f.avg_pool2d(x, kernel, stride, before, nn.lines[0].ceil, nn.count_include_pad)
            sums = f.avg_pool2d(padded(f, nn, x), kernel, stride)
            if nn.count_include_pad:
                return sums
            return sums / f.avg_pool2d(padded(f, nn, torch.ones_like(x)), kernel, stride)
        case wiring.AdaptivePool():
            return f.adaptive_avg_pool2d(x, nn.size)
        case wiring.Pad():
            return padded(f, nn, x)
        case wiring.Subsample():
            return f.max_pool2d(x, 1, [line.stride for line in nn.lines])
        case wiring.Crop():
            like = inputs[1].shape
            top, left = ((x.shape[axis] - like[axis]) // 2 for axis in (2, 3))
            return x.narrow(2, top, like[2]).narrow(3, left, like[3])
        case wiring.Activation():
            return activation(torch, nn.function)(x)
        case wiring.LocalResponseNorm():
            return f.local_response_norm(x, nn.size, nn.alpha * nn.size, nn.beta, nn.k)
        case wiring.Scale():
            return x * nn.factor
        case wiring.Add():
            return sum(inputs[1:], inputs[0])
        case wiring.Multiply():
            return inputs[0] * inputs[1]
        case wiring.Concat():
            return torch.cat(inputs, 1)
        case wiring.Channels():
            return x.index_select(1, torch.tensor(nn.chosen, device=x.device))
        case wiring.PadChannels():
            return f.pad(x, (0, 0, 0, 0, nn.before, nn.after))
        case wiring.Shuffle():
            return f.channel_shuffle(x, nn.groups)
        case wiring.Flatten() | wiring.Squeeze():
            return x.flatten(1)
        case wiring.Tokens():
            return x.flatten(2).mT
        case wiring.Token():
            return x.select(1, nn.index)
        case wiring.Attention():
            heads = [part.unflatten(2, (nn.heads, -1)).transpose(1, 2) for part in x.chunk(3, dim=2)]
            return f.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
    raise AssertionError(f"{operation.kind} is not known")


def activation(torch: Any, function: str) -> Any:
    f = torch.nn.functional
    named = {"hard_swish": f.hardswish, "hard_sigmoid": f.hardsigmoid, "leaky_relu": lambda x: f.leaky_relu(x, 0.1)}
    return named.get(function) or getattr(f, function)


def borders(operation: Any, x: Any) -> list[tuple[int, int]]:
    return [line.padding(size) for line, size in zip(operation.lines, x.shape[2:], strict=True)]


def padded(f: Any, operation: Any, x: Any, value: float = 0.0) -> Any:
    vertical, horizontal = borders(operation, x)
    return f.pad(x, (*horizontal, *vertical), value=value)
