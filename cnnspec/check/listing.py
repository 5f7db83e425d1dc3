r"""The laws and the mutants as tables and as pages of text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from cnnspec.check.exercise import exercises_of, marks
from cnnspec.check.links import CHAPTERS, law_page, number
from cnnspec.check.report import Line, count, line
from cnnspec.laws import Law, all_laws
from cnnspec.laws.operators import OPERATORS
from cnnspec.mutants import Mutant, all_mutants

LEGEND = "Levels: ● needs one reading, ●● a sheet of paper, ●●● an evening"


def laws_by_step(laws: Iterable[Law]) -> list[Line]:
    """A table of laws: id, operators, sentence, under the heading of their step."""
    chosen = list(laws)
    ids = max((len(law.id) for law in chosen), default=0)
    needs = max((len(" ".join(law.needs)) for law in chosen), default=0)
    lines: list[Line] = []
    for step in CHAPTERS:
        own = [law for law in chosen if law.step == step]
        if not own:
            continue
        heading = f"Step {number(step)} · {CHAPTERS[step]} · {count(len(own), 'law')}"
        lines += [*([line()] if lines else []), line(heading, "bold")]
        for law in own:
            mark = "+" if law.extended else " "
            needed = " ".join(law.needs).ljust(needs)
            lines.append([(f"  {law.id.ljust(ids)} {mark} ", "cyan"), (f"{needed}  ", "dim"), (law.name, "")])
    if any(law.extended for law in chosen):
        lines += [
            line(),
            line("+ asks for more than the contract with subjects; check runs it with --extended.", "dim"),
        ]
    return lines


def exercises_by_step() -> list[Line]:
    """A table of exercises: id, level, title, and what each asks for, under the heading of their step."""
    exercises = [exercise for step in CHAPTERS for exercise in exercises_of(step)]
    ids = max(len(exercise.id) for exercise in exercises)
    titles = max(len(exercise.title) for exercise in exercises)
    lines: list[Line] = []
    for step in CHAPTERS:
        own = exercises_of(step)
        if not own:
            continue
        head = f"Step {number(step)} · {CHAPTERS[step]} · {count(len(own), 'exercise')}"
        lines += [*([line()] if lines else []), line(head, "bold")]
        lines += [
            [
                (f"  {exercise.id.ljust(ids)}  ", "cyan"),
                (f"{exercise.dots.ljust(3)}  {exercise.title.ljust(titles)}  ", ""),
                (" ".join(exercise.asks), "dim"),
            ]
            for exercise in own
        ]
    how = f"cnnspec start {exercises[0].id} writes the file that this exercise begins with. {LEGEND}."
    return [*lines, line(), line(how, "dim")]


def one_law(law: Law) -> list[Line]:
    """Everything about one law."""
    mutants = [mutant for mutant in all_mutants().values() if mutant.operator in law.needs]
    public = OPERATORS[law.needs[0]].public
    extended = " --extended" if law.extended else ""
    lines = [
        [(law.id, "bold cyan"), (f"  {law.name}", "bold")],
        line(),
        line(f"  {law.statement}"),
        *([line(), line(f"      {law.formula}", "green")] if law.formula else []),
        line(),
    ]
    facts = [
        ("operators", ", ".join(law.needs)),
        ("step", f"{number(law.step)} · {CHAPTERS[law.step]}"),
        ("catches", law.catches),
        ("misses", law.misses),
        ("source", law.source),
        ("revision", law.revision),
        ("former ids", ", ".join(law.aliases)),
        ("marks", ", ".join(marks().get(law.id, []))),
        ("page", law_page(law.id)),
        ("run it", f"cnnspec check FILE --only {law.id}{extended}" if public else "on the book's own operators only"),
        ("cite it", f"cnnspec cite {law.id}"),
    ]
    width = max(len(name) for name, _ in facts)
    lines += [[(f"  {name.ljust(width)}  ", "dim"), (text, "")] for name, text in facts if text]
    lines += [line(), line("  The law as it runs:", "dim")]
    lines += [line(f"    {row}".rstrip()) for row in law.code.rstrip().splitlines()]
    if mutants:
        noun = "Known-wrong operators that it is tried on" if len(law.needs) == 1 else "Known-wrong operators"
        lines += [line(), line(f"  {noun}:", "dim"), *mutant_lines(mutants)]
    return lines


def mutant_lines(mutants: Sequence[Mutant]) -> list[Line]:
    """Mutants, one a line: name, operator, bug."""
    names = max((len(m.name) for m in mutants), default=0)
    operators = max((len(m.operator) for m in mutants), default=0)
    return [
        [(f"    {m.name.ljust(names)}  ", "cyan"), (f"{m.operator.ljust(operators)}  ", "dim"), (m.bug, "")]
        for m in mutants
    ]


def one_mutant(mutant: Mutant, killers: Sequence[str]) -> list[Line]:
    """Everything about one mutant, with the laws that kill it."""
    killed = f"  Killed by {count(len(killers), 'law')}: {', '.join(killers)}" if killers else "  No law kills it."
    return [
        [(mutant.name, "bold cyan"), (f"  a wrong {mutant.operator}: {mutant.bug}", "bold")],
        line(),
        *(line(f"    {row}".rstrip()) for row in mutant.code.rstrip().splitlines()),
        line(),
        line(killed),
    ]


def both_tables(killers: Mapping[str, Sequence[str]], laws: Mapping[str, Law]) -> list[Line]:
    """Which laws kill each mutant, and which mutants each law kills."""
    by_law = victims(killers, laws)
    names, ids = max(map(len, killers), default=0), max(map(len, by_law), default=0)
    lines = [line(f"Mutants and the laws that kill them ({len(killers)})", "bold")]
    for name, ids_of in killers.items():
        shown = ", ".join(ids_of) or "survives"
        lines.append([(f"  {name.ljust(names)}  ", "cyan"), (f"{len(ids_of):3}  ", "dim"), (shown, "")])
    lines += [line(), line(f"Laws and the mutants they kill ({len(by_law)})", "bold")]
    for law, dead in by_law.items():
        lines.append([(f"  {law.ljust(ids)}  ", "cyan"), (f"{len(dead):3}  ", "dim"), (", ".join(dead) or "none", "")])
    surviving = [name for name, found in killers.items() if not any(not laws[i].oracle for i in found)]
    idle = [law for law, dead in by_law.items() if not dead]
    verdicts = [
        f"{len(killers) - len(surviving)} of {count(len(killers), 'mutant')} die by a law other than the definition",
        f"{len(by_law) - len(idle)} of {count(len(by_law), 'law')} kill a mutant",
    ]
    return [*lines, line(), line("; ".join(verdicts) + ".")]


def victims(killers: Mapping[str, Sequence[str]], laws: Mapping[str, Law]) -> dict[str, list[str]]:
    """The mutants that each law kills."""
    return {law: [name for name, found in killers.items() if law in found] for law in laws}


def near(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest known words, or an empty string."""
    names = list(known)
    found = difflib.get_close_matches(word, names, n=3, cutoff=0.5) or [n for n in names if word.lower() in n][:3]
    return f" Did you mean {' or '.join(found)}?" if found else ""


def matching(operator: str | None, step: str | None, word: str | None) -> list[Law]:
    """The laws about an operator, of a step, or with a word in their text."""
    return [
        law
        for law in all_laws().values()
        if (operator is None or operator in law.needs)
        and (step is None or law.step == step)
        and (word is None or word.lower() in f"{law.id} {law.name} {law.statement} {law.catches}".lower())
    ]
