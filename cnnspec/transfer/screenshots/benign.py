"""Scenes in which nothing is wrong, among them some that look as if something were."""

from __future__ import annotations

from cnnspec.transfer.screenshots.brush import Box, Brush
from cnnspec.transfer.screenshots.desktop import (
    browser,
    busy,
    console,
    desktop,
    dialog,
    document,
    menu,
    sheet,
    somewhere,
    web_page,
    window,
)
from cnnspec.transfer.screenshots.themes import mixed, readable


def writing(brush: Brush) -> None:
    """Somebody writes a document."""
    document(brush, somewhere(brush, busy(brush), 0.8, 0.85))


def reckoning(brush: Brush) -> None:
    """Somebody works with a table of numbers."""
    sheet(brush, somewhere(brush, busy(brush), 0.8, 0.85))


def reading(brush: Brush) -> None:
    """Somebody reads the news, perhaps under a question about cookies."""
    page = browser(brush, somewhere(brush, busy(brush), 0.9, 0.9), "https://news.example/today")
    web_page(brush, page)
    if brush.look.random() < 0.6:
        strip = page.part(0.02, 0.75, 0.98, 0.98)
        brush.fill(strip, brush.theme.panel, border=brush.theme.ink)
        brush.filler(strip.part(0.02, 0.1, 0.6, 0.95))
        brush.buttons(strip.inset(brush.unit), [brush.say("buttons", 0), brush.say("buttons", 1)])


def mail(brush: Brush) -> None:
    """Somebody reads mail."""
    inside = menu(brush, window(brush, somewhere(brush, busy(brush), 0.85, 0.85), "Mail"))
    brush.fill(inside, brush.theme.paper)
    for i, row in enumerate(inside.part(0, 0, 0.32, 1).rows(int(brush.chance.integers(6, 12)), 2)):
        paint = mixed(brush.theme.paper, brush.theme.accent, 0.3) if i == 1 else brush.theme.panel
        brush.fill(row, paint)
        brush.text((row.left + brush.unit / 2, row.top + brush.unit / 3), brush.say("title", i), size=0.9)
    rest = brush.heading(inside.part(0.36, 0.04, 0.96, 0.96), brush.say("title", 2), size=1.5)
    brush.filler(rest)


def coding(brush: Brush) -> None:
    """Somebody works in a console or an editor of programs."""
    words = (
        "def",
        "return",
        "import numpy",
        "for i in range(n):",
        "$ make test",
        "passed",
        "if x > 0:",
        "y = w @ x + b",
    )
    lines = ["    " * int(brush.chance.integers(3)) + words[int(brush.chance.integers(8))] for _ in range(40)]
    console(brush, somewhere(brush, busy(brush), 0.7, 0.8), lines, title="editor")


def call(brush: Brush) -> None:
    """A look-alike of spyware: a video call, in which faces and perhaps the screen are shared, as all know."""
    room = busy(brush)
    inside = window(brush, somewhere(brush, room, 0.8, 0.85), "Call")
    brush.fill(inside, (24, 26, 30))
    side = int(brush.pick((1, 2, 2, 3)))
    for row in inside.part(0.02, 0.02, 0.98, 0.86).rows(side, 4):
        for seat in row.columns(side, 4):
            brush.person(seat)
    for i, paint in enumerate(((210, 60, 60), (90, 90, 100), (90, 90, 100))):
        brush.sign(inside.part(0.42 + i * 0.06, 0.89, 0.46 + i * 0.06, 0.97), "camera" if i else "mark", paint)
    if brush.look.random() < 0.5:
        brush.button(room.part(0.35, 0, 0.65, 0.05), brush.say("remote", 0))


def shop(brush: Brush) -> None:
    """A look-alike of adware: a shop with a banner, which somebody opened to buy something."""
    page = browser(brush, somewhere(brush, busy(brush), 0.92, 0.92, middle=True), "https://shop.example/shoes")
    banner, paint = page.part(0, 0, 1, 0.2), brush.colour()
    brush.fill(banner, paint)
    brush.heading(
        banner.part(0.1, 0.2, 0.9, 1), brush.say("sale", 1 + int(brush.look.integers(3))), colour=readable(paint)
    )
    for row in page.part(0.03, 0.24, 0.97, 0.98).rows(2, brush.unit):
        for item in row.columns(int(brush.pick((3, 4, 5))), brush.unit):
            brush.photo(item.part(0, 0, 1, 0.66))
            brush.text(
                (item.left, item.top + item.height * 0.7), f"{int(brush.chance.integers(9, 99))}.90", face="Sans-Bold"
            )
            brush.button(item.part(0.5, 0.72, 1, 0.9), "+")


def log_in(brush: Brush) -> None:
    """A look-alike of spyware: a page on which somebody logs in."""
    page = browser(brush, somewhere(brush, busy(brush), 0.9, 0.9), "https://bank.example/login")
    if brush.look.random() < 0.5:
        brush.photo(page.part(0, 0, 0.5, 1))
        card = page.part(0.55, 0.15, 0.92, 0.8)
    else:
        card = page.part(0.3, 0.15, 0.7, 0.8)
    brush.fill(card, brush.theme.panel, border=mixed(brush.theme.panel, brush.theme.ink, 0.2), round=8)
    form(brush, card.inset(brush.unit * 1.5), brush.say("log in", 0))


def form(brush: Brush, room: Box, heading: str) -> None:
    """Fields for a name and a password, and a button."""
    rest = brush.heading(room, heading, size=1.4)
    brush.field(rest, brush.say("fields", 0))
    brush.field(
        Box(rest.left, rest.top + brush.unit * 4.5, rest.right, rest.bottom), brush.say("fields", 1), secret=True
    )
    brush.button(Box(rest.left, room.bottom - brush.unit * 2.4, rest.right, room.bottom), brush.say("buttons", 2))


def backup(brush: Brush) -> None:
    """A look-alike of ransomware: a backup that encrypts, with a key to write down."""
    room = busy(brush)
    text = [brush.say("backup", 1), brush.say("backup", 2), brush.say("filler", int(brush.chance.integers(6)))]
    place = somewhere(brush, room, 0.5, 0.45, middle=True)
    sign = brush.pick(("lock", "shield"))
    left = dialog(
        brush, place, "Backup", sign, brush.say("backup", 0), text, [brush.say("buttons", 0), brush.say("buttons", 1)]
    )
    brush.progress(Box(left.left, left.top, left.right, left.top + brush.unit), brush.number(0.05, 0.95))
    key = "-".join(f"{int(n):05d}" for n in brush.chance.integers(0, 99999, 4))
    brush.text((left.left, left.top + brush.unit * 2), key, face="SansMono")


def game(brush: Brush) -> None:
    """A look-alike of a locked screen: a game that fills it, with a clock and large letters."""
    screen = brush.screen
    if brush.look.random() < 0.5:
        brush.photo(screen)
    else:
        brush.fill(screen, brush.pick(((20, 10, 12), (8, 14, 30), (40, 20, 50), (120, 20, 20))))
        for _ in range(14):
            x, y, r = brush.chance.uniform(0, 1, 3)
            at = screen.part(x, 0.3 + y * 0.6, x + r * 0.12, 0.3 + y * 0.6 + r * 0.2)
            brush.fill(at, brush.colour())
    ink = brush.pick(((255, 230, 90), (255, 255, 255), (255, 90, 90), (120, 255, 140)))
    words = brush.pick(("LEVEL 7", "GAME OVER", "VICTORY", "PAUSE", "READY?"))
    brush.heading(screen.part(0.1, brush.number(0.1, 0.4), 0.9, 1), words, size=brush.number(3, 6), colour=ink)
    clock = f"{int(brush.chance.integers(0, 9)):02d}:{int(brush.chance.integers(60)):02d}"
    brush.text(
        (screen.right - brush.unit * 2, brush.unit * 1.5), clock, size=2, colour=ink, face="SansMono", anchor="ra"
    )
    brush.text((brush.unit * 2, brush.unit * 1.5), str(int(brush.chance.integers(99999))), size=2, colour=ink)
    brush.progress(screen.part(0.03, 0.93, 0.3, 0.96), brush.number(0.1, 1))


def updating(brush: Brush) -> None:
    """A look-alike of spyware: an update that the system really wants to install."""
    room = busy(brush)
    text = [brush.say("filler", int(brush.chance.integers(6))) for _ in range(2)]
    place = somewhere(brush, room, 0.4, 0.35)
    left = dialog(brush, place, brush.say("update", 2), "mark", brush.say("update", 1), text, [brush.say("buttons", 4)])
    brush.progress(Box(left.left, left.top, left.right, left.top + brush.unit), brush.number(0, 1))


def scanning(brush: Brush) -> None:
    """A look-alike of a false alert: a scanner that found nothing, or something."""
    inside = window(brush, somewhere(brush, busy(brush), 0.55, 0.6), "Scanner")
    brush.sign(inside.part(0.06, 0.1, 0.24, 0.5), "shield", brush.pick(((30, 150, 80), (200, 60, 50), (60, 110, 200))))
    brush.filler(inside.part(0.32, 0.12, 0.95, 0.5))
    brush.progress(inside.part(0.06, 0.62, 0.94, 0.67), brush.number(0.2, 1))
    brush.buttons(inside.inset(brush.unit), [brush.say("alert", 3), brush.say("buttons", 4)])


def idle(brush: Brush) -> None:
    """Nobody does anything."""
    desktop(brush)


SCENES = (writing, shop, reading, log_in, mail, backup, coding, game, call, updating, reckoning, scanning, idle)
