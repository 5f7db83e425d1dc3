"""Fast algorithms: equal to the definitions, lawful, bounded in memory, the same in every run."""

import itertools
import tracemalloc

import numpy as np
import pytest

from cnnspec import channels, gradients, network, pooling
from cnnspec.algorithms import IMPLEMENTATIONS, best, choice, im2col, pieces, taps, windows, winograd
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws
from cnnspec.laws.operators import definitions

CONVOLUTIONS = {
    (name, operator): function
    for name, subject in {**IMPLEMENTATIONS, "best": best}.items()
    for operator, function in subject.items()
    if operator.startswith("conv2d")
}
LAWFUL = {**IMPLEMENTATIONS, "best": best}


def answer(function, *arguments, **options):
    """What a function answers, or the sentence with which it refuses."""
    try:
        return function(*arguments, **options)
    except (ValueError, TypeError) as refusal:
        return f"{type(refusal).__name__}: {refusal}"


def assert_same(mine, theirs, case):
    assert isinstance(mine, str) == isinstance(theirs, str), (mine, theirs, case)
    if isinstance(mine, str):
        assert mine == theirs, case
        return
    parts = zip(mine, theirs, strict=True) if isinstance(mine, tuple) else [(mine, theirs)]
    for ours, plain in parts:
        assert ours.dtype == plain.dtype, case
        assert ours.shape == plain.shape, case
        assert np.array_equal(ours, plain, equal_nan=ours.dtype.kind == "f"), case


class Draw:
    """Random configurations, small and awkward."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def whole(self, least, most):
        return int(self.generator.integers(least, most + 1))

    def pair(self, least, most):
        return self.whole(least, most), self.whole(least, most)

    def chance(self, probability):
        return self.generator.random() < probability

    def choose(self, *values):
        return values[self.whole(0, len(values) - 1)]

    def numbers(self, *shape, dtype):
        values = self.generator.integers(-5, 6, shape).astype(dtype)
        return values.swapaxes(-1, -2).copy().swapaxes(-1, -2) if self.chance(0.3) else values

    def padding(self, most):
        return self.choose(self.whole(0, most), self.pair(0, most), (self.pair(0, most), self.pair(0, most)), "same")

    def convolution(self, three_by_three):
        """Arguments of conv2d; mostly 3×3 kernels that move by one cell, if asked for."""
        groups = self.whole(1, 3)
        depth, filters = self.whole(1, 3), groups * self.whole(1, 3)
        plain = three_by_three and self.chance(0.8)
        kernel = (3, 3) if plain else self.pair(1, 4)
        dtype = self.choose("f4", "f8", "i4", "c16")
        x = self.numbers(self.whole(1, 3), groups * depth, *self.pair(1, 9), dtype=dtype)
        w = self.numbers(filters, depth, *kernel, dtype=self.choose("f4", dtype))
        b = self.numbers(1, filters, dtype=dtype)[0] if self.chance(0.5) else None
        options = {
            "stride": 1 if plain else self.pair(1, 3),
            "padding": self.padding(4),
            "dilation": 1 if plain else self.pair(1, 3),
            "groups": groups,
        }
        return x, w, b, options


@pytest.fixture(params=[1, 3000, windows.BLOCK_BYTES], ids=["tiny blocks", "small blocks", "blocks"])
def block_bytes(request, monkeypatch):
    """Blocks of one window, of a few, and of everything: the cuts between them are where mistakes hide."""
    monkeypatch.setattr(windows, "BLOCK_BYTES", request.param)
    # Winograd's budget grows with the kernels; this leaves nothing of it, or little
    monkeypatch.setattr(winograd, "BLOCK_BYTES", request.param - (10**4 if request.param < 10**4 else 0))


@pytest.mark.parametrize("name", ["im2col", "winograd", "pieces", "best"])
@pytest.mark.usefixtures("block_bytes")
def test_convolution_equals_its_definition_forward_and_backward(name, monkeypatch):
    fast, draw = LAWFUL[name], Draw(1)
    for threshold in ("CHANNELS", "TILES"):  # so that `best` takes Winograd wherever it applies
        monkeypatch.setattr(choice, threshold, 1)
    answered = 0
    for _ in range(120):
        x, w, b, options = draw.convolution(name in ("winograd", "best"))
        case = (x.shape, w.shape, options)
        y = answer(channels.conv2d, x, w, b, **options)
        assert_same(answer(fast["conv2d"], x, w, b, **options), y, case)
        if not isinstance(y, str):
            answered += 1
            dy = draw.numbers(*y.shape, dtype=x.dtype)
            theirs = answer(gradients.conv2d_backward, dy, x, w, **options)
            assert_same(answer(fast["conv2d_backward"], dy, x, w, **options), theirs, case)
    assert answered > 60


@pytest.mark.usefixtures("block_bytes")
def test_transposed_convolution_equals_its_definition():
    draw, answered = Draw(2), 0
    for _ in range(120):
        x, w, _, options = draw.convolution(False)
        w = w.reshape(options["groups"], -1, *w.shape[1:]).swapaxes(1, 2).reshape(x.shape[1], -1, *w.shape[2:])
        options["output_padding"] = draw.pair(0, 2)
        theirs = answer(channels.conv_transpose2d, x, w, None, **options)
        assert_same(answer(im2col.conv_transpose2d, x, w, None, **options), theirs, (x.shape, w.shape, options))
        answered += not isinstance(theirs, str)
    assert answered > 20


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.filterwarnings("ignore:invalid value")
def test_pooling_equals_its_definition_ties_and_missing_numbers_included():
    draw, answered = Draw(3), 0
    for _ in range(150):
        x = draw.numbers(*draw.pair(1, 3), *draw.pair(1, 9), dtype=draw.choose("f4", "f8", "i4"))
        holes = x.copy()
        if x.dtype.kind == "f" and draw.chance(0.4):
            holes[draw.generator.random(x.shape) < 0.3] = draw.choose(np.nan, -np.inf, np.inf)
        size = draw.pair(1, 4)
        options = {
            "stride": draw.choose(None, draw.pair(1, 4)),
            "padding": draw.padding(2),
            "ceil_mode": draw.chance(0.5),
        }
        case, dilated = (x.shape, size, options), {"dilation": draw.pair(1, 2), **options}
        y = answer(pooling.max_pool2d, holes, size, **dilated)
        assert_same(answer(taps.max_pool2d, holes, size, **dilated), y, case)
        if not isinstance(y, str):
            answered += 1
            dy = draw.numbers(*y.shape, dtype="f4")
            dy[draw.generator.random(dy.shape) < 0.05] = np.inf
            theirs = gradients.max_pool2d_backward(dy, holes, size, **dilated)
            assert_same(taps.max_pool2d_backward(dy, holes, size, **dilated), theirs, case)
        counted = {"count_include_pad": draw.chance(0.5), **options}
        y = answer(pooling.avg_pool2d, x, size, **counted)
        assert_same(answer(taps.avg_pool2d, x, size, **counted), y, case)
        if not isinstance(y, str):
            dy = draw.numbers(*y.shape, dtype="f8")
            theirs = gradients.avg_pool2d_backward(dy, x.astype("f8"), size, **counted)
            np.testing.assert_allclose(
                taps.avg_pool2d_backward(dy, x.astype("f8"), size, **counted), theirs, rtol=0, atol=1e-13
            )
        assert_same(taps.global_avg_pool2d(x), pooling.global_avg_pool2d(x), case)
    assert answered > 60


def test_the_dense_layer_equals_its_definition():
    draw = Draw(4)
    for _ in range(60):
        x = draw.numbers(*draw.pair(1, 6), dtype=draw.choose("f4", "f8", "i4"))
        w = draw.numbers(draw.whole(1, 5), x.shape[1] if draw.chance(0.9) else 7, dtype=draw.choose("f4", "f8"))
        b = draw.numbers(1, len(w), dtype="f4")[0] if draw.chance(0.5) else None
        y = answer(network.linear, x, w, b)
        assert_same(answer(best["linear"], x, w, b), y, (x.shape, w.shape))
        dy = draw.numbers(len(x), len(w), dtype="f4")
        theirs = answer(gradients.linear_backward, dy, x, w)
        assert_same(answer(best["linear_backward"], dy, x, w), theirs, (x.shape, w.shape))


@pytest.mark.parametrize("matrix", ["G", "_fold"])
def test_the_laws_catch_a_wrong_transform(matrix, monkeypatch):
    if matrix == "G":
        monkeypatch.setattr(winograd, "G", winograd.G[[0, 2, 1, 3]])
    else:
        monkeypatch.setattr(winograd, "_fold", lambda a, b, c, d, out: np.add(a, b, out=out[0]) + out[1].fill(0))
    wrong = {"conv2d": pieces.conv2d}
    laws = (law for law in all_laws().values() if law.applies_to(wrong) and not law.oracle)
    caught = (law.id for law in laws if run_law(law, wrong, examples=8).status != "pass")
    assert len(list(itertools.islice(caught, 2))) == 2


def peak(run):
    """The peak of a run's memory, less its answers."""
    tracemalloc.start()
    try:
        answers = run()
        return tracemalloc.get_traced_memory()[1] - sum(a.nbytes for a in answers)
    finally:
        tracemalloc.stop()


@pytest.fixture
def block(monkeypatch):
    """Blocks of a quarter of a megabyte, so that a moderate input is a large one."""
    for module in (windows, winograd):
        monkeypatch.setattr(module, "BLOCK_BYTES", 2**18)
    return 2**18


@pytest.mark.parametrize("name", ["im2col", "winograd"])
def test_a_large_input_needs_no_more_than_a_few_blocks(name, block):
    fast = IMPLEMENTATIONS[name]
    x, w = np.ones((2, 8, 200, 200), dtype=np.float32), np.ones((8, 8, 3, 3), dtype=np.float32)
    assert x.nbytes * 9 > 80 * block  # the whole column matrix
    y = fast["conv2d"](x, w, padding=1)
    assert peak(lambda: [fast["conv2d"](x, w, padding=1)]) < 2 * block
    assert peak(lambda: fast["conv2d_backward"](y, x, w, padding=1)) < 2 * block
    strided = {"stride": 2, "padding": 1}
    half = fast["conv2d"](x, w, **strided)
    assert peak(lambda: [fast["conv2d"](x, w, **strided)]) < 2 * block
    assert peak(lambda: fast["conv2d_backward"](half, x, w, **strided)) < 3 * block


def test_a_row_too_wide_for_a_block_is_cut(block):
    image, kernel = np.arange(30_000.0)[None], np.ones((1, 40))
    y = im2col.correlate2d(image, kernel)
    assert peak(lambda: [im2col.correlate2d(image, kernel)]) < 2 * block < image.nbytes * 10
    assert np.array_equal(y[0], np.convolve(image[0], np.ones(40), "valid"))


def test_pooling_a_large_input_needs_no_more_than_a_few_blocks(block):
    x = np.ones((2, 32, 128, 128), dtype=np.float32)
    y = taps.max_pool2d(x, 3, stride=2, padding=1)
    assert x.nbytes > 15 * block
    assert peak(lambda: [taps.max_pool2d(x, 3, stride=2, padding=1)]) < block
    assert peak(lambda: [taps.max_pool2d_backward(y, x, 3, stride=2, padding=1)]) < 2 * block


@pytest.mark.parametrize(("name", "operator"), CONVOLUTIONS)
def test_every_run_gives_the_same_bits(name, operator):
    draw = np.random.default_rng(5)
    x, w = draw.standard_normal((2, 64, 20, 20)), draw.standard_normal((64, 64, 3, 3))
    dy = draw.standard_normal((2, 64, 20, 20))
    arguments = (x, w) if operator == "conv2d" else (dy, x, w)
    run = CONVOLUTIONS[name, operator]
    runs = [run(*[a.astype("f4") for a in arguments], padding=1) for _ in range(4)]
    bits = [[part.tobytes() for part in (r if isinstance(r, tuple) else (r,))] for r in runs]
    assert all(b == bits[0] for b in bits)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", ["im2col", "winograd"])
def test_rounding_stays_within_a_few_units_of_the_sum(name, dtype):
    draw = np.random.default_rng(6)
    x, w = draw.standard_normal((1, 32, 12, 12)), draw.standard_normal((8, 32, 3, 3))
    x, w = x.astype(dtype), w.astype(dtype)
    exact = im2col.conv2d(x.astype(np.longdouble), w.astype(np.longdouble), padding=1)
    size = im2col.conv2d(abs(x).astype("f8"), abs(w).astype("f8"), padding=1)
    error = abs(IMPLEMENTATIONS[name]["conv2d"](x, w, padding=1) - exact) / size
    terms, unit = 32 * 9, np.finfo(dtype).eps / 2
    assert error.max() < terms * unit  # Higham's gamma, for a sum in any order; Winograd happens to keep it here
    assert error.max() > 0


def test_the_choice_takes_winograd_for_large_layers_only():
    def chosen(batch, filters, depth, kernel, size, **options):
        options = {"stride": 1, "padding": kernel // 2, "dilation": 1, "groups": 1} | options
        x = np.zeros((batch, depth * options["groups"], size, size), dtype=np.float32)
        w = np.zeros((filters, depth, kernel, kernel), dtype=np.float32)
        return choice.prefers_winograd(windows.layer(x, w, None, **options))

    assert chosen(1, 256, 256, 3, 28)
    assert not chosen(1, 256, 256, 3, 28, stride=2)
    assert not chosen(1, 256, 256, 3, 28, dilation=2)
    assert not chosen(1, 256, 256, 5, 28)
    assert not chosen(1, 64, 3, 3, 224)
    assert not chosen(1, 512, 512, 3, 7)
    assert not chosen(1, 256, 1, 3, 56, groups=256)


def test_algorithms_have_the_signatures_of_the_definitions():
    import inspect

    for subject in LAWFUL.values():
        for operator, function in subject.items():
            assert inspect.signature(function) == inspect.signature(definitions()[operator]), operator


@pytest.mark.torch
def test_large_layers_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    draw = np.random.default_rng(7)
    for kernel, stride, groups in itertools.product((1, 3), (1, 2), (1, 2)):
        x = draw.standard_normal((2, 128, 30, 26), dtype=np.float32)
        w = draw.standard_normal((128, 128 // groups, kernel, kernel), dtype=np.float32)
        tx, tw = (torch.from_numpy(a).double().requires_grad_() for a in (x, w))
        options = {"stride": stride, "padding": kernel // 2, "groups": groups}
        ty = torch.nn.functional.conv2d(tx, tw, None, **options)
        dy = draw.standard_normal(ty.shape, dtype=np.float32)
        ty.backward(torch.from_numpy(dy).double())
        for name in ("im2col", "winograd"):
            y = IMPLEMENTATIONS[name]["conv2d"](x, w, **options)
            dx, dw, _ = IMPLEMENTATIONS[name]["conv2d_backward"](dy, x, w, **options)
            for mine, theirs in ((y, ty), (dx, tx.grad), (dw, tw.grad)):
                theirs = theirs.detach().numpy()
                assert abs(mine - theirs).max() < 1e-5 * abs(theirs).max()
