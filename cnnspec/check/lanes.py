r"""A lane: some of the laws, put to the subject in one child process at a time."""

from __future__ import annotations

import json
import os
import secrets
import selectors
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from time import monotonic
from typing import Any, Protocol

from cnnspec.check.orders import MIB, Order, Outcome
from cnnspec.check.processes import Child, how_it_ended, resident
from cnnspec.check.records import Verdict
from cnnspec.laws import Law


class Desk(Protocol):
    """What a lane reports to: the check that it is part of."""

    order: Order
    outcome: Outcome
    selector: selectors.BaseSelector

    @property
    def elapsed(self) -> float:
        """Seconds since the check began."""
        ...

    def loaded(self, event: Mapping[str, Any]) -> None:
        """A child has loaded the subject."""
        ...

    def unusable(self, sentence: str, detail: str = "") -> None:
        """The subject cannot be loaded."""
        ...

    def record(self, verdict: Verdict) -> None:
        """Keep a verdict."""
        ...


class Lane:
    """The laws of one child process at a time."""

    def __init__(self, check: Desk, number: int) -> None:
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
        self.tell(law=self.current.id, seconds=self.share(limit), patience=self.limits.patience, whole=0.8 * limit)

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
