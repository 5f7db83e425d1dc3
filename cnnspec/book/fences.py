r"""The fences that a chapter may use beside ordinary code: `python run`, which runs the code while the book is built.

SuperFences calls `accepts` on every fence of Python and `show` on those that are accepted.
"""

from __future__ import annotations

import html
import re
from typing import Any

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from pymdownx.superfences import SuperFencesException

from cnnspec.book.math import render
from cnnspec.book.session import BlockError, Shown, session_of
from cnnspec.book.strict import strict

OPTIONS = {
    "run": "runs the block",
    "hide": "does not show the code",
    "fold": "shows the code only when it is unfolded",
    "alt": "describes the figure to those who cannot see it",
    "caption": "stands under the figure",
    "raises": "names the exception the block ends with",
}
STYLING = ("title", "hl_lines", "linenums")


def accepts(
    language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept the fences that say `run`; all others are only highlighted."""
    if "run" not in inputs:
        return False
    for option, value in inputs.items():
        if option not in OPTIONS and option not in STYLING:
            known = ", ".join([*OPTIONS, *STYLING])
            raise SuperFencesException(f"a block that runs has no option {option!r}; it may have {known}")
        options[option] = value
    return True


@strict
def show(source: str, language: str, class_name: str, options: dict[str, Any], md: Markdown, **more: Any) -> str:
    """Run a block and return its code, its figures and what it printed."""
    settings = {option: options.pop(option, None) for option in OPTIONS}
    shown = session_of(md).run(source, raises=settings["raises"])
    results = figure(shown, settings["alt"], settings["caption"], source) + tables(shown) + output(shown)
    if settings["hide"]:
        return f'<div class="run">{results}</div>'
    code = md.preprocessors["fenced_code_block"].highlight(
        src=source, class_name=class_name, language="python", options=options, md=md, **more
    )
    if settings["fold"]:
        code = f'<details class="code"><summary>Code</summary>{code}</details>'
    return f'<div class="run">{code}{results}</div>'


def figure(shown: Shown, alt: str | None, caption: str | None, source: str) -> str:
    """Put what a block drew into one figure with its description and caption."""
    pictures = [item.html for item in shown.items if item.kind == "figure"]
    if bool(pictures) != bool(alt):
        fault = "draws a figure and needs alt" if pictures else "has alt and draws no figure"
        raise BlockError(f"a block {fault}.\n{source}")
    if not pictures:
        return ""
    below = f"<figcaption>{inline(caption)}</figcaption>" if caption else ""
    picture = f'<div class="pictures" role="img" aria-label="{html.escape(str(alt))}" data-search-exclude>'
    return f'<figure class="drawn">{picture}{"".join(pictures)}</div>{below}</figure>'


def tables(shown: Shown) -> str:
    """Return the tables of a block, and the data that it hands to an explorable."""
    return "".join(item.html for item in shown.items if item.kind in ("table", "data"))


def output(shown: Shown) -> str:
    """Return what a block printed."""
    if not shown.printed.strip():
        return ""
    text = html.escape(shown.printed.rstrip(), quote=False)
    return f'<pre class="printed" tabindex="0" aria-label="output" data-search-exclude><code>{text}</code></pre>'


def inline(text: str) -> str:
    """Turn the code and formulas of a caption into HTML."""
    parts = re.split(r"(`[^`]+`|\$[^$]+\$)", text)
    return "".join(
        f"<code>{html.escape(part[1:-1])}</code>"
        if part.startswith("`")
        else render(part[1:-1])
        if part.startswith("$")
        else html.escape(part, quote=False)
        for part in parts
        if part
    )


class ValueProcessor(InlineProcessor):
    """Replaces `{{ expression }}` in the prose by its value."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # noqa: N802 (the name Markdown calls)
        """Evaluate one expression in the page's session."""
        expression = self.unescape(m.group(1))
        return self.md.htmlStash.store(html.escape(session_of(self.md).value(expression))), m.start(), m.end()


class ValueExtension(Extension):
    """Computes the numbers of the prose from the blocks of the page."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Markdown calls)
        """Register the processor below code spans and formulas, which may hold braces of their own."""
        md.inlinePatterns.register(ValueProcessor(r"\{\{ (.+?) \}\}", md), "cnnspec_value", 185)


def makeExtension(**settings: Any) -> ValueExtension:  # noqa: N802 (the name Markdown looks for)
    """Make the extension for `markdown_extensions: [cnnspec.book.fences]`."""
    return ValueExtension(**settings)
