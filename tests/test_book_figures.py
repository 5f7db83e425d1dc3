"""Figures are the same in every build, follow dark mode, and show the numbers of their arrays."""

import re
import warnings

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from cnnspec.book import figures, plots


@pytest.fixture(autouse=True)
def _nothing_shown() -> None:
    figures.SHOWN.clear()


def drawn() -> str:
    return "".join(item.html for item in figures.take())


def test_a_map_shows_every_number() -> None:
    figures.show_map([[1, -2.5], [0.125, -0.0]], "title")
    html = drawn()
    assert re.findall(r"<text[^>]*>([^<]*)<", html) == ["1", "\N{MINUS SIGN}2.5", "0.12", "0"]
    assert 'fill-opacity="0.00"/><text x="47" y="47">0' in html  # zero has no colour
    assert "<span>title</span>" in html


def test_marks_and_borders_are_drawn() -> None:
    figures.show_map(np.zeros((4, 4)), mark=[(1, 1, 2, 2)], border=1)
    html = drawn()
    assert html.count("padding") == 12
    assert html.count('class="mark"') == 1


@pytest.mark.parametrize("array", [[1, 2], [[[1]]], np.zeros((0, 2))])
def test_what_is_no_map_is_refused(array: object) -> None:
    with pytest.raises(ValueError, match="two axes"):
        figures.show_map(array)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (1 / 3, "0.33"),
        (-np.inf, "\N{MINUS SIGN}∞"),
        (np.nan, "nan"),
        (0.0001, "0.0001"),
        (1234.5, "1.2e+03"),
    ],
)
def test_numbers_fit_into_cells(value: float, text: str) -> None:
    assert figures.number(value) == text


def test_the_photograph_is_real_and_small() -> None:
    grey, planes = figures.photograph(), figures.photograph(colour=True)
    assert grey.shape == (106, 160)
    assert planes.shape == (3, 106, 160)
    assert 0 <= grey.min() < 0.1 < 0.9 < grey.max() <= 1
    np.testing.assert_allclose(grey, np.einsum("c,chw->hw", [0.299, 0.587, 0.114], planes))


def test_the_photograph_cannot_be_spoilt() -> None:
    figures.photograph()[:] = 0
    assert figures.photograph().max() > 0.9


def test_images_are_the_same_each_time() -> None:
    image = figures.photograph(factor=8)
    figures.show_images([image, image - image.mean()], signed=True)
    first = drawn()
    figures.show_images([image, image - image.mean()], signed=True)
    assert drawn() == first


def test_a_signed_image_is_clear_where_it_is_zero() -> None:
    import base64
    import io

    from PIL import Image

    figures.show_image([[1.0, 0.0], [-0.5, 0.0]], signed=True)
    found = re.search(r"base64,([^\"]+)", drawn())
    assert found is not None
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(found.group(1)))))
    assert pixels.shape == (2, 2, 4)
    assert pixels[..., 3].tolist() == [[255, 0], [128, 0]]
    assert tuple(pixels[0, 0, :3]) == figures.ORANGE
    assert tuple(pixels[1, 0, :3]) == figures.BLUE


def plot() -> str:
    from matplotlib import pyplot

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.use_house_style()
        _, axes = pyplot.subplots()
        axes.plot([0, 1, 2], [0, 1, 4], marker="o", label="squares")
        axes.set_title("growth")
        axes.legend()
        return drawn()


def test_a_plot_is_the_same_each_time() -> None:
    assert plot() == plot()


def test_a_plot_follows_dark_mode_and_carries_no_date() -> None:
    svg = plot()
    assert "var(--figure-blue)" in svg
    assert "#0102" not in svg
    assert "metadata" not in svg
    assert ">growth</text>" in svg
    assert "DejaVu" not in svg


def test_every_reference_inside_a_plot_has_its_target_once() -> None:
    svg = plot()
    names = re.findall(r' id="([^"]+)"', svg)
    targets = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg))
    assert targets
    assert targets == set(names)
    assert len(names) == len(set(names))


def test_two_equal_plots_on_a_page_have_different_ids() -> None:
    svg = plot().strip()
    assert plots.clean(svg, 0) != plots.clean(svg, 1)


def test_a_table_aligns_its_numbers() -> None:
    figures.show_table(["k", "name"], [[3, "<b>"], [0.5, "c"]])
    (item,) = figures.take()
    assert item.kind == "table"
    assert '<td class="number">3</td><td>&lt;b&gt;</td>' in item.html
