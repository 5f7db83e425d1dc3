r"""The pages of the claims ledger: the lab's claims beside what its code really prints, and the popular ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cnnspec.book.claims import (
    LEDGER,
    VERDICTS,
    Claim,
    Printed,
    all_claims,
    all_printed,
    decided_by,
    deciding,
    require_decided,
)
from cnnspec.book.evidence import Evidence
from cnnspec.check.links import CHAPTERS, number
from cnnspec.laws import Law

PAGES = {"L": "claims.md", "C": "claims/popular.md"}
"""The page of each family of claims."""

STYLES = dict(zip(VERDICTS, ("holds", "conditions", "refuted"), strict=True))

PRELUDE = """
The examples are code that ran. Unfold them to read it; all of them begin with these lines.

```python run fold
import numpy as np
from cnnspec import avg_pool2d, conv2d, conv2d_macs, conv2d_parameters, conv_transpose2d, correlate2d, global_avg_pool2d
from cnnspec import max_pool2d, output_size, zoo
from cnnspec.book.figures import show_maps, show_table
from cnnspec.convolution import HORIZONTAL_EDGE, VERTICAL_EDGE, rectangle
from cnnspec.environment import generator
from cnnspec.laws.pooling import LAB_MAP
from cnnspec.network import batch_norm2d, cross_entropy, flatten, lab_cnn, lab_weights, linear, receptive_field, relu
from cnnspec.network import softmax
```
"""
"""What every example of a page may use."""


def claims_pages(evidence: Mapping[str, Evidence]) -> dict[str, str]:
    """Write the two pages of the ledger.

    Raises:
        BrokenClaim: If a claim names a law that does not exist or did not run in this build.
    """
    claims = list(all_claims().values())
    require_decided(claims, evidence)
    lab = [claim for claim in claims if not claim.popular]
    popular = [claim for claim in claims if claim.popular]
    return {
        PAGES["L"]: "\n".join(
            [introduction("lab"), summary(lab), PRELUDE, entries(lab, evidence), printed_section(all_printed())]
        ),
        PAGES["C"]: "\n".join([introduction("popular"), summary(popular), PRELUDE, entries(popular, evidence)]),
    }


def introduction(name: str) -> str:
    """Read how a page begins, front matter included."""
    return (LEDGER / f"{name}.md").read_text(encoding="utf-8")


def summary(claims: Sequence[Claim]) -> str:
    """Count the claims by verdict, and link them."""
    lines = [f"{len(claims)} claims were put to the laws.\n", "| verdict | claims | which |", "| --- | --- | --- |"]
    for verdict in VERDICTS:
        family = [claim for claim in claims if claim.verdict == verdict]
        links = " · ".join(f"[{claim.id} {claim.topic}](#{claim.id}){{.whole}}" for claim in family)
        lines.append(f"| {chip(verdict)} | {len(family)} | {links} |")
    return "\n".join(lines) + "\n"


def chip(verdict: str) -> str:
    """Write a verdict in its colour."""
    return f'<span class="verdict {STYLES[verdict]}">{verdict}</span>'


def entries(claims: Iterable[Claim], evidence: Mapping[str, Evidence]) -> str:
    """Write every claim, under the steps whose laws decide them."""
    families: dict[str, list[Claim]] = {}
    for claim in claims:
        families.setdefault(deciding(claim)[0].step, []).append(claim)
    parts = []
    for step in CHAPTERS:
        if step in families:
            parts.append(f"## Step {number(step)} · {CHAPTERS[step]}\n")
            parts += [entry(claim, evidence) for claim in families[step]]
    return "\n".join(parts)


def entry(claim: Claim, evidence: Mapping[str, Evidence]) -> str:
    """Write one claim: who says it, the verdict, why, what to say instead, and what decides it."""
    parts = [
        f'### "{claim.claim}" {{ #{claim.id} .claim data-toc-label="{claim.id} {claim.topic}" }}\n',
        f"`{claim.id}`{{.chip}} {chip(claim.verdict)} Source: {claim.source}\n{{ .said }}\n",
        f"{claim.because}\n",
        block(claim),
        f"**Say instead:** {claim.instead}\n" if claim.instead else "",
        f"**Measured:** {claim.measured}\n" if claim.measured else "",
        "**Decided by:**\n",
        *(f"- {law_line(law, evidence[law.id])}" for law in deciding(claim)),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def block(item: Claim | Printed) -> str:
    """Write the example of a claim, which runs while the book is built."""
    if not item.example:
        return ""
    options = "".join(f' {name}="{text}"' for name, text in (("alt", item.alt), ("caption", item.caption)) if text)
    return f"```python run fold{options}\n{item.example}\n```\n"


def law_line(law: Law, evidence: Evidence) -> str:
    """Link a law, with how often it was tried."""
    inputs = f"{evidence.examples} inputs" if evidence.examples != 1 else "one input"
    return f"[`{law.id}`][{law.id}] {law.statement} <small>Held on {inputs}.</small>"


def printed_section(printed: Sequence[Printed]) -> str:
    """Write what the lab prints beside what its code computes."""
    parts = [
        "## What the lab prints { #printed }\n",
        "The lab calls the outputs under its code verified. Here they stand beside what its inputs and its seeds give.",
        "The shapes and the maxima of Step 4 come out as printed. Step 6 is typed and not computed. The other numbers",
        "do not come out.\n",
    ]
    for item in printed:
        parts += [f"### Step {item.step}: {item.title}\n", f"{' '.join(item.text.split())}\n", block(item)]
    return "\n".join(parts)


def decides(law: Law) -> str:
    """List the claims that a law decides, for the law's own page."""
    return "; ".join(
        f"[{claim.id} {claim.topic}](../{PAGES[claim.id[0]]}#{claim.id}), {claim.verdict}" for claim in decided_by(law)
    )
