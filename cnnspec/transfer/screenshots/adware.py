"""Scenes in which something is offered that nobody asked for."""

from __future__ import annotations

from cnnspec.transfer.screenshots.brush import Box, Brush
from cnnspec.transfer.screenshots.desktop import browser, busy, dialog, document, somewhere, web_page, window
from cnnspec.transfer.screenshots.themes import readable


def page(brush: Brush) -> Box:
    """A page that somebody reads."""
    found = browser(brush, somewhere(brush, busy(brush), 0.9, 0.9), "https://videos.example/watch")
    web_page(brush, found)
    return found


def advert(brush: Brush, box: Box) -> None:
    """One offer: a picture or a sign, words, a button, a small cross."""
    paint = brush.colour()
    brush.fill(box, paint, border=(20, 20, 20))
    if brush.chance.random() < 0.5:
        brush.photo(box.part(0.04, 0.05, 0.96, 0.5))
    else:
        brush.sign(box.part(0.38, 0.08, 0.62, 0.45), brush.pick(("gift", "mark"), shared=False), readable(paint))
    brush.heading(
        box.part(0.05, 0.54, 0.95, 0.8),
        brush.say("sale", int(brush.chance.integers(5))),
        size=1.5,
        colour=readable(paint),
    )
    brush.button(box.part(0.2, 0.77, 0.8, 0.94), brush.say("sale", int(brush.chance.integers(2, 5))), brush.colour())
    brush.text(
        (box.right - brush.unit * 0.3, box.top + brush.unit * 0.1), "x", size=0.8, colour=readable(paint), anchor="ra"
    )


def pop_ups(brush: Brush) -> None:
    """Offers over a page, each over the last."""
    where = page(brush)
    for _ in range(int(brush.chance.integers(2, 6))):
        advert(brush, somewhere(brush, where, 0.3, 0.4))


def prize(brush: Brush) -> None:
    """One large offer in the middle."""
    where = page(brush)
    brush.dim(where)
    advert(brush, somewhere(brush, where, 0.5, 0.65, middle=True))


def false_alert(brush: Brush) -> None:
    """A page that claims to have found viruses, and sells the cure."""
    where = browser(brush, somewhere(brush, busy(brush), 0.92, 0.92, middle=True), "http://clean-pc.example")
    paint = brush.pick(((190, 20, 24), (20, 60, 150), (245, 245, 245), (240, 190, 40)))
    brush.fill(where, paint)
    brush.sign(where.part(0.06, 0.08, 0.2, 0.32), brush.pick(("warning", "shield")), readable(paint))
    text = where.part(0.25, 0.08, 0.95, 0.6)
    rest = brush.heading(text, brush.say("alert", 0), size=2.4, colour=readable(paint))
    brush.paragraph(
        rest, [brush.say("alert", 1), brush.say("alert", 2), brush.say("sale", 4)], size=1.3, colour=readable(paint)
    )
    brush.button(where.part(0.3, 0.6, 0.7, 0.72), brush.say("alert", 3), brush.colour())
    if brush.look.random() < 0.6:
        advert(brush, somewhere(brush, where, 0.25, 0.35))


def toasts(brush: Brush) -> None:
    """Notes that pile up in a corner."""
    room = busy(brush)
    left = brush.look.random() < 0.25
    for i in range(int(brush.chance.integers(2, 6))):
        card = (
            room.part(0.01, 0.82 - i * 0.16, 0.25, 0.96 - i * 0.16)
            if left
            else room.part(0.74, 0.82 - i * 0.16, 0.99, 0.96 - i * 0.16)
        )
        brush.fill(card, brush.theme.panel, border=brush.theme.ink, round=6)
        brush.sign(
            card.part(0.04, 0.15, 0.2, 0.8), brush.pick(("gift", "warning", "mark"), shared=False), brush.colour()
        )
        topic = brush.pick(("sale", "alert"), shared=False)
        brush.paragraph(card.part(0.26, 0.12, 0.97, 0.95), [brush.say(topic, int(brush.chance.integers(5)))], size=0.95)


def hijacked(brush: Brush) -> None:
    """A browser with bars that nobody installed and a search that nobody chose."""
    where = browser(brush, somewhere(brush, busy(brush), 0.92, 0.92, middle=True), "http://best-search.example")
    for row in where.part(0, 0, 1, 0.06 * (bars := int(brush.pick((1, 2, 3))))).rows(bars):
        brush.fill(row, brush.colour())
        for part in row.columns(8, 4):
            brush.button(part.inset(2), brush.say("sale", int(brush.chance.integers(5))), brush.colour())
    brush.heading(where.part(0.2, 0.26, 0.8, 0.5), "Best Search", size=3, colour=brush.theme.accent)
    brush.fill(where.part(0.25, 0.44, 0.75, 0.5), brush.theme.paper, border=brush.theme.ink, round=9)
    for seat in where.part(0.05, 0.58, 0.95, 0.96).columns(int(brush.pick((3, 4, 5))), brush.unit):
        advert(brush, seat)


def downloads(brush: Brush) -> None:
    """A page of buttons of which none is the right one."""
    where = browser(brush, somewhere(brush, busy(brush), 0.9, 0.9), "http://free-files.example")
    brush.filler(where.part(0.05, 0.05, 0.65, 0.3))
    for _ in range(int(brush.chance.integers(3, 7))):
        x, y = brush.chance.uniform(0.05, 0.6), brush.chance.uniform(0.3, 0.85)
        brush.button(where.part(x, y, x + 0.32, y + 0.1), brush.say("sale", 4), brush.colour())
    for seat in where.part(0.72, 0.04, 0.97, 0.96).rows(3, brush.unit):
        advert(brush, seat)


def bundled(brush: Brush) -> None:
    """An installer that brings something along."""
    room = busy(brush)
    if brush.look.random() < 0.5:
        document(brush, somewhere(brush, room, 0.6, 0.6))
    place = somewhere(brush, room, 0.45, 0.5, middle=True)
    if brush.look.random() < 0.5:
        left = dialog(
            brush, place, "Setup", "gift", brush.say("sale", 4), [brush.say("sale", 3)], [brush.say("buttons", 2)]
        )
    else:
        left = window(brush, place, "Setup").part(0.04, 0.05, 0.96, 0.75)
    advert(brush, left.part(0, 0.1, 1, 1))


SCENES = (pop_ups, false_alert, toasts, prize, hijacked, downloads, bundled)
