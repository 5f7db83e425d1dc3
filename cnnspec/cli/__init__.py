r"""The command `cnnspec`. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import sys

import click

from cnnspec import __version__
from cnnspec.cli.checking import check
from cnnspec.cli.classifying import classify, features
from cnnspec.cli.reading import cite, env, laws, mutants, start
from cnnspec.cli.terminal import CONTEXT
from cnnspec.cli.training import train
from cnnspec.cli.zoo import zoo


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="cnnspec")
def main() -> None:
    """Laws of convolutional networks, put to your own code.

    \b
    cnnspec start pooling           write an exercise: pooling.py
    cnnspec check pooling.py        run every law on what the file defines
    cnnspec laws max.monotone       read a law
    cnnspec zoo resnet50            count a network, layer by layer
    cnnspec train digits            train a network on real digits
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


for command in (check, laws, mutants, start, train, zoo, classify, features, cite, env):
    main.add_command(command)
