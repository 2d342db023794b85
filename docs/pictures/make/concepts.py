"""Make docs/concepts.md and its pictures: `python docs/pictures/make/concepts.py [NAME...]`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from replay.scenario.concepts import Concept, concepts, found

DOCS = Path(__file__).parents[2]
PICTURES = DOCS / "pictures" / "concepts"
PAGE = DOCS / "concepts.md"
QUALITY = 82  # of stills, which are WebP
INTRODUCTION = """# Concepts

Each picture is made by the command above it, without a download. `replay concepts` lists them, and \
`replay concepts WORD` finds one. [Reading the views](reading.md) explains the views, \
[scenarios](scenarios.md) the data and the networks.

The articles are Daniel Voigt Godoy's "Hyper-parameters in Action!", part I on activations and part II on \
initial weights, and four others on what a neuron is ("for the rest of us"), on linear layers, softmax and \
losses ("four activations"), on MNIST, and on the way "from ReLU to GELU".
"""


def main(names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for concept in [one for name in names for one in found([name])] or concepts():
            _draw(concept, Path(folder))
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The text of docs/concepts.md."""
    contents = "\n".join(f"- [{one.title}](#{one.name})" for one in concepts())
    return "\n".join([INTRODUCTION, contents, "", *map(_section, concepts())])


def picture(concept: Concept) -> Path:
    """Where the docs keep its picture."""
    suffix = Path(concept.file).suffix
    return PICTURES / f"{concept.name}{'.webp' if suffix == '.png' else suffix}"


def _section(concept: Concept) -> str:
    return f"""## {concept.name}

**{concept.title}.** {concept.look}

    replay {concept.command}

![{concept.title}](pictures/concepts/{picture(concept).name})

Explained in: {"; ".join(concept.articles)}.
"""


def _draw(concept: Concept, folder: Path) -> None:
    """Run the command in a folder of its own, and keep the picture that it writes."""
    work = folder / concept.name
    work.mkdir()
    command = [sys.executable, "-m", "replay", *concept.arguments]
    subprocess.run(command, cwd=work, check=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    made, kept = work / concept.file, picture(concept)
    if made.suffix == ".png":
        Image.open(made).convert("RGB").save(kept, quality=QUALITY, method=6)
    else:
        kept.write_bytes(made.read_bytes())
    print(f"{kept.name}: {kept.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
