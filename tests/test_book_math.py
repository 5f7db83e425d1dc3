"""Formulas are typeset while the book is built, and a wrong one ends the build."""

import re

import markdown
import pytest

pytest.importorskip("quickjs")

from cnnspec.book.math import FormulaError, render

SETTINGS = {"pymdownx.arithmatex": {"generic": True}}


def page(text: str) -> str:
    return markdown.markdown(
        text, extensions=["tables", "pymdownx.arithmatex", "cnnspec.book.math"], extension_configs=SETTINGS
    )


def test_a_formula_becomes_mathml_and_html() -> None:
    html = page("The pixel $x_{ij}$ is $5\\%$ of \\$2.")
    assert html.count('<span class="katex">') == 2
    assert "<msub>" in html
    assert "of $2." in html
    assert "\\(" not in html


def test_a_displayed_formula_can_be_reached_by_keyboard() -> None:
    html = page("$$\n\\sum_a \\begin{aligned} a &= b \\\\ c &< d \\end{aligned}\n$$")
    assert '<span class="katex-display" tabindex="0"' in html
    assert "amp;" not in re.sub("<annotation.*?</annotation>", "", html)
    assert "<mo>&lt;</mo>" in html


def test_code_keeps_its_dollars() -> None:
    assert page("`$x$`") == "<p><code>$x$</code></p>"


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchcommand", r"x_1_2", "é", r"\left( x"])
def test_a_wrong_formula_is_refused(tex: str) -> None:
    with pytest.raises(FormulaError):
        render(tex)


def test_a_wrong_formula_stops_a_page() -> None:
    with pytest.raises(FormulaError, match="nosuch"):
        page(r"See $\nosuch$.")


def test_a_formula_in_a_heading_is_refused() -> None:
    with pytest.raises(FormulaError, match="heading"):
        page("# The size $o$")


def test_the_search_reads_a_formula_once() -> None:
    html = render("x")
    assert html.count("data-search-exclude") == 2


def test_every_formula_of_the_laws_is_right() -> None:
    from cnnspec.laws import all_laws

    for law in all_laws().values():
        if law.formula:
            render(law.formula, display=True)
