"""The command-line app: its commands, and errors as one line with exit status 2."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Annotated

import typer

from replay.cli import environment, stand_ins
from replay.cli.activations import show_activations
from replay.cli.concepts import concepts
from replay.cli.console import say, written_out
from replay.cli.describe import describe
from replay.cli.edit import edit
from replay.cli.import_file import import_file
from replay.cli.info import info
from replay.cli.render import compare, render
from replay.cli.run import run, scenarios
from replay.cli.spelling import with_options
from replay.cli.sweep import sweep
from replay.cli.terminal import PlainFormatter, warning_line
from replay.cli.watch import watch
from replay.errors import ReplayError
from replay.film.encoder import signals

app = typer.Typer(
    help="Record a neural network while it trains, and replay it as a moving picture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from replay import __version__

        typer.echo(f"replay {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options for every command."""


for name, command in (
    ("scenarios", scenarios),
    ("concepts", concepts),
    ("run", run),
    ("info", info),
    ("describe", describe),
    ("watch", watch),
    ("render", render),
    ("compare", compare),
    ("sweep", sweep),
    ("activations", show_activations),
    ("import", import_file),
    ("edit", edit),
):
    app.command(name)(command)


def main() -> None:
    """Run the command line; print an error as one line on stderr, and exit with status 2."""
    stand_ins.use((sys.stdout, sys.stderr))
    environment.prepare()
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    warnings.formatwarning = warning_line
    logging.captureWarnings(True)  # a library's warning may quote an untrusted file
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # NumPy's: what is not finite is shown as such
    signals.clean_up_when_stopped()
    try:
        with written_out():
            app(prog_name="replay")  # also if another program runs it
    except ReplayError as error:
        if "--debug" in sys.argv:
            raise
        say(f"replay: {with_options(str(error))}", err=True)
        sys.exit(2)
