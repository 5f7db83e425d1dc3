"""A pickle is a program. This reader runs the part of it that builds plain data, and can call nothing.

Python's own `pickle.load` lets a file call any function that can be imported. Here the opcodes are walked by
`pickletools`, which only parses, and a small stack machine does what they say. It knows numbers, texts, tuples, lists
and dictionaries. Names of functions and classes stay names; what is called with which arguments is written down as a
`Call`, for somebody else to judge.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NoReturn

MOST_OPCODES = 2_000_000
"""A file with more steps than this is refused; a checkpoint of a thousand tensors has some fifty thousand."""


@dataclass(frozen=True)
class Name:
    """Something that the file would import."""

    module: str
    name: str


@dataclass(frozen=True, eq=False)
class Call:
    """Something that the file would call, with its arguments."""

    function: Name
    arguments: tuple[Any, ...]
    items: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Reference:
    """Data that stands elsewhere in the file."""

    id: Any


class Refused(ValueError):
    """The file holds what a file of tensors does not hold."""


def refuse(reason: str) -> NoReturn:
    """Refuse a file in one sentence."""
    raise Refused(f"file must hold tensors and nothing else, but {reason}.")


MARK = object()
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
NUMBERS_AND_TEXTS = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Machine:
    """The stack machine that a pickle is written for, as far as tensors need it."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def step(self, opcode: str, argument: Any) -> None:
        """Do what one opcode says."""
        if opcode in CONSTANTS:
            self.stack.append(CONSTANTS[opcode])
        elif opcode in NUMBERS_AND_TEXTS:
            self.stack.append(argument)
        elif opcode in TUPLES:
            self.stack.append(tuple(self.pop(TUPLES[opcode])))
        elif opcode in ("BINPUT", "LONG_BINPUT"):
            self.memory[argument] = self.top()
        elif opcode in ("BINGET", "LONG_BINGET"):
            if argument not in self.memory:
                refuse("it recalls what it never kept")
            self.stack.append(self.memory[argument])
        else:
            action = ACTIONS.get(opcode)
            if action is None:
                refuse(f"it has the opcode {opcode}")
            action(self, argument)

    def top(self) -> Any:
        """The uppermost thing on the stack."""
        if not self.stack or self.stack[-1] is MARK:
            refuse("it takes from an empty stack")
        return self.stack[-1]

    def pop(self, count: int) -> list[Any]:
        """Take things off the stack, in the order in which they were put there."""
        taken = self.stack[len(self.stack) - count :] if len(self.stack) >= count else [MARK]
        if any(item is MARK for item in taken):
            refuse("it takes from an empty stack")
        del self.stack[len(self.stack) - count :]
        return taken

    def marked(self) -> list[Any]:
        """Take everything off the stack down to the last mark."""
        for place in reversed(range(len(self.stack))):
            if self.stack[place] is MARK:
                taken = self.stack[place + 1 :]
                del self.stack[place:]
                return taken
        refuse("a mark is missing")

    def put_items(self, items: list[Any]) -> None:
        """Write keys and values into the dictionary on top of the stack."""
        target = self.top()
        target = target.items if isinstance(target, Call) else target
        if not isinstance(target, dict) or len(items) % 2:
            refuse("it writes items into what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, (str, int)):  # to hash nested tuples can take for ever
                refuse("a key is neither a text nor a number")
            target[key] = value


def _global(machine: Machine, argument: str) -> None:
    module, _, name = argument.partition(" ")
    machine.stack.append(Name(module, name))


def _reduce(machine: Machine, argument: None) -> None:
    function, arguments = machine.pop(2)
    if not isinstance(function, Name) or not isinstance(arguments, tuple):
        refuse("it calls what is no function")
    machine.stack.append(Call(function, arguments))


def _reference(machine: Machine, argument: None) -> None:
    machine.stack.append(Reference(machine.pop(1)[0]))


def _build(machine: Machine, argument: None) -> None:
    machine.pop(1)  # notes of PyTorch about versions
    if not isinstance(machine.top(), Call):
        refuse("it changes what is no object")


def _append(machine: Machine, argument: None) -> None:
    items = machine.marked()
    if not isinstance(machine.top(), list):
        refuse("it appends to what is no list")
    machine.top().extend(items)


def _nothing(machine: Machine, argument: Any) -> None:
    """The number of the protocol says nothing that the opcodes do not."""


ACTIONS: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": _nothing,
    "MARK": lambda machine, argument: machine.stack.append(MARK),
    "EMPTY_DICT": lambda machine, argument: machine.stack.append({}),
    "EMPTY_LIST": lambda machine, argument: machine.stack.append([]),
    "EMPTY_TUPLE": lambda machine, argument: machine.stack.append(()),
    "TUPLE": lambda machine, argument: machine.stack.append(tuple(machine.marked())),
    "SETITEM": lambda machine, argument: machine.put_items(machine.pop(2)),
    "SETITEMS": lambda machine, argument: machine.put_items(machine.marked()),
    "APPENDS": _append,
    "GLOBAL": _global,
    "REDUCE": _reduce,
    "BINPERSID": _reference,
    "BUILD": _build,
}


def read_pickle(file: BytesIO) -> Any:
    """Read one pickle from where the file stands, and leave the file behind it.

    Args:
        file: The bytes of the file, in memory, so that a false length allocates nothing.

    Returns:
        Plain data, in which names, calls and references stand for themselves.

    Raises:
        Refused: If the file ends too early, is malformed, or has an opcode that tensors do not need.
    """
    machine = Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if opcode.name == "STOP":
                break
            if count > MOST_OPCODES:
                refuse("it has too many steps")
            machine.step(opcode.name, argument)
    except Refused:
        raise
    except (ValueError, EOFError, OverflowError, UnicodeError, RecursionError) as fault:
        raise Refused(
            f"file must hold tensors and nothing else, but it is cut off or malformed: {_told(fault)}."
        ) from None
    if len(machine.stack) != 1 or machine.stack[0] is MARK:
        refuse("it leaves no single thing behind")
    return machine.stack[0]


def _told(fault: Exception) -> str:
    return str(fault).splitlines()[0].rstrip(".")[:120] if str(fault) else type(fault).__name__
