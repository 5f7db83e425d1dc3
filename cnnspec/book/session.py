"""Python that runs inside a page of the book: one namespace a page, every warning an error.

A page's blocks run in order and share their names. The result of a block is kept under a hash of all blocks up
to this one and of the source that they import, so that a second build runs only what changed, and what comes after it.
"""

from __future__ import annotations

import io
import linecache
import sys
import traceback
import warnings
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from cnnspec.book import cache, figures


class BlockError(Exception):
    """A block of a page did not do what the page says."""


@dataclass(frozen=True)
class Shown:
    """What a block left behind: the text it printed and the pictures and tables it showed."""

    printed: str = ""
    items: list[figures.Item] = field(default_factory=list)


class Session:
    """The blocks of one page, in order."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.sources: list[tuple[str, str | None]] = []
        self.ran = 0

    def key(self, *more: str) -> str:
        """Hash everything the next result depends on."""
        blocks = [f"{source}\n{raises}" for source, raises in self.sources]
        return cache.digest(cache.source_digest(*self.files()), *blocks, *more)

    def files(self) -> tuple[str, ...]:
        """Find the source files that the blocks stand on: what they import, and what the package itself offers."""
        used = [name for source, _ in self.sources for name in cache.imported(source)]
        shown = ("cnnspec.__init__", "cnnspec.book.figures", "cnnspec.book.plots")
        return cache.closure(__name__, *shown, *used, leaves=(__name__,))

    def run(self, source: str, *, raises: str | None = None) -> Shown:
        """Run a block, or recall what it did.

        Args:
            source: The code of the block.
            raises: The name of the exception that the block must end with; its message is part of what is printed.

        Raises:
            BlockError: If the block raises something else, warns, or does not raise what it should.
        """
        self.sources.append((source, raises))
        known = cache.recall("blocks", self.key())
        if known is not None:
            return Shown(known["printed"], [figures.Item(**item) for item in known["items"]])
        shown = self.catch_up()
        cache.keep("blocks", self.key(), asdict(shown))
        return shown

    def catch_up(self) -> Shown:
        """Run every block that was only recalled so far, and return what the last one did."""
        shown = Shown()
        while self.ran < len(self.sources):
            source, raises = self.sources[self.ran]
            self.ran += 1
            shown = execute(source, self.names, raises=raises, name=f"<block {self.ran}>")
        return shown

    def value(self, expression: str) -> str:
        """Evaluate an expression of the prose, such as `loss:.3f`, with the names that the page ends with."""
        key = self.key("value", expression)
        return str(cache.remembered("values", key, lambda: self._value(expression)))

    def _value(self, expression: str) -> str:
        self.catch_up()
        code, style = split_format(expression)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                result = eval(code, self.names)
                text = format(result, style)
            except Exception as mistake:
                raise BlockError(f"{{{{ {expression} }}}}: {type(mistake).__name__}: {mistake}") from mistake
        if "\n" in text:
            raise BlockError(f"{{{{ {expression} }}}} does not fit into a sentence: it has more than one line")
        return text.replace("-", "\N{MINUS SIGN}") if not isinstance(result, str) else text


SESSIONS: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(page: Any) -> Session:
    """Return the session of a page, which is known by the Markdown converter that reads it."""
    return SESSIONS.setdefault(page, Session())


def split_format(expression: str) -> tuple[str, str]:
    """Split `loss:.3f` into code and format; a colon that belongs to the code stays there."""
    try:
        compile(expression, "<value>", "eval")
    except SyntaxError:
        code, _, style = expression.rpartition(":")
        return code.strip(), style.strip()
    return expression, ""


def execute(source: str, names: dict[str, Any], *, raises: str | None, name: str) -> Shown:
    """Run one block now."""
    if "matplotlib" in source:
        figures.use_house_style()
    figures.take()
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    printed = io.StringIO()
    raised = None
    with warnings.catch_warnings(), redirect_stdout(printed):
        warnings.simplefilter("error")
        try:
            exec(compile(source, name, "exec"), names)
        except (Exception, SystemExit) as mistake:
            raised = mistake
            message = "".join(traceback.format_exception_only(mistake)).strip()
    if raised is not None and (raises is None or type(raised).__name__ != raises):
        place = "".join(traceback.format_list(traceback.extract_tb(raised.__traceback__)[1:]))
        figures.take()
        raise BlockError(f"a block of the page failed.\n{source}\n{place}{message}") from raised
    if raised is None and raises is not None:
        raise BlockError(f"a block should have raised {raises} and did not.\n{source}")
    if raised is not None:
        print(message, file=printed)
    sys.stdout.flush()
    return Shown(printed.getvalue(), figures.take())
