"""The explorables as they stand in the book: short modules, a fence that puts them into a page, and what is around."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("pymdownx")

from explorable_pages import MODULES, NAMES

from cnnspec.book import explorables, figures

ROOT = Path(__file__).parents[1]


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
