"""Runs the benchmarks and prints them as a table: `python benchmarks`.

Machines differ and are noisy: read the ratios, not the seconds. `python benchmarks training recorder` runs
only these rows; the names are those of ROWS.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import checksum_rows
import drawing_rows
import framework_rows
import load_rows
import mnist_rows
import page_rows
import sweep_rows
import training_rows
from rich.console import Console
from rich.table import Table

ROWS = {
    row.__name__: row
    for row in (
        training_rows.help_text,
        training_rows.training,
        training_rows.recorder,
        training_rows.fidelity,
        training_rows.feature_space,
        training_rows.render,
        checksum_rows.checksums_recording,
        checksum_rows.checksums_opening,
        checksum_rows.checksums_size,
        drawing_rows.drawing,
        drawing_rows.func_animation,
        drawing_rows.jobs,
        drawing_rows.memory,
        drawing_rows.many_points,
        drawing_rows.why_frame,
        drawing_rows.layers_in_motion,
        drawing_rows.loss_surface,
        drawing_rows.cold_start,
        drawing_rows.gif_size,
        drawing_rows.whole_run,
        drawing_rows.presets,
        framework_rows.torch_recorder,
        framework_rows.torch_film,
        sweep_rows.compare,
        sweep_rows.sweep,
        sweep_rows.sweep_jobs,
        page_rows.page_size,
        page_rows.page_playing,
        page_rows.page_opening,
        load_rows.long_info,
        load_rows.long_still,
        load_rows.long_film,
        load_rows.long_page,
        load_rows.large_info,
        load_rows.large_still,
        load_rows.large_film,
        load_rows.many_table,
        mnist_rows.dense_accuracy,
        mnist_rows.deep_accuracy,
        mnist_rows.mnist_training,
        mnist_rows.mnist_fidelity,
        mnist_rows.mnist_latent,
        mnist_rows.mnist_file,
        mnist_rows.digits_run,
    )
}


def main() -> None:
    """Measure the rows named on the command line, by default all, and print them as a table."""
    table = Table("what", "measured", "at least", "")
    for name in sys.argv[1:] or ROWS:
        row = ROWS[name]()
        table.add_row(row.what, row.measured, row.required, "yes" if row.holds else "NO")
        print(f"{name}: {row.measured}", file=sys.stderr, flush=True)
    Console().print(table)


if __name__ == "__main__":
    main()
