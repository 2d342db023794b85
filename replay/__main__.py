"""Runs the command line as `python -m replay`."""

from replay.cli.app import main

main()
