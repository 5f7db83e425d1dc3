"""Step 2: the definitions against SciPy and PyTorch, refusals, and the laws against right and wrong operators."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from cnnspec import convolution
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws

LAWS = {name: law for name, law in all_laws().items() if law.step == "convolution"}


def random_case(dice: np.random.Generator) -> tuple[Any, Any, dict[str, Any]]:
    """An image, a kernel and options, which need not fit each other."""
    image = dice.integers(-9, 10, dice.integers(1, 9, 2)).astype(float)
    kernel = dice.integers(-9, 10, dice.integers(1, 5, 2)).astype(float)
    options = {
        "stride": tuple(int(s) for s in dice.integers(1, 5, 2)),
        "padding": tuple(int(p) for p in dice.integers(0, 5, 2)),
        "dilation": tuple(int(d) for d in dice.integers(1, 4, 2)),
    }
    return image, kernel, options


def spread(kernel: Any, dilation: tuple[int, int]) -> Any:
    """A kernel with zeros between its cells."""
    v, h = dilation
    wide = np.zeros((v * (kernel.shape[0] - 1) + 1, h * (kernel.shape[1] - 1) + 1), kernel.dtype)
    wide[::v, ::h] = kernel
    return wide


# the definitions against the outside


@pytest.mark.parametrize("name", ["correlate2d", "convolve2d"])
def test_definitions_agree_with_scipy(name: str) -> None:
    dice, definition, reference = np.random.default_rng(2), getattr(convolution, name), getattr(signal, name)
    answered = 0
    for _ in range(2000):
        image, kernel, options = random_case(dice)
        (s, t), (p, q) = options["stride"], options["padding"]
        bordered, wide = np.pad(image, ((p, p), (q, q))), spread(kernel, options["dilation"])
        if any(k > i for k, i in zip(wide.shape, bordered.shape, strict=True)):
            with pytest.raises(ValueError, match="kernel must fit"):
                definition(image, kernel, **options)
            continue
        np.testing.assert_array_equal(
            definition(image, kernel, **options), reference(bordered, wide, mode="valid")[::s, ::t]
        )
        answered += 1
    assert answered > 1000


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
def test_padding_gives_the_modes_of_scipy(mode: str) -> None:
    dice = np.random.default_rng(3)
    for _ in range(300):
        image = dice.integers(-9, 10, dice.integers(5, 9, 2)).astype(float)
        kernel = dice.integers(-9, 10, 2 * dice.integers(0, 3, 2) + 1).astype(float)
        full = (kernel.shape[0] - 1, kernel.shape[1] - 1)
        padding = full if mode == "full" else mode
        np.testing.assert_array_equal(
            convolution.correlate2d(image, kernel, padding=padding), signal.correlate2d(image, kernel, mode)
        )


@pytest.mark.torch
def test_definitions_agree_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(4)
    answered = 0
    for _ in range(2000):
        image, kernel, options = random_case(dice)
        x, w = torch.from_numpy(image)[None, None], torch.from_numpy(kernel)[None, None]
        try:
            expected = torch.nn.functional.conv2d(x, w, **options)[0, 0].numpy()
        except RuntimeError:
            with pytest.raises(ValueError, match="kernel must fit"):
                convolution.correlate2d(image, kernel, **options)
            continue
        np.testing.assert_array_equal(convolution.correlate2d(image, kernel, **options), expected)
        for axis in (0, 1):
            one_axis = {name: pair[axis] for name, pair in options.items()}
            assert convolution.output_size(image.shape[axis], kernel.shape[axis], **one_axis) == expected.shape[axis]
        answered += 1
    assert answered > 1000


@pytest.mark.torch
def test_same_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(5)
    for _ in range(500):
        image, kernel, options = random_case(dice)
        kernel = np.concatenate([kernel, kernel])[: len(kernel) // 2 * 2 + 1, : (kernel.shape[1] - 1) // 2 * 2 + 1]
        x, w = torch.from_numpy(image)[None, None], torch.from_numpy(kernel)[None, None]
        expected = torch.nn.functional.conv2d(x, w, padding="same", dilation=options["dilation"])[0, 0].numpy()
        answer = convolution.correlate2d(image, kernel, padding="same", dilation=options["dilation"])
        np.testing.assert_array_equal(answer, expected)


@pytest.mark.torch
def test_pad2d_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(6)
    for _ in range(200):
        x, (t, b, left, r) = dice.integers(-9, 10, (2, 3, 4)).astype(np.float32), dice.integers(0, 4, 4).tolist()
        expected = torch.nn.functional.pad(torch.from_numpy(x), (left, r, t, b), value=-2.0).numpy()
        answer = convolution.pad2d(x, ((t, b), (left, r)), value=-2)
        np.testing.assert_array_equal(answer, expected)
        assert answer.dtype == np.float32


# the lab's numbers

HORIZONTAL = [
    [1, 2, 3, 3, 2, 1],
    [1, 2, 3, 3, 2, 1],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [-1, -2, -3, -3, -2, -1],
    [-1, -2, -3, -3, -2, -1],
]
VERTICAL = [
    [1, 1, 0, 0, -1, -1],
    [2, 2, 0, 0, -2, -2],
    [3, 3, 0, 0, -3, -3],
    [3, 3, 0, 0, -3, -3],
    [2, 2, 0, 0, -2, -2],
    [1, 1, 0, 0, -1, -1],
]
SHARP = [
    [0, -1, -1, -1, -1, 0],
    [-1, 3, 2, 2, 3, -1],
    [-1, 2, 1, 1, 2, -1],
    [-1, 2, 1, 1, 2, -1],
    [-1, 3, 2, 2, 3, -1],
    [0, -1, -1, -1, -1, 0],
]


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (convolution.HORIZONTAL_EDGE, HORIZONTAL),
        (convolution.VERTICAL_EDGE, VERTICAL),
        (convolution.SHARPEN, SHARP),
    ],
    ids=["horizontal", "vertical", "sharpen"],
)
def test_the_filters_of_the_lab(kernel: Any, expected: Any) -> None:
    np.testing.assert_array_equal(convolution.correlate2d(convolution.rectangle(), kernel), expected)


def test_the_box_blur_counts_the_pixels_of_the_rectangle() -> None:
    blurred = convolution.correlate2d(convolution.rectangle(), convolution.BOX_BLUR)
    np.testing.assert_allclose(9 * blurred, np.outer([1, 2, 3, 3, 2, 1], [1, 2, 3, 3, 2, 1]), rtol=1e-15)


def test_pixels_at_the_corner_edge_and_middle_are_seen_4_6_and_9_times() -> None:
    counts = convolution.correlate2d(np.ones((3, 3)), np.ones((3, 3)), padding=1)
    np.testing.assert_array_equal(counts, [[4, 6, 4], [6, 9, 6], [4, 6, 4]])


# refusals

IMAGE, KERNEL = np.ones((4, 5)), np.ones((2, 3))


@pytest.mark.parametrize("operator", [convolution.correlate2d, convolution.convolve2d])
@pytest.mark.parametrize(
    ("image", "kernel", "options", "error", "message"),
    [
        (np.ones(4), KERNEL, {}, ValueError, r"^image must have 2 axes \(H, W\), but its shape is \(4,\)"),
        (np.ones((1, 4, 5)), KERNEL, {}, ValueError, "^image must have 2 axes"),
        (np.ones((0, 5)), KERNEL, {}, ValueError, "^image must have no empty axis"),
        ([[1, 2], [3]], KERNEL, {}, ValueError, "^image must be an array"),
        (np.full((4, 5), "a"), KERNEL, {}, TypeError, "^image must hold numbers"),
        (np.ones((4, 5), bool), KERNEL, {}, TypeError, "^image must hold numbers"),
        (IMAGE, np.ones(3), {}, ValueError, "^kernel must have 2 axes"),
        (IMAGE, np.ones((0, 3)), {}, ValueError, "^kernel must have no empty axis"),
        (IMAGE, np.full((2, 3), None), {}, TypeError, "^kernel must hold numbers"),
        (IMAGE, np.ones((5, 3)), {}, ValueError, "^kernel must fit on the padded image, but it spans 5x3"),
        (IMAGE, KERNEL, {"dilation": (4, 1)}, ValueError, "^kernel must fit"),
        (IMAGE, KERNEL, {"stride": 0}, ValueError, "^stride must be at least 1, but 0 came"),
        (IMAGE, KERNEL, {"stride": (1, -2)}, ValueError, "^stride must be at least 1, but -2 came"),
        (IMAGE, KERNEL, {"stride": 1.5}, TypeError, "^stride must be an integer, but a float came"),
        (IMAGE, KERNEL, {"stride": (1, 1, 1)}, ValueError, "^stride must be an integer or a pair"),
        (IMAGE, KERNEL, {"padding": -1}, ValueError, "^padding must be at least 0, but -1 came"),
        (IMAGE, KERNEL, {"padding": "some"}, ValueError, "^padding must be numbers, "),
        (IMAGE, KERNEL, {"padding": None}, TypeError, "^padding must be an integer"),
        (IMAGE, KERNEL, {"dilation": 0}, ValueError, "^dilation must be at least 1, but 0 came"),
        (IMAGE, KERNEL, {"dilation": True}, TypeError, "^dilation must be an integer, but a bool came"),
    ],
)
def test_refusals_name_the_argument(
    operator: Any, image: Any, kernel: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as refusal:
        operator(image, kernel, **options)
    assert str(refusal.value).count("\n") == 0


# right operators in other styles: no false alarm


def pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def loops(image, kernel, *, stride=1, padding=0, dilation=1):
    (s, t), (p, q), (d, e) = pair(stride), pair(padding), pair(dilation)
    rows = (len(image) + 2 * p - d * (len(kernel) - 1) - 1) // s + 1
    columns = (len(image[0]) + 2 * q - e * (len(kernel[0]) - 1) - 1) // t + 1
    y = np.zeros((rows, columns), image.dtype)
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for a in range(len(kernel)):
                for b in range(len(kernel[0])):
                    u, v = i * s + a * d - p, j * t + b * e - q
                    if 0 <= u < len(image) and 0 <= v < len(image[0]):
                        total += float(image[u, v]) * float(kernel[a, b])
            y[i, j] = total
    return y


def im2col(image, kernel, *, stride=1, padding=0, dilation=1):
    (s, t), (p, q) = pair(stride), pair(padding)
    wide = spread(kernel, pair(dilation))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, ((p, p), (q, q))), wide.shape)[::s, ::t]
    return (windows.reshape(-1, wide.size) @ wide.ravel()).reshape(windows.shape[:2])


def fourier(image, kernel, *, stride=1, padding=0, dilation=1):
    (s, t), (p, q) = pair(stride), pair(padding)
    x, k = np.pad(image.astype(float), ((p, p), (q, q))), spread(kernel, pair(dilation)).astype(float)
    shape = [a + b - 1 for a, b in zip(x.shape, k.shape, strict=True)]
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(k[::-1, ::-1], shape), shape)
    return full[len(k) - 1 : len(x) : s, k.shape[1] - 1 : x.shape[1] : t].astype(image.dtype)


def with_scipy(image, kernel, *, stride=1, padding=0, dilation=1):
    (s, t), (p, q) = pair(stride), pair(padding)
    bordered, wide = np.pad(image, ((p, p), (q, q))), spread(kernel, pair(dilation))
    return signal.correlate(bordered, wide, mode="valid", method="direct")[::s, ::t].copy()


def range_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return len(range(0, size + 2 * padding - dilation * (kernel - 1), stride))


RIGHT = {
    "loops": {"correlate2d": loops, "output_size": range_size},
    "im2col": {"correlate2d": im2col},
    "fourier": {"correlate2d": fourier},
    "scipy": {"correlate2d": with_scipy},
}


@pytest.mark.parametrize("style", RIGHT)
def test_right_operators_pass_every_public_law(style: str) -> None:
    subject = RIGHT[style]
    public = [law for law in LAWS.values() if law.applies_to(subject) and not law.extended]
    assert len(public) > 35
    results = [run_law(law, subject, seed=1, examples=12) for law in public]
    assert {result.law: result.message for result in results if result.status != "pass"} == {}


SOLUTION = Path(__file__).parents[1] / "cnnspec" / "exercises" / "convolution.py"


def test_the_solution_of_the_chapter_passes_and_stands_alone() -> None:
    solution = runpy.run_path(str(SOLUTION))
    subject = {name: solution[name] for name in ("correlate2d", "output_size")}
    public = [law for law in LAWS.values() if law.applies_to(subject) and not law.extended]
    assert [law.id for law in public if run_law(law, subject, examples=20).status != "pass"] == []
    assert "cnnspec" not in SOLUTION.read_text(encoding="utf-8")
