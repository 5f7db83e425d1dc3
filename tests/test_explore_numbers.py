"""The explorables compute and show what the definitions compute, on 200 random settings each."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("pymdownx")

from explorable_pages import MODULES, computed, shown

from cnnspec import conv2d, conv_transpose2d, correlate2d, max_pool2d, output_size
from cnnspec.book import signals

if TYPE_CHECKING:
    from playwright.sync_api import Page

TIMES = 200


def drawn(random: Random, rows: int, columns: int, least: int = -3, most: int = 4) -> np.ndarray:
    return np.array([[random.randint(least, most) for _ in range(columns)] for _ in range(rows)], dtype=float)


def whole(array: np.ndarray) -> list[Any]:
    return list(array.astype(int).tolist())


# --- the tape -------------------------------------------------------------------------------------------------------


def tape_setting(random: Random) -> dict[str, Any]:
    kernel, mode = random.randint(1, 5), random.choice(["floor", "ceil", "same"])
    return {
        "size": random.randint(1, 16),
        "kernel": kernel,
        "stride": random.randint(1, 5),
        "padding": random.randint(0, kernel // 2 if mode == "ceil" else 3),
        "dilation": random.randint(1, 3),
        "mode": mode,
    }


def seen(size: int, kernel: int, stride: int, padding: int, dilation: int, mode: str) -> np.ndarray:
    """Which cell (row) each window (column) reads: what the book's operators answer to a one in every cell."""
    cells = np.eye(size)
    how: dict[str, Any] = {"stride": (1, stride), "dilation": (1, dilation)}
    try:
        if mode == "ceil":
            return max_pool2d(cells[None, None], (1, kernel), padding=(0, padding), ceil_mode=True, **how)[0, 0] == 1
        around = "same" if mode == "same" else (0, padding)
        return correlate2d(cells, np.ones((1, kernel)), padding=around, **how) == 1
    except ValueError:
        return np.zeros((size, 0), dtype=bool)


def test_the_tape_counts_as_the_definitions_do(tab: Page, explore: str) -> None:
    random = Random(61)
    settings = [tape_setting(random) for _ in range(TIMES)]
    assert len({setting["mode"] for setting in settings}) == 3
    function = """(s) => { const cells = [...Array(s.size).keys()];
        return {size: m.outputSize(s), unread: m.unread(s), readers: cells.map((cell) => m.readers(s, cell)),
            answers: m.answers(s, cells), alike: m.sizesAlike(s, 30)}; }"""
    refused = 0
    for setting, found in zip(settings, computed(tab, explore, "tape.js", function, settings), strict=True):
        reads = seen(**setting)
        assert found["size"] == reads.shape[1], setting
        assert found["readers"] == [np.flatnonzero(row).tolist() for row in reads], setting
        assert found["unread"] == np.flatnonzero(~reads.any(axis=1)).tolist(), setting
        assert found["answers"] == (np.arange(setting["size"]) @ reads).tolist(), setting
        refused += not reads.shape[1]
        if setting["mode"] == "floor":
            assert found["alike"] == [size for size in range(1, 31) if floor_size(setting, size) == found["size"]], (
                setting
            )
    assert 5 < refused < TIMES / 3


def floor_size(setting: dict[str, Any], size: int) -> int:
    how = {name: setting[name] for name in ("stride", "padding", "dilation")}
    try:
        return output_size(size, setting["kernel"], **how)
    except ValueError:
        return 0


def test_the_tape_shows_what_it_computes(tab: Page, explore: str) -> None:
    random = Random(62)
    settings = [tape_setting(random) for _ in range(TIMES)]
    function = """(s) => { for (const name of ["size", "kernel", "stride", "padding", "dilation"]) move(name, s[name]);
        choose("mode", s.mode); const [tape, ...windows] = cells("The tape");
        return {windows: windows.length, unread: tape.filter((one) => one.classList.contains("unread")).length,
            cells: tape.filter((one) => one.classList.contains("cell")).length,
            formula: document.querySelector(".formula").textContent}; }"""
    for setting, found in zip(settings, shown(tab, f"{explore}tape.html", function, settings), strict=True):
        reads = seen(**setting)
        assert (found["cells"], found["windows"]) == reads.shape, setting
        assert found["unread"] == np.sum(~reads.any(axis=1)), setting
        assert found["formula"].endswith(f" = {reads.shape[1]}" if reads.shape[1] else "no window fits"), setting


# --- one convolution, three pictures --------------------------------------------------------------------------------


def layer_setting(random: Random) -> dict[str, Any] | None:
    stride, padding, dilation = random.randint(1, 3), random.randint(0, 2), random.randint(1, 2)
    image, kernel = (
        drawn(random, random.randint(1, 6), random.randint(1, 6)),
        drawn(random, random.randint(1, 3), random.randint(1, 3)),
    )
    room = np.array(image.shape) + 2 * padding - dilation * (np.array(kernel.shape) - 1) - 1
    if room.min() < 0:
        return None
    output = drawn(random, *(int(size) for size in room // stride + 1))
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    return {"image": whole(image), "kernel": whole(kernel), "output": whole(output), "how": how}


def test_three_pictures_agree_with_the_definitions(tab: Page, explore: str) -> None:
    random = Random(63)
    settings = [setting for _ in range(2 * TIMES) if (setting := layer_setting(random))][:TIMES]
    assert len(settings) == TIMES
    function = """({image, kernel, output, how}) => ({slid: m.correlate(image, kernel, how),
        product: m.byProduct(image, kernel, how), matrix: m.byMatrix(image, kernel, how),
        windows: m.im2col(image, kernel, how), toeplitz: m.toeplitz(image, kernel, how),
        met: m.meetings(image, kernel, how).length,
        back: m.transposed(output, image, kernel, how), stretched: m.bySliding(output, image, kernel, how),
        inner: [m.inner(m.correlate(image, kernel, how), output),
            m.inner(image, m.transposed(output, image, kernel, how))]})"""
    for setting, found in zip(settings, computed(tab, explore, "convolution.js", function, settings), strict=True):
        image, kernel, output = (np.array(setting[name], dtype=float) for name in ("image", "kernel", "output"))
        how = setting["how"]
        expected = correlate2d(image, kernel, **how)
        assert found["slid"] == found["product"] == found["matrix"] == whole(expected), setting
        pixels, taps = (
            np.eye(image.size).reshape(-1, 1, *image.shape),
            np.eye(kernel.size).reshape(-1, 1, *kernel.shape),
        )
        assert found["windows"] == whole(conv2d(image[None, None], taps, **how)[0].reshape(kernel.size, -1)), setting
        assert found["toeplitz"] == whole(conv2d(pixels, kernel[None, None], **how).reshape(image.size, -1).T), setting
        assert found["met"] == correlate2d(np.ones_like(image), np.ones_like(kernel), **how).sum(), setting
        assert found["back"] == found["stretched"] == whole(transposed(output, image, kernel, **how)), setting
        assert found["inner"] == [np.sum(expected * output)] * 2, setting


def transposed(
    output: np.ndarray, image: np.ndarray, kernel: np.ndarray, stride: int, padding: int, dilation: int
) -> np.ndarray:
    left = (np.array(image.shape) + 2 * padding - dilation * (np.array(kernel.shape) - 1) - 1) % stride
    how = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": tuple(map(int, left))}
    return conv_transpose2d(output[None, None], kernel[None, None], **how)[0, 0]


def test_the_pictures_show_one_convolution(tab: Page, explore: str) -> None:
    random = Random(64)
    settings = [
        {
            "size": random.randint(3, 5),
            "kernel": random.randint(1, 3),
            "stride": random.randint(1, 2),
            "padding": random.randint(0, 1),
        }
        for _ in range(TIMES)
    ]
    function = """(s) => { for (const name of Object.keys(s)) move(name, s[name]);
        [...document.querySelectorAll("button")].find((one) => one.textContent === "Other numbers").click();
        choose("way", "there");
        const there = {input: numbers("image"), kernel: numbers("kernel"), output: numbers("output")};
        choose("way", "back");
        const y = cells("image").flat().filter((one) => !one.classList.contains("border")).map(number);
        return {...there, y, back: numbers("output"), inner: document.querySelector(".formula").textContent}; }"""
    for setting, found in zip(settings, shown(tab, f"{explore}convolution.html", function, settings), strict=True):
        padded, kernel, output, back = (
            np.array(found[name], dtype=float) for name in ("input", "kernel", "output", "back")
        )
        padding = min(setting["padding"], setting["kernel"] - 1)
        image = padded[padding : padding + setting["size"], padding : padding + setting["size"]]
        assert image.shape == (setting["size"],) * 2
        how = {"stride": setting["stride"], "padding": padding, "dilation": 1}
        assert np.array_equal(output, correlate2d(image, kernel, **how)), setting
        y = np.array(found["y"], dtype=float).reshape(output.shape)
        assert np.array_equal(back, transposed(y, image, kernel, **how)), setting
        both = re.findall(r"= ([−\d]+)", found["inner"])
        assert [int(one.replace("−", "-")) for one in both] == [np.sum(output * y)] * 2, setting


# --- shifts ---------------------------------------------------------------------------------------------------------

BLUR = np.outer([1, 2, 1], [1, 2, 1])


def pooled(name: str, picture: np.ndarray) -> np.ndarray:
    """The four poolings as whole numbers, by the book's operators."""
    x = picture[None, None]
    return {
        "max": lambda: max_pool2d(x, 2)[0, 0],
        "sum": lambda: correlate2d(picture, np.ones((2, 2)), stride=2),
        "blur": lambda: correlate2d(max_pool2d(x, 2, stride=1)[0, 0], BLUR, stride=2),
        "global": lambda: max_pool2d(x, picture.shape)[0, 0],
    }[name]()


def moved(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    wide = np.pad(picture, 9)
    rows, columns = picture.shape
    return wide[9 - down : 9 - down + rows, 9 - right : 9 - right + columns]


def judged(name: str, picture: np.ndarray, down: int, right: int) -> str:
    before, after = pooled(name, picture), pooled(name, moved(picture, down, right))
    if np.array_equal(before, after):
        return "kept"
    halves = [(i, j) for i in {down // 2, -(-down // 2)} for j in {right // 2, -(-right // 2)}]
    return "moved" if any(np.array_equal(moved(before, *half), after) for half in halves) else "changed"


def test_the_poolings_of_the_laboratory_are_the_books(tab: Page, explore: str) -> None:
    random = Random(65)
    settings = [
        {
            "map": whole(drawn(random, random.randint(4, 11), random.randint(4, 11), 0, random.choice([1, 9]))),
            "pooling": random.choice(["max", "sum", "blur", "global"]),
            "down": random.randint(-4, 4),
            "right": random.randint(-4, 4),
        }
        for _ in range(TIMES)
    ]
    function = """({map, pooling, down, right}) => { const pool = m.POOLINGS[pooling];
        return {pooled: pool(map), after: pool(m.shift(map, down, right)),
            verdict: m.verdict(pool(map), pool(m.shift(map, down, right)), down, right)}; }"""
    verdicts = []
    for setting, found in zip(settings, computed(tab, explore, "shifts.js", function, settings), strict=True):
        picture, pooling = np.array(setting["map"], dtype=float), setting["pooling"]
        assert found["pooled"] == whole(pooled(pooling, picture)), setting
        assert found["after"] == whole(pooled(pooling, moved(picture, setting["down"], setting["right"]))), setting
        assert found["verdict"] == judged(pooling, picture, setting["down"], setting["right"]), setting
        verdicts.append(found["verdict"])
    assert min(verdicts.count("kept"), verdicts.count("changed")) > 10


def test_the_laboratory_shows_what_it_computes(tab: Page, explore: str) -> None:
    random = Random(66)
    settings = [
        {
            "pixels": [[random.randrange(8), random.randrange(8)] for _ in range(random.randint(1, 4))],
            "pooling": random.choice(["max", "sum", "blur", "global"]),
            "to": [random.randrange(9), random.randrange(9)],
        }
        for _ in range(TIMES)
    ]
    function = """({pixels, pooling, to}) => {
        for (const [row, column] of pixels) cells("The drawing, 8")[row][column].click();
        choose("pooling", pooling); const there = cells("The field")[to[0]][to[1]]; there.click();
        return {drawing: cells("The drawing, 8").map((row) => row.map((one) => Number(one.classList.contains("on")))),
            verdict: ["kept", "moved", "changed"].find((one) => there.classList.contains(one)),
            before: numbers("The answer for the drawing where"), after: numbers("The answer for the moved")}; }"""
    expected = np.array([[int(bit) for bit in f"{int(row, 16):08b}"] for row in re.findall("..", "003c424242423c00")])
    verdicts = []
    for setting, found in zip(settings, shown(tab, f"{explore}shifts.html", function, settings), strict=True):
        for row, column in setting["pixels"]:
            expected[row, column] ^= 1
        assert found["drawing"] == expected.tolist()
        picture = np.pad(expected.astype(float), 6)
        down, right = setting["to"][0] - 4, setting["to"][1] - 4
        assert found["before"] == whole(pooled(setting["pooling"], picture))
        assert found["after"] == whole(pooled(setting["pooling"], moved(picture, down, right)))
        assert found["verdict"] == judged(setting["pooling"], picture, down, right)
        verdicts.append(found["verdict"])
    assert min(verdicts.count(one) for one in ("kept", "moved", "changed")) > 10


# --- signals --------------------------------------------------------------------------------------------------------


def in_words(log: float) -> str:
    if -2.5 < log < 4:
        return f"{float(f'{10**log:.3g}'):g}"
    digits, _, exponent = f"{10.0 ** (log % 1):.1f}", "", int(log // 1)
    if digits == "10.0":
        digits, exponent = "1.0", exponent + 1
    return f"{digits}·10{str(exponent).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def signal_settings(random: Random) -> list[dict[str, Any]]:
    choices = {"stack": list(signals.STACKS), "weights": list(signals.WEIGHTS), "way": list(signals.WAYS)}
    return [
        {name: random.choice(words) for name, words in choices.items()} | {"depth": random.randint(0, signals.DEPTH)}
        for _ in range(TIMES)
    ]


def test_the_theory_of_signals_is_the_books(tab: Page, explore: str, signal_grid: dict[str, Any]) -> None:
    settings = signal_settings(Random(67))
    function = f"""(s) => {{ const grid = {json.dumps(signal_grid)};
        return [m.reading(grid, s, s.depth), m.predicted(grid, s, s.depth)]; }}"""
    for setting, (reading, power) in zip(
        settings, computed(tab, explore, "signal.js", function, settings), strict=True
    ):
        stack, weights, way, depth = setting.values()
        assert reading == signal_grid["curves"][f"{stack}/{weights}/{way}"][1][depth]
        expected = signals.predicted(stack, weights, way, depth)
        assert power == (None if expected is None else pytest.approx(expected, rel=1e-12)), setting


def test_the_signals_show_what_was_measured(tab: Page, explore: str, signal_grid: dict[str, Any]) -> None:
    settings = signal_settings(Random(68))
    function = """(s) => { pick("stack", s.stack); choose("weights", s.weights); choose("way", s.way);
        move("depth", s.depth); return said()[0]; }"""
    for setting, sentence in zip(settings, shown(tab, f"{explore}signal.html", function, settings), strict=True):
        stack, weights, way, depth = setting.values()
        measured = in_words(signal_grid["curves"][f"{stack}/{weights}/{way}"][1][depth])
        theory = signals.predicted(stack, weights, way, depth)
        end = (
            "the book has no formula for this stack."
            if theory is None
            else f"theory says {in_words(np.log10(theory))}."
        )
        assert sentence == f"At depth {depth} the power is {measured}; {end}", setting


def test_the_measured_curves_follow_the_theory(signal_grid: dict[str, Any]) -> None:
    """Two random stacks of 64 units may be off by a factor of ten, a normalised batch by much less."""
    for setting, (_, middle, _) in signal_grid["curves"].items():
        allowed = 0.25 if "normalised" in setting else 1
        for depth in (0, 5, 10, 20):
            theory = signals.predicted(*setting.split("/"), depth)
            assert theory is None or abs(middle[depth] - np.log10(theory)) < allowed, (setting, depth)


def test_the_stacks_of_the_page_are_those_that_were_measured(signal_grid: dict[str, Any]) -> None:
    assert len(signal_grid["curves"]) == len(signals.STACKS) * len(signals.WEIGHTS) * 2
    text = (MODULES / "signal.js").read_text(encoding="utf-8")
    assert all(f'"{stack}": {{' in text for stack in signals.STACKS)
