"""Weights from a checkpoint of PyTorch, read without PyTorch and without trusting the file.

Before 2020 `torch.save` wrote five pickles in a row, and the numbers after them: a magic number, a version, the sizes
of types on the machine that wrote it, the object, the list of storages; then for each storage its length and its
bytes. A tensor is a view of a storage: an offset, a shape and strides.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnspec.arguments import Array
from cnnspec.transfer.pickles import Call, Name, Reference, Refused, read_pickle, refuse

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
LARGEST = 2**30
"""The largest file that is read, in bytes."""

DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
TENSOR, DICTIONARY = Name("torch._utils", "_rebuild_tensor_v2"), Name("collections", "OrderedDict")


def read_checkpoint(path: str | Path) -> dict[str, Array]:
    """Read the tensors of a checkpoint that `torch.save` wrote in its old format.

    Nothing in the file is ever called: `pickles` reads what it says, and only dictionaries and tensors are accepted.

    Args:
        path: The file.

    Returns:
        The tensors by name, each an array of its own.

    Raises:
        OSError: If the file cannot be read.
        Refused: If it is something else, too large, damaged or hostile; a ValueError that says why in one sentence.
    """
    path = Path(path)
    if path.stat().st_size > LARGEST:
        refuse(f"it has more than {LARGEST >> 30} GiB")
    return tensors(path.read_bytes())


def tensors(data: bytes) -> dict[str, Array]:
    """The tensors in the bytes of a checkpoint; see `read_checkpoint`."""
    if data[:2] == b"PK":
        refuse("it is a zip archive, the newer format of torch.save, which this reader does not know")
    file = BytesIO(data)
    if _plain(read_pickle(file)) != MAGIC:
        refuse("it does not begin as a checkpoint of PyTorch")
    if _plain(read_pickle(file)) != VERSION:
        refuse("its version is another one")
    sizes = read_pickle(file)
    if not isinstance(sizes, dict) or sizes.get("little_endian") is not True:
        refuse("its numbers are stored the other way round")
    found, keys = read_pickle(file), read_pickle(file)
    if not isinstance(found, Call) or found.function != DICTIONARY or found.arguments:
        refuse(f"its content is {_kind(found)} and no dictionary of tensors")
    views = {name: _view(name, value) for name, value in found.items.items()}
    storages = _storages(data, file.tell(), keys, {view.key: (view.dtype, view.length) for view in views.values()})
    return {str(name): _tensor(str(name), storages[view.key], view) for name, view in views.items()}


class View(NamedTuple):
    """A tensor as the file describes it: which storage, of what and how long, and which of its entries."""

    key: str
    dtype: str
    length: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _view(name: object, value: object) -> View:
    """The description of one tensor."""
    if not isinstance(name, str) or not isinstance(value, Call) or value.function != TENSOR:
        refuse(f"one entry is {_kind(value)}")
    match value.arguments:
        case (Reference(id=identity), offset, tuple(shape), tuple(strides), bool(), Call(function=hooks), *_):
            key, dtype, count = _identity(name, identity)
        case _:
            refuse(f"{name[:80]} is no tensor")
    numbers = (*shape, *strides, offset)
    if hooks != DICTIONARY or len(shape) != len(strides) or not all(type(n) is int and n >= 0 for n in numbers):
        refuse(f"the shape of {name[:80]} makes no sense")
    return View(key, dtype, count, offset, shape, strides)


def _identity(name: str, identity: object) -> tuple[str, str, int]:
    """The key, dtype and length of the storage that a tensor refers to."""
    dtype = None
    match identity:
        case ("storage", Name(module="torch", name=kind), str(key), str(), int(count), None) if count >= 0:
            dtype = DTYPES.get(kind)
    if dtype is None:
        refuse(f"{name[:80]} has a storage that is not known")
    return key, dtype, count


def _storages(data: bytes, start: int, keys: object, wanted: Mapping[str, tuple[str, int]]) -> dict[str, Array]:
    """The storages, which stand one after the other behind the pickles."""
    if not isinstance(keys, list) or set(map(_plain, keys)) != set(wanted) or len(keys) != len(wanted):
        refuse("its list of storages is not that of its tensors")
    storages = {}
    for key in keys:
        dtype, count = wanted[key]
        if start + 8 > len(data):
            refuse("it is cut off")
        if struct.unpack_from("<q", data, start)[0] != count:
            refuse("a storage has another length than its tensors say")
        if count * np.dtype(dtype).itemsize > len(data) - start - 8:
            refuse("it is cut off")
        storages[key] = np.frombuffer(data, dtype, count, start + 8) if count else np.empty(0, dtype)
        start += 8 + count * np.dtype(dtype).itemsize
    if start != len(data):
        refuse("something follows its last storage")
    return storages


def _tensor(name: str, storage: Array, view: View) -> Array:
    """One tensor, copied out of its storage."""
    offset, shape, strides = view.offset, view.shape, view.strides
    count = prod(shape)
    if count > storage.size:  # a stride of zero would make much out of little
        refuse(f"{name[:80]} has more entries than its storage")
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if count and last >= storage.size:
        refuse(f"{name[:80]} reaches beyond its storage")
    if not count:
        return np.empty(shape, storage.dtype)
    steps = [stride * storage.itemsize for stride in strides]
    return as_strided(storage[offset:], shape, steps, writeable=False).copy()


def _plain(value: object) -> object:
    """A number or a text as it is, anything else as its kind: to compare it can be trusted."""
    return value if isinstance(value, (int, str)) else type(value)


def _kind(value: Any) -> str:
    """What something is, in few words."""
    if isinstance(value, Call):
        return f"a call of {value.function.module[:40]}.{value.function.name[:40]}"
    return f"a {type(value).__name__}"


__all__ = ["Refused", "read_checkpoint", "tensors"]
