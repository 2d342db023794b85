"""Distributions (densities, violins) of each layer's weights, pre-activations, activations or gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError, unknown
from replay.network.activation_limits import UNBOUNDED, range_of
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import acting_layers, chosen, depths, in_order, kernels, layer_values
from replay.types import Array
from replay.views.shared.geometry import usual_ends
from replay.views.view import View

WEIGHTS, PRE_ACTIVATIONS = "weights", "pre-activations"
ACTIVATIONS, GRADIENTS = "activations", "gradients"
QUANTITIES = (WEIGHTS, PRE_ACTIVATIONS, ACTIVATIONS, GRADIENTS)
INPUTS = "inputs"
MAX_VALUES = 20_000  # per layer and frame
FEWEST_SAMPLES = 200  # per frame, if there are as many
SAMPLE_VALUES = 2_000_000  # of all layers together; small layers allow more samples
BINS = 200
TAIL = 0.005  # the share of a layer's values beyond each end that the axis may leave out at a snapshot
SMALL_TAIL = 0.05  # the same for the smallest gradients, which go down to rounding errors
MAX_DECADES = 10.0  # of a gradient axis
MARGIN = 0.04
QUARTILES = (0.25, 0.5, 0.75)
FEW = 30  # fewer values have no density worth drawing
BEYOND = 1e-5  # of the length of a range: float32 rounds so far beyond its end


@dataclass(frozen=True)
class LayerDistributionsFrame:
    """The distributions at one epoch, layer by layer, in units of the axis (log10 on a logarithmic axis).

    `density` (n_layers, n_bins), per unit of the axis: the density of the non-zero values; it integrates to
    their share. A layer of fewer than FEW values has none, and its values one by one in `dots`; the `dots` of
    the others are empty. `quartiles` (n_layers, 3) of all finite values: first quartile, median, third
    quartile; NaN without values, and −inf for 0 on a logarithmic axis. Shares of the finite values, each
    (n_layers,): `zero` is exactly 0; `below` and `above` lie beyond the axis. `missing` (n_layers,) is the
    share of all values that are NaN or infinite.
    """

    epoch: float
    density: Array
    dots: tuple[Array, ...]
    quartiles: Array
    zero: Array
    below: Array
    above: Array
    missing: Array


class LayerDistributions(View):
    """The distribution of one quantity in each layer, on one axis for all layers and all epochs.

    `quantity` is "weights" or "gradients", of the kernels only: biases are few and start at exactly 0; or
    "pre-activations" or "activations" of the recorded samples, after the distribution of the inputs if
    `include_inputs`. `layer_names` chooses layers. The default is all that have kernels or activations of
    their own, without the output layer if `exclude_outputs`. Gradients appear as absolute values on a
    logarithmic axis, as they span decades from layer to layer; their signs are about even.

    A layer's values are a random subset of at most MAX_VALUES, the same at all epochs. No density reaches
    beyond the range of the layer's activation.
    Raises ViewError if the quantity is unknown, or no layer has it.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        quantity: str,
        layer_names: Sequence[str] | None = None,
        exclude_outputs: bool = True,
        include_inputs: bool = True,
    ) -> None:
        if quantity not in QUANTITIES:
            raise ViewError(unknown("quantity", quantity, QUANTITIES))
        super().__init__(evaluation)
        self.quantity = quantity
        self.logarithmic = quantity == GRADIENTS
        self._of_kernels = quantity in (WEIGHTS, GRADIENTS)
        self._kernels = kernels(evaluation.recording.description)
        self._layers = self._choose(layer_names, exclude_outputs)
        self._with_inputs = include_inputs and not self._of_kernels
        self.names = (*([INPUTS] if self._with_inputs else []), *self._layers)
        self._picked: dict[str, Array] = {}
        self.values_at(float(evaluation.recording.epochs[0]))  # raises if a named layer does not have it

    @property
    def depths(self) -> tuple[float | None, ...]:
        """How deep each of `names` is in the network, from 0 to 1; None for the inputs."""
        deep = depths(self.evaluation.recording, self._layers)
        return (*([None] if self._with_inputs else []), *deep)

    def _choose(self, layer_names: Sequence[str] | None, exclude_outputs: bool) -> list[str]:
        recording = self.evaluation.recording
        if layer_names is None:
            before = self.quantity == PRE_ACTIVATIONS
            having = list(self._kernels) if self._of_kernels else acting_layers(self.evaluation, before)
            return chosen(recording, having, exclude_outputs, self._what)
        names = in_order(recording, layer_names)
        without = [name for name in names if self._of_kernels and name not in self._kernels]
        if without or not names:
            named = f"layer {without[0]!r} has no recorded kernel" if without else "no layer is named"
            candidates = self._kernels if self._of_kernels else acting_layers(self.evaluation)
            raise ViewError(f"{recording.path}: {named}; choose among {', '.join(candidates)}")
        return names

    @property
    def _what(self) -> str:
        return {WEIGHTS: "a kernel", GRADIENTS: "a kernel, and so gradients,"}.get(
            self.quantity, self.quantity
        )

    # The values that are used

    def values_at(self, epoch: float) -> dict[str, Array]:
        """The values used of each of `names` at `epoch`: (n,) each, n at most MAX_VALUES."""
        if self._of_kernels:
            arrays = self._arrays(epoch)
            flat = {name: self._joined([arrays[p] for p in self._kernels[name]]) for name in self._layers}
            return {name: values[self._pick(name, values.size)] for name, values in flat.items()}
        parts: dict[str, list[Array]] = {name: [] for name in self.names}
        for name, start, values in self._outputs(epoch):
            size = values[0].size
            picked = self._pick(name, size * len(self._samples))
            first, last = np.searchsorted(picked, (start * size, (start + len(values)) * size))
            parts[name].append(values.reshape(-1)[picked[first:last] - start * size])
        return {name: np.concatenate(pieces) for name, pieces in parts.items()}

    def _arrays(self, epoch: float) -> list[Array]:
        """The weights, or their gradients, each (1, …)."""
        if self.quantity == GRADIENTS:
            return self.evaluation.at(epoch).gradients()
        return self.evaluation.recording.weights_at(epoch)

    def _outputs(self, epoch: float) -> Iterator[tuple[str, int, Array]]:
        if self._with_inputs:
            yield INPUTS, 0, np.asarray(self._samples, dtype=np.float32)
        weights, before = self.evaluation.recording.weights_at(epoch), self.quantity == PRE_ACTIVATIONS
        yield from layer_values(self.evaluation, self._layers, weights, self._samples, before)

    @staticmethod
    def _joined(arrays: list[Array]) -> Array:
        return np.concatenate([array.reshape(-1) for array in arrays])

    @cached_property
    def _samples(self) -> Array:
        """The recorded samples that are used: all or, if layers are large, a fixed subset."""
        inputs = self.evaluation.inputs
        sizes = [self.evaluation.n_values(name) for name in self._layers]
        n = max(FEWEST_SAMPLES, SAMPLE_VALUES // max(1, sum(sizes)))
        return inputs[_some(len(inputs), n)]

    def _pick(self, name: str, size: int) -> Array:
        """Which of a layer's `size` values are used: increasing positions, chosen once."""
        if name not in self._picked:
            self._picked[name] = _some(size, MAX_VALUES)
        return self._picked[name]

    # The axis, and the values on it

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The limits of one axis for all layers: nearly all values of all layers at nearly all epochs.

        Half a percent of a layer may lie beyond each end. A few snapshots that would make the axis more than
        twice as long do not count, nor do those of a network that explodes or has diverged. Ranges that end
        on both sides are shown whole.
        """
        ends = self._ends_by_epoch
        ends = ends[np.isfinite(ends[..., 0]).any(axis=1)]
        ends = np.column_stack([np.nanmin(ends[..., 0], axis=1), np.nanmax(ends[..., 1], axis=1)])
        bounded = [ends_of for ends_of in self.ranges if np.isfinite(ends_of).all()]
        if not len(ends) and not bounded:
            return (-1.0, 1.0)
        return self._around(ends if len(ends) else np.array(bounded), np.array(bounded).reshape(-1, 2))

    @cached_property
    def axes(self) -> Array:
        """The limits of the axis of each layer, (n_layers, 2): by default one for all. May be set."""
        return np.tile(self.limits, (len(self.names), 1))

    def on(self, limits: tuple[float, float]) -> LayerDistributions:
        """The same distributions, on an axis with these limits for all layers."""
        other = copy(self)
        for scaled in ("axes", "edges"):
            vars(other).pop(scaled, None)
        other.limits = limits
        return other

    @cached_property
    def _ends_by_epoch(self) -> Array:
        """Each layer's range of values without the tails: (n_snapshots, n_layers, 2), NaN without values."""
        nothing = (np.nan, np.nan)
        found = [
            [self._ends(values) or nothing for values in self.values_at(float(epoch)).values()]
            for epoch in self._sound_epochs
        ]
        return np.array(found, dtype=np.float64)

    @property
    def _sound_epochs(self) -> Array:
        """The epochs of the surveyed snapshots before the weights diverged, or of all if there are none."""
        recording = self.evaluation.recording
        end = np.inf if recording.diverged_at is None else recording.diverged_at
        surveyed = recording.epochs[self.evaluation.surveyed]
        sound = surveyed[surveyed < end]
        return sound if len(sound) else surveyed

    def _ends(self, values: Array) -> tuple[float, float] | None:
        """The range of a layer's values without the tails, None without values."""
        along = self._along(values[np.isfinite(values) & (values != 0)])
        if not len(along):
            return None if self.logarithmic or not (values == 0).any() else (0.0, 0.0)
        low, high = np.quantile(along, (SMALL_TAIL if self.logarithmic else TAIL, 1 - TAIL))
        return (float(low), float(high)) if self.logarithmic else (min(low, 0.0), max(high, 0.0))

    def _around(self, ends: Array, bounded: Array) -> tuple[float, float]:
        """The axis limits, from the `ends` (n_snapshots, 2) that each snapshot needs.

        The ranges `bounded` (n, 2) are shown whole.
        """
        low, high = usual_ends(ends)
        low, high = min(low, *bounded[:, 0], np.inf), max(high, *bounded[:, 1], -np.inf)
        if self.logarithmic:
            low = max(low, high - MAX_DECADES)
        if high - low < 1e-12 * max(abs(low), abs(high), 1e-12):  # all values alike
            around = max(abs(low), 1.0) / 2
            low, high = low - around, high + around
        margin = MARGIN * (high - low)
        return float(low - margin), float(high + margin)

    def _along(self, values: Array) -> Array:
        """The axis positions of non-zero values."""
        return np.log10(np.abs(values.astype(np.float64))) if self.logarithmic else values.astype(np.float64)

    @cached_property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """What values each of `names` can have, in units of the axis."""
        if self.quantity != ACTIVATIONS:
            return (UNBOUNDED,) * len(self.names)
        of_layers = [range_of(self.evaluation.recording.layer(name)) for name in self._layers]
        return (*([UNBOUNDED] if self._with_inputs else []), *of_layers)

    @cached_property
    def edges(self) -> Array:
        """The edges of the bins of each layer: (n_layers, n_bins + 1). They span the axis or, if shorter, the
        layer's range.
        """
        pairs = zip(self.axes, self.ranges, strict=True)
        return np.stack(
            [np.linspace(max(low, least), min(high, most), BINS + 1) for (low, high), (least, most) in pairs]
        )

    @property
    def centres(self) -> Array:
        """The middle of each bin: (n_layers, n_bins)."""
        return (self.edges[:, 1:] + self.edges[:, :-1]) / 2

    def at(self, epoch: float) -> LayerDistributionsFrame:
        """The distributions at `epoch`."""
        layers = zip(self.values_at(epoch).values(), self.edges, self.ranges, self.axes, strict=True)
        density, dots, *columns = zip(*(self._of_layer(*layer) for layer in layers), strict=True)
        return LayerDistributionsFrame(epoch, np.array(density), dots, *(np.array(each) for each in columns))

    def _of_layer(
        self, values: Array, edges: Array, possible: tuple[float, float], axis: Array
    ) -> tuple[Array, Array, Array, float, float, float, float]:
        """The columns of a frame for the values (n,) of one layer."""
        finite = values[np.isfinite(values)]
        others = self._along(finite[finite != 0])
        low, high = axis
        n = max(1, len(finite))
        few = len(values) < FEW
        ends = edges[0] == possible[0], edges[-1] == possible[1]
        return (
            np.zeros(BINS)
            if few
            else density(within_range(others, possible), edges, ends) * (len(others) / n),
            self._places(values) if few else np.empty(0),
            self._quartiles(finite),
            (len(finite) - len(others)) / n,
            int((others < low).sum()) / n,
            int((others > high).sum()) / n,
            1 - len(finite) / max(1, len(values)),
        )

    def _places(self, values: Array) -> Array:
        """The axis positions of values (n,): −inf for 0 on a logarithmic axis, NaN for what is not finite."""
        with np.errstate(divide="ignore"):
            return np.where(np.isfinite(values), self._along(values), np.nan)

    def _quartiles(self, finite: Array) -> Array:
        """The axis positions of the quartiles of finite values (n,); −inf for 0 on a logarithmic axis."""
        if not len(finite):
            return np.full(3, np.nan)
        if not self.logarithmic:
            return np.quantile(finite.astype(np.float64), QUARTILES)
        with np.errstate(divide="ignore"):
            return np.log10(np.quantile(np.abs(finite).astype(np.float64), QUARTILES))


def layer_distributions(
    evaluation: Evaluation, quantity: str, layer: str | None = None
) -> LayerDistributions:
    """The distributions in one layer, or in all layers that have the quantity."""
    return LayerDistributions(evaluation, quantity, None if layer is None else [layer])


def _some(size: int, most: int) -> Array:
    """At most `most` of the positions 0 … size − 1, at random but the same at each call, increasing."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(0).choice(size, most, replace=False, shuffle=False))


def within_range(values: Array, possible: tuple[float, float]) -> Array:
    """Values (n,), where rounding has carried them beyond their range put back to its end."""
    rounding = BEYOND * (possible[1] - possible[0] if np.isfinite(possible).all() else 1.0)
    for end in possible:
        values = np.where(np.abs(values - end) <= rounding, end, values) if np.isfinite(end) else values
    return values


def density(values: Array, edges: Array, ends: tuple[bool, bool] = (False, False)) -> Array:
    """A kernel density estimate of finite values (n,) in bins of equal width: (n_bins,), per unit.

    Counts per bin, smoothed by a Gaussian (a binned estimate: Silverman 1982, "Kernel density estimation
    using the fast Fourier transform"). Its width is that of Silverman 1986, equation 3.31, at least half a
    bin. Values outside the edges count in n only. `ends` tells which of the two outer edges no value can
    cross: there, what the Gaussian carries across is reflected (Silverman 1986, section 2.10).
    """
    from scipy.ndimage import gaussian_filter1d

    inside = values[(values >= edges[0]) & (values <= edges[-1])]
    n_bins = len(edges) - 1
    width = (edges[-1] - edges[0]) / n_bins
    if not len(inside):
        return np.zeros(n_bins)
    bins = np.minimum(((inside - edges[0]) / width).astype(np.intp), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins) / (len(values) * width)
    mirrored = [counts[::-1] if is_end else np.zeros(n_bins) for is_end in ends]
    across = np.concatenate([mirrored[0], counts, mirrored[1]])
    smooth = gaussian_filter1d(across, max(bandwidth(inside) / width, 0.5), mode="constant")
    return np.asarray(smooth[n_bins : 2 * n_bins])


def bandwidth(values: Array) -> float:
    """0.9 min(σ, IQR / 1.34) n^(−1/5) of values (n,): Silverman 1986, "Density Estimation", equation 3.31."""
    quarter, three_quarters = np.quantile(values, (0.25, 0.75))
    spreads = [
        spread for spread in (float(values.std()), float(three_quarters - quarter) / 1.34) if spread > 0
    ]
    return 0.9 * min(spreads, default=0.0) * len(values) ** -0.2
