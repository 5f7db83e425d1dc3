r"""What a law is, how it is registered, and how it meets a subject.

A law is a plain function that takes the operators under test first and drawn inputs after them, and raises
`Mismatch` when it does not hold. The decorator `law` writes it into a register and returns it unchanged;
`Law.bind` joins it to a subject, late, so that one law can be put to any number of implementations.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import inspect
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from time import perf_counter, process_time
from typing import Any, TypeVar

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import UnsatisfiedAssumption
from hypothesis.strategies import SearchStrategy

from cnnspec.arguments import Array
from cnnspec.laws import compare
from cnnspec.laws.compare import Mismatch, Raised
from cnnspec.laws.operators import OPERATORS, Function
from cnnspec.zoo.graph import Tensor

EXAMPLES = 60
"""How many inputs a law is tried on, unless the caller says otherwise."""

Statement = TypeVar("Statement", bound=Callable[..., None])

_register: dict[str, Law] = {}


class Enough(BaseException):
    """The time for a law is over; Hypothesis lets it pass, because it is no `Exception`."""


@dataclass(frozen=True)
class Call:
    """One call of an operator under test.

    Attributes:
        operator: The operator's name.
        arguments: What it was given, as it was before the call.
        options: The keyword arguments.
        answer: What came back, or None if it raised.
    """

    operator: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    answer: Any = None


@dataclass
class Trial:
    """What happened while a bound law ran, and how long it may run.

    Attributes:
        examples: How many inputs were tried, shrinking included.
        tags: How often the inputs had each property worth counting, such as `stride > kernel`.
        drawn: The inputs of the last example.
        exact: Whether all comparisons were equal bit for bit.
        operator: The operator that was called last.
        calls: How often operators were called.
        asked: The calls of the last example.
        failure: What the smallest failing example so far raised.
        failing: The inputs of that example.
        failing_calls: Its calls.
        first_failure: The number of the first failing example, or 0.
        seconds: How long to look for a failure, if the time is limited; at least `least` examples are tried.
        patience: How long to look for a smaller failure after the first, if that time is limited; in seconds of this
            process, so that a busy machine finds the same one.
        whole: After how many seconds on the wall that search ends in any case, if it does.
        least: How many examples are tried even if `seconds` are over.
    """

    examples: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    drawn: dict[str, Any] = field(default_factory=dict)
    exact: bool = True
    operator: str = ""
    calls: int = 0
    asked: list[Call] = field(default_factory=list)
    failure: BaseException | None = None
    failing: dict[str, Any] = field(default_factory=dict)
    failing_calls: list[Call] = field(default_factory=list)
    first_failure: int = 0
    seconds: float | None = None
    patience: float | None = None
    whole: float | None = None
    least: int = 5
    _begun: float = field(default_factory=perf_counter)
    _failed: float = 0.0

    def begin(self, drawn: dict[str, Any]) -> None:
        """Note that an example begins.

        Raises:
            Enough: If the time is over.
        """
        if self.first_failure:
            over = _over(process_time() - self._failed, self.patience) or _over(
                perf_counter() - self._begun, self.whole
            )
        else:
            over = self.examples >= self.least and _over(perf_counter() - self._begun, self.seconds)
        if over:
            raise Enough
        self.examples += 1
        self.drawn, self.asked = drawn, []
        for value in drawn.values():
            self.tags.update(getattr(value, "tags", ()))

    def failed(self, failure: BaseException) -> None:
        """Note that the example failed; Hypothesis tries ever smaller ones, so the last is the smallest."""
        if not self.first_failure:
            self.first_failure, self._failed = self.examples, process_time()
        self.failure, self.failing, self.failing_calls = failure, self.drawn, self.asked


def _over(spent: float, limit: float | None) -> bool:
    return limit is not None and spent >= limit


@dataclass(frozen=True)
class Law:
    """One statement about operators that can be tried on inputs.

    Attributes:
        id: Permanent name, such as `conv.delta`; never reused.
        function: The statement itself.
        needs: Operators under test. The law is about the first; others may come from the book.
        strategies: What is drawn, by parameter name.
        aliases: Former ids.
        extended: Whether it asks for what only the book's own operators promise, such as refusals and `"same"`.
        oracle: Whether it says no more than "equals the definition".
        pinned: Inputs that are always tried first.
    """

    id: str
    function: Callable[..., None]
    needs: tuple[str, ...]
    strategies: Mapping[str, SearchStrategy[Any]]
    aliases: tuple[str, ...] = ()
    extended: bool = False
    oracle: bool = False
    pinned: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """The law's name as a sentence; `the_map_s_size` reads "the map's size"."""
        return re.sub(r" s\b", "'s", self.function.__name__.replace("_", " "))

    @property
    def step(self) -> str:
        """The step of the book to which the law belongs: the first word of its module's name."""
        return self.function.__module__.rsplit(".", 1)[-1].split("_")[0]

    @property
    def statement(self) -> str:
        """The first paragraph of the docstring."""
        return " ".join(re.split(r"\n\s*\n", self._text)[0].split())

    @property
    def formula(self) -> str | None:
        """The displayed formula, without its dollar signs, if there is one."""
        found = re.search(r"\$\$(.+?)\$\$", self._text, re.DOTALL)
        return " ".join(found[1].split()) if found else None

    @property
    def catches(self) -> str:
        """Which bugs the law was written for."""
        return self._section("Catches")

    @property
    def misses(self) -> str:
        """Which bugs it cannot see."""
        return self._section("Misses")

    @property
    def source(self) -> str:
        """Where the statement comes from."""
        return self._section("Source")

    @property
    def code(self) -> str:
        """The law's source text."""
        return inspect.getsource(self.function)

    @property
    def revision(self) -> str:
        """A short hash of the source text: it says which wording ran."""
        return hashlib.sha256(self.code.encode()).hexdigest()[:8]

    def _section(self, title: str) -> str:
        lines = "\n".join(re.findall(rf"(?ms)^{title}:\s*(.*?)(?=^\w+:|\n\s*\n|\Z)", self._text))
        return " ".join(lines.split())

    @property
    def _text(self) -> str:
        return inspect.getdoc(self.function) or ""

    def applies_to(self, subject: Mapping[str, Function]) -> bool:
        """Whether the subject defines the operator that the law is about."""
        return self.needs[0] in subject

    def bind(
        self,
        subject: Mapping[str, Function],
        *,
        examples: int = EXAMPLES,
        seed: int = 0,
        trial: Trial | None = None,
    ) -> Callable[[], None]:
        """Join the law to a subject.

        Args:
            subject: The operators under test by name; those it lacks beyond the first come from the book.
            examples: How many inputs to try.
            seed: Fixes the inputs: the same seed, law and version draw the same.
            trial: Where to note what happened.

        Returns:
            A function without arguments that raises `Mismatch` or `Raised` at the smallest failing input.
        """
        trial = Trial() if trial is None else trial
        watched = self.watch(subject, trial)

        def example(**drawn: Any) -> None:
            trial.begin(drawn)
            rounding = compare.fresh()
            try:
                with np.errstate(all="ignore"):
                    self.function(*watched, **drawn)
            except UnsatisfiedAssumption:
                raise
            except Exception as failure:
                trial.failed(failure)
                raise
            trial.exact = trial.exact and rounding.exact

        if not self.strategies:
            return example
        # A database of its own: subjects that share one delete each other's failing examples.
        settings = hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=InMemoryExampleDatabase(),
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            print_blob=False,
            derandomize=False,
        )
        bound = hypothesis.given(**self.strategies)(example)
        for inputs in self.pinned:
            bound = hypothesis.example(**inputs)(bound)
        seeded = hypothesis.seed(self._seed(seed))(settings(bound))

        def run() -> None:
            with _same_draws():
                seeded()

        return run

    def watch(self, subject: Mapping[str, Function], trial: Trial) -> list[Watched]:
        """The operators that the law needs, each watched while it is called; what the subject lacks is the book's."""
        return [Watched(n, subject.get(n, OPERATORS[n].definition), trial) for n in self.needs]

    def _seed(self, seed: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{self.id} {seed}".encode()).digest()[:8], "big")


@contextlib.contextmanager
def _same_draws() -> Iterator[None]:
    """Keep Hypothesis from drawing numbers that it finds in the source of whoever runs it, the subject included.

    It would try each reader on other inputs. Versions that do not have the function do not read the source.
    """
    providers: Any = importlib.import_module("hypothesis.internal.conjecture.providers")
    read = getattr(providers, "_get_local_constants", None)
    if read is None:
        yield
        return
    nothing = providers.Constants()
    providers.CONSTANTS_CACHE.cache.clear()
    providers._get_local_constants = lambda: nothing
    try:
        yield
    finally:
        providers._get_local_constants = read
        providers.CONSTANTS_CACHE.cache.clear()


class Watched:
    """An operator under test, watched while a law calls it.

    It turns whatever the operator raises into `Raised`, refuses answers that are no numbers, notices when an
    argument was modified, and makes room for the rounding error of inexact operators.
    """

    def __init__(self, name: str, function: Function, trial: Trial) -> None:
        self.name, self.function, self.trial = name, function, trial

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Ask the operator, and watch it."""
        self.trial.operator = self.name
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        before = [a.copy() for a in arrays]
        # Hypothesis seeds the global generators alike for every example, which would hide an operator that
        # answers at random; a new seed for each call brings its dice back, and the same ones in every run.
        self.trial.calls += 1
        copies = iter(before)
        given = tuple(next(copies) if isinstance(a, np.ndarray) else a for a in arguments)
        self.trial.asked.append(Call(self.name, given, options))
        random.seed(self.trial.calls)
        np.random.seed(self.trial.calls)  # noqa: NPY002
        try:
            answer = self.function(*arguments, **options)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise Raised(self.name, error) from error
        for argument, copy in zip(arrays, before, strict=True):
            self._require_unchanged(argument, copy)
        self.trial.asked[-1] = Call(self.name, given, options, answer)
        if not OPERATORS[self.name].selects:
            self._allow_rounding(before, options)
        if self.name in ("generator", "spawn", "build"):
            return answer
        if OPERATORS[self.name].answer and isinstance(answer, list):
            answer = unlisted(answer)
        if isinstance(answer, tuple):
            return tuple(self._checked(part) for part in answer)
        return self._checked(answer)

    def _require_unchanged(self, argument: Array, copy: Array) -> None:
        try:
            compare.unchanged(argument, copy, f"{self.name} should leave its arguments as they are")
        except Mismatch as mismatch:
            mismatch.left = argument.copy()
            with contextlib.suppress(ValueError):  # put it back, so that the report shows what was given
                argument[...] = copy
            raise

    def _checked(self, answer: Any) -> Any:
        if OPERATORS[self.name].answer:
            if isinstance(answer, list):
                answer = unlisted(answer)
            words = isinstance(answer, np.ndarray) and answer.dtype.kind == "U"
            if words or isinstance(answer, (str, Fraction, Tensor)):
                return answer
        numeric = isinstance(answer, (int, float, np.number)) or (
            isinstance(answer, np.ndarray) and answer.dtype.kind in "iufc"
        )
        if numeric and isinstance(answer, np.ndarray) and type(answer) not in (np.ndarray, np.memmap):
            # a matrix multiplies in its own way, a masked array hides cells from comparisons
            kind = type(answer).__name__
            raise Mismatch(f"{self.name} should answer with a plain array, but a {kind} came", np.asarray(answer))
        if not numeric:
            kind = f"an array of {answer.dtype}" if isinstance(answer, np.ndarray) else f"a {type(answer).__name__}"
            raise Mismatch(f"{self.name} should answer with numbers, but {kind} came", repr(answer)[:200])
        return answer

    def _allow_rounding(self, arrays: list[Array], options: Mapping[str, Any]) -> None:
        floating = [a for a in arrays if a.dtype.kind == "f" and a.size]
        if not floating:
            return
        unit = max(float(np.finfo(a.dtype).eps) / 2 for a in floating)
        compare.current.allow(unit, OPERATORS[self.name].magnitude(floating, options))


def unlisted(answer: list[Any]) -> Any:
    """An answer on paper may be written as a list: as an array, or as a tuple if its parts have several shapes."""
    try:
        array = np.asarray(answer)
        return array.astype(np.float64) if array.dtype.kind == "O" else array  # fractions are objects
    except (TypeError, ValueError):
        return tuple(answer)


def law(
    id: str,
    *,
    needs: str,
    aliases: tuple[str, ...] = (),
    extended: bool = False,
    oracle: bool = False,
    pinned: tuple[Mapping[str, Any], ...] = (),
    **strategies: SearchStrategy[Any],
) -> Callable[[Statement], Statement]:
    """Register a function as a law and return it unchanged.

    Args:
        id: Permanent name: chapter word, dot, what it says, in lower case.
        needs: Operators under test, separated by blanks; they are the function's first parameters.
        aliases: Former ids of the same law.
        extended: Whether it asks for more than the contract with subjects promises.
        oracle: Whether it only compares with the definition.
        pinned: Inputs that are always tried first.
        **strategies: What to draw for each further parameter.

    Raises:
        ValueError: If the id is taken or malformed, an operator unknown, or the parameters do not fit.
    """

    def register(function: Statement) -> Statement:
        names = tuple(needs.split())
        parameters = tuple(inspect.signature(function).parameters)
        if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9-]+)+", id):
            raise ValueError(f"id must look like 'conv.delta', but {id!r} came.")
        for taken in (id, *aliases):
            if taken in _register or any(taken in other.aliases for other in _register.values()):
                raise ValueError(f"id must be new, but {taken!r} is taken.")
        unknown = [name for name in names if name not in OPERATORS]
        if not names or unknown:
            raise ValueError(f"needs must name operators of the book, but {needs!r} came for {id}.")
        if parameters != (*names, *strategies):
            raise ValueError(f"parameters of {id} must be {(*names, *strategies)}, but they are {parameters}.")
        _register[id] = Law(id, function, names, strategies, aliases, extended, oracle, pinned)
        return function

    return register


@functools.cache
def _loaded() -> dict[str, Law]:
    from cnnspec.laws import MODULES

    for module in MODULES:
        importlib.import_module(f"cnnspec.laws.{module}")
    return _register


def all_laws() -> dict[str, Law]:
    """Every law of the book by its id, in the order of the steps."""
    return dict(_loaded())


def find(id: str) -> Law:
    """The law with this id or former id.

    Raises:
        KeyError: If there is none.
    """
    for law in _loaded().values():
        if id == law.id or id in law.aliases:
            return law
    raise KeyError(f"There is no law {id!r}.")
