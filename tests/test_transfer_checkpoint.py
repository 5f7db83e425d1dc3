"""The reader of checkpoints reads tensors, and refuses in one sentence whatever else a file may hold."""

import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from cnnspec.transfer import lite
from cnnspec.transfer.checkpoint import MAGIC, Refused, read_checkpoint, tensors

# A small assembler of pickles


def text(words: str) -> bytes:
    return b"X" + struct.pack("<I", len(words.encode())) + words.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def together(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + together(*arguments) + b"R"


ORDERED = call(name("collections", "OrderedDict"))


def storage(key: str = "1", count: int = 6, kind: str = "FloatStorage") -> bytes:
    return together(text("storage"), name("torch", kind), text(key), text("cpu"), number(count), b"N") + b"Q"


def tensor(
    shape: tuple[int, ...] = (2, 3), strides: tuple[int, ...] = (3, 1), offset: int = 0, **which: object
) -> bytes:
    numbers = (together(*map(number, part)) for part in (shape, strides))
    return call(
        name("torch._utils", "_rebuild_tensor_v2"),
        storage(**which),
        number(offset),
        *numbers,
        b"\x89",
        ORDERED,  # type: ignore[arg-type]
    )


def dictionary(**entries: bytes) -> bytes:
    return ORDERED + b"(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def a_file(content: bytes, *, keys: tuple[str, ...] = ("1",), data: bytes | None = None) -> bytes:
    listed = b"](" + b"".join(map(text, keys)) + b"e"
    sizes = b"}(" + text("little_endian") + b"\x88u"
    parts = [
        pickle.dumps(MAGIC, 2),
        pickle.dumps(1001, 2),
        *(b"\x80\x02" + part + b"." for part in (sizes, content, listed)),
    ]
    numbers = struct.pack("<q", 6) + np.arange(6, dtype="<f4").tobytes() if data is None else data
    return b"".join(parts) + numbers


def test_a_tensor_is_a_view_of_its_storage() -> None:
    found = tensors(a_file(dictionary(plain=tensor(), turned=tensor((3, 2), (1, 3)), part=tensor((2,), (2,), 1))))
    np.testing.assert_array_equal(found["plain"], np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(found["turned"], found["plain"].T)
    np.testing.assert_array_equal(found["part"], [1, 3])
    found["plain"][...] = 7
    assert found["turned"].max() == 5
    assert found["plain"].dtype == np.float32


class Shell:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch never",)


def pickled(value: object) -> bytes:
    return pickle.dumps(value, 2)[2:-1]


HOSTILE = {
    "a shell": (a_file(pickled(Shell())), r"a call of (posix|nt)\.system"),
    "a shell among tensors": (a_file(dictionary(w=tensor(), x=pickled(Shell()))), r"a call of (posix|nt)\.system"),
    "eval": (a_file(call(name("builtins", "eval"), text("1 + 1"))), r"a call of builtins\.eval"),
    "eval as a tensor": (a_file(dictionary(w=call(name("builtins", "eval"), text("1")))), r"builtins\.eval"),
    "eval as a storage": (
        a_file(dictionary(w=tensor().replace(name("torch", "FloatStorage"), name("builtins", "eval")))),
        "storage that is not known",
    ),
    "a name from a stack": (a_file(text("os") + text("system") + b"\x93"), "opcode STACK_GLOBAL"),
    "an instance": (a_file(b"(ios\nsystem\n"), "opcode INST"),
    "an object": (a_file(b"(" + name("os", "system") + b"o"), "opcode OBJ"),
    "a new object": (a_file(name("os", "system") + b")\x81"), "opcode NEWOBJ"),
    "an extension": (a_file(b"\x82\x01"), "opcode EXT1"),
    "attributes of a tensor": (a_file(dictionary(w=tensor() + b"}b" + b"0N")), "opcode POP"),
    "no tensor": (a_file(dictionary(w=number(3))), "one entry is a int"),
    "a list": (a_file(b"]"), "a list and no dictionary"),
    "a plain dictionary": (a_file(b"}"), "a dict and no dictionary of tensors"),
    "keys that are tuples": (
        a_file(ORDERED + b"(" + together(number(1)) + tensor() + b"u"),
        "neither a text nor a number",
    ),
    "a count beyond the file": (
        a_file(dictionary(w=tensor(count=2**31 - 1)), data=struct.pack("<q", 2**31 - 1)),
        "cut off",
    ),
    "another count": (a_file(dictionary(w=tensor(count=5))), "another length"),
    "a count below zero": (a_file(dictionary(w=tensor(count=-1))), "not known"),
    "an offset below zero": (a_file(dictionary(w=tensor(offset=-1))), "makes no sense"),
    "an offset beyond": (a_file(dictionary(w=tensor(offset=1))), "reaches beyond"),
    "strides beyond": (a_file(dictionary(w=tensor(strides=(4, 1)))), "reaches beyond"),
    "strides below zero": (a_file(dictionary(w=tensor(strides=(-3, 1)))), "makes no sense"),
    "much out of little": (a_file(dictionary(w=tensor((2**20, 2**20), (0, 0)))), "more entries than its storage"),
    "a shape of another rank": (a_file(dictionary(w=tensor((2, 3), (1,)))), "makes no sense"),
    "a shape of texts": (
        a_file(dictionary(w=tensor().replace(number(2) + number(3), text("a") + text("b")))),
        "no sense",
    ),
    "a storage that is missing": (a_file(dictionary(w=tensor()), keys=()), "list of storages"),
    "a storage too many": (a_file(dictionary(w=tensor()), keys=("1", "2")), "list of storages"),
    "a storage of another kind": (a_file(dictionary(w=tensor(kind="UntypedStorage"))), "not known"),
    "nothing": (b"", "cut off or malformed"),
    "a zip": (b"PK\x03\x04rest", "newer format"),
    "another magic": (pickle.dumps(12345, 2) + a_file(dictionary())[15:], "does not begin as"),
    "another version": (a_file(dictionary()).replace(pickle.dumps(1001, 2), pickle.dumps(1002, 2)), "version"),
    "no pickle": (b"\xff\xd8\xff\xe0 a photograph", "malformed"),
    "a text of four gigabytes": (a_file(b"X\xff\xff\xff\xffabc"), "malformed"),
    "a number of two gigabytes": (a_file(b"\x8b\xff\xff\xff\x7f"), "malformed|opcode"),
    "memory that was never kept": (a_file(b"h\x05"), "never kept"),
    "an empty stack": (a_file(b"R"), "empty stack"),
    "no mark": (a_file(b"t"), "mark is missing"),
    "nothing left": (a_file(b""), "no single thing"),
    "something behind": (a_file(dictionary(w=tensor())) + b"more", "follows its last storage"),
    "cut in its numbers": (a_file(dictionary(w=tensor()))[:-1], "cut off"),
    "cut in its pickles": (a_file(dictionary(w=tensor()))[:60], "cut off or malformed"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data, reason = HOSTILE[kind]
    (tmp_path / "file.pth").write_bytes(data)
    with pytest.raises(Refused, match=reason) as refused:
        read_checkpoint(tmp_path / "file.pth")
    sentence = str(refused.value)
    assert sentence.startswith("file must hold tensors")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300
    assert not (tmp_path / "never").exists()


def test_every_prefix_and_every_flipped_byte_is_refused_or_read() -> None:
    whole = a_file(dictionary(w=tensor(), v=tensor((3,), (2,))))
    for end in range(len(whole)):
        with pytest.raises(Refused):
            tensors(whole[:end])
    for place in range(len(whole)):
        broken = whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]
        try:
            found = tensors(broken)
        except Refused:
            continue
        assert all(isinstance(value, np.ndarray) for value in found.values())


def test_nested_copies_are_not_unfolded() -> None:
    bomb = b")" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(200))
    with pytest.raises(Refused, match="a tuple and no dictionary"):
        tensors(a_file(bomb))


@pytest.mark.pretrained
def test_the_weights_of_lite0_are_all_there() -> None:
    weights = lite.pretrained()
    learnt = [value for key, value in weights.items() if "running" not in key]
    assert sum(value.size for value in learnt) == 4_652_008
    assert {value.dtype for value in weights.values()} == {np.dtype(np.float32)}
    assert {key: value.shape for key, value in weights.items()} == {k: v.shape for k, v in lite.untrained().items()}
