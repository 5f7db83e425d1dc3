r"""Laws put to a subject in child processes, under limits of time, memory and output.

The laws are dealt to two lanes, always in the same way, so that the verdicts do not depend on how many lanes run at
once. Each lane has one child process at a time; when that crashes, hangs or grows too large it is ended with all
that it started, the law it was at gets a verdict, and a new child goes on with the next law.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from cnnspec.check.lanes import Lane
from cnnspec.check.orders import LANES, Order, Outcome, laws_for
from cnnspec.check.records import Verdict
from cnnspec.check.subjects import Unusable
from cnnspec.laws import all_laws

FEW = 10
"""So few laws are run in one lane: a second process would cost more than it saves."""
TICK = 0.05


Watcher = Callable[[Outcome], None]


def check(order: Order, watch: Watcher = lambda outcome: None) -> Outcome:
    """Run an order.

    Args:
        order: What to check, and how.
        watch: Called after each verdict, and now and then in between.

    Returns:
        What came of it. A KeyboardInterrupt ends it early and is noted there.
    """
    return _Check(order, watch).run()


def operators_of(order: Order) -> list[str]:
    """The operators that a subject defines; its code runs in a child process, no law does.

    Raises:
        Unusable: If it cannot be loaded.
    """
    run = _Check(replace(order, examples=0), lambda outcome: None)
    outcome = run.run()
    if outcome.unusable:
        raise Unusable(outcome.unusable, outcome.detail)
    return outcome.operators


class _Check:
    """One order while it runs."""

    def __init__(self, order: Order, watch: Watcher) -> None:
        self.order, self.watch = order, watch
        self.outcome = Outcome(order)
        self.deviations: dict[str, str] = {}
        self.lanes: list[Lane] = []
        self.selector: selectors.BaseSelector = selectors.DefaultSelector()
        self.start = monotonic()
        self.dealt = False

    def run(self) -> Outcome:
        """Start the lanes and serve them until all are done."""
        try:
            # The first child imports the laws while this process does; the second starts when there is work for it.
            self.lanes = [Lane(self, number) for number in range(LANES)]
            self.lanes[0].begin()
            all_laws()
            while not self.outcome.unusable and any(not lane.done for lane in self.lanes):
                self.serve()
        except KeyboardInterrupt:
            self.outcome.interrupted = True
        finally:
            for lane in self.lanes:
                lane.stop()
            self.selector.close()
        self.settle()
        return self.outcome

    def serve(self) -> None:
        """Handle what has arrived, and look at the clocks."""
        for lane in self.lanes:
            lane.done = lane.done or (self.dealt and lane.child is None and not lane.pending)
        running = [lane for lane in self.lanes if lane.child is not None]
        waiting = [lane for lane in self.lanes if lane.child is None and lane.pending]
        for lane in waiting[: max(self.order.workers, 1) - len(running)]:
            lane.begin()
        for key, _ in self.selector.select(TICK):
            lane, stream = key.data
            if lane.child is not None:
                lane.read(key.fd, stream)
        for lane in self.lanes:
            if lane.child is not None:
                lane.inspect()
        self.watch(self.outcome)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return monotonic() - self.start

    def loaded(self, event: Mapping[str, Any]) -> None:
        """The first child has loaded the subject: now the laws can be dealt."""
        if self.dealt:
            return
        self.dealt = True
        outcome, order = self.outcome, self.order
        outcome.operators = [*event["operators"], *event["problems"]]
        outcome.notes, outcome.version = event["notes"], event["version"]
        outcome.path, outcome.sha256 = event["path"], event["sha256"]
        self.deviations = event["deviations"]
        try:
            outcome.laws = laws_for(order, outcome.operators)
        except Unusable as reason:
            outcome.unusable = str(reason)
            return
        if not outcome.laws:
            outcome.unusable = f"No law is about {', '.join(outcome.operators)}."
        for index, law in enumerate(outcome.laws if order.examples else []):  # without examples, only a look
            self.lanes[index % LANES if len(outcome.laws) > FEW else 0].pending.append(law)

    def unusable(self, sentence: str, detail: str = "") -> None:
        """The subject cannot be loaded."""
        if not self.outcome.unusable:
            self.outcome.unusable, self.outcome.detail = sentence, detail

    def record(self, verdict: Verdict) -> None:
        """Keep a verdict, in the light of what is known about a library."""
        reason = self.deviations.get(verdict.id)
        if reason:
            verdict.message = reason
            verdict.status = "deviation-fixed" if verdict.status == "pass" else "deviation"
        self.outcome.verdicts[verdict.id] = verdict
        self.watch(self.outcome)

    def settle(self) -> None:
        """Put the verdicts into the order of the book."""
        found = self.outcome.verdicts
        self.outcome.verdicts = {law.id: found[law.id] for law in self.outcome.laws if law.id in found}
        self.outcome.seconds = round(self.elapsed, 2)
