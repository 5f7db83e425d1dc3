r"""The report for machines: JSON (schema in `cnnspec.check.records`) and JUnit's XML, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cnnspec import __version__
from cnnspec.check.links import law_page
from cnnspec.check.orders import Outcome
from cnnspec.check.records import GOOD, SCHEMA
from cnnspec.check.report import failure, plain, replay, sentence
from cnnspec.environment import versions


def as_data(outcome: Outcome) -> dict[str, Any]:
    """The report as plain data."""
    order, target = outcome.order, outcome.order.target
    return {
        "schema": SCHEMA,
        "cnnspec": __version__,
        "subject": {
            "name": target.name,
            "kind": target.kind,
            "path": outcome.path or target.path,
            "sha256": outcome.sha256 or target.sha256,
            "version": outcome.version,
            "operators": outcome.operators,
            "notes": outcome.notes,
        },
        "versions": versions(),
        "seed": order.seed,
        "examples": order.examples,
        "limits": {"law": order.limits.law, "all": order.limits.total},
        "only": list(order.only),
        "exercise": order.exercise or None,
        "expected": len(outcome.laws),
        "ran": outcome.ran,
        "counts": dict(outcome.counts),
        "exit_code": outcome.exit_code,
        "sentence": sentence(outcome),
        "error": "\n".join(filter(None, [outcome.unusable, outcome.detail])) or None,
        "laws": [_law(outcome, index) for index, law in enumerate(outcome.laws) if law.id in outcome.verdicts],
        "output": outcome.output,
    }


def _law(outcome: Outcome, index: int) -> dict[str, Any]:
    law = outcome.laws[index]
    verdict = outcome.verdicts[law.id]
    return {
        "id": law.id,
        "sentence": law.name,
        "revision": law.revision,
        "operators": list(law.needs),
        "status": verdict.status,
        "message": verdict.message,
        "where": verdict.where,
        "examples": verdict.examples,
        "first_failure": verdict.first_failure,
        "cut": verdict.cut,
        "exact": verdict.exact,
        "seconds": verdict.seconds,
        "tags": verdict.tags,
        "catches": law.catches,
        "page": law_page(law.id),
        "replay": replay(law.id, outcome.order),
        "counterexample": asdict(verdict.counterexample) if verdict.counterexample else None,
    }


def as_json(outcome: Outcome) -> str:
    """The report as JSON text."""
    return json.dumps(as_data(outcome), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_junit(outcome: Outcome) -> str:
    """The report as JUnit's XML: one test case a law; a subject that cannot be checked is one case with an error."""
    name = outcome.order.target.name
    counts = outcome.counts
    failures, errors = counts["fail"], counts["error"] + counts["timeout"] + counts["not-implemented"]
    missing = len(outcome.laws) - len(outcome.verdicts)
    total, errors = (1, 1) if outcome.unusable else (len(outcome.laws), errors)
    numbers = {"tests": total, "failures": failures, "errors": errors, "skipped": missing}
    attributes = {**{k: str(v) for k, v in numbers.items()}, "time": f"{outcome.seconds:.2f}"}
    root = ElementTree.Element("testsuites", {"name": "cnnspec", **attributes})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _clean(name), **attributes})
    properties = ElementTree.SubElement(suite, "properties")
    order = outcome.order
    run = {"cnnspec": __version__, "seed": order.seed, "examples": order.examples}
    for key, text in (run | ({"exercise": order.exercise} if order.exercise else {})).items():
        ElementTree.SubElement(properties, "property", {"name": key, "value": str(text)})
    if outcome.unusable:
        case = ElementTree.SubElement(suite, "testcase", {"classname": "subject", "name": _clean(name), "time": "0"})
        problem = ElementTree.SubElement(case, "error", {"message": _clean(outcome.unusable), "type": "unusable"})
        problem.text = _clean(outcome.detail)
    for law in [] if outcome.unusable else outcome.laws:
        verdict = outcome.verdicts.get(law.id)
        seconds = f"{verdict.seconds:.4f}" if verdict else "0"
        case = ElementTree.SubElement(suite, "testcase", {"classname": law.needs[0], "name": law.id, "time": seconds})
        if verdict is None:
            ElementTree.SubElement(case, "skipped", {"message": "not reached"})
        elif verdict.status not in GOOD:
            kind = "failure" if verdict.status == "fail" else "error"
            facts = {"message": _clean(verdict.message), "type": verdict.status}
            problem = ElementTree.SubElement(case, kind, facts)
            problem.text = _clean(plain(failure(law, verdict, outcome.order)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(c if c in "\t\n" or (c.isprintable() and ord(c) not in (0xFFFE, 0xFFFF)) else "·" for c in text)


def write(path: str, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: If it cannot be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a device or a pipe is written to, not replaced
        target.write_text(text, encoding="utf-8")
        return
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
