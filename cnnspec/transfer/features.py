r"""Features of all screenshots, computed once and kept in a file, so that the book needs no pretrained network.

The command `cnnspec features` draws the screenshots, runs both networks and writes the file that stands beside this
module. To keep it small each feature is stored in 256 steps between its least and its largest value; a probe does not
notice, and a test holds the steps against a fresh computation.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.transfer import lite
from cnnspec.transfer.screenshots import Screenshot, collection

FILE = Path(__file__).parent / "data" / "features.npz"
SHA256 = "95e0debef569d0e08c0ffd1c6c86f110a4ba8da4dfdbb9be35abdea589875b88"
"""The checksum of the file: another file is another book."""

CAMPAIGNS, PICTURES, THUMBNAIL = 20, 6, 16


@dataclass(frozen=True)
class Features:
    """What is known of the screenshots, a row for each.

    Attributes:
        pretrained: Features by the weights learned from ImageNet, of shape (N, 1280).
        untrained: Features by the same network with random weights, of shape (N, 1280).
        pixels: The pixels of a picture of 16 by 16 in RGB, of shape (N, 768).
        labels: The classes.
        campaigns: The campaigns, which are the groups.
        scenes: What is drawn, as a number.
        names: The names of the scenes.
    """

    pretrained: Array
    untrained: Array
    pixels: Array
    labels: Array
    campaigns: Array
    scenes: Array
    names: tuple[str, ...]


def thumbnail(image: Any) -> Array:
    """The pixels of a very small copy, as one row."""
    from PIL import Image

    small = image.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8).ravel()


def compute(screenshots: Iterable[Screenshot], told: Callable[[int], None] = lambda count: None) -> Features:
    """Draw screenshots and compute their features, one picture at a time.

    Args:
        screenshots: What to draw.
        told: Called with how many are done.

    Raises:
        ModuleNotFoundError: If the pretrained weights are not installed.
    """
    weights = lite.pretrained(), lite.untrained()
    shots, rows = list(screenshots), []
    for count, shot in enumerate(shots, start=1):
        x = lite.whole(shot.image)[None]
        rows.append((*(lite.features(x, w)[0] for w in weights), thumbnail(shot.image)))
        told(count)
    pretrained, untrained, pixels = (np.stack(column) for column in zip(*rows, strict=True))
    names, scenes = np.unique([shot.scene for shot in shots], return_inverse=True)
    labels, campaigns = np.array([shot.label for shot in shots]), np.array([shot.group for shot in shots])
    return Features(pretrained, untrained, pixels, labels, campaigns, scenes, tuple(map(str, names)))


def everything() -> Sequence[Screenshot]:
    """The screenshots of the book."""
    return list(collection(CAMPAIGNS, PICTURES))


def pack(found: Features) -> bytes:
    """The file's bytes: the same features give the same bytes."""
    parts: dict[str, Array] = {"pixels": found.pixels, "labels": found.labels.astype(np.uint8)}
    parts |= {"campaigns": found.campaigns.astype(np.uint8), "scenes": found.scenes.astype(np.uint8)}
    parts["names"] = np.array(found.names)
    for name, values in (("pretrained", found.pretrained), ("untrained", found.untrained)):
        low, step = values.min(axis=0), np.ptp(values, axis=0) / 255
        parts[name] = np.rint((values - low) / np.where(step > 0, step, 1)).astype(np.uint8)
        parts[f"{name}_low"], parts[f"{name}_step"] = low.astype(np.float32), step.astype(np.float32)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **parts)
    return file.getvalue()


def unpack(data: bytes) -> Features:
    """The features in the bytes of a file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as parts:
        values = {
            name: parts[f"{name}_low"] + parts[name].astype(np.float32) * parts[f"{name}_step"]
            for name in ("pretrained", "untrained")
        }
        whole = {name: parts[name].astype(np.int64) for name in ("labels", "campaigns", "scenes")}
        return Features(**values, pixels=parts["pixels"], **whole, names=tuple(map(str, parts["names"])))


@cache
def kept() -> Features:
    """The features that come with the book.

    Raises:
        ValueError: If the file is not the one that belongs to this version.
    """
    data = FILE.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError(f"{FILE.name} must be the file that belongs to this version, but its checksum is another one.")
    return unpack(data)
