"""The furniture of a desktop: wallpaper, icons, a bar, windows, a browser, dialogs, a console."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.transfer.screenshots.brush import Box, Brush
from cnnspec.transfer.screenshots.themes import Colour, mixed, readable


def desktop(brush: Brush, *, endings: str = "") -> Box:
    """Draw an empty desktop and return the room that its bar leaves.

    Args:
        brush: What draws.
        endings: What every file's name ends with, if something has renamed them.
    """
    if brush.chance.random() < 0.4:
        brush.photo(brush.screen)
    else:
        brush.fill(brush.screen, brush.theme.desktop)
    height, on_top = brush.unit * 2.4, brush.look.random() < 0.2
    bar = Box(0, 0, brush.screen.right, height) if on_top else brush.screen.part(0, 1, 1, 1)
    bar = bar if on_top else Box(0, bar.top - height, bar.right, bar.bottom)
    icons(brush, brush.screen.part(0.01, 0.08, 0.3, 0.9), endings)
    brush.fill(bar, brush.theme.bar)
    ink = readable(brush.theme.bar)
    brush.fill(Box(bar.left, bar.top, bar.left + height, bar.bottom).inset(height * 0.25), brush.theme.accent)
    for i in range(int(brush.chance.integers(2, 8))):
        left = bar.left + height * (1.4 + i * 1.1)
        brush.fill(Box(left, bar.top, left + height * 0.7, bar.bottom).inset(height * 0.2), brush.colour(), round=3)
    clock = f"{int(brush.chance.integers(24)):02d}:{int(brush.chance.integers(60)):02d}"
    brush.text((bar.right - brush.unit, bar.top + height / 2), clock, colour=ink, anchor="rm")
    return Box(0, height, *brush.screen[2:]) if on_top else Box(0, 0, bar.right, bar.top)


def icons(brush: Brush, box: Box, endings: str = "") -> None:
    """Draw columns of files and folders."""
    step = brush.unit * 5.5
    columns, rows = int(brush.chance.integers(1, 4)), max(1, int(box.height // step))
    for i in range(columns):
        for j in range(rows if i < columns - 1 else int(brush.chance.integers(1, rows + 1))):
            x, y = box.left + i * step, box.top + j * step
            paint = (250, 250, 250) if endings else brush.colour()
            brush.fill(Box(x, y, x + step, y + step).part(0.25, 0.05, 0.75, 0.62), paint, round=4)
            name = f"file{int(brush.chance.integers(10, 99))}{endings}"
            brush.text(
                (x + step / 2, y + step * 0.68), name, size=0.7, colour=readable(brush.theme.desktop), anchor="ma"
            )


def window(brush: Brush, box: Box, title: str, *, colour: Colour | None = None) -> Box:
    """Draw a window and return the inside of it."""
    unit, paint = brush.unit, colour or brush.theme.title
    brush.fill(Box(box.left + unit / 3, box.top + unit / 3, box.right + unit / 2, box.bottom + unit / 2), (0, 0, 0))
    brush.fill(box, brush.theme.panel, border=mixed(brush.theme.panel, brush.theme.ink, 0.4))
    strip = Box(box.left, box.top, box.right, min(box.top + unit * 2, box.bottom))
    brush.fill(strip, paint)
    left_handed = sum(brush.theme.accent) % 3 == 0
    for i in range(3):
        x = box.left + unit * (1 + i * 1.3) if left_handed else box.right - unit * (1 + i * 1.3)
        round_sign = Box(x - unit * 0.4, strip.top + unit * 0.6, x + unit * 0.4, strip.top + unit * 1.4)
        brush.draw.ellipse(tuple(round_sign), fill=mixed(paint, readable(paint), 0.5))
    at = box.left + unit * (5.5 if left_handed else 0.8)
    brush.text((at, strip.top + unit), title, size=0.95, colour=readable(paint), anchor="lm")
    return Box(box.left, strip.bottom, box.right, box.bottom)


def somewhere(brush: Brush, room: Box, width: float, height: float, *, middle: bool = False) -> Box:
    """A box of roughly this share of the room, in the middle or anywhere, sometimes beyond the edge."""
    w, h = (room.width * width * brush.number(0.85, 1.15), room.height * height * brush.number(0.85, 1.15))
    reach = 0.12 if middle else 0.55
    x = room.left + (room.width - w) * (0.5 + brush.number(-reach, reach))
    y = room.top + (room.height - h) * (0.45 + brush.number(-reach, reach) * 0.9)
    return Box(x, y, x + w, y + h)


def menu(brush: Brush, inside: Box) -> Box:
    """Draw a menu along the top and return what is left."""
    strip = Box(inside.left, inside.top, inside.right, inside.top + brush.unit * 1.8)
    x = strip.left + brush.unit
    for i in range(5):
        x += (
            brush.text((x, strip.top + brush.unit * 0.9), brush.say("menu", i), size=0.9, anchor="lm")
            + brush.unit * 1.5
        )
    return Box(inside.left, strip.bottom, inside.right, inside.bottom)


def browser(brush: Brush, box: Box, address: str) -> Box:
    """Draw a browser with tabs and an address, and return the page."""
    inside = window(brush, box, "")
    unit = brush.unit
    for i in range(int(brush.chance.integers(1, 6))):
        tab = Box(
            box.left + unit * (6 + i * 9), box.top + unit * 0.4, box.left + unit * (14.5 + i * 9), box.top + unit * 2
        )
        if tab.right < box.right - unit * 6:
            brush.fill(tab, brush.theme.panel if i == 0 else mixed(brush.theme.panel, brush.theme.ink, 0.2), round=4)
            brush.text((tab.left + unit / 2, tab.top + unit * 0.4), brush.say("title", i), size=0.75)
    strip = Box(inside.left, inside.top, inside.right, inside.top + unit * 2.4)
    line = Box(strip.left + unit * 5, strip.top + unit * 0.4, strip.right - unit * 4, strip.bottom - unit * 0.4)
    brush.fill(line, brush.theme.paper, round=unit)
    brush.text((line.left + unit, line.top + unit * 0.25), address, size=0.9)
    page = Box(inside.left, strip.bottom, inside.right, inside.bottom)
    brush.fill(page, brush.theme.paper)
    return page


def web_page(brush: Brush, page: Box) -> None:
    """Fill a page with a heading, pictures and text."""
    room = brush.heading(page.part(0.05, 0.03, 0.95, 1), brush.say("title", int(brush.chance.integers(6))))
    columns = room.columns(int(brush.chance.integers(2, 5)), brush.unit)
    for column in columns:
        share = brush.number(0.15, 0.45)
        if brush.chance.random() < 0.6:
            brush.photo(column.part(0, 0, 1, share))
            column = column.part(0, share + 0.03, 1, 0.97)
        brush.filler(column, size=brush.number(0.8, 1.1))


def document(brush: Brush, box: Box) -> None:
    """Draw a window with a page of writing."""
    inside = menu(brush, window(brush, box, brush.say("title", int(brush.chance.integers(6)))))
    paper = inside.part(brush.number(0, 0.2), 0.02, brush.number(0.8, 1), 1)
    brush.fill(paper, brush.theme.paper)
    rest = brush.heading(
        paper.part(0.08, 0.05, 0.92, 0.97), brush.say("title", int(brush.chance.integers(6))), size=1.6
    )
    brush.filler(rest, size=brush.number(0.85, 1.2), face=brush.pick(("Sans", "Serif")))


def sheet(brush: Brush, box: Box, *, name: str = "") -> None:
    """Draw a window with a table of numbers."""
    inside = menu(brush, window(brush, box, name or brush.say("title", 3)))
    brush.fill(inside, brush.theme.paper)
    columns = int(brush.chance.integers(4, 9))
    for i, row in enumerate(inside.rows(max(3, int(inside.height / (brush.unit * 1.9))))):
        for j, cell in enumerate(row.columns(columns)):
            head = i == 0 or j == 0
            paint = mixed(brush.theme.paper, brush.theme.accent, 0.25) if head else brush.theme.paper
            brush.fill(cell, paint, border=mixed(brush.theme.paper, brush.theme.ink, 0.25))
            words = chr(65 + j) if i == 0 else str(int(brush.chance.integers(1, 9999)))
            brush.text((cell.right - brush.unit / 3, cell.top + brush.unit * 0.3), words, size=0.8, anchor="ra")


def console(brush: Brush, box: Box, lines: Sequence[str], *, title: str = "terminal") -> None:
    """Draw a window with lines of letters of one width on a dark or a light ground."""
    inside = window(brush, box, title)
    light = brush.look.random() < 0.25
    brush.fill(inside, (250, 250, 245) if light else brush.pick(((12, 12, 12), (20, 24, 40), (44, 0, 30))))
    ink = (30, 30, 30) if light else brush.pick(((220, 220, 220), (120, 230, 120), (240, 200, 120)))
    y = inside.top + brush.unit / 2
    for line in lines:
        if y + brush.unit * 1.3 > inside.bottom:
            break
        brush.text((inside.left + brush.unit / 2, y), line, size=0.9, colour=ink, face="SansMono")
        y += brush.unit * 1.3


def dialog(
    brush: Brush,
    box: Box,
    title: str,
    sign: str,
    heading: str,
    sentences: Sequence[str],
    buttons: Sequence[str],
    *,
    colour: Colour | None = None,
) -> Box:
    """Draw a dialog with a sign, a heading, sentences and buttons; return the room between text and buttons."""
    inside = window(brush, box, title, colour=colour).inset(brush.unit)
    side = min(brush.unit * 4, inside.height * 0.4)
    brush.sign(Box(inside.left, inside.top, inside.left + side, inside.top + side), sign, colour or brush.theme.accent)
    text = Box(inside.left + side + brush.unit, inside.top, inside.right, inside.bottom - brush.unit * 3)
    room = brush.paragraph(brush.heading(text, heading, size=1.4), sentences, size=0.95)
    brush.buttons(inside, buttons)
    return room


def busy(brush: Brush) -> Box:
    """Draw a desktop on which somebody works, and return its room: the ground of many scenes, of every class."""
    room = desktop(brush)
    for _ in range(int(brush.chance.integers(0, 4))):
        place = somewhere(brush, room, brush.number(0.4, 0.85), brush.number(0.45, 0.85))
        kind = int(brush.chance.integers(3))
        if kind == 0:
            document(brush, place)
        elif kind == 1:
            sheet(brush, place)
        else:
            web_page(brush, browser(brush, place, "https://news.example"))
    return room
