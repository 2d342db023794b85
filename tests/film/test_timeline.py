"""Which moment each frame shows: frames worked out by hand, and rules that hold for any settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from replay.errors import ViewError
from replay.film.timeline import (
    DIGITS,
    FPS,
    MAX_FRAMES,
    MAX_SHARE,
    MIN_SHARE,
    PACES,
    Timeline,
    eased,
    parse_epochs,
)

Array = np.ndarray
WHOLE = np.arange(11.0)
UNEVEN = np.array([5.0, 6.0, 7.5, 10.0, 20.0, 50.0])


def moments(epochs: Array = WHOLE, **settings: Any) -> list[float]:
    return list(Timeline.of(epochs, **settings).moments)


def moving(*distances: float) -> Callable[[Array], Array]:
    """A motion that knows only these distances."""

    def motion(epochs: Array) -> Array:
        assert len(epochs) == len(distances) + 1
        return np.array(distances)

    return motion


def frames_by_step(shown: list[float], epochs: Array) -> Array:
    """How many frames lie from each of `epochs` up to the next."""
    return np.histogram(shown, epochs)[0]


# Which snapshots


def test_by_default_every_snapshot_has_a_frame() -> None:
    assert moments(UNEVEN) == list(UNEVEN)


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"first": 4}, [4, 5, 6, 7, 8, 9, 10]),
        ({"last": 2}, [0, 1, 2]),
        ({"first": 3, "last": 5}, [3, 4, 5]),
        ({"first": 2.5, "last": 5.5}, [3, 4, 5]),
        ({"first": 7, "last": 7}, [7]),
        ({"every": 5}, [0, 5, 10]),
        ({"every": 4}, [0, 4, 8, 10]),
        ({"every": 3, "first": 1, "last": 6}, [1, 4, 6]),
        ({"every": 100}, [0, 10]),
        ({"every": 2, "first": 10}, [10]),
    ],
)
def test_a_stretch_of_every_nth_snapshot_ends_with_the_last(
    settings: dict[str, Any], shown: list[float]
) -> None:
    assert moments(**settings) == shown


def test_a_single_snapshot_gives_one_moment_whatever_is_asked() -> None:
    for pace in PACES:
        timeline = Timeline.of(
            np.array([3.0]), pace=pace, tween=4, duration=2, hold=1.5, motion=moving(1), fps=10
        )
        assert timeline.moments == (3.0,)
        assert timeline.duration == pytest.approx(1.6)


# Between snapshots


def test_tweens_lie_evenly_between_neighbours() -> None:
    assert moments(np.array([0.0, 1.0, 3.0]), tween=3) == [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3]


def test_tweens_between_every_second_pass_through_the_snapshot_between() -> None:
    epochs = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert moments(epochs, every=2, tween=1) == list(epochs)  # to the last bit
    assert moments(epochs, every=3, tween=2, last=0.4) == list(epochs[:4])


def test_whole_moments_need_no_decimals_others_do() -> None:
    assert Timeline.of(WHOLE).decimals == 0
    assert Timeline.of(WHOLE, every=2, tween=1).decimals == 0
    assert Timeline.of(WHOLE, tween=1).decimals == 1
    assert Timeline.of(UNEVEN).decimals == 1


# How long


def test_moments_may_be_whole_numbers() -> None:
    assert Timeline((0, 1, 60)).decimals == 0
    assert Timeline((0, 0.5, 60)).decimals == 1


def test_duration_counts_every_frame_and_the_hold() -> None:
    assert Timeline.of(WHOLE, fps=10).duration == pytest.approx(1.1)
    assert Timeline.of(WHOLE, fps=10, hold=2).duration == pytest.approx(3.1)
    assert Timeline.of(WHOLE, duration=5, hold=2).duration == pytest.approx(7)
    assert Timeline.of(WHOLE).fps == FPS


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(
    ("duration", "fps", "n_frames"),
    [(2, 20, 40), (1.26, 10, 13), (0.001, 1, 2), (0.3, 10, 3), (100, 30, 3000)],
)
def test_a_duration_sets_the_number_of_frames(pace: str, duration: float, fps: float, n_frames: int) -> None:
    shown = moments(
        tween=7, duration=duration, fps=fps, pace=pace, motion=moving(1, 0, 0, 9, 0, 0, 1, 1, 1, 1)
    )
    assert len(shown) == n_frames
    assert (shown[0], shown[-1]) == (0, 10)


def test_a_short_film_shows_real_snapshots_evenly() -> None:
    assert moments(duration=0.6, fps=10) == [0, 2, 4, 6, 8, 10]
    assert moments(duration=0.5, fps=10) == [0, 3, 5, 8, 10]  # 2.5 and 7.5 go up, not to even numbers
    assert moments(duration=0.5, fps=10, every=5) == [0, 2.5, 5, 7.5, 10]


def test_frames_of_a_short_film_are_rounded_without_noise() -> None:
    for n_steps in range(1, 60):
        epochs = np.arange(n_steps + 1.0)
        for n in range(1, n_steps + 1):  # steps of the film
            halves_up = [(2 * frame * n_steps + n) // (2 * n) for frame in range(n + 1)]
            assert moments(epochs, duration=n + 1, fps=1) == halves_up


# Pace


def test_log_gives_equal_times_to_equal_steps_of_the_logarithm() -> None:
    assert moments(np.array([0.0, 1.0, 3.0, 7.0]), pace="log") == [0, 1, 3, 7]
    assert moments(np.array([100.0, 101.0, 103.0, 107.0]), pace="log", tween=1) == [
        *(100, 100.5, 101, 102, 103, 105, 107)
    ]


def test_log_gives_the_early_epochs_most_frames() -> None:
    epochs = np.arange(101.0)
    shown = moments(epochs, pace="log")
    frames = frames_by_step(shown, epochs)
    assert len(shown) == 101
    assert frames[0] == pytest.approx(100 * np.log(2) / np.log(101), abs=1)  # 15 of 100
    assert frames[:10].sum() > 50 > frames[10:].sum()
    late = np.array([moment for moment in shown if moment > 25])
    assert (late == late.round()).all()  # sparser than the snapshots: only real ones


def test_adaptive_deals_frames_out_by_motion() -> None:
    # 40 frames; a quarter of them evenly: 2.5 a step; 30 by motion: 15 for each of the two that move
    epochs = np.arange(5.0)
    shown = moments(epochs, pace="adaptive", tween=9, motion=moving(0, 2, 2, 0))
    assert len(shown) == 41
    np.testing.assert_array_equal(frames_by_step(shown, epochs), [3, 17, 18, 3])
    assert shown[3] == pytest.approx(1 + 0.5 / 17.5)


def test_a_step_of_just_one_frame_shows_real_snapshots() -> None:
    # Of even shares the first step gets one and a half, the last a half: the others stay out of phase
    for n_steps in range(4, 40):
        shares = np.array([1.5, *[1.0] * (n_steps - 2), 0.5])
        motion = moving(*(shares - MIN_SHARE))
        of_run: dict[str, Any] = {"duration": n_steps + 1, "fps": 1}  # a frame per snapshot
        shown = moments(np.arange(n_steps + 1.0), pace="adaptive", motion=motion, **of_run)
        assert shown == [0, pytest.approx(2 / 3), *range(2, n_steps + 1)]


def test_what_one_step_may_not_take_goes_to_the_others() -> None:
    # One leap in 20 steps of 10 frames: six times an even share, 60; the other 140 evenly to 19 steps
    epochs = np.arange(21.0)
    shown = moments(epochs, pace="adaptive", tween=9, motion=moving(*[0] * 9, 1, *[0] * 10))
    frames = frames_by_step(shown, epochs)
    assert frames[9] == 60
    assert set(np.delete(frames, 9)) == {7, 8}


def test_a_share_lifted_over_the_most_is_capped_in_turn() -> None:
    # Shares before: 0.25 for 98 steps, 5.9 for one, and a leap; its surplus lifts 5.9 over 6
    base = (5.9 - MIN_SHARE) / (1 - MIN_SHARE)
    distances = np.zeros(100)
    distances[20], distances[70] = base, 100 - base
    epochs = np.arange(101.0)
    shown = moments(epochs, pace="adaptive", tween=9, motion=moving(*distances))
    frames = frames_by_step(shown, epochs)
    assert abs(frames[20] - 60) <= 1 and abs(frames[70] - 60) <= 1


def test_a_plateau_passes_quickly_through_real_snapshots() -> None:
    epochs = np.arange(101.0)
    shown = moments(epochs, pace="adaptive", duration=101, fps=1, motion=moving(*[1.0] * 50, *[0.0] * 50))
    plateau = np.array([moment for moment in shown if moment >= 51])
    assert (plateau == plateau.round()).all()
    assert set(np.diff(plateau)) == {4}  # a quarter of a frame each
    assert not all(moment.is_integer() for moment in shown)


@pytest.mark.parametrize("nothing", [0.0, np.nan, np.inf, -np.inf])
def test_where_nothing_moves_the_pace_is_uniform(nothing: float) -> None:
    assert moments(pace="adaptive", tween=2, motion=moving(*[nothing] * 10)) == moments(tween=2)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_diverged_step_counts_as_standing_still(broken: float) -> None:
    still = moments(UNEVEN, pace="adaptive", tween=5, motion=moving(1, 2, 0, 3, 0))
    assert moments(UNEVEN, pace="adaptive", tween=5, motion=moving(1, 2, broken, 3, broken)) == still


@pytest.mark.parametrize("scale", [1e-310, 1e-3, 1e308])
def test_the_unit_of_motion_does_not_count(scale: float) -> None:
    motion = moving(*np.array([1, 0.5, 0.25, 1, 0]) * scale)
    expected = moments(UNEVEN, pace="adaptive", tween=5, motion=moving(1, 0.5, 0.25, 1, 0))
    np.testing.assert_allclose(moments(UNEVEN, pace="adaptive", tween=5, motion=motion), expected, rtol=1e-9)


def test_motion_is_asked_of_the_chosen_snapshots_only() -> None:
    asked: list[Array] = []

    def motion(epochs: Array) -> Array:
        asked.append(epochs)
        return np.ones(len(epochs) - 1)

    moments(first=2, last=9, every=3, pace="adaptive", motion=motion)
    assert [list(epochs) for epochs in asked] == [[2, 5, 8, 9]]


# What an adaptive film does unless told


def evenly(epochs: Array) -> Array:
    """A motion that is the same in each step."""
    return np.ones(len(epochs) - 1)


def adaptive(epochs: Array, **settings: Any) -> Timeline:
    return Timeline.of(epochs, pace="adaptive", motion=evenly, **settings)


@pytest.mark.parametrize(
    ("n_steps", "n_frames"),
    [(1, 25), (4, 40), (10, 70), (27, 155), (28, 160), (29, 160), (150, 160), (5000, 160)],
)
def test_an_adaptive_film_takes_eight_seconds_or_less_for_few_steps(n_steps: int, n_frames: int) -> None:
    timeline = adaptive(np.arange(n_steps + 1.0))
    assert len(timeline.moments) == n_frames
    assert (timeline.moments[0], timeline.moments[-1]) == (0, n_steps)
    assert timeline.duration == pytest.approx(min(8, 1 + n_steps / 4))
    slower = adaptive(np.arange(n_steps + 1.0), fps=4)
    assert slower.duration == pytest.approx(timeline.duration)


def test_the_steps_that_are_chosen_count_not_those_of_the_run() -> None:
    epochs = np.arange(151.0)
    assert len(adaptive(epochs, every=50).moments) == 35  # three steps
    assert len(adaptive(epochs, first=10, last=14).moments) == 40
    assert len(adaptive(epochs, first=10, last=10).moments) == 1


def test_a_duration_or_a_tween_comes_before_the_usual_length() -> None:
    epochs = np.arange(151.0)
    assert len(adaptive(epochs, tween=1).moments) == 301
    assert len(adaptive(epochs, duration=3).moments) == 60
    for pace in ("uniform", "log"):
        assert len(moments(epochs, pace=pace)) == 151


@pytest.mark.parametrize("stops", [(20.0,), (20.0, 60.5), (60.5, 20.0, 20.0, 3.0, 149.0)])
def test_each_stop_is_shown_for_half_a_second_within_the_time_of_the_film(stops: tuple[float, ...]) -> None:
    epochs = np.arange(151.0)
    n = len(set(stops))
    without = adaptive(epochs, duration=8 - n / 2).moments
    expected = sorted([*without, *(stop for stop in set(stops) for _ in range(10))])
    timeline = adaptive(epochs, stops=stops)
    assert list(timeline.moments) == expected
    assert len(timeline.moments) == 160
    faster = adaptive(epochs, stops=stops, fps=50).moments
    assert all(faster.count(stop) >= 25 for stop in stops)


@pytest.mark.parametrize("n_stops", [1, 4, 5, 12, 47, 48, 49, 100])
def test_all_stops_take_three_tenths_of_the_film_at_most(n_stops: int) -> None:
    epochs = np.arange(151.0)
    stops = np.arange(n_stops) + 10.5
    shown = np.array(adaptive(epochs, stops=stops).moments)
    assert len(shown) == 160
    counts = (shown[:, None] == stops).sum(axis=0)
    each = min(10, int(0.3 * 160 / n_stops))
    assert set(counts) <= {each, each + 1}  # the film may pass there on its way, too
    assert each * n_stops <= 0.3 * 160


def test_stops_outside_of_the_film_and_at_its_ends_do_nothing() -> None:
    epochs = np.arange(151.0)
    part = {"first": 30, "last": 60}
    stops = (-1.0, 0.0, 29.0, 30.0, 60.0, 61.0, 150.0, np.nan, np.inf)
    assert adaptive(epochs, stops=stops, **part) == adaptive(epochs, **part)
    assert adaptive(epochs, stops=(40.0,), **part) != adaptive(epochs, **part)
    assert adaptive(epochs, stops=(0.0, 5.0), first=5, last=5).moments == (5,)


def test_only_adaptive_films_stop() -> None:
    for pace in ("uniform", "log"):
        assert moments(pace=pace, stops=(3.0, 5.0), duration=5) == moments(pace=pace, duration=5)


def test_an_adaptive_film_counts_whole_epochs() -> None:
    assert adaptive(WHOLE).decimals == 0 and adaptive(WHOLE).whole
    assert adaptive(WHOLE, duration=20).decimals == 0
    assert adaptive(WHOLE, tween=3).decimals == 1
    assert adaptive(UNEVEN).decimals == 1 and not adaptive(UNEVEN).whole
    assert Timeline.of(WHOLE, duration=20).decimals == 1
    assert Timeline((0, 0.5, 60), whole=True).decimals == 0


def test_a_fraction_among_very_many_whole_epochs_is_not_counted() -> None:
    """A run that ended early holds its best weights half an epoch after its end."""
    many = np.sort(np.append(np.arange(101.0), 49.5))
    assert adaptive(many).decimals == 0
    assert adaptive(np.append(np.arange(101.0), 100.5)).decimals == 1  # at the end it is what is shown


# What holds for any settings


def any_settings(n: int = 300) -> Iterator[tuple[Array, dict[str, Any], Array]]:
    """Epochs of a run, settings, and the snapshots that these choose."""
    rng = np.random.default_rng(7)
    for _ in range(n):
        n_snapshots = int(rng.integers(1, 60))
        gaps = rng.choice([np.ones(n_snapshots), rng.exponential(5, n_snapshots) + 0.01])
        epochs = rng.uniform(-10, 1000) * (rng.random() < 0.5) + np.cumsum(gaps)
        a, b = sorted(rng.integers(0, n_snapshots, 2)) if rng.random() < 0.5 else (0, n_snapshots - 1)
        distances = rng.choice([rng.exponential(1, n_snapshots) ** 4, rng.random(n_snapshots) < 0.1])
        settings = {
            "first": float(epochs[a]),
            "last": float(epochs[b]),
            "every": int(rng.integers(1, 5)),
            "tween": int(rng.integers(0, 6)),
            "pace": str(rng.choice(PACES)),
            "fps": float(rng.uniform(1, 60)),
            "duration": float(rng.uniform(0.05, 20)) if rng.random() < 0.5 else None,
            "motion": lambda chosen, distances=distances: distances[: len(chosen) - 1].astype(float),
        }
        chosen = [*epochs[a : b + 1 : settings["every"]]]
        yield epochs, settings, np.array(chosen if chosen[-1] == epochs[b] else [*chosen, epochs[b]])


def test_frames_go_from_the_first_snapshot_to_the_last_and_never_back() -> None:
    for epochs, settings, chosen in any_settings():
        shown = moments(epochs, **settings)
        assert (shown[0], shown[-1]) == (chosen[0], chosen[-1])
        assert (np.diff(shown) >= 0).all()


def test_the_number_of_frames_follows_from_the_settings_only() -> None:
    for epochs, settings, chosen in any_settings():
        n_steps = len(chosen) - 1
        expected = n_steps * (1 + settings["tween"]) + 1
        seconds = settings["duration"]
        if settings["pace"] == "adaptive" and seconds is None and not settings["tween"]:
            seconds = min(8, 1 + n_steps / 4)
        if seconds is not None:
            expected = max(2, round(seconds * settings["fps"]))
        assert len(moments(epochs, **settings)) == (expected if len(chosen) > 1 else 1)


def test_a_uniform_pace_shows_each_snapshot_to_the_last_bit() -> None:
    for epochs, settings, chosen in any_settings():
        shown = moments(epochs, **{**settings, "pace": "uniform", "duration": None})
        assert shown[:: 1 + settings["tween"]] == list(chosen)


def test_what_is_as_good_as_a_snapshot_is_that_snapshot() -> None:
    for epochs, settings, _ in any_settings():
        shown = np.array(moments(epochs, **settings))
        nearest = epochs[np.abs(shown[:, None] - epochs).argmin(axis=1)]
        noise = np.abs(shown - nearest) < 10.0**-DIGITS / 2 * np.diff(epochs).min(initial=1)
        np.testing.assert_array_equal(shown[noise], nearest[noise])


def test_no_more_snapshots_than_frames_means_real_ones_only() -> None:
    for epochs, settings, chosen in any_settings():
        short = {**settings, "pace": "uniform", "fps": 10.0, "duration": (len(chosen) // 2 + 1) / 10}
        shown = moments(epochs, **short)
        if len(shown) <= len(chosen):
            assert set(shown) <= set(chosen)
            assert len(set(shown)) == len(shown)


def test_adaptive_steps_stay_between_the_least_and_the_most() -> None:
    for epochs, settings, chosen in any_settings():
        if len(chosen) < 2:
            continue
        shown = moments(epochs, **{**settings, "pace": "adaptive", "tween": 40, "duration": None})
        frames = frames_by_step(shown, chosen)
        frames[-1] -= 1  # the end of the last step counts as part of it
        assert frames.min() >= MIN_SHARE * 41 - 1
        assert frames.max() <= MAX_SHARE * 41 + 1


# What makes no film


def test_epochs_outside_the_run_are_named() -> None:
    for settings in ({"first": 200}, {"last": 200}):
        with pytest.raises(ViewError, match=r"there is no epoch 200: choose one from 0 to 10"):
            moments(**settings)
    with pytest.raises(ViewError, match="no epoch -1"):
        moments(first=-1)
    with pytest.raises(ViewError, match="no epoch nan"):
        moments(last=np.nan)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"first": 3.2, "last": 3.8}, "no snapshot between epochs 3.2 and 3.8"),
        ({"first": 5, "last": 4}, "epoch 5 comes after epoch 4"),
        ({"every": 0}, "1 or more, not 0"),
        ({"every": -2}, "1 or more, not -2"),
        ({"tween": -1}, "tween.* must be 0 or more, not -1"),
        ({"pace": "logg"}, "unknown pace 'logg': did you mean log"),
        ({"pace": "adaptive"}, "needs the motion"),
        ({"duration": 0}, "duration of 0 seconds at 20 fps"),
        ({"duration": -1}, "-1 seconds"),
        ({"duration": np.nan}, "nan seconds"),
        ({"duration": np.inf}, "inf seconds"),
        ({"duration": 1e6}, "1 to 100000 frames"),
        ({"duration": 2, "fps": np.nan}, "fps must be .* not nan"),
        ({"tween": 10**9}, "at most 100000 frames, not 10000000011"),
        ({"fps": 0}, "fps must be more than 0 and at most 1000, not 0"),
        ({"fps": 0, "pace": "adaptive"}, "fps must be .* not 0"),
        ({"fps": np.nan, "pace": "adaptive", "tween": 1}, "fps must be .* not nan"),
        ({"fps": 1001}, "fps must be .* at most 1000"),
        ({"fps": np.nan}, "fps must be .* not nan"),
        ({"fps": np.inf}, "fps must be .* not inf"),
        ({"hold": -1}, "0 to 60 seconds, not -1"),
        ({"hold": 61}, "0 to 60"),
        ({"hold": np.nan}, "0 to 60"),
    ],
)
def test_settings_that_make_no_film_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ViewError, match=told):
        moments(**settings)


def test_a_pace_is_refused_also_for_a_single_snapshot() -> None:
    with pytest.raises(ViewError, match="unknown pace"):
        moments(np.array([1.0]), pace="fast")


def test_a_run_without_snapshots_has_no_timeline() -> None:
    with pytest.raises(ViewError, match="no snapshot yet"):
        moments(np.empty(0))


@pytest.mark.parametrize("bad", [(), (1.0, 0.5), (np.nan,), (0.0, np.inf)])
def test_moments_never_go_back(bad: tuple[float, ...]) -> None:
    with pytest.raises(ViewError, match="never go back"):
        Timeline(bad)


def test_the_longest_film_is_allowed() -> None:
    assert len(moments(duration=MAX_FRAMES / 1000, fps=1000, hold=60)) == MAX_FRAMES


# The command line's words


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("10:60", (10, 60)),
        ("10:", (10, None)),
        (":60", (None, 60)),
        (":", (None, None)),
        (" : ", (None, None)),
        ("0.5:1.25", (0.5, 1.25)),
        (" 3 : 4 ", (3, 4)),
        ("7:7", (7, 7)),
        ("-5:0", (-5, 0)),
    ],
)
def test_a_stretch_is_written_with_a_colon(text: str, stretch: tuple[float | None, float | None]) -> None:
    assert parse_epochs(text) == stretch


@pytest.mark.parametrize("text", ["", "5", "a:b", "1:2:3", "nan:", ":inf", "10-60", "::", "1:b"])
def test_anything_else_is_told_the_form(text: str) -> None:
    with pytest.raises(ViewError) as error:
        parse_epochs(text)
    assert str(error.value) == f"epochs must be given as A:B, such as 10:60, 10: or :60, not {text!r}"


def test_a_stretch_goes_forward() -> None:
    with pytest.raises(ViewError, match="epoch 60 comes after epoch 10"):
        parse_epochs("60:10")


# Through steps


@pytest.mark.parametrize("n_steps", [1, 3, 16, 200])
def test_steps_follow_one_another_and_rest(n_steps: int) -> None:
    moments = np.array(Timeline.through(n_steps).moments)
    assert (moments[0], moments[-1]) == (0, n_steps)
    assert (np.diff(moments) >= 0).all()
    for mark in range(n_steps + 1) if n_steps < 17 else ():
        assert (moments == mark).sum() >= 5  # a quarter of a second at least


def test_steps_begin_and_end_slowly_and_are_symmetric() -> None:
    share = np.linspace(0, 1, 1001)
    way = eased(share)
    assert (way[0], way[-1]) == (0, 1)
    assert (np.diff(way) > 0).all()
    np.testing.assert_allclose(way + way[::-1], 1, atol=1e-12)
    speed = np.diff(way)
    assert speed[0] < speed[500] / 1000 and speed[:500].argmax() == 499
    assert np.abs(np.diff(speed)).max() < 1e-5  # and without a jolt


def test_a_film_through_steps_takes_as_long_as_it_is_asked_to() -> None:
    assert len(Timeline.through(7, duration=4, fps=25).moments) == 100
    assert Timeline.through(7).duration == pytest.approx(0.5 + 7 * 1.8, abs=0.06)
    assert Timeline.through(100).duration == pytest.approx(30)
    assert Timeline.through(7, hold=2, duration=1).duration == pytest.approx(3)
    assert Timeline.through(0).moments == (0.0,)


@pytest.mark.parametrize("options", [{"fps": 0}, {"duration": 0}, {"duration": -1}, {"hold": 99}])
def test_a_film_through_steps_that_cannot_be_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ViewError):
        Timeline.through(3, **options)
