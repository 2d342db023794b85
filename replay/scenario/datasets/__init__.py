"""Data, ready to train on: inputs (n, …) float32, and labels (n,) int64 or numbers (n, 1) float32.

Toy data have inputs (n, 2), or as many columns as wanted; images are scaled to [0, 1].
"""

from __future__ import annotations

from replay.scenario.datasets.classes import ball as ball
from replay.scenario.datasets.classes import blobs as blobs
from replay.scenario.datasets.classes import cinema as cinema
from replay.scenario.datasets.classes import circles as circles
from replay.scenario.datasets.classes import moons as moons
from replay.scenario.datasets.classes import parabola as parabola
from replay.scenario.datasets.classes import spiral as spiral
from replay.scenario.datasets.classes import two_clouds as two_clouds
from replay.scenario.datasets.classes import xor as xor
from replay.scenario.datasets.images import digits as digits
from replay.scenario.datasets.images import mnist as mnist
from replay.scenario.datasets.numbers import cubic as cubic
from replay.scenario.datasets.numbers import decay as decay
from replay.scenario.datasets.numbers import hills as hills
from replay.scenario.datasets.numbers import line as line
from replay.scenario.datasets.numbers import sine as sine
from replay.scenario.datasets.numbers import steps as steps
