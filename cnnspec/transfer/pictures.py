"""A picture from a file that nobody has checked: as an image in RGB, or as one sentence that says why not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO", "TGA")
"""Formats whose readers only read; Pillow would hand others to programs such as Ghostscript."""

LARGEST_FILE = 100 * 2**20
MOST_PIXELS = 50_000_000
SMALLEST_SIDE = 32


@dataclass(frozen=True)
class Picture:
    """A picture that was read.

    Attributes:
        image: An image of Pillow in RGB.
        notes: What had to be done to it.
    """

    image: Any
    notes: tuple[str, ...] = ()


def read_picture(path: str | Path) -> Picture:
    """Read a picture, whatever its mode, and turn it upright.

    Args:
        path: The file.

    Raises:
        ValueError: If there is no picture, or one that is damaged, too large or too small; one sentence says which.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the pictures in it.")
    if not path.exists():
        raise ValueError(f"{path} does not exist.")
    if not path.is_file():
        raise ValueError(f"{path} is no ordinary file.")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path} has more than {LARGEST_FILE >> 20} MiB.")
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _upright(path, image)
        except PermissionError:
            raise ValueError(f"{path} may not be read.") from None
        except UnidentifiedImageError:
            known = ", ".join(FORMATS[:-1])
            raise ValueError(f"{path} is no picture that can be read; it may be {known} or {FORMATS[-1]}.") from None
        except _Unfit:
            raise
        except (Image.DecompressionBombError, MemoryError):
            raise ValueError(f"{path} has more than {MOST_PIXELS:,} pixels.") from None
        except Exception as fault:  # a reader of a damaged file raises whatever it stumbles over
            reason = (str(fault).splitlines() or [type(fault).__name__])[0].rstrip(".")[:100]
            raise ValueError(f"{path} is damaged: {reason or type(fault).__name__}.") from None


class _Unfit(ValueError):
    """A picture that is whole, and of no use."""


def _upright(path: Path, image: Any) -> Picture:
    """The first frame of an open image, in RGB and the right way up."""
    from PIL import ImageOps

    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _Unfit(f"{path} has {width}×{height} pixels; more than {MOST_PIXELS:,} are not read.")
    if min(width, height) < SMALLEST_SIDE:
        raise _Unfit(f"{path} has {width}×{height} pixels; a screenshot has at least {SMALLEST_SIDE} each way.")
    notes = ["animated: the first frame is judged"] if getattr(image, "is_animated", False) else []
    image.load()
    turned = ImageOps.exif_transpose(image)
    if turned.size != image.size or turned.tobytes() != image.tobytes():
        notes.append("turned upright")
    found, more = _in_rgb(path, turned)
    return Picture(found, (*notes, *more))


def _in_rgb(path: Path, image: Any) -> tuple[Any, list[str]]:
    """An image in RGB, and what was done to it."""
    from PIL import Image

    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise _Unfit(f"{path} holds numbers that are no shades of grey.")
        return Image.fromarray((values // 257).astype(np.uint8)).convert("RGB"), ["16 bits: the upper 8 are judged"]
    if image.mode == "F":
        raise _Unfit(f"{path} holds floating-point numbers, which are no shades of grey.")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        if layer.getextrema()[3][0] < 255:
            ground = Image.new("RGBA", layer.size, "white")
            return Image.alpha_composite(ground, layer).convert("RGB"), ["transparent: shown on white"]
        return layer.convert("RGB"), []
    return image.convert("RGB"), ["CMYK: colours are approximate"] if image.mode == "CMYK" else []
