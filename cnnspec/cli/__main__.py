"""`python -m cnnspec.cli` is the command too."""

from cnnspec.cli import main

main()
