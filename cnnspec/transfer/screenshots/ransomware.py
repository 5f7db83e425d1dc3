"""Scenes in which files are held to ransom."""

from __future__ import annotations

from cnnspec.transfer.screenshots.brush import Box, Brush
from cnnspec.transfer.screenshots.desktop import browser, busy, console, desktop, somewhere, window
from cnnspec.transfer.screenshots.themes import mixed, readable

LETTERS = "0123456789acdefghjklmnpqrstuvwxyz"


def wallet(brush: Brush) -> str:
    """An address to which nobody can pay anything."""
    return "bc1q" + "".join(LETTERS[int(i)] for i in brush.chance.integers(len(LETTERS), size=26))


def timer(brush: Brush) -> str:
    """The time that is left."""
    hours, minutes, seconds = brush.chance.integers((96, 60, 60))
    return f"{int(hours):02d}:{int(minutes):02d}:{int(seconds):02d}"


def demand(brush: Brush, room: Box, ink: tuple[int, int, int], *, size: float = 1.0) -> None:
    """Heading, text, time and wallet, in one of several arrangements."""
    order = [brush.say("demand", int(i)) for i in brush.chance.permutation(4)[: int(brush.chance.integers(2, 5))]]
    heading, aside = brush.say("locked", int(brush.look.integers(3))), brush.look.random() < 0.5
    rest = brush.heading(room.part(0.03, 0.03, 0.97, 1), heading, size=size * brush.number(1.6, 2.8), colour=ink)
    text = rest.part(0.32, 0, 0.97, 0.6) if aside else rest.part(0.03, 0, 0.97, 0.5)
    brush.paragraph(text, order, size=size, colour=ink)
    clock = rest.part(0.02, 0.02, 0.28, 0.3) if aside else rest.part(0.3, 0.52, 0.7, 0.7)
    face = brush.pick(("SansMono", "Sans-Bold"))
    middle = ((clock.left + clock.right) / 2, (clock.top + clock.bottom) / 2)
    brush.text(middle, timer(brush), size=size * 1.8, colour=ink, face=face, anchor="mm")
    line = rest.part(0.03, 0.74, 0.97, 0.86)
    if brush.look.random() < 0.6:
        brush.fill(line, brush.theme.paper)
        brush.text((line.left + brush.unit, (line.top + line.bottom) / 2), wallet(brush), face="SansMono", anchor="lm")
    else:
        brush.text((line.left, line.top), wallet(brush), face="SansMono", colour=ink)
    if brush.look.random() < 0.7:
        brush.buttons(rest.part(0.03, 0, 0.97, 0.99), [brush.say("pay", 0), brush.say("pay", 1)])


def full_screen(brush: Brush) -> None:
    """A note that fills the screen."""
    ground = brush.pick(((10, 10, 10), (150, 10, 14), (20, 30, 90), (245, 245, 245), brush.theme.desktop))
    brush.fill(brush.screen, ground)
    if brush.look.random() < 0.6:
        side = brush.screen.height * 0.2
        brush.sign(Box(side / 3, side / 3, side * 1.2, side * 1.2), brush.pick(("lock", "warning")), readable(ground))
    demand(brush, brush.screen.part(0.16, 0.12, 0.88, 0.95), readable(ground), size=brush.number(1.0, 1.4))


def note_window(brush: Brush) -> None:
    """A note in a window over somebody's work."""
    room = busy(brush)
    paint = brush.pick(((160, 20, 24), brush.theme.accent, brush.theme.title, (30, 30, 30)))
    inside = window(brush, somewhere(brush, room, 0.6, 0.65, middle=True), "", colour=paint)
    ground = brush.pick((brush.theme.panel, paint))
    brush.fill(inside, ground)
    if brush.look.random() < 0.6:
        brush.sign(inside.part(0.03, 0.04, 0.14, 0.2), brush.pick(("lock", "warning")), readable(ground))
    demand(brush, inside.part(0.12, 0.05, 0.98, 0.98), readable(ground))


def text_note(brush: Brush) -> None:
    """A note left as a text file, opened in an editor: hardly different from writing."""
    room = desktop(brush, endings=brush.pick(("", ".locked", ".crypt")))
    inside = window(brush, somewhere(brush, room, 0.55, 0.6), "README.txt")
    brush.fill(inside, brush.theme.paper)
    lines = [brush.say("locked", 0), *(brush.say("demand", i) for i in range(4)), wallet(brush), timer(brush)]
    brush.paragraph(inside.inset(brush.unit), lines * 2, face="SansMono")


def renamed(brush: Brush) -> None:
    """A wallpaper with a few words, and files that have lost their pictures."""
    desktop(brush, endings=brush.pick((".locked", ".crypt", ".aes")))
    ground = brush.pick(((0, 0, 0), (120, 0, 0), (20, 20, 60)))
    place = somewhere(brush, brush.screen, 0.5, 0.3, middle=True)
    brush.fill(place, ground)
    rest = brush.heading(
        place.inset(brush.unit), brush.say("locked", int(brush.look.integers(3))), colour=(250, 250, 250)
    )
    brush.paragraph(rest, [brush.say("demand", i) for i in range(3)], colour=(230, 230, 230))


def fine(brush: Brush) -> None:
    """A false office of the state that wants a fine."""
    paint = brush.pick(((20, 40, 110), (30, 80, 60), (235, 235, 235), (90, 20, 30)))
    brush.fill(brush.screen, brush.theme.paper)
    head = brush.screen.part(0, 0, 1, 0.16)
    brush.fill(head, paint)
    brush.sign(head.part(0.03, 0.15, 0.1, 0.85), "shield", readable(paint))
    brush.heading(head.part(0.15, 0.25, 0.95, 1), brush.say("locked", 2), size=2.4, colour=readable(paint))
    brush.filler(brush.screen.part(0.05, 0.22, 0.58, 0.95), size=1.1)
    demand(brush, brush.screen.part(0.6, 0.22, 0.97, 0.95), brush.theme.ink, size=0.9)


def portal(brush: Brush) -> None:
    """The page on which the payment is to be made, with a chat."""
    page = browser(brush, somewhere(brush, busy(brush), 0.88, 0.9), "http://pay7h2k.example")
    ground = brush.pick(((18, 18, 22), (255, 255, 255), (40, 20, 20)))
    brush.fill(page, ground)
    demand(brush, page.part(0.04, 0.04, 0.62, 0.96), readable(ground), size=0.9)
    for i, row in enumerate(page.part(0.66, 0.06, 0.97, 0.9).rows(5, brush.unit)):
        bubble = row.part(0, 0, 0.8, 1) if i % 2 else row.part(0.2, 0, 1, 1)
        brush.fill(bubble, mixed(ground, brush.theme.accent, 0.5), round=6)
        brush.paragraph(bubble.inset(brush.unit / 2), [brush.say("demand", i)], size=0.8, colour=readable(ground))


def encrypting(brush: Brush) -> None:
    """A console that counts the files it has encrypted."""
    room = desktop(brush, endings=brush.pick(("", ".crypt")))
    lines = [f"encrypt C:/docs/file{int(i):03d}.doc -> .crypt" for i in brush.chance.integers(0, 999, 30)]
    lines[int(brush.chance.integers(6, 12)) :] = ["", brush.say("locked", 0), wallet(brush), timer(brush)]
    console(brush, somewhere(brush, room, 0.7, 0.75), lines, title="cmd")


SCENES = (full_screen, note_window, text_note, portal, renamed, fine, encrypting)
