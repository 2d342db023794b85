"""Odd machines: other encodings, settings of matplotlib, no home, closed pipes, and two commands at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from replay.cli import environment
from replay.cli.app import app
from replay.cli.stand_ins import in_ascii
from replay.errors import RunFileError
from replay.storage.writing import lock
from tests.helpers.warm import WarmProcess

needs_locks = pytest.mark.skipif(not lock.replaces_open_files(), reason="this system has no locks")
SMALL = ["--view", "curves", "--epoch", "2", "--size", "300x200"]
SCENARIO = """
import numpy as np
from replay import Scenario

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2)).astype("float32")
scenario = Scenario(
    name="slow", data=lambda: (X, (X[:, 0] > 0).astype(int)), activations=("tanh",), epochs={epochs}
)
"""


def replay(
    *arguments: object, options: tuple[str, ...] = (), folder: Path | None = None, **variables: str | None
) -> Any:
    """`replay` in a process of its own, with these environment variables, or without those that are None."""
    changed = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    return subprocess.run(
        [sys.executable, *options, "-m", "replay", *map(str, arguments)],
        env={name: value for name, value in changed.items() if value is not None},
        capture_output=True,
        cwd=folder,
        timeout=120,
        check=False,
    )


# A command in a fork of a process that was started as it should be. What it says goes to files in a folder.
FORKED = """
import os, sys
from replay.cli import app

status = os.dup(1)
for number, name in ((1, "stdout"), (2, "stderr")):
    os.dup2(os.open(f"{sys.argv[1]}/{name}", os.O_CREAT | os.O_WRONLY), number)
sys.argv[:] = ["replay", *sys.argv[2:]]
try:
    app.main()
except SystemExit as end:
    os.write(status, str(end.code or 0).encode())
"""


def asked(process: WarmProcess, folder: Path, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """`replay` in a fork of the process."""
    status = process.run(FORKED, str(folder), *map(str, arguments))
    said = [(folder / name).read_bytes() for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess(arguments, int(status), *said)


@pytest.fixture(scope="module")
def started() -> Iterator[Callable[[str], WarmProcess]]:
    """A process that was started with such an encoding, and forks for each command."""
    with ExitStack() as ending:

        @cache
        def start(encoding: str) -> WarmProcess:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("PYTHONIOENCODING", encoding)
                return ending.enter_context(WarmProcess("import replay.cli.info, replay.replay"))

        yield start


# Encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize("command", ["scenarios", "info", "activations", "--help", "json"])
def test_what_an_encoding_lacks_has_a_stand_in(
    make_run: Any, tmp_path: Path, started: Callable[[str], WarmProcess], encoding: str, command: str
) -> None:
    run = make_run(scenario="café → ✓")
    arguments = {"info": [run], "json": [run, "--json"], "activations": ["gelu"]}.get(command, [])
    done = asked(started(encoding), tmp_path, "info" if command == "json" else command, *arguments)
    assert done.returncode == 0, done.stderr
    out = done.stdout.decode(encoding)
    if command == "info":
        assert "-> \\u2713" in out and "loss 0.5 -> 0.2" in out
    elif command == "json":
        assert json.loads(out)["scenario"] == "café → ✓"
    elif command == "activations":
        assert "Phi(z)" in out


def test_an_encoding_that_is_not_for_texts_is_taken_for_ascii(tmp_path: Path) -> None:
    done = replay("info", tmp_path / "café.h5", PYTHONIOENCODING="idna")  # that of domain names
    assert (done.returncode, b"caf\\xe9.h5 does not exist" in done.stderr) == (2, True)


def test_an_error_has_stand_ins_too(tmp_path: Path) -> None:
    done = replay("info", tmp_path / "café→.h5", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "caf\\xe9->.h5 does not exist" in done.stderr.decode("ascii")


def test_a_formula_can_be_read_in_ascii() -> None:
    assert in_ascii("1 / (1 + e⁻ᶻ) ≤ λα², x₁ → ∞ · “é”") == '1 / (1 + e^-z) <= la^2, x1 -> inf - "\\xe9"'


# Settings


MATPLOTLIBRC = """
text.usetex: True
font.family: fantasy
font.size: 30
savefig.bbox: tight
savefig.dpi: 17
lines.linewidth: 9
axes.linewidth: 7
axes.grid: True
axes.xmargin: 0.4
xtick.direction: in
xtick.major.size: 20
path.sketch: 3, 100, 2
lines.antialiased: False
image.interpolation: bilinear
legend.handlelength: 9
"""


@pytest.mark.parametrize("view", ["dashboard", "weights"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_matplotlibrc_changes_no_picture(make_run: Any, tmp_path: Path, view: str, suffix: str) -> None:
    (tmp_path / "matplotlibrc").write_text(MATPLOTLIBRC)
    changed, plain = (tmp_path / f"{name}{suffix}" for name in ("changed", "plain"))
    command = ["render", str(make_run()), "--view", view, "--epoch", "2", "-o"]
    done = replay(*command, changed, MATPLOTLIBRC=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert CliRunner().invoke(app, [*command, str(plain)]).exit_code == 0
    assert changed.read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("place", ["MATPLOTLIBRC", "HOME", "here"])
def test_a_broken_matplotlibrc_breaks_nothing(make_run: Any, tmp_path: Path, place: str) -> None:
    home = tmp_path / "home"
    broken = home / ".config/matplotlib" if place == "HOME" else home
    broken.mkdir(parents=True)
    (broken / "matplotlibrc").write_bytes(b"font.size: \xff\nnonsense: 3\n")
    variables: dict[str, Any] = {} if place == "here" else {place: str(home), "XDG_CONFIG_HOME": None}
    picture = tmp_path / "picture.png"
    done = replay(
        "render", make_run(), *SMALL, "-o", picture, folder=home if place == "here" else None, **variables
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert picture.exists()


@pytest.mark.parametrize("backend", ["nonsense", "TkAgg", ""])
def test_no_backend_of_a_screen_is_needed(make_run: Any, tmp_path: Path, backend: str) -> None:
    done = replay("render", make_run(), *SMALL, "-o", tmp_path / "picture.png", MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        ((), {"HOME": None, "XDG_CONFIG_HOME": None, "XDG_CACHE_HOME": None}),
        ((), {"TMPDIR": "/does/not/exist"}),
        ((), {"MPLCONFIGDIR": "/proc/nowhere"}),
        (("-W", "error"), {}),
        (("-O",), {}),
        ((), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ],
    ids=[
        *("no home", "no folder for temporary files", "no folder for settings", "warnings are errors"),
        *("without asserts", "locale C"),
    ],
)
def test_an_odd_environment_changes_nothing(
    make_run: Any, tmp_path: Path, options: tuple[str, ...], variables: dict[str, str | None]
) -> None:
    picture = tmp_path / "picture.png"
    done = replay("render", make_run(), *SMALL, "-o", picture, options=options, **variables)
    assert (done.returncode, done.stderr) == (0, b"")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_path_may_have_spaces_other_scripts_and_a_line_break(make_run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "a b\nشبكة 网络"
    folder.mkdir()
    run = make_run().rename(folder / "my run.h5")
    done = replay("render", run, *SMALL, "-o", folder / "my picture.png")
    assert done.returncode == 0, done.stderr
    assert (folder / "my picture.png").exists()


# Sizes of the terminal


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0", "40"), ("1", "40"), ("80", "80"), ("9" * 5000, "500"), ("-3", None), ("²", None), ("", None)],
)
def test_the_width_of_a_terminal_stays_within_what_can_be_read(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str | None
) -> None:
    for name in (*environment.SIZES, "MPLBACKEND", "MATPLOTLIBRC"):
        monkeypatch.setenv(name, given)
    environment.prepare()
    assert [os.environ.get(name) for name in environment.SIZES] == [kept] * 3


# Pipes


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", ["info RUN", "info RUN --json", "--help", "--version"])
def test_an_output_that_is_full_is_told_in_one_line(make_run: Any, arguments: str) -> None:
    command = [str(make_run()) if word == "RUN" else word for word in arguments.split()]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "replay", *command],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "replay: cannot write the output: No space left on device: send it elsewhere\n"


@pytest.mark.parametrize("arguments", ["info RUN", "scenarios", "info RUN --json", "activations", "--help"])
def test_a_reader_that_closes_its_pipe_gets_no_traceback(make_run: Any, arguments: str) -> None:
    command = [str(make_run()) if word == "RUN" else word for word in arguments.split()]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "replay", *command],
        stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.stderr == b""


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_trouble(make_run: Any, tmp_path: Path, closed: str) -> None:
    picture = tmp_path / "picture.png"
    command = f'"{sys.executable}" -m replay render "{make_run()}" {" ".join(SMALL)} -o "{picture}" {closed}'
    assert subprocess.run(command, shell=True, timeout=60, check=False).returncode == 0
    assert picture.exists()


# Two at once


@needs_locks
def test_a_folder_is_held_by_one_command_at_a_time(tmp_path: Path) -> None:
    with lock.folder(tmp_path / "out"):
        refused = pytest.raises(RunFileError, match="out is being written to by another replay")
        with refused, lock.folder(tmp_path / "out"):
            raise AssertionError("two hold it")
        with lock.folder(tmp_path / "other"):
            pass
    with lock.folder(tmp_path / "out"):
        assert list((tmp_path / "out").iterdir()) == []  # the lock is no file
    assert list(tmp_path.iterdir()) == []


@needs_locks
@pytest.mark.parametrize("command", ["run", "sweep"])
@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_the_second_command_into_a_folder_is_refused_with_one_line(
    tmp_path: Path, started: Callable[[str], WarmProcess], command: str, overwrite: list[str]
) -> None:
    (scenario := tmp_path / "slow.py").write_text(SCENARIO.format(epochs=2))
    out = tmp_path / "out"
    with lock.folder(out):  # as the first one does
        done = asked(started("utf-8"), tmp_path, command, scenario, "--out", out, *overwrite)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1 and b"is being written to by another replay" in done.stderr
    assert not out.exists()


# A sweep that is stopped


class Sweep:
    """`replay sweep` with two jobs in a process of its own, and all that it starts."""

    def __init__(self, folder: Path) -> None:
        self.n_seeds = 6
        self.out, self.temporary = folder / "out", folder / "temporary"
        self.temporary.mkdir()
        (scenario := folder / "slow.py").write_text(SCENARIO.format(epochs=600))
        self._mark = f"SWEEP={uuid.uuid4().hex}"
        command = ["sweep", scenario, "--seeds", self.n_seeds, "-j", "2", "--out", self.out]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "replay", *map(str, command)],
            env={**os.environ, "TMPDIR": str(self.temporary), **dict([self._mark.split("=")])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> dict[int, str]:
        """The number and command line of each process that has this sweep's mark in its environment."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_text()
            except OSError:  # it has just ended, or is somebody else's
                continue
        return found

    def finished(self) -> set[str]:
        return {
            path.stem for path in self.out.glob("finished/[!.]*.npz")
        }  # without those that are being written

    def wait_for_the_first_run(self) -> None:
        end = time.monotonic() + 90
        while not self.finished():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, "no run ever finished"
            time.sleep(0.05)


@pytest.fixture
def sweep(tmp_path: Path, heeded_signals: None) -> Iterator[Sweep]:
    begun = Sweep(tmp_path)
    yield begun
    for number in begun.processes():
        os.kill(number, signal.SIGKILL)
    begun.process.communicate()


on_linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")


@on_linux
@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sweep_that_is_told_to_stop_keeps_what_was_finished_and_nothing_else(
    sweep: Sweep, number: signal.Signals, status: int
) -> None:
    sweep.wait_for_the_first_run()
    if number == signal.SIGINT:  # which a terminal sends to all
        os.killpg(sweep.process.pid, number)
    else:
        sweep.process.send_signal(number)
    _, said = sweep.process.communicate(timeout=60)
    assert sweep.process.returncode == status
    assert "Traceback" not in said
    end = time.monotonic() + 5  # joblib's trackers of resources end when they see that nobody is left
    while sweep.processes() and time.monotonic() < end:
        time.sleep(0.05)
    assert sweep.processes() == {}
    assert list(sweep.temporary.iterdir()) == []
    assert {path.stem for path in sweep.out.glob("runs/*")} == sweep.finished() != set()
    assert list(sweep.out.glob("finished/*[!z]")) == []
