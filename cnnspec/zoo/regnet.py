r"""RegNet: a whole space of networks described by four numbers.

The width of block $j$ grows along a straight line, $u_j = w_0 + w_a j$, and is rounded to $w_0 w_m^s$ with a
whole $s$: equal widths form a stage. Every stage halves the map; blocks are bottlenecks without narrowing, whose
3x3 works in groups of fixed width. RegNetY adds squeeze-and-excitation gates.

Widths must be divisible by the group width. torchvision never lets a width fall below nine tenths on the way,
the authors' code does: their RegNetX-400MF has 5.2 million parameters, torchvision's 5,495,976.

Source:
    Radosavovic, Kosaraju, Girshick, He & Dollár (2020), Designing Network Design Spaces, section 3.3, figures 15-16.
"""

from __future__ import annotations

from itertools import groupby
from math import log

from cnnspec.zoo.blocks import conv_norm, divisible, squeeze_excite
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, add, flatten, global_avg_pool, linear, relu

# Blocks in all, w_0, w_a, w_m, and the width of a group.
Plan = tuple[int, int, float, float, int]
X: dict[str, Plan] = {
    "400mf": (22, 24, 24.48, 2.54, 16),
    "800mf": (16, 56, 35.73, 2.28, 16),
    "1_6gf": (18, 80, 34.01, 2.25, 24),
    "3_2gf": (25, 88, 26.31, 2.25, 48),
    "8gf": (23, 80, 49.56, 2.88, 120),
    "16gf": (22, 216, 55.59, 2.1, 128),
    "32gf": (23, 320, 69.86, 2.0, 168),
}
Y: dict[str, Plan] = {
    "400mf": (16, 48, 27.89, 2.09, 8),
    "800mf": (14, 56, 38.84, 2.4, 16),
    "1_6gf": (27, 48, 20.71, 2.65, 24),
    "3_2gf": (21, 80, 42.63, 2.66, 24),
    "8gf": (17, 192, 76.82, 2.19, 56),
    "16gf": (18, 200, 106.23, 2.48, 112),
    "32gf": (20, 232, 115.89, 2.53, 232),
    "128gf": (27, 456, 160.83, 2.52, 264),
}


def regnet(
    x: Tensor, *, classes: int = 1000, plan: Plan = X["400mf"], gate: bool = False, nearest: bool = False
) -> Tensor:
    """Draw the widths and stack the stages.

    Args:
        x: An image.
        classes: Number of classes.
        plan: Blocks in all, $w_0$, $w_a$, $w_m$ and the width of a group.
        gate: Whether blocks have a gate (RegNetY).
        nearest: Whether a width becomes the nearest multiple of the group, as the authors' code has it; else it
            never falls below nine tenths, as in torchvision.
    """
    x = conv_norm(x, "stem", 32, 3, stride=2)
    for stage, (width, blocks, group) in enumerate(stages(*plan, nearest=nearest), start=1):
        for i in range(blocks):
            name = f"trunk_output.block{stage}.block{stage}-{i}"
            x = block(x, name, width, 2 if i == 0 else 1, width // group, gate)
    x = flatten(global_avg_pool(x, name="avgpool"))
    return linear(x, "fc", classes)


def stages(
    depth: int, w_0: int, w_a: float, w_m: float, group: int, *, nearest: bool = False
) -> list[tuple[int, int, int]]:
    """The stages' widths, numbers of blocks and group widths.

    The line of widths is rounded to powers of $w_m$, then to multiples of 8, then to multiples of the group.
    """
    powers = [round(log((w_0 + w_a * j) / w_0) / log(w_m)) for j in range(depth)]
    widths = [round(w_0 * w_m**power / 8) * 8 for power in powers]
    counted = [(width, len(list(run))) for width, run in groupby(widths)]
    drawn = []
    for width, blocks in counted:
        size = min(group, width)
        drawn.append((round(width / size) * size if nearest else divisible(width, size), blocks, size))
    return drawn


def block(x: Tensor, name: str, width: int, stride: int, groups: int, gate: bool) -> Tensor:
    """1x1, 3x3 in groups, perhaps a gate, 1x1; and a shortcut, projected if the shape changes."""
    shortcut = x
    if x.shape[0] != width or stride != 1:
        shortcut = conv_norm(x, f"{name}.proj", width, 1, stride=stride, function=None)
    y = conv_norm(x, f"{name}.f.a", width, 1)
    y = conv_norm(y, f"{name}.f.b", width, 3, stride=stride, groups=groups)
    if gate:
        y = squeeze_excite(y, f"{name}.f.se", round(x.shape[0] / 4))
    y = conv_norm(y, f"{name}.f.c", width, 1, function=None)
    return relu(add(shortcut, y))


SOURCE = "Radosavovic, Kosaraju, Girshick, He & Dollár (2020), Designing Network Design Spaces"


def _entries() -> list[Entry]:
    entries = []
    for prefix, nearest in (("", False), ("paper/", True)):
        for letter, plans in (("x", X), ("y", Y)):
            for size, plan in plans.items():
                options = {"plan": plan, "gate": letter == "y", "nearest": nearest}
                entries.append(Entry(f"{prefix}regnet_{letter}_{size}", "regnet", 2020, SOURCE, regnet, options))
    return entries


ENTRIES = _entries()
