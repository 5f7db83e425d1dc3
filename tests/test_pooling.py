"""Step 4: the definitions against SciPy and PyTorch, refusals, and the laws against right and wrong operators."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from cnnspec import pooling
from cnnspec.arguments import pair
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws
from cnnspec.laws.pooling import LAB_MAP

LAWS = {name: law for name, law in all_laws().items() if law.step == "pooling"}
PUBLIC = {name: law for name, law in LAWS.items() if not law.extended}
ROOT = Path(__file__).parent.parent


def random_pooling(dice: np.random.Generator) -> tuple[Any, tuple[int, int], dict[str, Any]]:
    """Maps, a window and options, which need not fit each other."""

    def two(low: int, high: int) -> tuple[int, int]:
        return int(dice.integers(low, high)), int(dice.integers(low, high))

    x = dice.integers(-9, 4, (*dice.integers(1, 3, 2), *dice.integers(1, 10, 2))).astype(float)
    options = {
        "stride": None if dice.integers(4) == 0 else two(1, 5),
        "padding": two(0, 3) if dice.integers(2) else 0,
        "ceil_mode": bool(dice.integers(2)),
    }
    return x, two(1, 5), options


# against SciPy


def starts(length: int, span: int, stride: int, border: int, ceil_mode: bool) -> list[int]:
    """Where windows start on the padded map: all that begin before the map ends, less those that are not wanted."""
    every = [t for t in range(0, length + border, stride) if t == 0 or t - stride + span < length + 2 * border]
    return every if ceil_mode else [t for t in every if t + span <= length + 2 * border]


def corners(x: Any, spans: tuple[int, int], s: Any, p: Any, ceil_mode: bool) -> Any:
    """Index of the filtered map at which SciPy has the answer of each window: the window's centre."""
    rows, columns = (starts(x.shape[2 + a], spans[a], s[a], p[a], ceil_mode) for a in (0, 1))
    return np.ix_(
        range(len(x)), range(x.shape[1]), [r + spans[0] // 2 for r in rows], [c + spans[1] // 2 for c in columns]
    )


def room(x: Any, p: Any, value: float) -> Any:
    """The map inside its border, and more of it behind, so that windows may stick out."""
    return np.pad(x, ((0, 0), (0, 0), (p[0], p[0] + 20), (p[1], p[1] + 20)), constant_values=value)


def scipy_max(x: Any, k: Any, *, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    s, p, d = k if stride is None else stride, pair(padding, "padding", least=0), dilation
    spans = d[0] * (k[0] - 1) + 1, d[1] * (k[1] - 1) + 1
    footprint = np.zeros((1, 1, *spans), dtype=bool)
    footprint[:, :, :: d[0], :: d[1]] = True
    filtered = ndimage.maximum_filter(room(x, p, -np.inf), footprint=footprint, mode="constant", cval=-np.inf)
    return filtered[corners(x, spans, s, p, ceil_mode)]


def scipy_avg(x: Any, k: Any, *, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool) -> Any:
    s, p, weights = k if stride is None else stride, pair(padding, "padding", least=0), np.ones((1, 1, *k))
    border = ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1]))
    counted = np.pad(np.ones_like(x), border, constant_values=float(count_include_pad))
    sums, counts = (
        ndimage.correlate(room(cells, (0, 0), 0), weights, mode="constant")[corners(x, k, s, p, ceil_mode)]
        for cells in (np.pad(x, border), counted)
    )
    return sums / counts


def fits(x: Any, spans: tuple[int, int], k: Any, padding: Any) -> bool:
    p = pair(padding, "padding", least=0)
    return all(p[a] <= k[a] // 2 and spans[a] <= x.shape[2 + a] + 2 * p[a] for a in (0, 1))


@pytest.mark.parametrize("seed", range(4))
def test_max_pooling_is_scipy_s_maximum_filter(seed):
    dice, tried = np.random.default_rng(seed), 0
    for _ in range(250):
        x, k, options = random_pooling(dice)
        d = int(dice.integers(1, 4)), int(dice.integers(1, 4))
        if fits(x, (d[0] * (k[0] - 1) + 1, d[1] * (k[1] - 1) + 1), k, options["padding"]):
            tried += 1
            y = pooling.max_pool2d(x, k, **options, dilation=d)
            np.testing.assert_array_equal(y, scipy_max(x, k, **options, dilation=d))
    assert tried > 60


@pytest.mark.parametrize("seed", range(4))
def test_average_pooling_is_scipy_s_correlation_with_ones(seed):
    dice, tried = np.random.default_rng(seed), 0
    for _ in range(250):
        x, k, options = random_pooling(dice)
        options["count_include_pad"] = bool(dice.integers(2))
        if fits(x, k, k, options["padding"]):
            tried += 1
            np.testing.assert_array_equal(pooling.avg_pool2d(x, k, **options), scipy_avg(x, k, **options))
    assert tried > 60


def test_global_average_pooling_is_scipy_s_mean():
    x = np.random.default_rng(5).integers(-99, 99, (3, 4, 5, 7)).astype(float)
    expected = [[ndimage.mean(channel) for channel in image] for image in x]
    np.testing.assert_array_equal(pooling.global_avg_pool2d(x), expected)


# against PyTorch


def verdict(call: Any) -> Any:
    """What a call answers, or None if it refuses."""
    try:
        return np.asarray(call())
    except (ValueError, TypeError, RuntimeError):
        return None


@pytest.mark.torch
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorch_gives_the_same_answers_and_refuses_the_same(name, dtype):
    torch = pytest.importorskip("torch")
    theirs, ours = getattr(torch.nn.functional, name), getattr(pooling, name)
    dice, answered, refused = np.random.default_rng(11), 0, 0
    for _ in range(2500):
        x, k, options = random_pooling(dice)
        if name == "avg_pool2d":
            options["count_include_pad"] = bool(dice.integers(2))
        else:
            options["dilation"] = 1 if dice.integers(2) else (int(dice.integers(1, 4)), int(dice.integers(1, 4)))
        x = x.astype(dtype)
        expected = verdict(lambda: theirs(torch.from_numpy(x), k, **options))  # noqa: B023
        answer = verdict(lambda: ours(x, k, **options))  # noqa: B023
        assert (answer is None) == (expected is None), (x.shape, k, options)
        if answer is None:
            refused += 1
            continue
        answered += 1
        assert answer.dtype == expected.dtype
        np.testing.assert_allclose(answer, expected, rtol=4 * np.finfo(dtype).eps, err_msg=f"{k} {options}")
    assert answered > 800
    assert refused > 100


@pytest.mark.torch
def test_pytorch_s_adaptive_pooling_to_one_cell_is_the_global_average():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(2).integers(-9, 9, (2, 3, 5, 7)).astype(float)
    expected = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(x), 1)[:, :, 0, 0]
    np.testing.assert_allclose(pooling.global_avg_pool2d(x), expected, rtol=1e-15)


# facts and refusals


def test_the_lab_s_map():
    assert pooling.max_pool2d(LAB_MAP, 2)[0, 0].tolist() == [[6, 4, 8, 3], [4, 8, 5, 6], [6, 5, 8, 4], [3, 5, 4, 7]]
    assert pooling.avg_pool2d(LAB_MAP, 2)[0, 0, 0].tolist() == [3.75, 2.25, 3.5, 1.75]
    assert pooling.global_avg_pool2d(LAB_MAP).tolist() == [[3.0625]]


MAP = np.zeros((1, 1, 4, 5))


@pytest.mark.parametrize(
    ("x", "size", "options", "error", "message"),
    [
        (MAP, 5, {}, ValueError, "size must fit on the padded map, but the window spans 5 cells and there are 4."),
        (MAP, 0, {}, ValueError, "size must be at least 1, but 0 came."),
        (MAP, 2.5, {}, TypeError, "size must be an integer, but a float came: 2.5."),
        (MAP, (1, 2, 3), {}, ValueError, "size must be an integer or a pair (vertical, horizontal), but 3 values came"),
        (MAP, 2, {"stride": 0}, ValueError, "stride must be at least 1, but 0 came."),
        (MAP, 2, {"padding": 2}, ValueError, "padding must be at most half of the 2x2 window, but 2 came."),
        (MAP, 2, {"padding": "full"}, ValueError, 'padding must be numbers, "same" or "valid", but \'full\' came.'),
        (MAP[0], 2, {}, ValueError, "x must have 4 axes (N, C, H, W), but its shape is (1, 4, 5)."),
        (MAP[:, :, :, :0], 2, {}, ValueError, "x must have no empty axis, but its shape is (1, 1, 4, 0)."),
        (MAP.astype(str), 2, {}, TypeError, "numbers, but its dtype is <U32."),
    ],
)
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_a_refusal_says_what_came_and_what_was_expected(name, x, size, options, error, message):
    with pytest.raises(error) as refusal:
        getattr(pooling, name)(x, size, **options)
    assert message in str(refusal.value)


def test_max_pooling_refuses_complex_numbers_which_have_no_order():
    with pytest.raises(TypeError, match="x must hold real numbers, but its dtype is complex128"):
        pooling.max_pool2d(MAP + 1j, 2)


# right operators in other styles, which no public law may call wrong


def taken(x, size, stride, padding, ceil_mode, border, dilation=1):
    """The windows as an array of shape (N, C, OH, OW, KH, KW), by a strided view of a padded map."""
    k, p, d = pair(size, "size", least=1), pair(padding, "padding", least=0), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    spans = [d[a] * (k[a] - 1) + 1 for a in (0, 1)]
    rows, columns = (starts(x.shape[2 + a], spans[a], s[a], p[a], ceil_mode) for a in (0, 1))
    views = np.lib.stride_tricks.sliding_window_view(room(x, p, border), spans, axis=(2, 3))
    return views[:, :, rows][:, :, :, columns][..., :: d[0], :: d[1]]


class Views:
    """Strided views, reduced at once, with not-a-number for cells that do not count."""

    @staticmethod
    def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
        return taken(x, size, stride, padding, ceil_mode, -np.inf, dilation).max(axis=(-2, -1))

    @staticmethod
    def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        p = pair(padding, "padding", least=0)
        if count_include_pad:
            x, p = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1]))), (0, 0)
            windows = taken(x, size, stride, p, ceil_mode, np.nan)
            if ceil_mode:
                q = pair(padding, "padding", least=0)
                k = pair(size, "size", least=1)
                s = k if stride is None else pair(stride, "stride", least=1)
                n = [len(starts(x.shape[2 + a] - 2 * q[a], k[a], s[a], q[a], True)) for a in (0, 1)]
                windows = windows[:, :, : n[0], : n[1]]
        else:
            windows = taken(x, size, stride, p, ceil_mode, np.nan)
        return np.nanmean(windows, axis=(-2, -1)).astype(x.dtype)

    @staticmethod
    def global_avg_pool2d(x):
        return np.einsum("nchw->nc", x) / x.dtype.type(x.shape[2] * x.shape[3])


class Taps:
    """One tap of the window at a time over all windows: running maxima, and sums times reciprocals."""

    @staticmethod
    def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
        windows = taken(x, size, stride, padding, ceil_mode, -np.inf, dilation)
        y = windows[..., 0, 0].copy()
        for a, b in np.ndindex(windows.shape[-2:]):
            np.maximum(y, windows[..., a, b], out=y)
        return y

    @staticmethod
    def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        p = pair(padding, "padding", least=0)
        border = ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1]))
        counted = np.pad(np.ones_like(x), border, constant_values=float(count_include_pad))[:, :, p[0] :, p[1] :]
        sums = taken(x, size, stride, padding, ceil_mode, 0).sum(axis=(-2, -1))
        k = pair(size, "size", least=1)
        s = k if stride is None else pair(stride, "stride", least=1)
        rows, columns = (starts(x.shape[2 + a], k[a], s[a], p[a], ceil_mode) for a in (0, 1))
        around = np.pad(counted, ((0, 0), (0, 0), (p[0], 20), (p[1], 20)))
        if count_include_pad:
            around[:, :, : p[0], : x.shape[3] + 2 * p[1]] = 1
            around[:, :, : x.shape[2] + 2 * p[0], : p[1]] = 1
        counts = np.array([[around[0, 0, r : r + k[0], c : c + k[1]].sum() for c in columns] for r in rows])
        return (sums * (1 / counts)).astype(x.dtype)

    @staticmethod
    def global_avg_pool2d(x):
        return (x.sum(axis=3).sum(axis=2) * (1 / (x.shape[2] * x.shape[3]))).astype(x.dtype)


class Separable:
    """Maxima of columns first and of rows then; averages from a summed-area table."""

    @staticmethod
    def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
        k, p, d = pair(size, "size", least=1), pair(padding, "padding", least=0), pair(dilation, "dilation", least=1)
        s = k if stride is None else pair(stride, "stride", least=1)
        for axis in (1, 0):
            length = x.shape[2 + axis]
            line = np.moveaxis(x, 2 + axis, 0)
            answers = []
            for start in starts(length, d[axis] * (k[axis] - 1) + 1, s[axis], p[axis], ceil_mode):
                places = [start - p[axis] + d[axis] * a for a in range(k[axis])]
                answers.append(line[[q for q in places if 0 <= q < length]].max(axis=0))
            x = np.moveaxis(np.array(answers), 0, 2 + axis)
        return x

    @staticmethod
    def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        k, p = pair(size, "size", least=1), pair(padding, "padding", least=0)
        s = k if stride is None else pair(stride, "stride", least=1)
        table = np.zeros((*x.shape[:2], x.shape[2] + 1, x.shape[3] + 1))
        table[:, :, 1:, 1:] = x.astype(float).cumsum(axis=2).cumsum(axis=3)
        bounds, counts = [], []
        for axis in (0, 1):
            length = x.shape[2 + axis]
            first = np.array(starts(length, k[axis], s[axis], p[axis], ceil_mode)) - p[axis]
            inside = np.clip([first, first + k[axis]], 0, length)
            bounds.append(inside)
            last = np.minimum(first + k[axis], length + p[axis])
            counts.append(last - first if count_include_pad else inside[1] - inside[0])
        (top, bottom), (left, right) = bounds
        sums = (
            table[:, :, bottom][..., right]
            - table[:, :, top][..., right]
            - table[:, :, bottom][..., left]
            + table[:, :, top][..., left]
        )
        return (sums / np.outer(*counts)).astype(x.dtype)

    @staticmethod
    def global_avg_pool2d(x):
        return x.mean(axis=3).mean(axis=2)


def solution() -> Any:
    """The book's own solution of the exercise, which a reader can unfold."""
    path = ROOT / "cnnspec" / "exercises" / "pooling.py"
    spec = importlib.util.spec_from_file_location("solution_of_pooling", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STYLES = {style.__name__.lower(): style for style in (Views, Taps, Separable)}


@pytest.mark.parametrize("style", [*STYLES, "solution"])
def test_no_public_law_calls_a_right_operator_wrong(style):
    implementation = solution() if style == "solution" else STYLES[style]
    names = ("max_pool2d", "avg_pool2d", "global_avg_pool2d")
    subject = {name: getattr(implementation, name) for name in names}
    wrong = {}
    for name, law in PUBLIC.items():
        result = run_law(law, subject, seed=1, examples=15)
        if result.status != "pass":
            wrong[name] = (result.message, result.drawn)
    assert not wrong


def test_the_solution_uses_numpy_alone():
    text = (ROOT / "cnnspec" / "exercises" / "pooling.py").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith(("import", "from"))] == ["import numpy as np"]
