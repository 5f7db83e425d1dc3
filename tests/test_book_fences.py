"""Blocks of a page run while the book is built; what fails, warns or shows nothing it promised ends the build."""

from pathlib import Path

import pytest

pytest.importorskip("mkdocs")

import markdown
from pymdownx.superfences import SuperFencesException

from cnnspec.book import cards, definitions, fences, session
from cnnspec.book.session import BlockError

FENCES = [
    {"name": "python", "class": "highlight", "validator": fences.accepts, "format": fences.show},
    {"name": "definition", "class": "definition", "validator": definitions.accepts, "format": definitions.show},
    {"name": "laws", "class": "laws", "validator": cards.accepts, "format": cards.show},
]


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path))


def page(*blocks: str) -> str:
    return markdown.markdown(
        "\n\n".join(blocks),
        extensions=["pymdownx.superfences", "pymdownx.highlight", "cnnspec.book.fences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": FENCES}},
    )


def run(code: str, options: str = "") -> str:
    return f"```python run {options}\n{code}\n```"


def test_a_block_shows_what_it_prints() -> None:
    html = page(run("print(6 * 7)"))
    assert "<code>42</code>" in html
    assert '<span class="nb">print</span>' in html


def test_blocks_share_their_names_and_pages_do_not() -> None:
    assert "<code>3</code>" in page(run("a = 3"), run("print(a)"))
    with pytest.raises(SuperFencesException, match="NameError"):
        page(run("print(a)"))


def test_code_that_does_not_say_run_is_only_highlighted() -> None:
    html = page("```python\n1 / 0\n```", '```python title="a file"\nx = 1\n```')
    assert "printed" not in html
    assert "a file" in html


def test_hidden_code_is_not_shown() -> None:
    html = page(run("secret = 41 + 1\nprint(secret)", "hide"))
    assert "42" in html
    assert "secret" not in html


def test_folded_code_is_inside_details() -> None:
    assert '<details class="code">' in page(run("x = 1", "fold"))


@pytest.mark.parametrize(
    "code", ["1 / 0", "import warnings; warnings.warn('careful')", "raise SystemExit", "syntax error", "assert 1 == 2"]
)
def test_a_block_that_fails_or_warns_ends_the_build(code: str) -> None:
    with pytest.raises(SuperFencesException):
        page(run(code))


def test_a_failure_shows_the_block_and_the_line() -> None:
    with pytest.raises(SuperFencesException, match=r"(?s)y = 1 / x.*line 2.*ZeroDivisionError"):
        page(run("x = 0\ny = 1 / x"))


def test_an_expected_error_is_printed() -> None:
    assert "ValueError: no" in page(run("raise ValueError('no')", 'raises="ValueError"'))


@pytest.mark.parametrize("code", ["x = 1", "raise TypeError('no')"])
def test_an_expected_error_must_come(code: str) -> None:
    with pytest.raises(SuperFencesException):
        page(run(code, 'raises="ValueError"'))


def test_an_unknown_option_ends_the_build() -> None:
    with pytest.raises(SuperFencesException, match="hidden"):
        page(run("x = 1", "hidden"))


MAP = "from cnnspec.book.figures import show_map\nshow_map([[1, -2]], 'a map')"


def test_a_figure_has_a_description_and_a_caption() -> None:
    html = page(run(MAP, 'alt="two cells" caption="Of `x` and $y$."'))
    assert 'role="img" aria-label="two cells"' in html
    assert "<figcaption>Of <code>x</code> and <span" in html


def test_a_figure_without_a_description_ends_the_build() -> None:
    with pytest.raises(SuperFencesException, match="needs alt"):
        page(run(MAP))


def test_a_description_without_a_figure_ends_the_build() -> None:
    with pytest.raises(SuperFencesException, match="draws no figure"):
        page(run("x = 1", 'alt="nothing"'))


def test_values_stand_in_the_prose() -> None:
    html = page(run("loss = -0.123456\nname = 'conv'"), "It is {{ loss:.2f }} for {{ name }} and {{ len(name) }}.")
    assert "It is \N{MINUS SIGN}0.12 for conv and 4." in html


def test_values_in_code_are_left_alone() -> None:
    assert "{{ loss }}" in page("Write `{{ loss }}`.")


@pytest.mark.parametrize("expression", ["nothing", "1 / 0", "'two\\nlines'"])
def test_a_value_that_cannot_be_computed_ends_the_build(expression: str) -> None:
    with pytest.raises(BlockError):
        page("It is {{ " + expression + " }}.")


def test_a_second_build_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    block = run(f"with open({str(witness)!r}, 'a') as file:\n    print('ran', file=file)\nprint('seen')")
    first, second = page(block), page(block)
    assert first == second
    assert witness.read_text() == "ran\n"


def test_a_changed_block_runs_with_the_names_of_those_before_it() -> None:
    page(run("a = 20"), run("print(a + 1)"))
    assert "<code>22</code>" in page(run("a = 20"), run("print(a + 2)"))
    assert "<code>31</code>" in page(run("a = 30"), run("print(a + 1)"))


def test_a_colon_of_the_code_is_not_a_format() -> None:
    assert session.split_format("x[1:2]") == ("x[1:2]", "")
    assert session.split_format("x[1:2].sum():.3f") == ("x[1:2].sum()", ".3f")


def test_a_definition_is_shown_without_its_docstring() -> None:
    html = page("```definition\nconvolution.correlate2d\n```")
    assert "np.ndindex" in html.replace("</span>", "").replace('<span class="o">', "").replace('<span class="n">', "")
    assert "Dumoulin" not in html
    assert "Dumoulin" in page("```definition docstring\nconvolution.correlate2d\n```")


@pytest.mark.parametrize("name", ["convolution.nothing", "nowhere.correlate2d"])
def test_an_unknown_definition_ends_the_build(name: str) -> None:
    with pytest.raises(SuperFencesException, match="no definition"):
        page(f"```definition\n{name}\n```")


def test_a_card_shows_the_law_and_what_was_run() -> None:
    html = page("```laws\nconv.delta\n```")
    assert 'id="card-conv.delta"' in html
    assert '<span class="holds">holds</span> for the definitions on' in html
    assert "katex-display" in html


def test_an_unknown_law_ends_the_build() -> None:
    with pytest.raises(SuperFencesException, match="no law"):
        page("```laws\nconv.nothing\n```")


def test_a_fence_that_breaks_in_any_way_ends_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ImportError("half-written")

    monkeypatch.setattr(cards, "gather", broken)
    with pytest.raises(SuperFencesException, match="half-written"):
        page("```laws\nconv.delta\n```")


def test_a_block_stands_on_what_it_imports_and_on_nothing_else() -> None:
    running = session.Session()
    running.sources.append(("from cnnspec import conv2d", None))
    assert {"__init__.py", "channels.py", "arguments.py", "book/figures.py"} <= set(running.files())
    assert not {"laws/pooling.py", "zoo/vgg.py", "book/claims.py"} & set(running.files())
    running.sources.append(("from cnnspec.laws import find", None))
    assert "laws/pooling.py" in running.files()
