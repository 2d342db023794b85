"""Where a box in space is seen from: a camera that turns along the run, with a mild perspective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.types import Array

# The turn about the vertical axis, in radians. It stays within a quarter: the same walls are behind the
# samples at all moments, and no number jumps from one edge of the box to another.
FIRST, LAST = np.deg2rad(-68.0), np.deg2rad(-24.0)
HEIGHT = np.deg2rad(20.0)  # above the floor
DISTANCE = 7.0  # half sides of the box: near enough for depth, far enough for shapes to stay what they are
VIEWS = 25  # moments of the turn at which its extent is measured


@dataclass(frozen=True)
class Eye:
    """An eye that looks at the origin, turned by `angle` about the third axis, at `height` above the floor.

    Both are in radians; at angle 0 it looks against the first axis.
    """

    angle: float
    height: float = HEIGHT
    distance: float = DISTANCE

    @classmethod
    def along(cls, place: float) -> Eye:
        """The eye at this place in the run, from 0 to 1: it starts and stops gently."""
        eased = place * place * (3 - 2 * place)
        return cls(float(FIRST + (LAST - FIRST) * eased))

    @property
    def rotation(self) -> Array:
        """What turns space into what is seen: (3, 3), whose rows point right, up and towards the eye."""
        turn, rise = (self.angle, self.height)
        return np.array(
            [
                [-np.sin(turn), np.cos(turn), 0.0],
                [-np.sin(rise) * np.cos(turn), -np.sin(rise) * np.sin(turn), np.cos(rise)],
                [np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)],
            ]
        )

    @property
    def at(self) -> Array:
        """Where the eye is: (3,)."""
        return self.rotation[2] * self.distance

    def sees(self, points: Array) -> tuple[Array, Array]:
        """Where points (…, 3) are on the picture, (…, 2), and how near they are to the eye, (…).

        A point at the origin is seen at its true size. What is farther is smaller: a pinhole camera.
        """
        with np.errstate(all="ignore"):  # the network may have diverged
            turned = points @ self.rotation.T
            towards = np.minimum(turned[..., 2], self.distance / 2)  # nothing is behind the eye
            return turned[..., :2] / (1 - towards / self.distance)[..., None], turned[..., 2]


def extent(corners: Array) -> tuple[Array, Array]:
    """The ends of what these corners (n, 3) cover on the picture over the whole turn: (2,) each."""
    seen = np.concatenate([Eye.along(place).sees(corners)[0] for place in np.linspace(0, 1, VIEWS)])
    return seen.min(axis=0), seen.max(axis=0)
