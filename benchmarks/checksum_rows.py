"""Benchmarks of a run file's checksums: what recording, opening and the file cost with them and without."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from measuring import Row, command, parabola, timed

AT_MOST = 0.03
EPOCHS = 150


def checksums_recording() -> Row:
    """A compiled training that is recorded, alternating."""
    folder = _folder()

    def trained(name: str) -> float:
        return timed(lambda: _record(folder / name))

    trained("warm.h5")

    def without() -> float:
        with _unchecked():
            return trained("without.h5")

    return _row(f"recording {EPOCHS} epochs with checksums", _pairs(lambda: trained("with.h5"), without, 15))


def checksums_opening() -> Row:
    """The command `replay info`, alternating."""
    with_them, without = _two_files()

    def told(path: Path) -> Callable[[], float]:
        return lambda: timed(lambda: command(["info", str(path)]))

    return _row("info of a run with checksums", _pairs(told(with_them), told(without), 25))


def checksums_size() -> Row:
    """The smallest run that people record: a 2-2-1 network."""
    with_them, without = (path.stat().st_size for path in _two_files())
    return _row(f"size of a run of {EPOCHS} epochs with checksums", [with_them / without])


def _record(path: Path) -> None:
    from replay import Recorder, train
    from replay.training.experiment import build_model

    scenario, data, _ = parabola()
    model = build_model(scenario, "tanh", data[0].shape[1:])
    recorder = Recorder(path, *data, overwrite=True)
    train(model, *data, batch_size=scenario.batch_size, epochs=EPOCHS, callbacks=[recorder], seed=0)


def _folder() -> Path:
    return parabola()[2]


def _two_files() -> tuple[Path, Path]:
    """One run recorded with checksums, and without."""
    folder = _folder()
    _record(folder / "with.h5")
    with _unchecked():
        _record(folder / "without.h5")
    return folder / "with.h5", folder / "without.h5"


@contextmanager
def _unchecked() -> Iterator[None]:
    """New files are of format 1.2, which has no checksums."""
    new_file = "replay.storage.writing.new_file"
    with patch(f"{new_file}._lay_out_checksums"), patch(f"{new_file}.FORMAT_VERSION", (1, 2)):
        yield


def _pairs(one: Callable[[], float], other: Callable[[], float], n: int) -> list[float]:
    """Ratios of the first's time to the second's; they take turns in going first."""
    ratios = []
    for pair in range(n):
        if pair % 2:
            seconds = one()
            ratios.append(seconds / other())
        else:
            seconds = other()
            ratios.append(one() / seconds)
    return ratios


def _row(what: str, ratios: list[float]) -> Row:
    more = statistics.median(ratios) - 1
    spread = f" ({min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%})" if len(ratios) > 1 else ""
    return Row(f"{what}, against without", f"{more:+.1%}{spread}", "under 3%", more < AT_MOST)
