"""Make the pictures that the README shows: `python docs/make_gallery.py`.

Each must stay under 1.5 MB, so they show every third epoch.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from replay import Replay, run
from replay.composition import Animation
from replay.scenario_files import load

GALLERY = Path(__file__).parent.parent / "outputs" / "gallery"
PICTURES = {"parabola": ("sigmoid", "tanh", "relu"), "blobs": ("relu",), "spiral": ("tanh",)}


def main() -> None:
    for name, activations in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            for recording in run(load(name).with_changes(activations=activations), Path(folder)):
                composition = Replay(recording.path).dashboard()
                moments = composition.animate().moments
                chosen = [*moments[:-1:3], *[moments[-1]] * 10]  # a pause on the last
                path = GALLERY / f"{name}-{recording.description.run}.gif"
                Animation(composition, chosen).save(path, fps=10, dpi=60)
                print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
