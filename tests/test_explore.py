"""The explorables: what a browser computes and shows is what the definitions compute; keys, addresses, paper, files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from devtools import BROWSER, Tab, browser, served

from cnnspec import conv2d, conv_transpose2d, correlate2d, max_pool2d, output_size
from cnnspec.book import figures, signals

pytest.importorskip("pymdownx")

from cnnspec.book import explorables

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "docs" / "assets" / "explore"
NAMES = ("tape", "convolution", "shifts", "signal")
TIMES = 200
needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no browser")


def draw(name: str, data: str = "") -> str:
    """A page that holds one explorable, as the fence writes it, in the book's style."""
    fence = explorables.show(name, "explorable", "explorable", {}, None)
    style = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in ("../book.css", "explore.css"))
    return (
        f'<!doctype html><html lang="en" style="font-size:125%"><meta charset="utf-8"><title>{name}</title>'
        f'<link rel="icon" href="data:,">{style}'
        f'<body class="md-typeset" data-md-color-scheme="default">{data}{fence}</body></html>'
    )


@pytest.fixture(scope="module")
def grid() -> dict[str, Any]:
    return signals.signal_grid(runs=2)


@pytest.fixture(scope="module")
def folder(grid: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules and the style sheets, with a page for each explorable."""
    assets = tmp_path_factory.mktemp("assets")
    copy = assets / "explore"
    copy.mkdir()
    (assets / "book.css").write_bytes((MODULES.parent / "book.css").read_bytes())
    for path in MODULES.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    figures.take()
    explorables.hand_over("signals", grid)
    (data,) = figures.take()
    for name in NAMES:
        (copy / f"{name}.html").write_text(draw(name, data.html if name == "signal" else ""), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder.parent) as here:
        yield f"{here}explore/"


@pytest.fixture(scope="module")
def one_browser() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(one_browser: Tab) -> Iterator[Tab]:
    """The tab, which must have nothing to complain about when a test has ended."""
    one_browser.complaints.clear()
    yield one_browser
    assert not one_browser.complaints


def computed(tab: Tab, address: str, module: str, function: str, settings: list[Any]) -> list[Any]:
    """Let the browser import a module and apply a function of it to every setting."""
    tab.open(f"{address}tape.html")
    each = f"import('{address}{module}').then((m) => {json.dumps(settings)}.map((s) => ({function})(s)))"
    return list(tab.value(each))


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


@needs_browser
def test_the_tape_counts_as_the_definitions_do(tab: Tab, address: str) -> None:
    random = Random(61)
    settings = [tape_setting(random) for _ in range(TIMES)]
    assert len({setting["mode"] for setting in settings}) == 3
    function = """(s) => { const cells = [...Array(s.size).keys()];
        return {size: m.outputSize(s), unread: m.unread(s), readers: cells.map((cell) => m.readers(s, cell)),
            answers: m.answers(s, cells), alike: m.sizesAlike(s, 30)}; }"""
    refused = 0
    for setting, found in zip(settings, computed(tab, address, "tape.js", function, settings), strict=True):
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


MOVE = """const move = (name, value) => { const one = document.querySelector(`input[type=range][name=${name}]`);
    one.value = value; one.dispatchEvent(new Event("input", {bubbles: true})); };
    const choose = (name, word) => document.querySelector(`input[name=${name}][value=${word}]`).click();
    const pick = (name, word) => { const one = document.querySelector(`select[name=${name}]`);
        one.value = word; one.dispatchEvent(new Event("change", {bubbles: true})); };
    const cells = (label) =>
        [...document.querySelector(`table[aria-label^="${label}"]`).rows].map((row) => [...row.cells]);
    const number = (cell) => Number(cell.textContent.replace("−", "-"));
    const numbers = (label) => cells(label).map((row) => row.map(number));
    const said = () => [...document.querySelectorAll(".told")].map((node) => node.textContent);"""


def shown(tab: Tab, page: str, function: str, settings: list[Any]) -> list[Any]:
    """Open an explorable and, for every setting, move its controls and read what it shows."""
    tab.open(f"{page}#shown=1")
    assert tab.value("document.querySelector('.explorable.ready') !== null")
    return list(tab.value(f"(() => {{ {MOVE} return {json.dumps(settings)}.map({function}); }})()"))


@needs_browser
def test_the_tape_shows_what_it_computes(tab: Tab, address: str) -> None:
    random = Random(62)
    settings = [tape_setting(random) for _ in range(TIMES)]
    function = """(s) => { for (const name of ["size", "kernel", "stride", "padding", "dilation"]) move(name, s[name]);
        choose("mode", s.mode); const [tape, ...windows] = cells("The tape");
        return {windows: windows.length, unread: tape.filter((one) => one.classList.contains("unread")).length,
            cells: tape.filter((one) => one.classList.contains("cell")).length,
            formula: document.querySelector(".formula").textContent}; }"""
    for setting, found in zip(settings, shown(tab, f"{address}tape.html", function, settings), strict=True):
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


@needs_browser
def test_three_pictures_agree_with_the_definitions(tab: Tab, address: str) -> None:
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
    for setting, found in zip(settings, computed(tab, address, "convolution.js", function, settings), strict=True):
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


@needs_browser
def test_the_pictures_show_one_convolution(tab: Tab, address: str) -> None:
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
    for setting, found in zip(settings, shown(tab, f"{address}convolution.html", function, settings), strict=True):
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


@needs_browser
def test_the_poolings_of_the_laboratory_are_the_books(tab: Tab, address: str) -> None:
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
    for setting, found in zip(settings, computed(tab, address, "shifts.js", function, settings), strict=True):
        picture, pooling = np.array(setting["map"], dtype=float), setting["pooling"]
        assert found["pooled"] == whole(pooled(pooling, picture)), setting
        assert found["after"] == whole(pooled(pooling, moved(picture, setting["down"], setting["right"]))), setting
        assert found["verdict"] == judged(pooling, picture, setting["down"], setting["right"]), setting
        verdicts.append(found["verdict"])
    assert min(verdicts.count("kept"), verdicts.count("changed")) > 10


@needs_browser
def test_the_laboratory_shows_what_it_computes(tab: Tab, address: str) -> None:
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
    for setting, found in zip(settings, shown(tab, f"{address}shifts.html", function, settings), strict=True):
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


@needs_browser
def test_the_theory_of_signals_is_the_books(tab: Tab, address: str, grid: dict[str, Any]) -> None:
    settings = signal_settings(Random(67))
    function = f"""(s) => {{ const grid = {json.dumps(grid)};
        return [m.reading(grid, s, s.depth), m.predicted(grid, s, s.depth)]; }}"""
    for setting, (reading, power) in zip(
        settings, computed(tab, address, "signal.js", function, settings), strict=True
    ):
        stack, weights, way, depth = setting.values()
        assert reading == grid["curves"][f"{stack}/{weights}/{way}"][1][depth]
        expected = signals.predicted(stack, weights, way, depth)
        assert power == (None if expected is None else pytest.approx(expected, rel=1e-12)), setting


@needs_browser
def test_the_signals_show_what_was_measured(tab: Tab, address: str, grid: dict[str, Any]) -> None:
    settings = signal_settings(Random(68))
    function = """(s) => { pick("stack", s.stack); choose("weights", s.weights); choose("way", s.way);
        move("depth", s.depth); return said()[0]; }"""
    for setting, sentence in zip(settings, shown(tab, f"{address}signal.html", function, settings), strict=True):
        stack, weights, way, depth = setting.values()
        measured = in_words(grid["curves"][f"{stack}/{weights}/{way}"][1][depth])
        theory = signals.predicted(stack, weights, way, depth)
        end = (
            "the book has no formula for this stack."
            if theory is None
            else f"theory says {in_words(np.log10(theory))}."
        )
        assert sentence == f"At depth {depth} the power is {measured}; {end}", setting


def test_the_measured_curves_follow_the_theory(grid: dict[str, Any]) -> None:
    """Two random stacks of 64 units may be off by a factor of ten, a normalised batch by much less."""
    for setting, (_, middle, _) in grid["curves"].items():
        allowed = 0.25 if "normalised" in setting else 1
        for depth in (0, 5, 10, 20):
            theory = signals.predicted(*setting.split("/"), depth)
            assert theory is None or abs(middle[depth] - np.log10(theory)) < allowed, (setting, depth)


def test_the_stacks_of_the_page_are_those_that_were_measured(grid: dict[str, Any]) -> None:
    assert len(grid["curves"]) == len(signals.STACKS) * len(signals.WEIGHTS) * 2
    text = (MODULES / "signal.js").read_text(encoding="utf-8")
    assert all(f'"{stack}": {{' in text for stack in signals.STACKS)


# --- keys, addresses, paper and files -------------------------------------------------------------------------------

STATE = "location.hash"
FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
SETTLE = "new Promise((done) => setTimeout(done, 250))"


@needs_browser
def test_the_keyboard_predicts_walks_and_pokes(tab: Tab, address: str) -> None:
    tab.open(f"{address}tape.html")
    assert tab.value("document.querySelector('table').checkVisibility()") is False
    tab.press("Tab", "4", "Enter")
    assert "There are 3, not 4." in tab.value("document.querySelector('.judged').textContent")
    assert tab.value("document.querySelector('table').checkVisibility()")
    # The keyboard goes on from the first slider.
    tab.press("ArrowRight")
    tab.value(SETTLE)
    assert tab.value(STATE) == "#size=9&shown=1"
    tab.value("document.querySelector('input[name=mode]:checked').focus()")
    tab.press("Tab")
    assert tab.value(FOCUSED) == "cell 1, holds 1"
    tab.press("ArrowRight", "ArrowRight")
    assert "Cell 3 is read by windows 1, 2." in tab.value("document.querySelectorAll('.told')[1].textContent")
    tab.press("End", "Enter")
    tab.value(SETTLE)
    assert "1 answer of 4 changed" in tab.value("document.querySelectorAll('.told')[1].textContent")
    assert tab.value(STATE) == "#size=9&poke=8&shown=1"
    tab.press("Home")
    assert tab.value(FOCUSED) == "cell 1, holds 1"


@needs_browser
def test_arrow_keys_move_the_drawing(tab: Tab, address: str) -> None:
    tab.open(f"{address}shifts.html#shown=1&right=1")
    tab.value('document.querySelector(\'table[aria-label^="The field"] [tabindex="0"]\').focus()')
    tab.press("ArrowRight", "ArrowDown", "ArrowDown")
    tab.value(SETTLE)
    assert tab.value(STATE) == "#down=2&right=2&shown=1"
    assert "2 pixels down, 2 pixels to the right. The answer is what it was, moved along." in tab.value(
        "document.querySelector('.told').textContent"
    )


@needs_browser
@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name_and_the_tab_key_reaches_it(tab: Tab, address: str, name: str) -> None:
    tab.open(f"{address}{name}.html#shown=1")
    controls = tab.value("""[...document.querySelectorAll("input, select, button, [role=grid]")]
        .filter((one) => one.checkVisibility()).map((one, n) => { one.dataset.number = n;
            return one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent; })""")
    assert len(controls) > 5
    assert all(controls)
    reached, marks = set(), "document.activeElement.closest('[data-number]')?.dataset.number ?? 'body'"
    tab.value("document.activeElement.blur()")
    for _ in range(60):
        tab.press("Tab")
        reached.add(tab.value(marks))
    # Of radio buttons the chosen one is reached, and the arrow keys lead to the others.
    others = tab.value("[...document.querySelectorAll('[type=radio]:not(:checked)')].map((one) => one.dataset.number)")
    assert {str(n) for n in range(len(controls))} <= reached | set(others)


STATES = {
    "tape": "#size=14&kernel=2&stride=4&poke=3&shown=1",
    "convolution": "#size=5&stride=2&padding=1&way=back&place=-1&tap=3&shown=1",
    "shifts": "#drawing=6666666666666666&pooling=blur&down=-3&right=1&all=1&shown=1",
    "signal": "#stack=residual&weights=he&way=backward&depth=9&kept=plain.he.forward&shown=1",
}


@needs_browser
@pytest.mark.parametrize("name", NAMES)
def test_an_address_shows_the_same_again(tab: Tab, address: str, name: str) -> None:
    text, sentence = "document.querySelector('.explorable').outerHTML", "document.querySelector('.told').textContent"
    tab.open(f"{address}{name}.html#shown=1")
    start, said = tab.value(text), tab.value(sentence)
    tab.open(f"{address}{name}.html{STATES[name]}")
    first = tab.value(text)
    tab.open(f"{address}{name}.html{STATES[name]}")
    assert tab.value(text) == first != start
    # A question mark serves as well, since other tools take what follows a # for a heading.
    tab.open(f"{address}{name}.html{STATES[name].replace('#', '?')}")
    assert tab.value(text) == first
    # Nonsense in an address changes nothing.
    nonsense = (
        "#shown=1&size=99999&kernel=&mode=%F0&drawing=zz&stack=__proto__&depth=1e9&kept=a.b.c&pooling&=&way=back%"
    )
    tab.open(f"{address}{name}.html{nonsense}")
    assert tab.value(text) == start
    # Whoever changes the address of an open page sees the change.
    tab.open(f"{address}{name}.html{STATES[name]}")
    assert tab.value(f"location.hash = '#shown=1'; {SETTLE}.then(() => {sentence})") == said


@needs_browser
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_on_a_phone_and_stays_off_paper(tab: Tab, address: str, name: str) -> None:
    try:
        tab.look(width=360)
        tab.open(f"{address}{name}.html{STATES[name]}")
        assert tab.value("document.documentElement.scrollWidth") <= 360
        tab.open(f"{address}{name}.html")
        tab.value("document.querySelector('.prediction input').value = 1000")
        tab.value("document.querySelector('.prediction button').click()")
        assert "1000" in tab.value("document.querySelector('.judged').textContent")
        assert tab.value("document.documentElement.scrollWidth") <= 360
        tab.look(width=360, medium="print")
        assert not tab.value("document.querySelector('.explorable').checkVisibility()")
    finally:
        tab.look()


@needs_browser
def test_it_moves_only_for_those_who_like_it(tab: Tab, address: str) -> None:
    moving = "getComputedStyle(document.querySelector('tr')).animationName"
    tab.open(f"{address}tape.html#shown=1")
    assert tab.value(moving) == "drop"
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert tab.value(moving) == "none"
    tab.look()


@needs_browser
@pytest.mark.parametrize("name", NAMES)
def test_it_opens_from_a_file(tab: Tab, folder: Path, name: str) -> None:
    tab.open((folder / f"{name}.html").as_uri() + STATES[name].replace("#", "?"))
    assert tab.value("document.querySelector('.explorable').classList.contains('ready')")
    tab.value("document.querySelector('input[type=radio]:not(:checked), .tries button').click()")
    tab.value(SETTLE)
    assert tab.value(STATE) not in ("", STATES[name])


@needs_browser
def test_without_scripts_a_sentence_leads_to_the_figure(tab: Tab, address: str) -> None:
    tab.open(f"{address}tape.html")
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.ask("Page.reload")
        tab.wait(lambda said: said.get("method") == "Page.loadEventFired")
        document = tab.ask("DOM.getDocument")["root"]["nodeId"]
        place = tab.ask("DOM.querySelector", nodeId=document, selector=".explorable")["nodeId"]
        assert "needs JavaScript" in tab.ask("DOM.getOuterHTML", nodeId=place)["outerHTML"]
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", value=False)


# --- the fence and the pages ----------------------------------------------------------------------------------------


def test_a_module_is_short_and_depends_on_nothing_else() -> None:
    for path in MODULES.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert len(text.encode()) <= 12_000, path.name
        assert set(re.findall(r'from "([^"]*)"', text)) <= {f"./{other.name}" for other in MODULES.glob("*.js")}
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
        assert "https://" not in text, path.name


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "not there"),
        ({"show-a.js": 'import { b } from "./b.js";\n', "b.js": 'import { c } from "./c.js";\n'}, "import nothing"),
        ({"show-a.js": "// </script>"}, "end of a script"),
    ],
)
def test_a_module_that_cannot_stand_in_a_page_ends_the_build(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        explorables.scripts(tmp_path, "show-a.js")


def test_data_cannot_end_its_element() -> None:
    figures.take()
    explorables.hand_over("a", ["</script><b>"])
    (item,) = figures.take()
    assert item.html.count("<") == 2
    assert json.loads(re.sub("<[^>]*>", "", item.html)) == ["</script><b>"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_explorable_its_style_a_figure_a_table_and_laws(name: str) -> None:
    text = (ROOT / "docs" / "explore" / f"{name}.md").read_text(encoding="utf-8")
    assert f"explorable: {name}\n" in text.split("---")[1]
    before, after = text.split(f"```explorable\n{name}\n```")
    assert "?" in before, "the question comes first"
    assert "alt=" in after
    assert "show_table(" in after
    assert "```laws\n" in after
