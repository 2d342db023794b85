"""`python -m replay` is the command `replay`."""

from replay.cli.app import main

main()
