r"""All names of the zoo."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import MappingProxyType

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.graph import Architecture
from cnnspec.zoo.operation import Shape

FAMILIES = (
    "lenet",
    "alexnet",
    "plain",
    "vgg",
    "squeezenet",
    "googlenet",
    "inception_v3",
    "inception_resnet",
    "resnet",
    "resnet_v2",
    "resnet_cifar",
    "pyramidnet",
    "densenet",
    "unet",
    "xception",
    "mobilenet_v1",
    "mobilenet_v2",
    "mobilenet_v3",
    "mnasnet",
    "nasnet",
    "shufflenet",
    "ghostnet",
    "repvgg",
    "efficientnet",
    "regnet",
    "convnext",
    "vit",
    "swin",
    "maxvit",
)


@cache
def all_architectures() -> Mapping[str, Entry]:
    """Every architecture of the zoo by name; nothing is built yet."""
    modules = [import_module(f"cnnspec.zoo.{family}") for family in FAMILIES]
    return MappingProxyType({entry.name: entry for module in modules for entry in module.ENTRIES})


def find(name: str) -> Entry:
    """The entry of a name.

    Raises:
        ValueError: If there is none; the sentence suggests the nearest names.
    """
    entries = all_architectures()
    if name in entries:
        return entries[name]
    spelt: dict[str, str] = {}
    for known in entries:
        spelt.setdefault(known.lower(), known)
        spelt.setdefault(known.lower().partition("/")[2] or known, known)
    near = [spelt[match] for match in get_close_matches(str(name).lower(), spelt, n=3, cutoff=0.5)]
    hint = f"; did you mean {', '.join(dict.fromkeys(near))}?" if near else "."
    raise ValueError(f"name must be one of the {len(entries)} architectures, but {name!r} came{hint}")


def build(name: str, input: Shape | None = None, classes: int | None = None, **options: object) -> Architecture:
    """Write an architecture down.

    Args:
        name: One of `all_architectures()`: `resnet50`, `keras/ResNet50`, `paper/resnet20_cifar_option_A`, ...
        input: Channels, rows and columns of the picture; None means those it was made for.
        classes: Number of classes; None likewise.
        **options: Options of the family function that are to differ, such as `width=0.5`.

    Raises:
        ValueError: If the name is not known, or the picture too small for a layer, which the sentence names.
    """
    return find(name).build(input, classes, **options)
