r"""The child process in which a subject runs: `python -P -m cnnspec.check.worker COMMANDS EVENTS`.

It reads commands from one pipe and writes events to another, one JSON text a line, both of them private: what the
subject prints cannot look like an event, because every event carries a secret that came with the first command. The
laws are imported before the subject, so the subject cannot put anything in their way.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from json import JSONEncoder, loads
from json import encoder as json_encoder
from typing import Any

from cnnspec.check.loading import Guard, load, named, where
from cnnspec.check.records import Verdict, counterexample
from cnnspec.check.referee import Referee, canary
from cnnspec.check.run import Result, run_law
from cnnspec.check.subjects import OWN_ANSWERS, Subject, Target, Unusable
from cnnspec.laws import Law, all_laws
from cnnspec.laws.operators import OPERATORS

INTERFERES = "the file interferes with the comparison"
LOST = 70
"""Exit code when the pipe to the parent is gone."""

_read, _write, _exit, _getpid = os.read, os.write, os._exit, os.getpid


def _encoder() -> Callable[[Any], str]:
    """JSON in C where it can be had, out of reach of a subject that replaces `json.dumps`."""
    make: Any = getattr(json_encoder, "c_make_encoder", None)
    if make is None:
        return JSONEncoder(ensure_ascii=True).encode
    chunks = make(None, repr, json_encoder.encode_basestring_ascii, None, ":", ",", False, False, True)
    return lambda data: "".join(chunks(data, 0))


def _out_of_the_way(descriptor: int) -> int:
    """Move a descriptor to where a subject that closes or counts descriptors will not meet it."""
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 600)
    except (OSError, ValueError):
        os.set_inheritable(descriptor, False)
        return descriptor
    os.close(descriptor)
    return moved


class Channel:
    """The two pipes to the parent."""

    def __init__(self, commands: int, events: int) -> None:
        self.commands, self.events = _out_of_the_way(commands), _out_of_the_way(events)
        self.buffer, self.secret, self.home = b"", "", _getpid()
        self.encode = _encoder()

    def receive(self) -> dict[str, Any]:
        """The next command; without a parent there is nothing left to do."""
        while b"\n" not in self.buffer:
            try:
                more = _read(self.commands, 65536)
            except OSError:
                _exit(LOST)
            if not more:
                _exit(0)
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\n")
        command: dict[str, Any] = loads(line)
        return command

    def send(self, event: str, **data: Any) -> None:
        """Write one event, unless this is a copy of the process that the subject made."""
        if _getpid() != self.home:
            _exit(0)
        line = "\n" + self.encode({"secret": self.secret, "event": event, **data}) + "\n"
        content = line.encode()
        try:
            while content:
                content = content[_write(self.events, content) :]
        except OSError:
            _exit(LOST)


def main() -> None:
    """Serve one parent until it says stop."""
    channel = Channel(int(sys.argv[1]), int(sys.argv[2]))
    settle()
    laws = all_laws()
    order = channel.receive()
    channel.secret = order["secret"]
    target = Target(**order["target"])
    sys.argv = [target.path or target.name]
    canary(laws, order["seed"])  # has Hypothesis import all that it will need
    channel.send("ready")
    search = list(sys.path)
    referee, guard = Referee(), Guard()
    if target.kind != "library":
        guard.close()
    try:
        subject = load(target, guard)
        complaint = ""
    except Unusable as reason:
        subject, complaint = None, str(reason)
        detail = reason.detail
    except BaseException as error:
        subject, complaint, detail = None, f"{target.name} does not run: {type(error).__name__}.", ""
    replaced = referee.restore()
    sys.path += [folder for folder in search if folder not in sys.path]
    if subject is None:
        channel.send("unusable", sentence=complaint, detail=detail)
        _exit(0)
    announce(channel, subject)
    session = Session(laws, subject, target, guard, referee, order["seed"], order["examples"], replaced)
    while True:
        command = channel.receive()
        if "law" not in command:
            break
        channel.send("result", verdict=session.run(**command).to_json())
    channel.send("finished", interference=session.verify())
    _exit(0)


def settle() -> None:
    """Take away what a subject could do to the machine or to the one who waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a KeyboardInterrupt is the subject's own, never the user's
    sys.dont_write_bytecode = True
    threading.excepthook = lambda event: print(
        f"A thread of the file ended: {event.exc_type.__name__}", file=sys.stderr
    )
    with contextlib.suppress(Exception):
        import resource

        for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 2**30), (resource.RLIMIT_AS, room())):
            with contextlib.suppress(ValueError, OSError):
                hard = resource.getrlimit(kind)[1]
                resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    if sys.platform == "linux":
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: do not outlive the parent


def room() -> int:
    """Address space for the whole process: far more than any honest subject maps, far less than a mistake asks for."""
    return 64 * 2**30


def announce(channel: Channel, subject: Subject) -> None:
    """Tell the parent what there is to check."""
    channel.send(
        "loaded",
        operators=list(subject.operators),
        problems=dict(subject.problems),
        notes=list(subject.notes),
        deviations=dict(subject.deviations),
        version=subject.version,
        path=subject.path,
        sha256=subject.sha256,
    )


class Session:
    """One subject, to which laws are put one after the other."""

    def __init__(
        self,
        laws: Mapping[str, Law],
        subject: Subject,
        target: Target,
        guard: Guard,
        referee: Referee,
        seed: int,
        examples: int,
        replaced: str,
    ) -> None:
        self.laws, self.path, self.seed, self.examples = dict(laws), subject.path or target.path, seed, examples
        self.guard, self.referee, self.replaced = guard, referee, replaced
        self.problems, self.home = subject.problems, _getpid()
        self.operators = {name: self.at_home(function) for name, function in subject.operators.items()}

    def at_home(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same operator, but copies of the process that it makes end when it returns."""
        home = self.home

        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            finally:
                if _getpid() != home:
                    _exit(0)

        return call

    def run(self, law: str, **limits: float) -> Verdict:
        """Put one law to the subject, under limits such as `run_law` takes."""
        statement = self.laws[law]
        problem = self.problems.get(statement.needs[0])
        if problem:
            return Verdict(law, "error", f"{problem}")
        if sys.getrecursionlimit() < 1000:
            sys.setrecursionlimit(1000)
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        gc.enable()
        try:
            result = run_law(statement, self.operators, examples=self.examples, seed=self.seed, **limits)
            verdict = described(result, self.path)
        except BaseException as error:
            verdict = Verdict(law, "error", f"{statement.needs[0]} raised {named(error)}", where(error, self.path))
        self.replaced = self.referee.restore() or self.replaced
        if self.replaced:
            return Verdict(law, "error", f"{INTERFERES}: it replaces {self.replaced}")
        if self.guard.asked:
            return Verdict(law, "error", f"the file imports cnnspec, so {OWN_ANSWERS}")
        return verdict

    def verify(self) -> str:
        """Why the verdicts of this process do not count, or an empty string."""
        trouble = canary(self.laws, self.seed)
        return f"{INTERFERES}: {trouble}" if trouble else ""


def described(result: Result, path: str) -> Verdict:
    """What the parent needs to know about a result."""
    message, place = result.message, ""
    if result.raised is not None:
        place = where(result.raised.error, path)
        message = signature_trouble(result) or message
    mismatch = result.mismatch
    example = None
    if result.status != "pass":
        asked = list(result.asked)[-1:] if result.raised is not None else list(result.asked)
        sides = (mismatch.left, mismatch.right, mismatch.place) if mismatch else (None, None, None)
        if sides[0] is None and asked:
            sides = (asked[-1].answer, None, None)
        example = counterexample(result.drawn, asked, *sides)
    return Verdict(
        id=result.law,
        status=result.status,
        message=message,
        where=place,
        examples=result.first_failure or result.examples,
        first_failure=result.first_failure,
        cut=result.cut,
        exact=result.exact,
        seconds=round(result.seconds, 4),
        tags=dict(sorted(result.tags.items())),
        counterexample=example,
    )


def signature_trouble(result: Result) -> str:
    """A sentence about an argument that the subject's function does not take, if that is what was raised."""
    raised = result.raised
    if raised is None or not isinstance(raised.error, TypeError):
        return ""
    text = str(raised.error)
    keyword = re.search(r"unexpected keyword argument '(\w+)'", text)
    if keyword and keyword[1] in contract(raised.operator):
        return f"{raised.operator} does not take the keyword {keyword[1]}; the contract: {signature(raised.operator)}"
    if re.search(r"positional arguments? but \d+ (was|were) given|missing \d+ required", text):
        return f"{raised.operator} does not take the arguments of the contract, {signature(raised.operator)}: {text}"
    return ""


def contract(operator: str) -> list[str]:
    """The parameters that the contract gives an operator."""
    import inspect

    return list(inspect.signature(OPERATORS[operator].definition).parameters)


def signature(operator: str) -> str:
    """The contract's signature of an operator, without types."""
    import inspect

    found = inspect.signature(OPERATORS[operator].definition)
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return f"{operator}{found.replace(parameters=bare, return_annotation=found.empty)}"


if __name__ == "__main__":
    main()
