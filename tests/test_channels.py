"""Step 3: the definitions against SciPy and PyTorch, refusals, and the laws against right and wrong operators."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from cnnspec import channels
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws

LAWS = {name: law for name, law in all_laws().items() if law.step == "channels"}


def random_layer(dice: np.random.Generator) -> tuple[Any, Any, Any, dict[str, Any]]:
    """A batch, weights, a bias or None and options, which need not fit each other."""

    def few(*values: int) -> int:
        return int(dice.choice(values))

    g, depth, width = few(1, 1, 2, 3), few(1, 2, 3), few(1, 2, 3)
    kernel = dice.integers(1, 4, 2)
    x = dice.integers(-5, 6, (few(1, 2), g * depth, *dice.integers(1, 8, 2))).astype(float)
    w = dice.integers(-5, 6, (g * width, depth, *kernel)).astype(float)
    b = dice.integers(-5, 6, g * width).astype(float) if few(0, 1) else None
    options = {
        "stride": tuple(int(s) for s in dice.integers(1, 4, 2)),
        "padding": tuple(int(p) for p in dice.integers(0, 4, 2)),
        "dilation": tuple(int(d) for d in dice.integers(1, 4, 2)),
        "groups": g,
    }
    return x, w, b, options


def spread(kernel: Any, dilation: tuple[int, int]) -> Any:
    """A kernel with zeros between its cells."""
    v, h = dilation
    wide = np.zeros((v * (kernel.shape[0] - 1) + 1, h * (kernel.shape[1] - 1) + 1))
    wide[::v, ::h] = kernel
    return wide


def refusal_of(call: Any) -> str | None:
    """The type of what a call raises, or None."""
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


# against SciPy


def scipy_conv2d(x, w, b=None, *, stride, padding, dilation, groups):
    (s, t), (p, q) = stride, padding
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    depth, width = w.shape[1], len(w) // groups
    maps = [
        [
            sum(
                signal.correlate2d(image[f // width * depth + c], spread(w[f, c], dilation), "valid")[::s, ::t]
                for c in range(depth)
            )
            + (0 if b is None else b[f])
            for f in range(len(w))
        ]
        for image in x
    ]
    return np.array(maps)


def scipy_conv_transpose2d(x, w, b=None, *, stride, padding, output_padding, dilation, groups):
    (p, q), (down, right) = padding, output_padding
    depth, width = len(w) // groups, w.shape[1]
    maps = []
    for image, f in itertools.product(x, range(groups * width)):
        group = range(f // width * depth, (f // width + 1) * depth)
        canvas = sum(
            signal.convolve2d(spread(image[c], stride), spread(w[c, f % width], dilation), "full") for c in group
        )
        canvas = np.pad(canvas, ((0, down), (0, right)))
        maps.append(canvas[p : canvas.shape[0] - p, q : canvas.shape[1] - q] + (0 if b is None else b[f]))
    return np.array(maps).reshape(len(x), groups * width, *maps[0].shape)


@pytest.mark.parametrize("seed", range(4))
def test_conv2d_is_a_sum_of_scipy_s_correlations(seed):
    dice, tried = np.random.default_rng(seed), 0
    for _ in range(150):
        x, w, b, options = random_layer(dice)
        spans = [options["dilation"][i] * (w.shape[2 + i] - 1) + 1 for i in range(2)]
        if any(spans[i] > x.shape[2 + i] + 2 * options["padding"][i] for i in range(2)):
            with pytest.raises(ValueError, match="kernel must fit"):
                channels.conv2d(x, w, b, **options)
            continue
        tried += 1
        np.testing.assert_array_equal(channels.conv2d(x, w, b, **options), scipy_conv2d(x, w, b, **options))
    assert tried > 75


@pytest.mark.parametrize("seed", range(4))
def test_conv_transpose2d_is_a_sum_of_scipy_s_full_convolutions(seed):
    dice, tried = np.random.default_rng(seed), 0
    for _ in range(150):
        x, w, _, options = random_layer(dice)
        w = w.reshape(x.shape[1], -1, *w.shape[2:]) if w.size % x.shape[1] == 0 else w
        w = np.resize(w, (x.shape[1], w.shape[1], *w.shape[2:]))
        b = np.arange(w.shape[1] * options["groups"]) if dice.integers(2) else None
        options["output_padding"] = tuple(
            int(dice.integers(max(s, d))) for s, d in zip(options["stride"], options["dilation"], strict=True)
        )
        expected = scipy_conv_transpose2d(x, w, b, **options)
        if expected.size == 0:
            with pytest.raises(ValueError, match="padding must leave"):
                channels.conv_transpose2d(x, w, b, **options)
            continue
        tried += 1
        np.testing.assert_array_equal(channels.conv_transpose2d(x, w, b, **options), expected)
    assert tried > 75


# against PyTorch


@pytest.mark.torch
@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
def test_pytorch_gives_the_same_answers_and_refuses_the_same(name):
    torch = pytest.importorskip("torch")
    dice, verdicts = np.random.default_rng(7), {"answered": 0, "refused": 0}
    definition, theirs = getattr(channels, name), getattr(torch.nn.functional, name)
    for _ in range(1500):
        x, w, b, options = random_layer(dice)
        if name == "conv_transpose2d":
            w = w.swapaxes(0, 1) if dice.integers(2) else np.resize(w, (x.shape[1], *w.shape[1:]))
            b = None if b is None else np.resize(b, w.shape[1] * options["groups"])
            options["output_padding"] = tuple(int(a) for a in dice.integers(0, 3, 2))
        match int(dice.integers(12)):
            case 0:
                options["groups"] = int(dice.integers(0, 5))
            case 1:
                w = w[:, : max(1, w.shape[1] - 1)].copy()
            case 2 if b is not None:
                b = np.append(b, 1.0)
            case 3:
                options["stride"] = (int(dice.integers(0, 2)), 1)
            case 4:
                options["dilation"] = (1, int(dice.integers(0, 2)))
            case 5:
                options["padding"] = (-1, 0)
        given = [None if a is None else torch.from_numpy(np.ascontiguousarray(a)) for a in (x, w, b)]
        refusal = refusal_of(lambda given=given, options=options: theirs(*given, **options))
        ours = refusal_of(lambda x=x, w=w, b=b, options=options: definition(x, w, b, **options))
        assert (ours is None) == (refusal is None), (ours, refusal, x.shape, w.shape, np.shape(b), options)
        verdicts["answered" if ours is None else "refused"] += 1
        if ours is None:
            np.testing.assert_array_equal(definition(x, w, b, **options), theirs(*given, **options).numpy())
    assert min(verdicts.values()) > 300


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_pytorch_means_the_same_by_same(padding):
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(3)
    for _ in range(200):
        x, w, b, options = random_layer(dice)
        w = w[:, :, : x.shape[2], : x.shape[3]].copy()
        options = {**options, "stride": 1, "padding": padding, "dilation": 1}
        given = [None if a is None else torch.from_numpy(a) for a in (x, w, b)]
        theirs = torch.nn.functional.conv2d(*given, **options).numpy()
        np.testing.assert_array_equal(channels.conv2d(x, w, b, **options), theirs)


@pytest.mark.torch
def test_pytorch_counts_the_same_numbers():
    torch = pytest.importorskip("torch")
    for c, f, k, g, bias in itertools.product((1, 2, 6), (2, 6), (1, 3, (2, 5)), (1, 2), (True, False)):
        if c % g == 0:
            module = torch.nn.Conv2d(c, f, k, groups=g, bias=bias)
            count = sum(p.numel() for p in module.parameters())
            assert channels.conv2d_parameters(c, f, k, groups=g, bias=bias) == count


# worked by hand


def test_a_layer_worked_by_hand():
    x = np.array([[[[1, 2], [3, 4]], [[10, 20], [30, 40]]]])
    w = np.array([[[[1, 0], [0, 0]], [[0, 0], [0, 1]]], [[[0, 1], [0, 0]], [[0, 0], [1, 0]]]])
    np.testing.assert_array_equal(channels.conv2d(x, w, [100, 200]), [[[[141]], [[232]]]])


def test_a_transposed_layer_worked_by_hand():
    x, w = np.array([[[[1, 2], [3, 4]]]]), np.array([[[[1, 10], [100, 1000]]]])
    canvas = [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]
    np.testing.assert_array_equal(channels.conv_transpose2d(x, w)[0, 0], canvas)


def test_the_lab_s_layer_has_four_maps_of_six_by_six():
    assert channels.conv2d(np.ones((1, 3, 8, 8)), np.ones((4, 3, 3, 3))).shape == (1, 4, 6, 6)
    assert channels.conv2d_parameters(3, 4, 3) == 112
    assert channels.conv2d_macs(3, 4, 3, 6) == 3888


# refusals

X, W, V = np.ones((2, 4, 5, 6)), np.ones((6, 4, 3, 2)), np.ones((4, 6, 3, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[0]}, r"x must have 4 axes \(N, C, H, W\), but its shape is \(4, 5, 6\)\."),
        ({"x": X[:, :, :0]}, r"x must have no empty axis, but its shape is \(2, 4, 0, 6\)\."),
        ({"w": W[:, :3]}, r"w must have C // groups = 4 channels per filter \(C = 4, groups = 1\), but its shape is"),
        ({"w": W[0]}, r"w must have 4 axes \(F, C // groups, KH, KW\), but its shape is \(4, 3, 2\)\."),
        ({"b": np.ones(5)}, r"b must have one number for each of the 6 filters, but its shape is \(5,\)\."),
        ({"b": np.ones((6, 1))}, r"b must have 1 axes \(F\), but its shape is \(6, 1\)\."),
        ({"groups": 3}, r"groups must divide the 4 channels of x, but 3 came\."),
        ({"groups": 4}, r"groups must divide the 6 filters of w, but 4 came\."),
        ({"groups": 0}, r"groups must be at least 1, but 0 came\."),
        ({"stride": 0}, r"stride must be at least 1, but 0 came\."),
        ({"stride": (1, 2, 3)}, r"stride must be an integer or a pair \(vertical, horizontal\), but 3 values came"),
        ({"padding": -1}, r"padding must be at least 0, but -1 came\."),
        ({"padding": "full"}, r'padding must be numbers, "same" or "valid", but \'full\' came\.'),
        ({"dilation": 3}, r"kernel must fit on the padded image, but it spans 7x4 cells and the image has 5x6\."),
    ],
)
def test_conv2d_refuses_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        channels.conv2d(**{"x": X, "w": W, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X.astype(str)}, "x must hold numbers, but its dtype is <U32."),
        ({"w": W > 0}, "w must hold numbers, but its dtype is bool."),
        ({"stride": 1.0}, "stride must be an integer, but a float came: 1.0."),
        ({"groups": True}, "groups must be an integer, but a bool came: True."),
        ({"padding": None}, "padding must be an integer, but a NoneType came: None."),
    ],
)
def test_conv2d_refuses_other_types_by_name(change, message):
    with pytest.raises(TypeError, match=message):
        channels.conv2d(**{"x": X, "w": W, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": V[:3]}, r"w must have one kernel for each of the 4 channels, but its shape is \(3, 6, 3, 2\)\."),
        ({"b": np.ones(4)}, r"b must have one number for each of the 6 filters, but its shape is \(4,\)\."),
        ({"groups": 3}, r"groups must divide the 4 channels of x, but 3 came\."),
        (
            {"output_padding": 1},
            r"output_padding must be smaller than stride \(1, 1\) or dilation \(1, 1\), but \(1, 1\)",
        ),
        ({"output_padding": -1}, r"output_padding must be at least 0, but -1 came\."),
        ({"padding": 4}, r"padding must leave a row and a column of the 7x7 canvas, but 4 came\."),
    ],
)
def test_conv_transpose2d_refuses_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        channels.conv_transpose2d(**{"x": X, "w": V, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"c_in": 0}, r"c_in must be at least 1, but 0 came\."),
        ({"c_out": 2.5}, r"c_out must be an integer, but a float came: 2.5\."),
        ({"groups": 3}, r"groups must divide c_in = 4 and c_out = 6, but 3 came\."),
        ({"kernel": (3, 0)}, r"kernel must be at least 1, but 0 came\."),
    ],
)
def test_counts_refuse_by_name(change, message):
    layer = {"c_in": 4, "c_out": 6, "kernel": 3, **change}
    with pytest.raises((ValueError, TypeError), match=message):
        channels.conv2d_parameters(**layer)
    with pytest.raises((ValueError, TypeError), match=message):
        channels.conv2d_macs(**layer, output=5)


# right operators in other styles: none may be called wrong


def pairs(*values):
    return [v if isinstance(v, tuple) else (v, v) for v in values]


def prepared(x, w, stride, padding, dilation):
    """The padded batch, and the sizes that every style needs."""
    (s, t), (p, q), (d, e) = pairs(stride, padding, dilation)
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    rows = (x.shape[2] - d * (w.shape[2] - 1) - 1) // s + 1
    columns = (x.shape[3] - e * (w.shape[3] - 1) - 1) // t + 1
    return x, rows, columns, (s, t), (d, e)


def seven_loops(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    x, rows, columns, (s, t), (d, e) = prepared(x, w, stride, padding, dilation)
    y = np.zeros((len(x), len(w), rows, columns), dtype=x.dtype)
    for n in range(len(x)):
        for f in range(len(w)):
            first = f // (len(w) // groups) * w.shape[1]
            for i in range(rows):
                for j in range(columns):
                    total = 0.0 if b is None else b[f].item()
                    for c in range(w.shape[1]):
                        for k in range(w.shape[2]):
                            for m in range(w.shape[3]):
                                total += x[n, first + c, i * s + k * d, j * t + m * e].item() * w[f, c, k, m].item()
                    y[n, f, i, j] = total
    return y


def im2col_and_matmul(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    x, rows, columns, (s, t), (d, e) = prepared(x, w, stride, padding, dilation)
    c, k, m = w.shape[1:]
    i = (s * np.arange(rows))[:, None] + (d * np.arange(k))[None, :]
    j = (t * np.arange(columns))[:, None] + (e * np.arange(m))[None, :]
    patches = x[:, :, i[:, None, :, None], j[None, :, None, :]]
    maps = []
    for part, kernels in zip(np.split(patches, groups, axis=1), np.split(w, groups), strict=True):
        cols = part.transpose(1, 4, 5, 0, 2, 3).reshape(c * k * m, -1)
        maps.append((kernels.reshape(len(kernels), -1) @ cols).reshape(len(kernels), len(x), rows, columns))
    y = np.concatenate(maps).swapaxes(0, 1)
    return y if b is None else y + b.reshape(-1, 1, 1)


def sliding_windows_and_einsum(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    x, _, _, (s, t), (d, e) = prepared(x, w, stride, padding, dilation)
    span = d * (w.shape[2] - 1) + 1, e * (w.shape[3] - 1) + 1
    views = np.lib.stride_tricks.sliding_window_view(x, span, axis=(2, 3))[:, :, ::s, ::t, ::d, ::e]
    grouped = views.reshape(len(x), groups, -1, *views.shape[2:])
    y = np.einsum("ngcijkl,gfckl->ngfij", grouped, w.reshape(groups, -1, *w.shape[1:]))
    y = y.reshape(len(x), len(w), *y.shape[3:])
    return y if b is None else y + b[None, :, None, None]


def fourier(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    x, _, _, (s, t), dilation = prepared(x, w, stride, padding, dilation)
    kernels = np.array([[spread(kernel, dilation) for kernel in f] for f in w])
    size = x.shape[2:]
    spectrum = np.fft.rfft2(x).reshape(len(x), groups, -1, size[0], size[1] // 2 + 1)
    filters = np.conj(np.fft.rfft2(kernels, s=size)).reshape(groups, -1, w.shape[1], size[0], size[1] // 2 + 1)
    product = np.einsum("ngcuv,gfcuv->ngfuv", spectrum, filters).reshape(len(x), len(w), size[0], -1)
    y = np.fft.irfft2(product, s=size)
    rows, columns = size[0] - kernels.shape[2] + 1, size[1] - kernels.shape[3] + 1
    y = y[:, :, :rows:s, :columns:t]
    return (y if b is None else y + b[:, None, None]).astype(x.dtype)


def shifted_products(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    x, rows, columns, (s, t), (d, e) = prepared(x, w, stride, padding, dilation)
    maps = []
    for image, kernels in zip(np.split(x, groups, axis=1), np.split(w, groups), strict=True):
        total = 0
        for k, m in itertools.product(range(w.shape[2]), range(w.shape[3])):
            shifted = image[:, :, k * d :: s, m * e :: t][:, :, :rows, :columns]
            total = total + np.tensordot(shifted, kernels[:, :, k, m], axes=(1, 1)).transpose(0, 3, 1, 2)
        maps.append(total)
    y = np.concatenate(maps, axis=1)
    return y if b is None else y + np.reshape(b, (1, -1, 1, 1))


def scatter(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    (s, t), (p, q), (a, z), (d, e) = pairs(stride, padding, output_padding, dilation)
    height = s * (x.shape[2] - 1) + d * (w.shape[2] - 1) + 1 + a
    width = t * (x.shape[3] - 1) + e * (w.shape[3] - 1) + 1 + z
    y = np.zeros((len(x), groups, w.shape[1], height, width), dtype=x.dtype)
    image = x.reshape(len(x), groups, -1, *x.shape[2:])
    kernels = w.reshape(groups, -1, *w.shape[1:])
    for k, m in itertools.product(range(w.shape[2]), range(w.shape[3])):
        painted = np.einsum("ngcij,gcf->ngfij", image, kernels[..., k, m])
        rows, columns = (
            slice(k * d, k * d + s * (x.shape[2] - 1) + 1, s),
            slice(m * e, m * e + t * (x.shape[3] - 1) + 1, t),
        )
        y[:, :, :, rows, columns] += painted
    y = y.reshape(len(x), -1, height, width)[:, :, p : height - p, q : width - q].copy()
    return y if b is None else y + b[:, None, None]


def zero_stuffing(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    stride, (p, q), (a, z), (d, e) = pairs(stride, padding, output_padding, dilation)
    reach = d * (w.shape[2] - 1), e * (w.shape[3] - 1)
    wide = np.array([[spread(channel, stride) for channel in image] for image in x], dtype=x.dtype)
    wide = np.pad(wide, ((0, 0), (0, 0), (reach[0], reach[0] + a), (reach[1], reach[1] + z)))
    turned = np.concatenate([part.swapaxes(0, 1) for part in np.split(w, groups)])[..., ::-1, ::-1]
    y = sliding_windows_and_einsum(wide, turned, b, dilation=(d, e), groups=groups)
    return y[:, :, p : y.shape[2] - p, q : y.shape[3] - q].copy()


def matrix_transpose(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    stride, padding, extra, dilation = pairs(stride, padding, output_padding, dilation)
    size = [
        stride[i] * (x.shape[2 + i] - 1) + dilation[i] * (w.shape[2 + i] - 1) + 1 - 2 * padding[i] + extra[i]
        for i in range(2)
    ]
    maps = w.shape[1] * groups
    units = np.eye(maps * size[0] * size[1], dtype=x.dtype).reshape(-1, maps, *size)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    matrix = sliding_windows_and_einsum(units, w, **options).reshape(len(units), -1)
    y = (x.reshape(len(x), -1) @ matrix.T).reshape(len(x), maps, *size)
    return y if b is None else y + b[:, None, None]


def counted_by_allocation(c_in, c_out, kernel, *, groups=1, bias=True):
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    return np.empty((c_out, c_in // groups, *kernel), dtype=bool).size + (c_out if bias else 0)


SOLUTION = Path(__file__).parents[1] / "cnnspec" / "exercises" / "channels.py"


def solution(name):
    return runpy.run_path(str(SOLUTION))[name]


STYLES = [
    {"conv2d": solution("conv2d")},
    {"conv_transpose2d": solution("conv_transpose2d"), "conv2d": solution("conv2d")},
    {"conv2d_parameters": solution("conv2d_parameters")},
    {"conv2d": seven_loops},
    {"conv2d": im2col_and_matmul},
    {"conv2d": sliding_windows_and_einsum},
    {"conv2d": fourier},
    {"conv2d": shifted_products},
    {"conv_transpose2d": scatter, "conv2d": im2col_and_matmul},
    {"conv_transpose2d": zero_stuffing, "conv2d": fourier},
    {"conv_transpose2d": matrix_transpose, "conv2d": shifted_products},
    {"conv2d_parameters": counted_by_allocation},
]


def style_of(subject):
    """What a test calls a subject."""
    function = next(iter(subject.values()))
    return f"solution-{function.__name__}" if function.__module__ == "<run_path>" else function.__name__


@pytest.mark.parametrize("subject", STYLES, ids=style_of)
def test_right_operators_in_other_styles_pass_every_public_law(subject):
    about = next(iter(subject))
    for law in LAWS.values():
        if law.needs[0] == about and not law.extended:
            result = run_law(law, subject, seed=1, examples=12)
            assert result.status == "pass", (law.id, result.message, result.drawn)


def test_the_solution_does_not_lean_on_the_book():
    assert "cnnspec" not in SOLUTION.read_text()
