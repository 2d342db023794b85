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
from replay.sweeps.folder import SweepStore
from replay.sweeps.result import FACTS, SweepRun

logger = logging.getLogger(__name__)
CSV, PARQUET = "table.csv", "table.parquet"
OUTCOME = FACTS[2:]  # the columns besides the run's name, axes and seed


class SweepTable:
    """The runs of the sweep in `folder`, by combination and seed.

    `settings` is what the sweep was made with; `combinations` gives, for each name, the value of each axis.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], runs: Sequence[SweepRun]) -> None:
        self.folder, self.settings = folder, settings
        self.combinations: dict[str, dict[str, Any]] = dict(settings["combinations"])
        order = list(self.combinations)
        self.runs = sorted(runs, key=lambda run: (order.index(run.name), run.seed))

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> SweepTable:
        """The table of the runs in a sweep's folder so far. Raises RunFileError if there is no sweep."""
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
    def epochs(self) -> int:
        """The number of epochs of each run."""
        return self.settings["epochs"]

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        first: Mapping[str, Any] = next(iter(self.combinations.values()), {})
        return ["name", *first, "seed", *OUTCOME]

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each run; unknown values are None."""
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
        """Write the table into the sweep's folder, as CSV and, if pyarrow is installed, as Parquet."""
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
            **dict.fromkeys(("solved_at", "loss", "accuracy", "seconds"), pyarrow.float64()),
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
