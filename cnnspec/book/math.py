r"""Formulas, typeset by KaTeX while the book is built.

The Markdown extension Arithmatex finds `$…$` and `$$…$$`; `MathExtension`, which comes after it, replaces what was
found by KaTeX's HTML and MathML. Readers' browsers run no script for it, and a formula with a mistake ends the build.
"""

from __future__ import annotations

import json
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import quickjs
from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

KATEX = Path(__file__).parent / "static" / "katex.min.js"

# KaTeX throws in JavaScript; the result or the message comes back as JSON, because long strings do not survive.
RENDER = """
function render(tex, display) {
  try {
    return JSON.stringify({html: katex.renderToString(tex, {displayMode: display, strict: "error", trust: false})});
  } catch (mistake) {
    return JSON.stringify({mistake: mistake.message});
  }
}
"""


class FormulaError(ValueError):
    """A formula that KaTeX cannot read."""


@cache
def katex() -> Any:
    """Start a JavaScript engine that has KaTeX loaded, once a process."""
    engine = quickjs.Context()
    engine.eval(KATEX.read_text(encoding="utf-8"))
    engine.eval(RENDER)
    return engine.get("render")


@cache
def render(tex: str, *, display: bool = False) -> str:
    r"""Typeset one formula.

    Args:
        tex: LaTeX without its dollars, such as `x_{ij}`.
        display: Whether the formula stands on a line of its own.

    Returns:
        HTML: MathML for screen readers and the search, and the visible formula, which both of them skip.

    Raises:
        FormulaError: If KaTeX refuses the formula.
    """
    answer = json.loads(katex()(tex, display))
    if "mistake" in answer:
        raise FormulaError(f"{answer['mistake']} in the formula {tex!r}")
    html: str = answer["html"]
    # The search skips an element up to the next end of its kind, so the visible formula, spans in spans, has its own.
    before, visible = html.split('<span class="katex-html"')
    ends = "</span>" * (2 + display)
    html = f'{before}<bdi class="katex-html" data-search-exclude{visible.removesuffix(ends)}</bdi>{ends[7:]}'
    html = html.replace("<annotation ", "<annotation data-search-exclude ")
    if display:
        # A wide formula scrolls on its own line, so it must be reachable by keyboard.
        label = 'tabindex="0" role="group" aria-label="formula"'
        html = html.replace('class="katex-display"', f'class="katex-display" {label}', 1)
    return html


class MathProcessor(Treeprocessor):
    """Replaces the elements that Arithmatex left by typeset formulas."""

    def run(self, root: Element) -> None:
        """Typeset every formula of a page."""
        for element in root.iter():
            if element.tag in {"h1", "h2", "h3", "h4"} and element.find(".//*[@class='arithmatex']") is not None:
                raise FormulaError("a heading cannot hold a formula: it could not be shown in the table of contents")
        for element in root.iter():
            if element.get("class") == "arithmatex" and element.text:
                display = element.tag == "div"
                tex = element.text.strip()[2:-2].strip()
                # Arithmatex escapes what stands on a line of its own, and only that.
                html = render(unescape(tex) if display else tex, display=display)
                element.text = self.md.htmlStash.store(html)


class MathExtension(Extension):
    """Typesets the formulas of a page."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Markdown calls)
        """Register the processor after all others, so that the table of contents sees plain text."""
        md.treeprocessors.register(MathProcessor(md), "cnnspec_math", 0)


def makeExtension(**settings: Any) -> MathExtension:  # noqa: N802 (the name Markdown looks for)
    """Make the extension for `markdown_extensions: [cnnspec.book.math]`."""
    return MathExtension(**settings)
