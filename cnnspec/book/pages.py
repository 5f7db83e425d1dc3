"""The pages that nobody writes by hand: one for each law, the indexes, the mutants, the reference, the changelog.

They are Markdown like the chapters, written into `docs/` before the build and never committed.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path

from cnnspec.book.claims_pages import claims_pages, decides
from cnnspec.book.evidence import Evidence, all_evidence, mutants_of
from cnnspec.book.permanent import leading_on
from cnnspec.book.provenance import provenance
from cnnspec.check.exercise import marks
from cnnspec.check.links import CHAPTERS, number
from cnnspec.laws import MODULES, Law, all_laws
from cnnspec.laws.operators import OPERATORS
from cnnspec.mutants import Mutant, all_mutants

NAMES = dict.fromkeys(module.partition("_")[0] for module in MODULES)
STEPS = {step: f"Step {number(step)} · {CHAPTERS[step]}" for step in NAMES}


def write_all(docs: Path, root: Path) -> list[Path]:
    """Write every generated page and remove those that no law or module asks for any more.

    Args:
        docs: The folder of the book's Markdown.
        root: The folder of the project, where the changelog and the tests are.

    Returns:
        The pages.
    """
    evidence = all_evidence()
    pages = {"laws/index.md": law_index(evidence)} | mutants_pages(evidence)
    pages |= {f"laws/{law.id}.md": law_page(law, evidence[law.id]) for law in all_laws().values()}
    pages |= claims_pages(evidence) | leading_on()
    pages |= reference_pages(root)
    pages["changelog.md"] = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    written = [write(docs / name, text) for name, text in pages.items()]
    for folder in ("laws", "mutants", "reference", "claims"):
        for stale in set((docs / folder).glob("*.md")) - set(written):
            stale.unlink()
    return written


def write(path: Path, text: str) -> Path:
    """Write a page unless it stands there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def title(law: Law) -> str:
    """Write a law's name as a heading."""
    return law.name[0].upper() + law.name[1:]


def operator_link(name: str) -> str:
    """Link to an operator's reference."""
    definition = OPERATORS[name].definition
    return f"[`{name}`][{definition.__module__}.{definition.__qualname__}]"


def mutant_link(mutant: Mutant) -> str:
    """Link to a mutant's place on the page of mutants."""
    return f"[`{mutant.name}`][mutant.{mutant.name}]"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def law_page(law: Law, evidence: Evidence) -> str:
    """Write the page of one law, whose address never changes."""
    needs = ", ".join(map(operator_link, law.needs))
    former = f"Former ids: {', '.join(f'`{alias}`' for alias in law.aliases)}.\n" if law.aliases else ""
    scope = (
        "It asks for what only the book's own operators promise, so a reader's file is not held to it.\n"
        if law.extended
        else ""
    )
    formula = f"$$\n{law.formula}\n$$\n" if law.formula else ""
    about = [
        ("Catches", law.catches),
        ("Misses", law.misses),
        ("[Source](../sources.md)", law.source),
        ("For all", for_all(law)),
        ("Operators", needs),
        ("Decides", decides(law)),
        ("Marks", ", ".join(f"[{exercise}][]" for exercise in marks().get(law.id, []))),
    ]
    return f"""---
title: "{law.id} · {title(law)}"
description: "cnnspec law {law.id}, revision {law.revision}: {law.name}."
law: {law.id}
revision: "{law.revision}"
search:
  boost: 2
---

# `{law.id}` {title(law)} {{#{law.id} .law-title}}

Revision `{law.revision}`{{.chip}} [{STEPS[law.step]}](../steps/{law.step}.md){{.chip}}
[All laws](index.md){{.chip}}

{law.statement}

{formula}
{"".join(f"**{label}:** {text}{chr(10)}{chr(10)}" for label, text in about if text)}
{former}{scope}
## Run it {{ data-search-exclude }}

```sh
cnnspec check FILE --only {law.id}
```

```python title="{law.function.__module__}"
{law.code.rstrip()}
```

## Evidence {{ data-search-exclude }}

Found with {provenance()}.

{evidence_table(evidence)}

{inputs_table(evidence)}

{fates_table(law, evidence)}
"""


def for_all(law: Law) -> str:
    """Say what is drawn, as the law's decorator says it."""
    function = ast.parse(law.code).body[0]
    assert isinstance(function, ast.FunctionDef)
    decorators = [call for call in function.decorator_list if isinstance(call, ast.Call)]
    drawn = [word for call in decorators for word in call.keywords if word.arg in law.strategies]
    return ", ".join(f"`{word.arg}` from {strategy_link(word.value, law)}" for word in drawn)


def strategy_link(call: ast.expr, law: Law) -> str:
    """Link a strategy to its reference, if the book wrote it."""
    text = f"`{ast.unparse(call)}`"
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.func.id.startswith("_"):
        known = law.function.__globals__.get(call.func.id)
        if inspect.isfunction(known) and known.__module__.startswith("cnnspec.laws."):
            return f"[{text}][{known.__module__}.{known.__name__}]"
    return text


def evidence_table(evidence: Evidence) -> str:
    """List the subjects the law was put to."""
    rows = [[run.subject, "holds", str(run.examples), "yes" if run.exact else "no"] for run in evidence.runs]
    return table(["subject", "result", "inputs tried", "equal bit for bit"], rows)


def inputs_table(evidence: Evidence) -> str:
    """Say what the inputs looked like: a law that never sees a stride says nothing about strides."""
    for run in evidence.runs:
        if run.tags and run.examples:
            ordered = sorted(run.tags.items(), key=lambda tag: (-tag[1], tag[0]))
            rows = [[name, str(count), f"{count / run.examples:.0%}"] for name, count in ordered]
            return f"What the inputs for {run.subject} looked like:\n\n" + table(
                ["inputs with", "number", "share"], rows
            )
    return ""


def fates_table(law: Law, evidence: Evidence) -> str:
    """List the mutants of the law's operators that it kills, and those that it cannot see."""
    mutants = {mutant.name: mutant for mutant in mutants_of(law)}
    if not mutants:
        return ""
    rows = [[mutant_link(mutants[name]), f"`{mutants[name].operator}`", mutants[name].bug] for name in evidence.killed]
    parts = [
        "## Mutants { data-search-exclude }\n",
        f"It kills {len(evidence.killed)} of {len(mutants)} mutants of its operators.\n",
    ]
    if rows:
        parts.append(table(["killed", "operator", "bug"], rows) + "\n")
    if evidence.survived:
        unseen = ", ".join(mutant_link(mutants[name]) for name in evidence.survived)
        parts.append(f'??? note "Mutants that it cannot see"\n\n    {unseen}\n')
    return "\n".join(parts)


def law_index(evidence: dict[str, Evidence]) -> str:
    """Write the index of laws, a table for each step."""
    laws = list(all_laws().values())
    inputs = sum(found.examples for found in evidence.values())
    parts = [
        "---\ntitle: Laws\n---\n\n# Laws\n",
        f"{len(laws)} laws, which held in this build on {inputs:,} inputs in all. Their ids are permanent.\n",
        f"Found with {provenance()}.\n",
    ]
    for step, name in STEPS.items():
        rows = [
            [
                f"[`{law.id}`]({law.id}.md)",
                title(law),
                ", ".join(f"`{need}`" for need in law.needs),
                f"{len(evidence[law.id].killed)}",
            ]
            for law in laws
            if law.step == step
        ]
        if rows:
            parts.append(f"## {name}\n\n" + table(["id", "law", "operators", "mutants killed"], rows) + "\n")
    return "\n".join(parts)


def mutants_pages(evidence: dict[str, Evidence]) -> dict[str, str]:
    """Write the list of all mutants, and for each step a page with the matrix and the code."""
    mutants = list(all_mutants().values())
    parts = [
        "---\ntitle: Mutants\n---\n\n# Mutants\n",
        f"{len(mutants)} operators with one known bug each. A law that kills no mutant says little, and a mutant"
        " that no law kills is a bug that would pass.\n",
    ]
    pages = {}
    for step, name in STEPS.items():
        family = [mutant for mutant in mutants if mutant.step == step]
        if family:
            rows = [
                [mutant_link(mutant), f"`{mutant.operator}`", mutant.bug, str(len(killers(mutant, evidence)))]
                for mutant in family
            ]
            parts.append(f"## {name}\n\n[The code, and which law kills which](mutants/{step}.md)\n")
            parts.append(table(["mutant", "operator", "bug", "killed by laws"], rows) + "\n")
            pages[f"mutants/{step}.md"] = step_of_mutants(name, family, evidence)
    return {"mutants.md": "\n".join(parts)} | pages


def step_of_mutants(name: str, mutants: Sequence[Mutant], evidence: dict[str, Evidence]) -> str:
    """Write one step's mutants: for each operator the matrix, then each mutant with its code."""
    parts = [
        f"---\ntitle: Mutants of {name}\nsearch:\n  exclude: true\n---\n\n# Mutants of {name}\n",
        "A dot says that the law kills the mutant; a ring, that it only compares with the definition."
        " [All mutants](../mutants.md)\n",
    ]
    for operator in dict.fromkeys(mutant.operator for mutant in mutants):
        family = [mutant for mutant in mutants if mutant.operator == operator]
        laws = [law for law in all_laws().values() if operator in law.needs]
        parts.append(f"## `{operator}`\n\n{matrix(family, laws, evidence)}\n")
        parts += [mutant_entry(mutant, evidence) for mutant in family]
    return "\n".join(parts)


def killers(mutant: Mutant, evidence: dict[str, Evidence]) -> list[str]:
    """Return the ids of the laws that kill a mutant."""
    return [found.law for found in evidence.values() if mutant.name in found.killed]


def matrix(mutants: Sequence[Mutant], laws: Sequence[Law], evidence: dict[str, Evidence]) -> str:
    """Write a table of laws by mutants, with a dot where the law kills the mutant."""
    heads = "".join(f'<th scope="col"><code>{mutant.name.replace("_", "_<wbr>")}</code></th>' for mutant in mutants)
    rows = []
    for law in laws:
        cells = "".join(
            f"<td>{('○' if law.oracle else '●') if mutant.name in evidence[law.id].killed else ''}</td>"
            for mutant in mutants
        )
        name = f'<autoref identifier="{law.id}"><code>{law.id}</code></autoref>'
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    return (
        '<div class="scrolls" tabindex="0" role="group" aria-label="matrix" data-search-exclude>'
        f'<table class="matrix"><thead><tr><td></td>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def mutant_entry(mutant: Mutant, evidence: dict[str, Evidence]) -> str:
    """Write one mutant: its bug, its code, the laws that kill it."""
    laws = killers(mutant, evidence)
    links = ", ".join(f"[`{law}`][{law}]" for law in laws)
    fate = (
        f"Killed by {links or 'no law'}." if len(laws) <= 6 else f'??? note "Killed by {len(laws)} laws"\n\n    {links}'
    )
    return f"""### {mutant.name} {{#mutant.{mutant.name}}}

{mutant.bug[0].upper()}{mutant.bug[1:]}.

```python
{mutant.code.rstrip()}
```

{fate}
"""


def reference_pages(root: Path) -> dict[str, str]:
    """Write a page for each module of the package and of the tests, and their index."""
    package = sorted((root / "cnnspec").rglob("*.py"))
    modules = {module_name(path.relative_to(root)): path for path in package if path.stem != "__main__"}
    tests = {path.stem: path for path in sorted((root / "tests").glob("test_*.py"))}
    pages = {f"reference/{name}.md": module_page(name, path) for name, path in (modules | tests).items()}
    index = ["# Reference\n", "Every module of the package, and every module of the tests that hold it to its word.\n"]
    for heading, group in (("The package", modules), ("The tests", tests)):
        rows = [[f"[`{name}`]({name}.md)", summary(path)] for name, path in group.items()]
        index.append(f"## {heading}\n\n{table(['module', 'what it holds'], rows)}\n")
    pages["reference/index.md"] = "\n".join(index)
    return pages


def module_name(path: Path) -> str:
    """Turn a path into a dotted name."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_page(name: str, path: Path) -> str:
    """Write the page of one module; mkdocstrings fills it.

    A package's page does not repeat its modules. Laws and mutants have pages of their own, so their modules list them
    and show only what else they define; the search leaves out these pages and the tests, in which it would drown.
    """
    listed = contents(name)
    quiet = "search:\n  exclude: true\n" if listed or name.startswith("test_") else ""
    citable = "" if name.startswith("test_") else f"module: {name}\n"
    text = f"---\ntitle: {name}\n{citable}{quiet}---\n\n::: {name}\n    options:\n      heading_level: 1\n"
    if path.name == "__init__.py":
        return text + "      members: false\n"
    if not listed:
        return text
    others = [member for member in members(path) if member not in listed]
    choice = "".join(f"\n        - {member}" for member in others) or " false"
    rows = list(listed.values())
    return f"{text}      members:{choice}\n\n{table(['in this module', 'what it says'], rows)}\n"


def contents(module: str) -> dict[str, list[str]]:
    """Return the laws and mutants of a module: for each function's name a row that leads to its page."""
    rows = {
        law.function.__name__: [f"[`{law.id}`][{law.id}]", title(law)]
        for law in all_laws().values()
        if law.function.__module__ == module
    }
    for mutant in all_mutants().values():
        if mutant.function.__module__ == module:
            rows[mutant.name] = [mutant_link(mutant), mutant.bug]
    return rows


def members(path: Path) -> list[str]:
    """Return the public functions, classes and constants of a module, in their order."""
    names: list[str] = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return [name for name in names if not name.startswith("_")]


def summary(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
