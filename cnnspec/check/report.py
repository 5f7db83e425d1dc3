r"""The report on a subject as lines of text, each a list of pieces with a style; who prints them decides on colour."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from cnnspec import __version__
from cnnspec.check.exercise import find, heading
from cnnspec.check.grids import beside, blocks, two_sides
from cnnspec.check.links import law_page
from cnnspec.check.orders import Order, Outcome
from cnnspec.check.records import GOOD, STATUSES, Verdict
from cnnspec.environment import versions
from cnnspec.laws import Law

Line = list[tuple[str, str]]

SYMBOLS = {
    "pass": ("✓", "green"),
    "fail": ("✗", "red"),
    "error": ("!", "red"),
    "timeout": ("~", "red"),
    "not-implemented": ("·", "yellow"),
    "deviation": ("≠", "yellow"),
    "deviation-fixed": ("=", "yellow"),
}
WORDS = {
    "pass": ("passed", "passed"),
    "fail": ("failed", "failed"),
    "error": ("error", "errors"),
    "timeout": ("timeout", "timeouts"),
    "not-implemented": ("not implemented", "not implemented"),
    "deviation": ("known deviation", "known deviations"),
    "deviation-fixed": ("deviation that is none any more", "deviations that are none any more"),
}
DETAILS = 3
"""Failures of one operator that are described in full, unless all are asked for."""


def line(text: str = "", style: str = "") -> Line:
    """A line of one piece."""
    return [(text, style)]


def plain(lines: Sequence[Line]) -> str:
    """The lines without styles."""
    return "\n".join("".join(text for text, _ in pieces).rstrip() for pieces in lines)


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def header(outcome: Outcome) -> list[Line]:
    """What was tested, and how."""
    order, target = outcome.order, outcome.order.target
    found = versions()
    stack = [f"cnnspec {__version__}", *(f"{name} {found[name]}" for name in ("python", "numpy", "hypothesis"))]
    limits = order.limits
    examples = count(order.examples, "example")
    rows = [
        (target.kind, outcome.path or target.path or target.name + (f" {outcome.version}" if outcome.version else "")),
        ("sha256", outcome.sha256 or target.sha256),
        ("versions", ", ".join(stack)),
        ("run", f"seed {order.seed}, {examples} a law, at most {limits.law:g} s a law and {limits.total:g} s in all"),
        ("exercise", order.exercise and heading(find(order.exercise))),
        ("defines", ", ".join(outcome.operators)),
        ("laws", f"{len(outcome.laws)} expected, {outcome.ran} run" if outcome.laws else ""),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [line(f"cnnspec check {target.name}", "bold")]
    lines += [[(f"  {name.ljust(width)}  ", "dim"), (text, "")] for name, text in rows if text]
    lines += [[("  note".ljust(width + 4), "yellow"), (note, "")] for note in outcome.notes]
    return [*lines, line()]


def law_lines(outcome: Outcome, *, times: bool = False) -> list[Line]:
    """One line a law, in the order of the book."""
    ids = max((len(law.id) for law in outcome.laws), default=0)
    words = max((len(verdict.status) for verdict in outcome.verdicts.values()), default=0)
    lines = []
    for law in outcome.laws:
        verdict = outcome.verdicts.get(law.id)
        if verdict is None:
            lines.append(line(f"    {'not reached'.ljust(words)}  {law.id.ljust(ids)}", "dim"))
            continue
        symbol, colour = SYMBOLS[verdict.status]
        tried = count(verdict.examples, "example") if verdict.examples else "not run"
        seconds = f"{verdict.seconds:5.2f} s  " if times else ""
        lines.append(
            [
                (f"  {symbol} {verdict.status.ljust(words)}  ", colour),
                (f"{law.id.ljust(ids)}  ", ""),
                (f"{tried:>12}  {seconds}", "dim"),
                (law.name + (" (cut short: slow)" if verdict.cut else ""), ""),
            ]
        )
    return lines


def details(outcome: Outcome, *, full: bool = False) -> list[Line]:
    """Every failure: its smallest counterexample, what it points to, and how to see it again."""
    chosen, hidden = to_describe(outcome, full)
    lines: list[Line] = []
    for law, verdict, others in chosen:
        lines += [line(), *failure(law, verdict, outcome.order)]
        if others:
            names = ", ".join(others[:4]) + (" …" if len(others) > 4 else "")
            lines.append(line(f"    the same for {count(len(others), 'further law')}: {names}"))
    if hidden:
        said = "more failures are" if hidden > 1 else "more failure is"
        lines += [line(), line(f"  {hidden} {said} not described; --full describes all, --only ID one.")]
    return lines


def to_describe(outcome: Outcome, full: bool) -> tuple[list[tuple[Law, Verdict, list[str]]], int]:
    """The failures to describe, the telling ones first, each with laws that failed in the very same way."""
    laws = {law.id: law for law in outcome.laws}
    groups: dict[tuple[str, ...], list[str]] = {}
    for verdict in outcome.verdicts.values():
        if verdict.status in GOOD:
            continue
        law = laws[verdict.id]
        own = verdict.id if verdict.status == "fail" else ""
        groups.setdefault((law.needs[0], verdict.status, verdict.message, verdict.where, own), []).append(law.id)
    ordered = sorted(groups.items(), key=lambda item: laws[item[1][0]].oracle)
    described: dict[str, int] = {}
    chosen, hidden = [], 0
    for (operator, *_), ids in ordered:
        described[operator] = described.get(operator, 0) + 1
        if full or described[operator] <= DETAILS:
            chosen.append((laws[ids[0]], outcome.verdicts[ids[0]], ids[1:]))
        else:
            hidden += len(ids)
    return chosen, hidden


def failure(law: Law, verdict: Verdict, order: Order) -> list[Line]:
    """One failure in full."""
    symbol, colour = SYMBOLS[verdict.status]
    lines = [[(f"  {symbol} {verdict.status}  ", colour), (law.id, "bold"), (f"  {law.name}", "")]]
    tried = f" (example {verdict.first_failure} of {order.examples}, made as small as possible)"
    claim = verdict.message + (tried if verdict.first_failure else "")
    lines.append([("    what        ", "dim"), (claim, "")])
    if verdict.where:
        lines.append([("    where       ", "dim"), (verdict.where, "")])
    lines += [line(), *grids(verdict), line()] if verdict.counterexample else []
    hint = law.catches
    if hint and verdict.status == "fail":
        lines.append([("    look for    ", "dim"), (hint, "")])
    lines.append([("    the law     ", "dim"), (f"cnnspec laws {law.id}  ", ""), (law_page(law.id), "dim")])
    lines.append([("    once more   ", "dim"), (replay(law.id, order), "")])
    return lines


def grids(verdict: Verdict) -> list[Line]:
    """The counterexample: the calls, their arrays, and both sides."""
    example = verdict.counterexample
    assert example is not None
    lines = [line(f"      {call}", "cyan") for call in example.calls]
    if example.inputs:
        parts = [block for name, value in example.inputs.items() for block in blocks(name, value)]
        lines += [line(), *(line(f"      {text}") for text in beside(parts))]
    if example.left is not None and example.right is not None:
        sides = two_sides(example.left, example.right, example.place, ("yours", "expected"))
        lines += [line(), *(line(f"      {text}") for text in sides)]
        if example.place:
            lines.append(line(f"      first difference at [{', '.join(map(str, example.place))}]"))
        elif example.left.get("shape") != example.right.get("shape"):
            shapes = [tuple(side.get("shape", ())) for side in (example.left, example.right)]
            lines.append(line(f"      the shapes are {shapes[0]} and {shapes[1]}"))
    elif example.left is not None:
        lines += [line(), *(line(f"      {text}") for text in beside(blocks("answer", example.left)))]
    return lines


def replay(law: str, order: Order) -> str:
    """The command that runs one law again on the same inputs."""
    words = ["cnnspec", "check", order.target.name, "--only", law, "--seed", str(order.seed)]
    words += ["--examples", str(order.examples)]
    return shlex.join(words + (["--extended"] if order.extended else []))


def tally(outcome: Outcome) -> str:
    """The counts in one line."""
    counts = outcome.counts
    always = ("pass", "fail", "error")
    parts = [
        f"{counts[status]} {WORDS[status][counts[status] != 1]}"
        for status in STATUSES
        if counts[status] or status in always
    ]
    missing = len(outcome.laws) - len(outcome.verdicts)
    parts += [f"{missing} not reached"] if missing else []
    return f"{', '.join(parts)} of {count(len(outcome.laws), 'law')}"


def sentence(outcome: Outcome) -> str:
    """The verdict in a sentence."""
    name = outcome.order.target.name
    if outcome.unusable:
        return outcome.unusable
    if outcome.interrupted:
        return f"Interrupted after {len(outcome.verdicts)} of {count(len(outcome.laws), 'law')}: no verdict on {name}."
    counts = outcome.counts
    if outcome.exit_code == 0:
        examples = sum(verdict.examples for verdict in outcome.verdicts.values())
        kept = "the one law that was tried" if len(outcome.laws) == 1 else f"all {len(outcome.laws)} laws"
        known = f", but for {count(counts['deviation'], 'known deviation')}" if counts["deviation"] else ""
        return f"{name} keeps {kept}{known}, on {count(examples, 'example')}."
    chosen, _ = to_describe(outcome, full=True)
    first = f"; look first at {chosen[0][0].id}" if chosen else ""
    if counts["not-implemented"] and not counts["fail"] + counts["error"] + counts["timeout"]:
        done = "; the rest is right" if counts["pass"] else ""
        return f"{name} is not finished: {count(counts['not-implemented'], 'law')} met NotImplementedError{done}."
    if counts["fail"] or counts["error"]:
        return f"{name} breaks {count(counts['fail'] + counts['error'], 'law')} of {len(outcome.laws)}{first}."
    return f"{name} did not answer in time in {count(counts['timeout'], 'law')} of {len(outcome.laws)}{first}."


def printed(outcome: Outcome) -> list[Line]:
    """The first lines that the subject printed, if something went wrong."""
    text = "".join(c if c.isprintable() or c == "\n" else "·" for c in outcome.output.expandtabs(4)).strip()
    if not text or outcome.exit_code == 0:
        return []
    shown = text.splitlines()[:10]
    more = ["…"] if len(text.splitlines()) > 10 or len(outcome.output) >= 4000 else []
    return [line(), line("  The file printed:", "dim"), *(line(f"    {row[:160]}", "dim") for row in [*shown, *more])]


def end(outcome: Outcome) -> list[Line]:
    """The last lines: the counts and the verdict."""
    colour = "green" if outcome.exit_code == 0 else "red"
    lines = [line(), line(tally(outcome), f"bold {colour}")] if outcome.laws else []
    return [*lines, line(sentence(outcome))]


def whole(outcome: Outcome, *, full: bool = False, times: bool = False) -> list[Line]:
    """The whole report."""
    if outcome.unusable:
        reason = [line(f"  {row}", "cyan") for row in outcome.detail.splitlines()]
        return [*header(outcome), *end(outcome), *reason, *printed(outcome)]
    return [
        *header(outcome),
        *law_lines(outcome, times=times),
        *details(outcome, full=full),
        *printed(outcome),
        *end(outcome),
    ]
