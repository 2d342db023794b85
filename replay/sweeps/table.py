"""The table of a sweep: a row for each run, written as CSV and Parquet."""

from __future__ import annotations

import csv
import importlib.util
import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from replay.errors import RunFileError
from replay.files import whole_file
from replay.sweeps.folder import TITLE, SweepStore
from replay.sweeps.result import FACTS, SweepRun

logger = logging.getLogger(__name__)
CSV, PARQUET = "table.csv", "table.parquet"
OUTCOME = FACTS[2:]  # the columns besides the run's name, axes and seed
NUMBERS = ("solved_at", "loss", "accuracy", "r2", "held_out_loss", "seconds")


class SweepTable:
    """The runs of a sweep, by combination and seed.

    Args:
        folder: The folder of the sweep.
        settings: What the sweep was made with.
        runs: Its runs, in any order. Each has `name`, `seed`, `solved`, `solved_at` (an epoch), `loss`,
            `accuracy` (0 to 1), `r2`, `held_out_loss`, `seconds`, `error` and `losses` (epochs,).

    Attributes:
        combinations: The value of each axis, by combination: name → {axis: value}.

    All are kept as attributes, the runs in the order of combinations and seeds. `sweep` returns a table, and
    `SweepTable.open` reads it from the folder.

    >>> from replay import SweepTable
    >>> table = SweepTable.open("sweep")
    >>> table.combinations
    {'sigmoid': {'activation': 'sigmoid'}, 'tanh': {'activation': 'tanh'}}
    >>> {name: sum(run.solved for run in runs) for name, runs in table.ended().items()}
    {'sigmoid': 1, 'tanh': 4}
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], runs: Sequence[SweepRun]) -> None:
        self.folder, self.settings = folder, settings
        self.combinations: dict[str, dict[str, Any]] = dict(settings["combinations"])
        order = list(self.combinations)
        self.runs = sorted(runs, key=lambda run: (order.index(run.name), run.seed))

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> SweepTable:
        """The table of what the folder of a sweep holds so far.

        Raises RunFileError where it holds no sweep, or is damaged.
        """
        store = SweepStore(Path(folder).expanduser())
        settings = store.settings
        if settings is None:
            raise RunFileError(f"{folder} holds no sweep: it has no settings.json")
        return cls(store.folder, settings, store.runs())

    @property
    def scenario(self) -> str:
        """The name of the scenario."""
        return self.settings["scenario"]

    @property
    def title(self) -> str:
        """What the figures call it: by the title of its data or, where they have none, the scenario."""
        return self.settings.get(TITLE) or self.scenario

    @property
    def epochs(self) -> int:
        """The number of epochs of each run."""
        return self.settings["epochs"]

    @property
    def columns(self) -> list[str]:
        """The names of the columns: the name, the axes, the seed and the outcome."""
        first: Mapping[str, Any] = next(iter(self.combinations.values()), {})
        return ["name", *first, "seed", *OUTCOME]

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each run, column → value; what is not known is None."""
        for run in self.runs:
            outcome = {name: getattr(run, name) for name in OUTCOME}
            yield {"name": run.name, **self.combinations[run.name], "seed": run.seed, **outcome}

    def by_combination(self) -> dict[str, list[SweepRun]]:
        """The runs of each combination, including those that failed."""
        return {name: [run for run in self.runs if run.name == name] for name in self.combinations}

    def ended(self) -> dict[str, list[SweepRun]]:
        """The runs of each combination that finished."""
        return {name: [run for run in runs if not run.error] for name, runs in self.by_combination().items()}

    def write(self) -> list[Path]:
        """Write the table beside the runs, as CSV and, where pyarrow is installed, as Parquet.

        Returns the paths. Raises RunFileError where a file cannot be written.
        """
        written = [_write(self.folder / CSV, self._as_csv())]
        if importlib.util.find_spec("pyarrow") is None:
            logger.warning("no Parquet without pyarrow: pip install 'boundary-replay[sweep]'")
            return written
        return [*written, _write(self.folder / PARQUET, self._as_parquet())]

    def _as_csv(self) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        return text.getvalue().encode()

    def _as_parquet(self) -> bytes:
        import pyarrow
        from pyarrow import parquet

        types = {
            "solved": pyarrow.bool_(),
            **dict.fromkeys(NUMBERS, pyarrow.float64()),
            "error": pyarrow.string(),
        }
        rows = list(self.rows())
        columns = {name: pyarrow.array([row[name] for row in rows], types.get(name)) for name in self.columns}
        sink = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), sink)
        return sink.getvalue()


def _write(path: Path, content: bytes) -> Path:
    with whole_file(path, RunFileError) as partial:
        partial.write_bytes(content)
    return path
