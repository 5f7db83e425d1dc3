"""`cnnspec classify` gives every file a clear answer or one sentence, whatever is in it."""

import io
import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cnnspec.cli import classifying, main
from cnnspec.transfer import lite
from cnnspec.transfer.pictures import read_picture
from cnnspec.transfer.screenshots import CLASSES

SMALL = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as a field."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def sixteen_bits() -> bytes:
    return saved(Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40) * 40), "PNG")


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(SMALL, "JPEG", exif=exif)


READ = {
    "rgb.png": (saved(SMALL, "PNG"), ()),
    "grey.png": (saved(SMALL.convert("L"), "PNG"), ()),
    "bits.png": (saved(SMALL.convert("1"), "PNG"), ()),
    "cmyk.jpg": (saved(SMALL.convert("CMYK"), "JPEG"), ("CMYK: colours are approximate",)),
    "palette.png": (saved(SMALL.convert("P"), "PNG"), ()),
    "palette.gif": (saved(SMALL.convert("P"), "GIF"), ()),
    "clear-palette.png": (saved(SMALL.convert("P"), "PNG", transparency=0), ("transparent: shown on white",)),
    "clear.png": (saved(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"), ("transparent: shown on white",)),
    "solid.png": (saved(SMALL.convert("RGBA"), "PNG"), ()),
    "16.png": (sixteen_bits(), ("16 bits: the upper 8 are judged",)),
    "film.gif": (
        saved(SMALL.convert("P"), "GIF", save_all=True, append_images=[Image.new("P", (60, 40))] * 3),
        ("animated: the first frame is judged",),
    ),
    "film.webp": (
        saved(SMALL, "WEBP", save_all=True, append_images=[Image.new("RGB", (60, 40))]),
        ("animated: the first frame is judged",),
    ),
    "turned.jpg": (turned(), ("turned upright",)),
    "photo.tif": (saved(SMALL, "TIFF"), ()),
    "wrong-name.jpg": (saved(SMALL, "PNG"), ()),
}

REFUSED = {
    "one.png": (saved(Image.new("RGB", (1, 1)), "PNG"), "has 1×1 pixels; a screenshot has at least 32 each way"),
    "line.png": (saved(Image.new("RGB", (4000, 2)), "PNG"), "has 4000×2 pixels; a screenshot has at least 32"),
    "large.png": (bomb(8_000), "has 8000×8000 pixels; more than 50,000,000 are not read"),
    "bomb.png": (bomb(40_000), "has more than 50,000,000 pixels"),
    "cut.png": (saved(SMALL, "PNG")[:-900], "is damaged"),
    "cut.jpg": (saved(SMALL, "JPEG")[:-300], "is damaged: image file is truncated"),
    "empty.png": (b"", "is no picture that can be read"),
    "text.png": (b"not a picture", "is no picture that can be read; it may be PNG, JPEG"),
    "drawing.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no picture that can be read"),
    "numbers.tif": (saved(Image.fromarray(np.ones((40, 40), np.float32)), "TIFF"), "holds floating-point numbers"),
    "wide.tif": (
        saved(Image.fromarray(np.full((40, 40), 70_000, np.int32)), "TIFF"),
        "holds numbers that are no shades",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_a_picture_of_any_mode_becomes_rgb(name: str, tmp_path: Path) -> None:
    data, notes = READ[name]
    (tmp_path / name).write_bytes(data)
    picture = read_picture(tmp_path / name)
    assert picture.image.mode == "RGB"
    assert picture.notes == notes
    if name == "turned.jpg":
        assert picture.image.size == (40, 60)
    if name == "clear.png":
        assert picture.image.getpixel((5, 5)) == (255, 255, 255)
    if name == "16.png":
        assert picture.image.getpixel((39, 39)) == (248, 248, 248)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_fit_picture_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    data, reason = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=reason) as refused:
        read_picture(tmp_path / name)
    sentence = str(refused.value)
    assert sentence.startswith(str(tmp_path / name))
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_folders_missing_files_and_pipes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder; name the pictures in it"):
        read_picture(tmp_path)
    with pytest.raises(ValueError, match="does not exist"):
        read_picture(tmp_path / "none.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match="no ordinary file"):
            read_picture(tmp_path / "pipe")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["classify", *arguments])


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with random weights, so that it can be tried without the extra."""
    monkeypatch.setattr(classifying, "NEEDED", {})
    monkeypatch.setattr(lite, "pretrained", lite.untrained)


@pytest.mark.usefixtures("weights")
def test_classify_answers_what_it_can_and_says_what_it_learned_from(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(READ["clear.png"][0])
    bad.write_bytes(b"x")
    result = run(str(good), str(bad))
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{good}: ")
    assert first.endswith("(transparent: shown on white)")
    assert all(label in first for label in CLASSES)
    assert second.startswith("Learned from 480 drawn screenshots, not from real ones")
    assert (
        result.stderr
        == f"cnnspec: {bad} is no picture that can be read; it may be " + result.stderr.split("may be ")[1]
    )


@pytest.mark.usefixtures("weights")
def test_classify_writes_json(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(READ["rgb.png"][0])
    result = run("--json", str(good), str(tmp_path))
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert "drawn screenshots" in answer["warning"]
    judged, refused = answer["pictures"]
    assert set(judged["probabilities"]) == set(CLASSES)
    assert judged["class"] == max(judged["probabilities"], key=judged["probabilities"].get)
    assert sum(judged["probabilities"].values()) == pytest.approx(1, abs=0.001)
    assert refused == {"file": str(tmp_path), "error": f"{tmp_path} is a folder; name the pictures in it."}
    assert run("--json", str(good)).exit_code == 0


def test_a_missing_extra_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifying, "NEEDED", {"no_such_module": "pretrained", "PIL": "book"})
    result = run("x.png")
    assert result.exit_code == 2
    assert result.stderr == (
        "cnnspec: This needs more than is installed; in the book's folder run: pip install -e '.[pretrained]'\n"
    )
