"""What the chapter names is there."""

from __future__ import annotations

import re
from pathlib import Path

from cnnspec import zoo

ROOT = Path(__file__).parents[1]
CHAPTER = (ROOT / "docs" / "steps" / "zoo.md").read_text(encoding="utf-8")


def test_networks_that_the_chapter_names_are_there() -> None:
    named = re.findall(r'"((?:paper|keras)/[\w.]+|[a-z]+\w*\[noaux\])"', CHAPTER)
    assert len(named) > 15
    assert set(named) <= set(zoo.all_architectures())
