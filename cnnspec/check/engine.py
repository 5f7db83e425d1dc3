r"""Laws put to a subject in child processes, under limits of time, memory and output.

The laws are dealt to two lanes, always in the same way, so that the verdicts do not depend on how many lanes run at
once. Each lane has one child process at a time; when that crashes, hangs or grows too large it is ended with all
that it started, the law it was at gets a verdict, and a new child goes on with the next law.
"""

from __future__ import annotations

import json
import os
import secrets
import selectors
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from time import monotonic
from typing import Any

from cnnspec.check.processes import Child, how_it_ended, resident
from cnnspec.check.records import GOOD, Verdict
from cnnspec.check.subjects import Target, Unusable
from cnnspec.laws import Law, all_laws
from cnnspec.laws.law import EXAMPLES

LANES = 2
TICK = 0.05
MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a subject may use.

    Attributes:
        law: Seconds for one law.
        total: Seconds for everything.
        load: Seconds for importing the subject.
        patience: Seconds for making a counterexample smaller.
        memory: Bytes beyond what the child held when the laws were loaded.
        output: Bytes printed while it is imported, or during one law.
        processes: Processes that it may have running.
        timeouts: After how many timeouts in a lane an operator is given up.
        crashes: After how many crashes in a lane an operator is given up.
    """

    law: float = 10.0
    total: float = 120.0
    load: float = 30.0
    patience: float = 3.0
    memory: int = 2048 * MIB
    output: int = 64 * MIB
    processes: int = 100
    timeouts: int = 2
    crashes: int = 3


@dataclass(frozen=True)
class Order:
    """What is to be checked, and how."""

    target: Target
    only: tuple[str, ...] = ()
    seed: int = 0
    examples: int = EXAMPLES
    extended: bool = False
    workers: int = LANES
    limits: Limits = Limits()


@dataclass
class Outcome:
    """What came of an order.

    Attributes:
        order: The order.
        laws: The laws that were to run, in the order of the book.
        verdicts: What came of each, by id; those missing were not reached.
        operators: The operators that the subject defines.
        notes: Sentences about the subject.
        version: A library's version.
        path: The file that holds the subject, if it is one.
        sha256: The hash of that file.
        unusable: Why nothing could run, or an empty string.
        detail: Lines that belong to that reason.
        output: The first that the subject printed.
        interrupted: Whether the user stopped it.
        seconds: How long it took.
    """

    order: Order
    laws: list[Law] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    operators: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    version: str = ""
    path: str = ""
    sha256: str = ""
    unusable: str = ""
    detail: str = ""
    output: str = ""
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        """How many laws have each status."""
        return Counter(verdict.status for verdict in self.verdicts.values())

    @property
    def ran(self) -> int:
        """How many laws have a verdict that comes from trying them."""
        return sum(verdict.examples > 0 for verdict in self.verdicts.values())

    @property
    def exit_code(self) -> int:
        """0 if every law ran and nothing failed, 1 if not, 2 if nothing could run, 130 if interrupted."""
        if self.interrupted:
            return 130
        if self.unusable or not self.laws:
            return 2
        good = sum(verdict.status in GOOD for verdict in self.verdicts.values())
        return 0 if self.ran and good == len(self.laws) else 1


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


def choose(operators: Sequence[str], only: Sequence[str], extended: bool) -> list[Law]:
    """The laws for a subject with these operators.

    Raises:
        Unusable: If a pattern names no law, or only laws about operators that the subject lacks.
    """
    from fnmatch import fnmatchcase

    def fits(law: Law, pattern: str) -> bool:
        return any(fnmatchcase(name, pattern) for name in (law.id, *law.aliases, *law.needs[:1]))

    laws = list(all_laws().values())
    for pattern in only:
        named = [law for law in laws if fits(law, pattern)]
        if not named:
            raise Unusable(f"No law is called {pattern}; `cnnspec laws` lists them all.")
        possible = [law for law in named if law.needs[0] in operators]
        if not possible:
            raise Unusable(f"{pattern} needs {named[0].needs[0]}, which the subject does not define.")
        if not extended and all(law.extended for law in possible):
            raise Unusable(f"{pattern} asks for more than the contract with subjects; add --extended to run it.")
    return [
        law
        for law in laws
        if law.needs[0] in operators
        and (extended or not law.extended)
        and (not only or any(fits(law, pattern) for pattern in only))
    ]


class _Check:
    """One order while it runs."""

    def __init__(self, order: Order, watch: Watcher) -> None:
        self.order, self.watch = order, watch
        self.outcome = Outcome(order)
        self.deviations: dict[str, str] = {}
        self.lanes: list[_Lane] = []
        self.selector = selectors.DefaultSelector()
        self.start = monotonic()
        self.dealt = False

    def run(self) -> Outcome:
        """Start the lanes and serve them until all are done."""
        try:
            # The children import the laws while this process does.
            self.lanes = [_Lane(self, number) for number in range(LANES)]
            for lane in self.lanes[: max(self.order.workers, 1)]:
                lane.begin()
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
        waiting = [lane for lane in self.lanes if lane.child is None and not lane.done]
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
            outcome.laws = choose(outcome.operators, order.only, order.extended)
        except Unusable as reason:
            outcome.unusable = str(reason)
            return
        if not outcome.laws:
            outcome.unusable = f"No law is about {', '.join(outcome.operators)}."
        for index, law in enumerate(outcome.laws if order.examples else []):  # without examples, only a look
            self.lanes[index % LANES].pending.append(law)

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


class _Lane:
    """The laws of one child process at a time."""

    def __init__(self, check: _Check, number: int) -> None:
        self.check, self.number, self.limits = check, number, check.order.limits
        self.child: Child | None = None
        self.pending: list[Law] = []
        self.current: Law | None = None
        self.done = False
        self.secret = ""
        self.buffer = b""
        self.printed = 0
        self.deadline = 0.0
        self.base = self.looked = 0.0
        self.state = ""
        self.trouble: Counter[tuple[str, str]] = Counter()
        self.passed: list[str] = []  # verdicts of the present child

    # -------------------------------------------------------- starting and ending

    def begin(self) -> None:
        """Start a child."""
        self.child = child = Child(["cnnspec.check.worker"])
        self.secret, self.buffer, self.printed = secrets.token_hex(16), b"", 0
        self.state, self.deadline, self.base, self.passed = "starting", monotonic() + 60, 0, []
        for descriptor, stream in ((child.events, "events"), (child.out, "out"), (child.err, "err")):
            self.check.selector.register(descriptor, selectors.EVENT_READ, (self, stream))
        order = self.check.order
        self.tell(secret=self.secret, target=asdict(order.target), seed=order.seed, examples=order.examples)

    def tell(self, **command: Any) -> None:
        """Send a command."""
        assert self.child is not None
        self.child.tell(json.dumps(command).encode() + b"\n")

    def stop(self) -> int | None:
        """End the child, if there is one, and return its exit code."""
        if self.child is None:
            return None
        child, self.child = self.child, None
        for descriptor in (child.events, child.out, child.err):
            if descriptor in self.check.selector.get_map():
                self.check.selector.unregister(descriptor)
        return child.end()

    # -------------------------------------------------------- reading

    def read(self, descriptor: int, stream: str) -> None:
        """Take what has arrived on one pipe."""
        try:
            content = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return
        except OSError:
            content = b""
        if not content:
            self.check.selector.unregister(descriptor)
            return
        if stream == "events":
            self.buffer += content
            *lines, self.buffer = self.buffer.split(b"\n")
            for line in lines:
                self.line(line)
            if len(self.buffer) > 16 * MIB:
                self.lost("error", "wrote into the pipe of the checker")
            return
        self.printed += len(content)
        outcome = self.check.outcome
        if len(outcome.output) < 4000 and self.number == 0:
            outcome.output = (outcome.output + content.decode("utf-8", "replace"))[:4000]
        if self.printed > self.limits.output:
            self.lost("error", f"printed more than {self.limits.output // MIB} MiB")

    def line(self, line: bytes) -> None:
        """Handle one event; what does not carry the secret is none."""
        if self.child is None or self.secret.encode() not in line:
            return
        try:
            event = json.loads(line)
            if event["secret"] != self.secret:
                return
        except (ValueError, KeyError, TypeError):
            return
        match event["event"]:
            case "ready":
                self.state, self.deadline = "loading", monotonic() + self.limits.load
                self.base = resident(self.child.process.pid)
            case "unusable":
                self.check.unusable(event["sentence"], event["detail"])
            case "loaded":
                self.check.loaded(event)
                self.next()
            case "result" if self.current is not None:
                verdict = Verdict.from_json(event["verdict"])
                self.finish(verdict)
            case "finished":
                if event["interference"]:
                    for law_id in self.passed:
                        self.check.record(Verdict(law_id, "error", event["interference"]))
                self.done = not self.pending
                self.stop()

    # -------------------------------------------------------- laws, one after the other

    def next(self) -> None:
        """Send the next law to the child, or let it go."""
        self.current = None
        while self.pending:
            law = self.pending[0]
            reason = self.hopeless(law)
            if not reason:
                break
            self.pending.pop(0)
            self.check.record(reason)
        if self.check.outcome.unusable:
            return
        if not self.pending:
            self.state, self.deadline = "finishing", monotonic() + 10
            self.tell()
            return
        self.current = self.pending.pop(0)
        limit = min(self.limits.law, max(self.limits.total - self.check.elapsed, 0.1))
        self.state, self.printed, self.deadline = "law", 0, monotonic() + limit
        self.tell(law=self.current.id, seconds=self.share(limit), patience=min(self.limits.patience, limit / 3))

    def share(self, limit: float) -> float:
        """Seconds after which a slow law stops with fewer examples, so that every law gets its turn."""
        left = self.limits.total * 0.9 - self.check.elapsed
        return max(min(limit / 2, 2 * left / (len(self.pending) + 1)), 0.5)

    def hopeless(self, law: Law) -> Verdict | None:
        """Why a law is not tried at all, if it is not."""
        operator = law.needs[0]
        for kind, most, status in (
            ("timeout", self.limits.timeouts, "timeout"),
            ("crash", self.limits.crashes, "error"),
        ):
            if self.trouble[operator, kind] >= most:
                plural = "timeouts" if kind == "timeout" else "crashes"
                return Verdict(law.id, status, f"not run: gave up on {operator} after {most} {plural}")
        if self.check.elapsed > self.limits.total:
            return Verdict(law.id, "timeout", f"not run: the {self.limits.total:g} seconds in all were over")
        return None

    def finish(self, verdict: Verdict) -> None:
        """Keep the verdict of the present law and go on."""
        if self.current is None or verdict.id != self.current.id:
            return
        self.check.record(verdict)
        self.passed.append(verdict.id)
        self.next()

    # -------------------------------------------------------- watching

    def inspect(self) -> None:
        """See whether the child is alive, in time and of a decent size."""
        assert self.child is not None
        if self.child.process.poll() is not None:
            self.drain()
            if self.child is not None:
                self.lost("crash", "")
            return
        now = monotonic()
        if now > self.deadline:
            self.lost("timeout", "")
            return
        if self.state not in ("loading", "law"):
            return
        room = self.base + self.limits.memory
        heavy = resident(self.child.process.pid) > room
        if not heavy and now - self.looked > 0.5:
            self.looked = now
            others = self.child.others()
            if len(others) > self.limits.processes:
                self.lost("error", f"started more than {self.limits.processes} processes")
                return
            heavy = bool(others) and self.child.memory() > room
        if heavy:
            self.lost("error", f"took more than {self.limits.memory // MIB} MiB of memory")

    def drain(self) -> None:
        """Read what a child wrote before it ended."""
        for _ in range(1000):
            if self.child is None or self.child.events not in self.check.selector.get_map():
                return
            before = len(self.buffer)
            self.read(self.child.events, "events")
            if self.child is None or len(self.buffer) == before:
                return

    def lost(self, kind: str, did: str) -> None:
        """The child is lost: say what it did, give the present law its verdict, and go on with another child."""
        state, law = self.state, self.current
        code = self.stop()
        name = self.check.order.target.name
        if kind == "crash":
            did = (
                how_it_ended(code)
                if code != 70
                else "closed files that are not its own, so that nothing more was heard of it,"
            )
        if state == "law" and law is not None:
            operator = law.needs[0]
            self.trouble[operator, "timeout" if kind == "timeout" else "crash"] += 1
            if kind == "timeout":
                over = self.check.elapsed > self.limits.total
                seconds = f"the {self.limits.total:g} seconds in all" if over else f"{self.limits.law:g} seconds"
                verdict = Verdict(law.id, "timeout", f"{operator} did not answer within {seconds}")
            else:
                verdict = Verdict(law.id, "error", f"{operator} {did}")
            self.check.record(verdict)
            self.current = None
            self.go_on()
        elif state == "finishing":  # all verdicts are there, but the referee did not confirm them
            for law_id in self.passed:
                self.check.record(
                    Verdict(law_id, "error", f"the file {did or 'hung'} before its verdicts were confirmed")
                )
            self.done = True
        elif state == "starting":
            self.check.unusable(f"The checker's own process did not start: it {did or 'did not answer'}.")
        elif kind == "timeout":
            self.check.unusable(f"{name} was not imported within {self.limits.load:g} seconds; does it loop?")
        else:
            self.check.unusable(f"{name} {did} while it was imported.")

    def go_on(self) -> None:
        """Settle what cannot be tried any more; the rest waits for a new child."""
        while self.pending and (reason := self.hopeless(self.pending[0])):
            self.pending.pop(0)
            self.check.record(reason)
        self.done = not self.pending
