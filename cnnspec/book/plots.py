"""Plots of matplotlib as inline SVG that follows the reader's light or dark mode.

matplotlib cannot write CSS variables, so it draws with sentinel colours that nobody would choose, and these are
replaced in the SVG. The same block gives the same bytes in every build.
"""

from __future__ import annotations

import io
import re

# The names for use in a block: `axes.plot(x, y, color=BLUE)`.
INK, FAINT = "#010203", "#010204"
BLUE, ORANGE, GREEN, PURPLE, RED, GREY = "#010205", "#010206", "#010207", "#010208", "#010209", "#01020a"
VARIABLES = {
    INK: "ink",
    FAINT: "faint",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    PURPLE: "purple",
    RED: "red",
    GREY: "grey",
}


def use_house_style() -> None:
    """Set matplotlib's defaults to the style of the book."""
    import matplotlib

    matplotlib.use("svg")
    from cycler import cycler

    matplotlib.rcdefaults()
    matplotlib.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "cnnspec",
            "figure.figsize": (6.4, 3.4),
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "savefig.transparent": True,
            "font.size": 10,
            "text.color": INK,
            "axes.edgecolor": FAINT,
            "axes.labelcolor": INK,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, RED, GREY]),
            "axes.grid": True,
            "grid.color": FAINT,
            "grid.linewidth": 0.4,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
        }
    )


def take() -> list[str]:
    """Return every open figure as SVG and close it."""
    from matplotlib import pyplot

    drawn = []
    for place, number in enumerate(pyplot.get_fignums()):
        figure = pyplot.figure(number)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        drawn.append(clean(file.getvalue(), place))
    pyplot.close("all")
    return drawn


def clean(svg: str, place: int = 0) -> str:
    """Strip what a page does not need, and turn the sentinel colours into variables of the style sheet."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    referenced = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda found: found.group(0) if found.group(1) in referenced else "", svg)
    # Clip paths of two plots on a page may be equal, and an id may stand on a page only once.
    salt = format(hash_of(svg), "08x") + (f"-{place}" if place else "")
    for name in sorted(referenced):
        svg = re.sub(rf"(?<=[\"#]){re.escape(name)}(?=[\")])", f"{name}-{salt}", svg)
    for colour, name in VARIABLES.items():
        svg = svg.replace(colour, f"var(--figure-{name})")
    svg = re.sub(r"font(?:-family)?: [^;\"]*?'[^;\"]*", _font, svg)
    width = re.search(r'width="([\d.]+)pt"', svg)
    size = f'style="width:{float(width.group(1)) * 4 / 3:.0f}px"' if width else ""
    return re.sub(
        r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg class="plot" viewBox="\1" {size}>', svg, count=1
    ).strip()


def hash_of(text: str) -> int:
    """Hash a text to 32 bits, the same in every process."""
    import zlib

    return zlib.crc32(text.encode())


def _font(found: re.Match[str]) -> str:
    """Keep the size and weight of a font and drop its family: the page has its own."""
    size = re.search(r"(?:(bold|\d00) )?([\d.]+)px", found.group(0))
    if size is None:
        return ""
    weight = f"font-weight: {size.group(1)}; " if size.group(1) else ""
    return f"{weight}font-size: {size.group(2)}px"
