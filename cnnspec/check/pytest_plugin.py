r"""Laws as tests: `pytest --cnnspec-subject FILE` collects one test for each law about what the file defines.

The laws run in the checker's own child processes, all of them at once when the first test begins; each test then
reports the verdict of its law. Under pytest-xdist every worker runs the engine for the tests it was given first.
Without the option nothing is imported and nothing collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cnnspec.check.orders import Order, Outcome


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the checker."""
    group = parser.getgroup("cnnspec", "laws of convolutional networks")
    group.addoption("--cnnspec-subject", metavar="FILE", help="Put the laws to this file, module or library.")
    group.addoption("--cnnspec-only", metavar="PATTERN", action="append", default=[], help="Laws to run; repeatable.")
    group.addoption("--cnnspec-seed", metavar="N", type=int, default=0, help="Fixes the inputs (0).")
    group.addoption("--cnnspec-examples", metavar="N", type=int, default=60, help="Inputs for each law (60).")


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the laws to what was collected."""
    subject = config.getoption("--cnnspec-subject")
    if not subject:
        return
    from cnnspec.check.engine import operators_of
    from cnnspec.check.orders import Order, laws_for
    from cnnspec.check.subjects import Unusable, find

    try:
        order = Order(
            find(subject),
            tuple(config.getoption("--cnnspec-only")),
            config.getoption("--cnnspec-seed"),
            config.getoption("--cnnspec-examples"),
        )
        laws = laws_for(order, operators_of(order))
    except Unusable as reason:
        raise pytest.UsageError(f"cnnspec: {reason}") from None
    collector = Laws.from_parent(session, name=subject, nodeid=Path(order.target.name).name)
    collector.order = order
    items += [LawItem.from_parent(collector, name=law.id) for law in laws]


class Laws(pytest.Collector):
    """The laws about one subject."""

    order: Order

    def collect(self) -> Sequence[pytest.Item]:
        """Nothing: the items are made where they are added."""
        return []

    @cached_property
    def outcome(self) -> Outcome:
        """The engine's verdicts, from one run."""
        from cnnspec.check.engine import check

        return check(self.order)


class LawItem(pytest.Item):
    """One law."""

    def runtest(self) -> None:
        """Report the law's verdict.

        Raises:
            LawBroken: If the law does not hold.
        """
        from cnnspec.check.records import GOOD
        from cnnspec.check.report import failure, plain

        outcome = self.laws.outcome
        if outcome.interrupted:
            raise KeyboardInterrupt
        verdict = outcome.verdicts.get(self.name)
        if verdict is None:
            raise LawBroken(outcome.unusable or f"{self.name} was not reached")
        if verdict.status not in GOOD:
            law = next(law for law in outcome.laws if law.id == self.name)
            raise LawBroken(plain(failure(law, verdict, outcome.order)))

    @property
    def laws(self) -> Laws:
        """The laws that this one belongs to."""
        assert isinstance(self.parent, Laws)
        return self.parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The counterexample instead of a traceback."""
        if isinstance(excinfo.value, LawBroken):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Where the test comes from."""
        return self.laws.order.target.name, None, self.name


class LawBroken(AssertionError):
    """A law does not hold for the subject."""
