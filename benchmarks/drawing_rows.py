"""Benchmarks of drawing and encoding: the dashboard, 1440×720, 151 snapshots of `parabola`."""

from __future__ import annotations

import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from measuring import Row, command, peak_memory, recorded, timed

ACTIVATIONS = ("sigmoid", "tanh", "relu")
PRESETS = (
    *(
        "cinema",
        "perceptron",
        "linear-deep",
        "softmax",
        "sine",
        "steps",
        "noisy-polynomial",
        "hills",
        "valley",
    ),
    *("clipped", "vanishing", "exploding", "dying-relu", "sparse", "selu", "overfit"),
)


def drawing() -> Row:
    """Drawing and encoding an MP4, against only encoding the same frames."""
    from replay.film.encoder.encode import save_animation

    animation = _animation(recorded())
    frames = [frame.copy() for frame in animation.frames()]
    path = recorded().with_suffix(".mp4")
    ratios = []
    for _ in range(5):
        alone = timed(lambda: save_animation(path, frames, fps=20))
        ratios.append(timed(lambda: animation.save(path)) / alone)
    ratio = statistics.median(ratios)
    return Row(
        "drawing and encoding an MP4, against encoding alone, median of 5",
        f"{ratio:.2f} times as long ({min(ratios):.2f} to {max(ratios):.2f})",
        "2.5 times",  # 2 for one plane; the second may cost a quarter more
        ratio <= 2.5,
    )


def func_animation() -> Row:
    """Matplotlib's FuncAnimation, which redraws the whole figure for each frame, with the same encoder."""
    import imageio_ffmpeg
    import matplotlib
    from matplotlib.animation import FFMpegWriter, FuncAnimation

    from replay.film.encoder.formats import FORMATS

    path = recorded().with_suffix(".mp4")
    animation = _animation(recorded())
    ours = timed(lambda: animation.save(path))
    composition = animation.composition
    arguments = FORMATS[".mp4"].arguments(0, False)

    def redraw_whole() -> None:
        moving = FuncAnimation(
            composition.figure, composition.show, animation.timeline.moments, cache_frame_data=False
        )
        moving.save(path, writer=FFMpegWriter(fps=20, codec="libx264", extra_args=arguments[2:]))

    ffmpeg = {"animation.ffmpeg_path": imageio_ffmpeg.get_ffmpeg_exe()}
    with composition.style.applied(), matplotlib.rc_context(ffmpeg):
        ratio = timed(redraw_whole) / ours
    return Row(
        "an MP4, against the same figure through FuncAnimation",
        f"{ratio:.1f} times faster",
        "4 times",
        ratio >= 4,
    )


def jobs() -> Row:
    """Two drawing processes against one."""
    path = recorded().with_suffix(".mp4")
    animation = _animation(recorded())
    ratios = [
        timed(lambda: animation.save(path, jobs=2)) / timed(lambda: animation.save(path)) for _ in range(3)
    ]
    return Row(
        "an MP4 drawn by two processes, against one",
        f"{statistics.median(ratios):.2f} times as long",
        "(not required)",
        True,
    )


def memory() -> Row:
    """The peak memory of all processes of `replay render`, for 151 and 1,510 snapshots."""
    peaks = []
    for epochs in (150, 1509):
        path = recorded(epochs=epochs)
        peaks.append(
            peak_memory(["render", str(path), "--pace", "uniform", "-o", str(path.with_suffix(".mp4"))])
        )
    change = peaks[1] / peaks[0] - 1
    return Row(
        "replay render to MP4, all processes, 151 and 1,510 snapshots",
        f"{peaks[0]:.0f} and {peaks[1]:.0f} MB ({change:+.0%})",
        "500 MB, 10%",
        max(peaks) < 500 and abs(change) <= 0.1,
    )


def many_points() -> Row:
    """A frame with 200,000 points against one with 2,000."""
    few, many = (_animation(recorded(epochs=30, n_samples=n_samples)) for n_samples in (1_000, 100_000))
    for animation in (few, many):
        _draw(animation)  # find limits and axes before timing: once per run, not per frame
    ratios = [timed(lambda: _draw(many)) / timed(lambda: _draw(few)) for _ in range(5)]
    ratio = statistics.median(ratios)
    return Row(
        "a frame of 200,000 points, against one of 2,000, median of 5",
        f"{ratio:.2f} times as long",
        "2 times",
        ratio <= 2,
    )


def why_frame() -> Row:
    """A frame of input plane with units, network and feature space, against one of the dashboard."""
    ratios = {activation: _why_against_dashboard(recorded(activation)) for activation in ACTIVATIONS}
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    return Row(
        "a frame of why, against one of the dashboard, 1440×720, median of 3",
        f"{told} times as long",
        "1.5 times",
        max(ratios.values()) <= 1.5,
    )


def loss_surface() -> Row:
    """The loss surface of a run, computed once, against drawing its film."""
    from replay import Replay
    from replay.views.loss_surface import LossSurface

    film = Replay(recorded()).view("trajectory").animate(pace="uniform")
    drawn = timed(lambda: _draw(film))

    def compute() -> None:
        surface = LossSurface([Replay(recorded()).evaluation])
        surface.over(surface.limits)

    ratios = [timed(compute) / drawn for _ in range(5)]
    ratio = statistics.median(ratios)
    return Row(
        "the loss surface, against drawing the 151 frames over it, median of 5",
        f"{ratio:.2f} times as long, {ratio * drawn:.1f} s",
        "half as long",
        ratio <= 0.5,
    )


def layers_in_motion() -> Row:
    """A frame of the film through the layers, and of the strip of its stages, against the dashboard's."""
    from replay import Replay

    replay = Replay(recorded())
    films = [
        replay.view(view, size=(1440, 720)).animate(**options)
        for view, options in (
            ("dashboard", {"pace": "uniform"}),
            ("morph", {}),
            ("stages", {"pace": "uniform"}),
        )
    ]
    for film in films:
        _draw(film)  # find limits and axes before timing: once per run, not per frame
    rounds = [[timed(partial(_draw, film)) / len(film.timeline.moments) for film in films] for _ in range(5)]
    journey, strip = (statistics.median(each[n] / each[0] for each in rounds) for n in (1, 2))
    return Row(
        "a frame of morph, and of stages, against the dashboard's, median of 5",
        f"{journey:.2f} and {strip:.2f} times as long",
        "1.5 times, for morph",
        journey <= 1.5,
    )


def cold_start() -> Row:
    """`replay render` from the start of the process to the finished MP4."""
    path = recorded()
    seconds = statistics.median(
        timed(lambda: command(["render", str(path), "-o", str(path.with_suffix(".mp4"))])) for _ in range(3)
    )
    return Row("replay render, cold start to MP4, median of 3", f"{seconds:.1f} s", "6 s", seconds < 6)


def gif_size() -> Row:
    """The dashboard of each activation as a GIF of 720×360."""
    with tempfile.TemporaryDirectory() as folder:
        megabytes = {}
        for activation in ACTIVATIONS:
            path = Path(folder) / f"{activation}.gif"
            megabytes[activation] = _animation(recorded(activation)).save(path, dpi=60).stat().st_size / 1e6
    sizes = ", ".join(f"{name} {size:.2f} MB" for name, size in megabytes.items())
    return Row("GIFs of 720×360, 151 frames", sizes, "1.5 MB", max(megabytes.values()) < 1.5)


def whole_run() -> Row:
    """`replay run parabola`: three run files, two films of each and one of all, as GIF and as MP4."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["run", "parabola", "--out", folder]
        seconds = timed(lambda: command(arguments))
        made = {suffix: len(list(Path(folder).glob(f"*.{suffix}"))) for suffix in ("h5", "gif", "mp4")}
        assert made == {"h5": 3, "gif": 7, "mp4": 7}, made
        peak = peak_memory([*arguments, "--overwrite"])
    return Row(
        "replay run parabola: 3 runs, 7 GIFs, 7 MP4s",
        f"{seconds:.0f} s, {peak / 1000:.2f} GB",
        "30 s, 1.5 GB",
        seconds < 30 and peak < 1500,
    )


def presets() -> Row:
    """Each scenario that shows one concept, from a cold start to its stills."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in PRESETS:
            arguments = ["run", name, "--format", "png", "--out", str(Path(folder) / name)]
            seconds[name] = timed(lambda arguments=arguments: command(arguments))  # type: ignore[misc]
    slowest = sorted(seconds, key=lambda name: seconds[name])[::-1]
    told = ", ".join(f"{name} {seconds[name]:.0f} s" for name in slowest)
    return Row("scenarios of one concept, cold to still", told, "15 s each", seconds[slowest[0]] < 15)


def _animation(path: Path) -> Any:
    from replay import Replay

    return Replay(path).dashboard().animate(pace="uniform")  # a frame per snapshot


def _why_against_dashboard(path: Path) -> float:
    from replay import Replay

    replay = Replay(path)
    usual, why = (replay.view(name).animate(pace="uniform") for name in ("dashboard", "why"))
    for animation in (usual, why):
        _draw(animation)  # find the scales of the run before timing: once per run, not per frame
    return statistics.median(timed(lambda: _draw(why)) / timed(lambda: _draw(usual)) for _ in range(3))


def _draw(animation: Any) -> None:
    for _ in animation.frames():
        pass
