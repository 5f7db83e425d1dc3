"""The `laws` fence: laws as cards, each with its evidence, its code and a link to its own page."""

from __future__ import annotations

import html
from typing import Any

from markdown import Markdown
from pymdownx.superfences import SuperFencesException

from cnnspec.book.claims import decided_by
from cnnspec.book.evidence import Evidence, chosen, gather
from cnnspec.book.fences import inline
from cnnspec.book.math import render
from cnnspec.book.strict import strict
from cnnspec.laws import Law


def accepts(
    language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept the fence; it has no options."""
    if inputs:
        raise SuperFencesException(f"a fence of laws has no options, but it has {', '.join(inputs)}")
    return True


@strict
def show(source: str, language: str, class_name: str, options: dict[str, Any], md: Markdown, **more: Any) -> str:
    """Show the laws whose ids or patterns stand in the body, one a line."""
    return "".join(card(law, gather(law), md, more) for law in chosen(source.split()))


def card(law: Law, evidence: Evidence, md: Markdown, more: dict[str, Any]) -> str:
    """Return one law as a card."""
    code = md.preprocessors["fenced_code_block"].highlight(
        src=law.code, class_name="highlight", language="python", options={}, md=md, **more
    )
    name = f"card-{law.id}-statement"
    parts = [
        f'<p class="statement" id="{name}"><autoref identifier="{law.id}">{inline(law.statement)}</autoref></p>',
        f'<p class="meta"><code class="chip">{law.id}</code> {verdict(evidence)}</p>',
        f'<div class="arithmatex">{render(law.formula, display=True)}</div>' if law.formula else "",
        labelled("Catches", law.catches),
        labelled("Misses", law.misses),
        labelled("Source", law.source),
        decided(law),
        f'<details class="code"><summary>The law as it runs</summary>{code}</details>',
        f'<p class="meta">Cite as cnnspec law <code>{law.id}</code>, revision <code>{law.revision}</code>.</p>',
    ]
    return f'<article class="law" id="card-{law.id}" aria-labelledby="{name}">{"".join(parts)}</article>'


def labelled(label: str, text: str) -> str:
    """Return a paragraph that begins with its label."""
    return f"<p><strong>{label}:</strong> {inline(text)}</p>" if text else ""


def decided(law: Law) -> str:
    """Lead from a law to the claims that it decides."""
    links = [
        f'<autoref identifier="{claim.id}">{claim.id} {html.escape(claim.topic)}</autoref>' for claim in decided_by(law)
    ]
    return f"<p><strong>Decides:</strong> {', '.join(links)}</p>" if links else ""


def verdict(evidence: Evidence) -> str:
    """Say what the build found, in a line."""
    parts = []
    for run in evidence.runs[:1]:
        inputs = f"{run.examples} inputs" if run.examples != 1 else "one input"
        how = ", bit for bit" if run.exact else ""
        parts.append(f'<span class="holds">holds</span> for {html.escape(run.subject)} on {inputs}{how}')
    if evidence.runs[1:]:
        names = " and ".join(html.escape(run.subject) for run in evidence.runs[1:])
        fewest = min(run.examples for run in evidence.runs[1:])
        parts.append(f"for {names} on {fewest}")
    total = len(evidence.killed) + len(evidence.survived)
    if total:
        parts.append(f"kills {len(evidence.killed)} of {total} mutants")
    return " · ".join(parts)
