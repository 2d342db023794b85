"""Make the film of the same data in every framework: `python docs/pictures/make/frameworks.py`.

It runs the first script of each page, and needs PyTorch, JAX and Flax.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from replay import compare, save_within

DOCS = Path(__file__).parents[2]
# The runs, in the order of the picture, and the page and place of the script that records each.
RUNS = {
    "pytorch.h5": ("pytorch.md", 0),
    "nnx.h5": ("jax.md", 0),
    "mlp.h5": ("scikit-learn.md", 0),
    "forest.h5": ("scikit-learn.md", 1),
}
MAX_BYTES = 1_500_000


def scripts(page: str) -> list[str]:
    """The Python of a page of the docs, block by block."""
    blocks = (DOCS / page).read_text().split("```python\n")[1:]
    return [block.partition("```")[0] for block in blocks]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for page, place in RUNS.values():
            environment = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
            subprocess.run(
                [sys.executable, "-c", scripts(page)[place]], cwd=folder, env=environment, check=True
            )
        film = compare([Path(folder) / name for name in RUNS])
        save_within(
            film.animate(pace="adaptive", duration=6, hold=2),
            DOCS / "pictures" / "frameworks.gif",
            MAX_BYTES,
            dpi=60,
        )


if __name__ == "__main__":
    main()
