"""Scenes in which somebody is watched, or asked for what only they should know."""

from __future__ import annotations

from cnnspec.transfer.screenshots.benign import form
from cnnspec.transfer.screenshots.brush import Box, Brush
from cnnspec.transfer.screenshots.desktop import browser, busy, console, dialog, somewhere, window
from cnnspec.transfer.screenshots.themes import mixed, readable


def prompt(brush: Brush) -> None:
    """A window that asks for a password, over somebody's work."""
    room = busy(brush)
    inside = window(
        brush, somewhere(brush, room, 0.34, 0.5, middle=True), brush.pick(("Security", "Windows", "System"))
    )
    if brush.look.random() < 0.5:
        brush.sign(inside.part(0.42, 0.04, 0.58, 0.2), brush.pick(("lock", "shield", "mark")), brush.theme.accent)
    form(brush, inside.part(0.08, 0.22, 0.92, 0.95), brush.say("log in", 1 + int(brush.look.integers(2))))


def false_page(brush: Brush) -> None:
    """A page that looks like a bank's and asks for too much."""
    page = browser(brush, somewhere(brush, busy(brush), 0.9, 0.9), "http://bank-secure.example/verify")
    brush.fill(page.part(0, 0, 1, 0.1), brush.theme.accent)
    brush.heading(page.part(0.1, 0.14, 0.9, 1), brush.say("log in", 2), size=1.6)
    for column in page.part(0.15, 0.28, 0.85, 0.85).columns(2, brush.unit * 2):
        for i, row in enumerate(column.rows(3)):
            brush.field(row, brush.say("fields", i), secret=i > 0)
    brush.button(page.part(0.35, 0.86, 0.65, 0.94), brush.say("buttons", 2))


def false_update(brush: Brush) -> None:
    """An update that needs a password."""
    room = busy(brush)
    place = somewhere(brush, room, 0.42, 0.5, middle=True)
    left = dialog(
        brush,
        place,
        brush.say("update", 0),
        brush.pick(("mark", "shield")),
        brush.say("update", 0),
        [brush.say("log in", 2)],
        [brush.say("buttons", 3), brush.say("buttons", 4)],
    )
    brush.field(left, brush.say("fields", 1), secret=True)


def remote(brush: Brush) -> None:
    """A strip that says who controls the machine."""
    room = busy(brush)
    width, at = brush.number(0.25, 0.5), brush.number(0.1, 0.5)
    top = brush.look.random() < 0.6
    strip = room.part(at, 0, at + width, 0.06) if top else room.part(at, 0.93, at + width, 0.99)
    paint = brush.pick(((200, 50, 40), (40, 140, 70), brush.theme.accent, (30, 30, 30)))
    brush.fill(strip, paint, round=6)
    brush.text(
        ((strip.left + strip.right) / 2, (strip.top + strip.bottom) / 2),
        brush.say("remote", int(brush.look.integers(3))),
        colour=readable(paint),
        face="Sans-Bold",
        anchor="mm",
    )
    card = somewhere(brush, room, 0.22, 0.4)
    inside = window(brush, card, "Remote")
    brush.person(inside.part(0.1, 0.05, 0.9, 0.5))
    brush.paragraph(inside.part(0.08, 0.55, 0.95, 0.8), [brush.say("remote", 2)], size=0.9)
    brush.buttons(inside.inset(brush.unit / 2), [brush.say("buttons", 1)])


def keys(brush: Brush) -> None:
    """A console in which keystrokes arrive."""
    room = busy(brush)
    things = ("[Enter]", "pass", "anna.k", "[Tab]", "1234", "bank.example", "[Ctrl+C]", "hunter", "[Shift]")
    lines = []
    for _ in range(30):
        stamp = ":".join(f"{int(n):02d}" for n in brush.chance.integers(0, 60, 3))
        typed = " ".join(things[int(i)] for i in brush.chance.integers(len(things), size=4))
        lines.append(f"{stamp} key {typed}")
    console(brush, somewhere(brush, room, 0.55, 0.55), lines, title=brush.pick(("keys.log", "svc", "logger")))


def camera(brush: Brush) -> None:
    """Something unknown that wants to see and hear."""
    room = busy(brush)
    place = somewhere(brush, room, 0.36, 0.36, middle=brush.look.random() < 0.5)
    words = [f"svchelper {brush.say('camera', 0)}", brush.say("camera", 2)]
    left = dialog(
        brush,
        place,
        brush.say("camera", 2),
        "camera",
        brush.say("camera", int(brush.look.integers(3))),
        words,
        [brush.say("buttons", 3), brush.say("buttons", 1)],
    )
    if brush.look.random() < 0.5 and left.height > brush.unit * 5:
        brush.person(left.part(0, 0, 0.5, 1))


def watcher(brush: Brush) -> None:
    """What the watcher sees: small screens, faces, keys."""
    inside = window(brush, somewhere(brush, busy(brush), 0.85, 0.85), "Monitor")
    brush.fill(inside, mixed(brush.theme.panel, (0, 0, 0), 0.3))
    for i, row in enumerate(inside.part(0.02, 0.03, 0.7, 0.97).rows(2, brush.unit)):
        for j, screen in enumerate(row.columns(int(brush.pick((2, 3))), brush.unit)):
            if (i + j) % 2:
                brush.person(screen)
            else:
                brush.fill(screen, brush.theme.paper)
                brush.fill(Box(*screen[:3], screen.top + brush.unit), brush.theme.title)
                brush.filler(screen.inset(brush.unit * 1.2), size=0.5)
            brush.draw.ellipse(tuple(screen.part(0.9, 0.04, 0.96, 0.12)), fill=(220, 40, 40))
    for i, row in enumerate(inside.part(0.73, 0.03, 0.98, 0.97).rows(9, 2)):
        brush.fill(row, brush.theme.paper)
        brush.text((row.left + 4, row.top + 4), f"10.0.0.{i + 2} {brush.say('fields', i)}", size=0.8)


SCENES = (prompt, remote, keys, false_update, camera, watcher, false_page)
