r"""What is known about one law on one subject, in a form that can be sent, stored and printed.

These records are what `--json` writes, under the schema `cnnspec-check/1`:

- the report: `schema`, `cnnspec`, `subject` (`name`, `kind`, `path`, `sha256`, `version`, `operators`, `notes`),
  `versions`, `seed`, `examples`, `limits` (seconds: `law`, `all`), `only`, `exercise` (an id or null), `expected`,
  `ran`, `counts` (by status), `exit_code`, `sentence`, `error` (why nothing ran, or null), `laws`, `output` (what the
  subject printed first);
- each of `laws`: `id`, `sentence`, `revision`, `operators`, `status`, `message`, `where`, `examples`,
  `first_failure`, `cut`, `exact`, `seconds`, `tags`, `catches`, `page`, `replay`, `counterexample` (or null);
- `counterexample`: `inputs` (name to value), `calls`, `left`, `right` (values or null), `place` (or null);
- a value: `{"kind": "array", "dtype", "shape", "values"}` with nested lists, in which what is not finite is a string
  (`"nan"`, `"inf"`, `"-inf"`), or `{"kind": "text", "text"}`. Of an array with more than 4096 entries `values` holds
  the first eight along each axis, and `"elided"` is true.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.laws.law import Call
from cnnspec.laws.operators import OPERATORS

SCHEMA = "cnnspec-check/1"
LARGEST = 4096
"""Arrays with more entries are not kept in full."""

STATUSES = ("pass", "fail", "error", "timeout", "not-implemented", "deviation", "deviation-fixed")
GOOD = ("pass", "deviation", "deviation-fixed")
"""Statuses that leave the exit code at 0."""

Value = dict[str, Any]


@dataclass
class Counterexample:
    """The smallest input found on which a law does not hold.

    Attributes:
        inputs: Arrays and other drawn values by name.
        calls: How the operators were called, as in a program.
        left: What came from the operator, if two sides were compared.
        right: What the law expects.
        place: Index of the first difference.
    """

    inputs: dict[str, Value] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    left: Value | None = None
    right: Value | None = None
    place: list[int] | None = None


@dataclass
class Verdict:
    """One law's line of a report; the attributes are described at the head of the module."""

    id: str
    status: str
    message: str = ""
    where: str = ""
    examples: int = 0
    first_failure: int = 0
    cut: bool = False
    exact: bool = False
    seconds: float = 0.0
    tags: dict[str, int] = field(default_factory=dict)
    counterexample: Counterexample | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """Read what a child process sent."""
        known = {**data}
        example = known.pop("counterexample", None)
        return cls(**known, counterexample=Counterexample(**example) if example else None)

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return asdict(self)


def value(anything: Any) -> Value:
    """Any value as plain data."""
    if isinstance(anything, (np.ndarray, np.number, int, float, list)) and not isinstance(anything, bool):
        try:
            array = np.asarray(anything)
        except ValueError:
            array = np.asarray(None)
        if array.dtype.kind in "iufb":
            return _array(array)
    text = repr(anything)
    return {"kind": "text", "text": text if len(text) <= 200 else text[:200] + " …"}


def _array(array: Array) -> Value:
    record: Value = {"kind": "array", "dtype": str(array.dtype), "shape": list(array.shape)}
    if array.size > LARGEST:
        record["elided"] = True
        array = array[tuple(slice(8) for _ in array.shape)]
    record["values"] = _plain(array.tolist())
    return record


def _plain(values: Any) -> Any:
    if isinstance(values, list):
        return [_plain(v) for v in values]
    return values if not isinstance(values, float) or np.isfinite(values) else str(values)


def array_of(record: Value) -> Array:
    """The array that a value was, or its corner."""
    return np.array(_numbers(record["values"]), dtype=np.dtype(record["dtype"]))


def _numbers(values: Any) -> Any:
    if isinstance(values, list):
        return [_numbers(v) for v in values]
    return float(values) if isinstance(values, str) else values


def counterexample(
    drawn: Mapping[str, Any], asked: Sequence[Call], left: Any, right: Any, place: Sequence[int] | None
) -> Counterexample:
    """Describe a failing input by the calls that it led to."""
    shown = asked if len(asked) <= 3 else [*asked[:2], asked[-1]]
    arrays: dict[str, Array] = {}
    calls = [spelt(call, arrays) for call in shown]
    if len(asked) > 3:
        calls.insert(2, f"… {len(asked) - 3} more")
    inputs = {name: value(array) for name, array in arrays.items()}
    for name, thing in drawn.items():
        if not is_dataclass(thing) and not _holds(arrays.values(), thing):
            inputs.setdefault(name, value(thing))
    return Counterexample(
        inputs,
        calls,
        None if left is None else value(left),
        None if right is None else value(right),
        None if place is None else list(place),
    )


def spelt(call: Call, arrays: dict[str, Array]) -> str:
    """A call as it would be written, its arrays named by their parameters and collected in `arrays`."""
    parameters = inspect.signature(OPERATORS[call.operator].definition).parameters
    words = []
    for parameter, argument in zip(parameters, call.arguments, strict=False):
        words.append(_named(parameter, argument, arrays) if isinstance(argument, np.ndarray) else short(argument))
    words += [
        f"{name}={short(option)}"
        for name, option in call.options.items()
        if name not in parameters or not _is_default(option, parameters[name].default)
    ]
    return f"{call.operator}({', '.join(words)})"


def _is_default(option: Any, default: Any) -> bool:
    return type(option) is type(default) and bool(option == default)


def _named(parameter: str, argument: Array, arrays: dict[str, Array]) -> str:
    for name, known in arrays.items():
        if name.rstrip("0123456789") == parameter and _equal(known, argument):
            return name
    number = sum(name.rstrip("0123456789") == parameter for name in arrays) + 1
    name = parameter if number == 1 else f"{parameter}{number}"
    arrays[name] = argument
    return name


def _holds(arrays: Iterable[Array], thing: Any) -> bool:
    return isinstance(thing, np.ndarray) and any(_equal(array, thing) for array in arrays)


def _equal(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all())


def short(anything: Any) -> str:
    """A value in a call, cut to a readable length."""
    text = repr(anything)
    return text if len(text) <= 60 else text[:60] + " …"
