"""What a picture of runs shows, in words: from what their files hold, and nothing beyond."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.film.description import Description
from replay.film.encoder.captions import BLANKS
from replay.film.narration import CLOSES, Event
from replay.language.message import Message, listed, say, say_number, speaking, spoken
from replay.language.percent import percent
from replay.network.description import LayerDescription
from replay.network.losses import is_known
from replay.runs.evaluation import Evaluation
from replay.runs.logged_of import rows_of
from replay.runs.loss_curve import LossCurve, logged_curve
from replay.runs.loss_words import loss_words
from replay.runs.milestone import Milestone, leading
from replay.runs.milestones import milestones
from replay.runs.regression import objection, r2_at
from replay.runs.run_names import run_names, runs_title
from replay.runs.task import REGRESSION
from replay.storage.samples import parts

MOST = 149  # characters of an alt text
LONGEST, LEAST = 32, 8  # characters of a name in a sentence, of one that has to make way
BEGUN = 1e-6  # of a step, after which it counts as begun
LISTED = 6  # names that a sentence lists
ACCURACIES = ("accuracy", "acc")
QUOTED = re.compile("(?<=“)[^“”]+(?=”)")  # names within milestones
# What would turn round the letters after a name, or cannot be seen.
UNSEEN = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


@dataclass(frozen=True)
class Subject:
    """What a picture is of: these runs, in these `views`, which are words of it, as panels' titles are.

    `title` is that of the picture, by default the runs' own, and so are the `names` of several. A film that
    goes through the network at one `epoch` tells what is `told` of each step.
    """

    evaluations: tuple[Evaluation, ...]
    views: tuple[Message | str, ...] = ()
    title: str | None = None
    names: tuple[str, ...] = ()
    epoch: float | None = None
    told: tuple[Message, ...] = ()

    @classmethod
    def joint(cls, subjects: Iterable[Subject | None], title: str | None = None) -> Subject | None:
        """The subject of a picture that has those of several; None if none of them is known."""
        every = [subject for subject in subjects if subject is not None]
        if not every:
            return None
        evaluations = dict.fromkeys(evaluation for one in every for evaluation in one.evaluations)
        return cls(tuple(evaluations), tuple(view for one in every for view in one.views), title)

    def description(self, epoch: float | None = None) -> Description:
        """The picture in words, as it is at `epoch`, by default at the end; in the language spoken now."""
        if self.epoch is not None:
            return self._through()
        title = clean(runs_title(self.evaluations) if self.title is None else self.title)
        views = _listed([clean(str(view)) for view in self.views]) if self.views else ""
        told = _One(self.evaluations[0], epoch) if len(self.evaluations) == 1 else _Several(self, epoch)
        return Description(
            title,
            _fitted(told.short, title, views),
            told.long,
            spoken(),
            told.heading(title, _short(views, LONGEST)),
            _in_language(lambda: told.events),
        )

    def _through(self) -> Description:
        """The picture in words, of a film that goes through the network."""
        plain = replace(self, epoch=None).description(self.epoch)
        steps = say("Step by step: {steps}.", steps=listed(self._sentences))
        return replace(plain, text=_joined([plain.text, steps]), tell=_in_language(lambda: self._events))

    @property
    def _events(self) -> list[Event]:
        """What is told when each step begins, and how the training stands; marks are in place of epochs."""
        told = [Event(n + BEGUN, text, rank=(0, n)) for n, text in enumerate(self._sentences)]
        return [*told, Event(len(told), _One(self.evaluations[0], self.epoch).outcome, rank=CLOSES)]

    @property
    def _sentences(self) -> list[str]:
        return [clean(str(words)) for words in self.told]


class _One:
    """One run, up to an epoch."""

    def __init__(self, evaluation: Evaluation, epoch: float | None = None) -> None:
        self._evaluation, self._recording = evaluation, evaluation.recording
        self.last = float(self._recording.epochs[-1])
        self.epoch = (
            self.last if epoch is None else min(max(epoch, float(self._recording.epochs[0])), self.last)
        )

    # Short

    def heading(self, title: str, views: str) -> str:
        """What the picture is of."""
        return say("{title}. {what}", title=_titled(title, views), what=self.goal)

    def short(self, title: str, views: str) -> Iterator[str]:
        """The alt text, and what may stand in its place where it is too long."""
        yield _joined([self.heading(title, views), self.outcome])
        yield say("{title}. {what}", title=_titled(title, views), what=self.outcome)
        yield self.heading(title, views)
        yield title

    @property
    def goal(self) -> str:
        """What the network is trained for."""
        task = self._evaluation.task
        if _has_several(self._evaluation):
            return say("A network with several inputs or outputs is trained.")
        if self._evaluation.has_answers_alone:
            return self._goal_of_model
        if task.kind == REGRESSION:
            return say("A network learns to predict numbers.")
        return say_number(
            "A network learns to tell {number} class apart.",
            "A network learns to tell {number} classes apart.",
            task.n_classes,
        )

    @property
    def _goal_of_model(self) -> str:
        """The same of a model that is no network, as far as anybody knows."""
        if self._evaluation.task.kind == REGRESSION:
            return say("A model learns to predict numbers.")
        return say_number(
            "A model learns to tell {number} class apart.",
            "A model learns to tell {number} classes apart.",
            self._evaluation.task.n_classes,
        )

    @property
    def outcome(self) -> str:
        """What the network answers at the epoch, as far as it is known without Keras."""
        diverged, when = self._recording.diverged_at, round(self.epoch, 2)
        if diverged is not None and diverged <= self.epoch:
            if self._evaluation.has_answers_alone:
                return say("From epoch {epoch:g} on, its answers are no longer finite.", epoch=diverged)
            return say("From epoch {epoch:g} on, its weights are no longer finite.", epoch=diverged)
        share, loss = self.share, self.loss
        if share is not None:
            return self._right(share, when)
        if loss is not None:
            return self._lost(rounded(loss), when)
        return say("It has been trained up to epoch {epoch:g}.", epoch=when)

    def _right(self, share: float, when: float) -> str:
        held_out = None if self.held_out is None else self.held_out.share
        if held_out is None:
            return say(
                "At epoch {epoch:g}, {share} of the samples are right.", epoch=when, share=percent(share)
            )
        return say(
            "At epoch {epoch:g}, {share} of the training samples are right, {held_out} of those held out.",
            epoch=when, share=percent(share), held_out=percent(held_out),
        )  # fmt: skip

    def _lost(self, loss: float, when: float) -> str:
        held_out = None if self.held_out is None else self.held_out.loss
        if held_out is None:
            return say("At epoch {epoch:g}, the loss is {loss:g}.", epoch=when, loss=loss)
        return say(
            "At epoch {epoch:g}, the loss is {loss:g}, and {held_out:g} on the samples held out.",
            epoch=when, loss=loss, held_out=rounded(held_out),
        )  # fmt: skip

    @cached_property
    def held_out(self) -> _One | None:
        """The same of the samples that were held out; None where the file has none."""
        if not self._answers or not self._recording.has_held_out:
            return None
        try:
            found = self._evaluation.held_out
        except ViewError:  # they do not fit, which pictures of samples say; others do without
            return None
        return None if found is None else _One(found, self.epoch)

    @property
    def share(self) -> float | None:
        """The share of the recorded samples that are right; None where that is not known."""
        if not self._answers or self._evaluation.task.kind == REGRESSION:
            return None
        return float(self._evaluation.at(self.epoch).correct.mean())

    @property
    def loss(self) -> float | None:
        """The mean loss of the recorded samples or, where the loss is not known, the last one logged."""
        description, found = self._recording.description, None
        if self._answers and is_known(description.loss):
            found = float(self._evaluation.at(self.epoch).losses.mean(dtype=np.float64))
        if found is None or not np.isfinite(found):
            found = self._logged("loss")
        return found

    @property
    def _answers(self) -> bool:
        evaluation = self._evaluation
        return evaluation.at_hand and evaluation.all_recorded and not _has_several(evaluation)

    def _logged(self, name: str) -> float | None:
        """The last finite value that was logged up to the epoch, of the weights that it has."""
        if name not in self._recording.history:
            return None
        values = self._recording.history[name][rows_of(self._recording, self.epoch)]
        finite = values[np.isfinite(values)]
        return float(finite[-1]) if len(finite) else None

    def _curve(self, name: str) -> LossCurve | None:
        """The finite values that were logged up to the epoch; None where nothing was."""
        curve = logged_curve(self._recording, name)
        return None if curve is None else curve.before(np.nextafter(self.epoch, np.inf))

    # Long

    @property
    def long(self) -> str:
        """The paragraph."""
        told = [event.text for event in self.milestones if event.epoch <= self.epoch]
        facts = [
            self.goal,
            self.recorded,
            self._held_out_count,
            self._names,
            self._layers,
            self._training,
            self._course,
        ]
        return _joined([*facts, *told, self._end, self._closeness, self._validation, self._state])

    @property
    def recorded(self) -> str:
        """The samples that the file has."""
        recording = self._recording
        n_inputs = sum(int(np.prod(part.shape[1:])) for part in parts(recording.samples[0]).values())
        samples = Message.counted("{number} sample", "{number} samples", recording.n_samples)
        inputs = Message.counted("{number} input", "{number} inputs", n_inputs)
        every = (recording.description.subset or {}).get("of", recording.n_samples)
        if every == recording.n_samples:
            return say("The recording has {samples} with {inputs} each.", samples=samples, inputs=inputs)
        return say(
            "The recording has {samples} of {all}, with {inputs} each.",
            samples=samples, all=every, inputs=inputs,
        )  # fmt: skip

    @property
    def _held_out_count(self) -> str:
        if self.held_out is None:
            return ""
        n_samples = self.held_out._recording.n_samples
        return say_number("{number} more was held out.", "{number} more were held out.", n_samples)

    @property
    def _names(self) -> str:
        """What inputs, target and classes are called, where they have names."""
        names, data = self._evaluation.names, self._recording.description.data
        inputs = [_name(name) for name in names.inputs if name]
        target = "" if data is None else _name(data.target)
        classes = [_name(names.word(label)) for label in range(len(names.classes))] if names.are_words else []
        return _joined(
            [
                say("The inputs are {names}.", names=_listed(inputs)) if inputs else "",
                say("The target is {name}.", name=target) if target else "",
                say("The classes are {names}.", names=_listed(classes)) if classes else "",
            ]
        )

    @property
    def _layers(self) -> str:
        if self._evaluation.has_answers_alone:
            return ""
        layers = [_layer(each) for each in self._recording.description.layers]
        return say("Its layers are {layers}.", layers=_listed(layers)) if layers else ""

    @property
    def _training(self) -> str:
        description = self._recording.description
        optimizer = _name(str((description.optimizer or {}).get("class") or ""))
        loss = loss_words(description) if description.loss else ""
        if optimizer and loss:
            return say("It is trained with {optimizer} on its {loss}.", optimizer=optimizer, loss=loss)
        return say("It is trained with {optimizer}.", optimizer=optimizer) if optimizer else ""

    @property
    def _course(self) -> str:
        """How the logged loss changed."""
        curve = self._curve("loss")
        if curve is None or len(curve.values) < 2:
            return ""
        before, after = rounded(curve.values[0]), rounded(curve.values[-1])
        values = {
            "first": float(curve.epochs[0]),
            "last": float(curve.epochs[-1]),
            "before": before,
            "after": after,
        }
        if after < before:
            return say(
                "From epoch {first:g} to {last:g}, its loss falls from {before:g} to {after:g}.", **values
            )
        if after > before:
            return say(
                "From epoch {first:g} to {last:g}, its loss rises from {before:g} to {after:g}.", **values
            )
        return say("At epoch {last:g}, its loss is {after:g}, as it was at epoch {first:g}.", **values)

    @property
    def _end(self) -> str:
        diverged = self._recording.diverged_at
        return "" if diverged is not None and diverged <= self.epoch else self.outcome  # a milestone says so

    @property
    def _closeness(self) -> str:
        """R² of a regression, of the recorded samples and of those held out."""
        if not self._answers or objection(self._evaluation) is not None:
            return ""
        r2 = r2_at(self._evaluation, self.epoch)
        if not np.isfinite(r2):
            return ""
        held_out = np.nan if self.held_out is None else r2_at(self.held_out._evaluation, self.epoch)
        if not np.isfinite(held_out):
            return say("It explains {share} of the variance of the targets (R²).", share=_share(r2))
        return say(
            "It explains {share} of the variance of the targets (R²), {held_out} on the samples held out.",
            share=_share(r2), held_out=_share(held_out),
        )  # fmt: skip

    @property
    def _validation(self) -> str:
        """The last values of validation that were logged, where the file has no samples of it."""
        if self.held_out is not None:
            return ""
        loss = self._logged("val_loss")
        shares = [share for name in ACCURACIES if (share := self._logged(f"val_{name}")) is not None]
        if shares and 0 <= shares[0] <= 1:
            return say("Of the samples held out, {share} are right.", share=percent(shares[0]))
        if loss is None:
            return ""
        return say("On the samples held out, the loss is {loss:g}.", loss=rounded(loss))

    @property
    def _state(self) -> str:
        if self.epoch < self.last:
            return say("The training goes on to epoch {epoch:g}.", epoch=self.last)
        if not self._recording.complete:
            return say("The recording is not complete: it ends at epoch {epoch:g}.", epoch=self.last)
        return ""

    # Told while it plays

    @property
    def events(self) -> list[Event]:
        """The milestones, and how it ends."""
        return [*self.milestones, Event(self.epoch, self.outcome, rank=CLOSES)]

    @property
    def milestones(self) -> list[Event]:
        """What captions tell."""
        if not self._evaluation.at_hand:
            return []
        return [_event(each) for each in leading(milestones(self._evaluation))]


class _Several:
    """Runs side by side, up to an epoch. A run that ended earlier stays at its end."""

    def __init__(self, subject: Subject, epoch: float | None) -> None:
        self._runs = [_One(evaluation, epoch) for evaluation in subject.evaluations]
        self._names = [_name(name) for name in subject.names or run_names(subject.evaluations)]

    def heading(self, title: str, views: str) -> str:
        """What the picture is of."""
        return say("{title}. {what}", title=_titled(title, views), what=self._count)

    def short(self, title: str, views: str) -> Iterator[str]:
        """The alt text, and what may stand in its place where it is too long."""
        head = self.heading(title, views)
        for outcome in self.outcomes:
            yield _joined([head, outcome])
        yield _joined([head, say("They are {names}.", names=listed(self._names))])
        yield head
        yield title

    @property
    def outcomes(self) -> list[str]:
        """How far the runs are: of each, and of all. Nothing where that is not known of each."""
        held_out = [run.held_out for run in self._runs if run.held_out]
        told = held_out if len(held_out) == len(self._runs) else self._runs  # what was held out is the point
        shares = [share for run in told if (share := run.share) is not None]
        if len(shares) < len(self._runs):
            return []
        epoch, low, high = self._epoch, percent(min(shares)), percent(max(shares))
        each = [
            say("{name} {share}", name=name, share=percent(share))
            for name, share in zip(self._names, shares, strict=True)
        ]
        every = listed(each)
        if told is held_out:
            return [say("Held out, right at epoch {epoch:g}: {shares}.", epoch=epoch, shares=every)]
        if held_out:
            return [say("Right in training at epoch {epoch:g}: {shares}.", epoch=epoch, shares=every)]
        of_each = say("Right at epoch {epoch:g}: {shares}.", epoch=epoch, shares=every)
        if low == high:
            return [
                of_each,
                say("At epoch {epoch:g}, {share} of the samples are right.", epoch=epoch, share=low),
            ]
        between = say(
            "At epoch {epoch:g}, {low} to {high} of the samples are right.", epoch=epoch, low=low, high=high
        )
        return [of_each, between]

    @property
    def _epoch(self) -> float:
        return round(max(run.epoch for run in self._runs), 2)

    @property
    def long(self) -> str:
        """The paragraph: what each was trained for, and how far it is."""
        same = [{getattr(run, name) for run in self._runs} for name in ("goal", "recorded")]
        common = [facts.pop() for facts in same if len(facts) == 1]
        return _joined([self._count, *common, *(self._of(name, run.outcome) for name, run in self._named)])

    @property
    def _count(self) -> str:
        return say_number(
            "{number} training is shown.", "{number} trainings are shown side by side.", len(self._runs)
        )

    @property
    def _named(self) -> Iterator[tuple[str, _One]]:
        return zip(self._names, self._runs, strict=True)

    @staticmethod
    def _of(name: str, text: str) -> str:
        return say("{name}: {text}", name=name, text=text)

    @property
    def events(self) -> list[Event]:
        """The milestones of each run, and how they end."""
        closing = [Event(self._epoch, text, rank=CLOSES) for text in self.outcomes[:1]]
        told = [
            event._replace(text=self._of(name, event.text))
            for name, run in self._named
            for event in run.milestones
        ]
        return [*told, *closing]


def _has_several(evaluation: Evaluation) -> bool:
    return any(isinstance(samples, dict) for samples in evaluation.recording.samples)


def _event(milestone: Milestone) -> Event:
    """What is told of a milestone, with its rank."""
    text = QUOTED.sub(lambda name: _name(name[0]), clean(milestone.text))
    values: dict[str, Any] = {"epoch": round(milestone.epoch, 2), "text": text}
    if milestone.kind == "steepest_fall":
        text = say("At epoch {epoch:g}, {text}.", **values)
    elif milestone.until is None:
        text = say("From epoch {epoch:g} on, {text}.", **values)
    else:
        text = say("From epoch {epoch:g} to {until:g}, {text}.", **values, until=round(milestone.until, 2))
    group, place = milestone.importance
    return Event(milestone.epoch, text, milestone.until, (0, group, milestone.epoch, place))


def _layer(layer: LayerDescription) -> str:
    """A layer's name, and what is known of it."""
    name, activation = _name(layer.name), _name(layer.activation or "")
    if layer.units is None:
        return name
    units = Message.counted("{number} unit", "{number} units", layer.units)
    if activation:
        return say("{name} ({units}, {activation})", name=name, units=units, activation=activation)
    return say("{name} ({units})", name=name, units=units)


def _titled(title: str, views: str) -> str:
    return say("{title}, {view}", title=title, view=views) if views else title


def _fitted(short: Callable[[str, str], Iterator[str]], title: str, views: str) -> str:
    """The first of the alt texts that fits, with as much of the title as it has room for."""
    views = _short(views, LONGEST)
    ways = [list(short(_short(title, most), views)) for most in (len(title), LONGEST, 2 * LEAST, LEAST)]
    for texts in zip(*ways, strict=True):
        for text in texts:
            if len(text) <= MOST:
                return text
    return _short(title, MOST)


def _share(r2: float) -> str:
    """A share of variance: nothing where the mean of the targets would be the better answer."""
    return percent(r2) if r2 > 0 else say("none")


def _joined(sentences: Iterable[str]) -> str:
    """Sentences one after another, as a language separates them."""
    first, *others = [sentence for sentence in sentences if sentence] or [""]
    for following in others:
        first = say("{sentence} {next}", sentence=first, next=following)
    return first


def _listed(names: Sequence[str]) -> str:
    """Names as a language lists them, of many the first and the last."""
    shown = names if len(names) <= LISTED else [*names[: LISTED - 2], "…", names[-1]]
    return listed(shown)


def _name(name: str) -> str:
    return _short(clean(name), LONGEST)


def _short(name: str, most: int) -> str:
    """A name that has lost its middle, where it is longer than `most` letters."""
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[len(name) - end :]}"


def clean(text: str) -> str:
    """Text on one line, without what cannot be seen or written: file formats and readers would stumble."""
    seen = (
        letter
        for letter in BLANKS.sub(" ", text).strip()
        if ord(letter) not in UNSEEN and unicodedata.category(letter) not in ("Cc", "Cs")
    )
    return "".join(seen)


def rounded(value: float) -> float:
    """A number with three significant digits."""
    return float(f"{value:.3g}")


def _in_language(function: Callable[[], Sequence[Event]]) -> Callable[[], Sequence[Event]]:
    """The function, which speaks the language of now whenever it is called."""
    return partial(_spoken_in, spoken(), function)


def _spoken_in(language: str, function: Callable[[], Sequence[Event]]) -> Sequence[Event]:
    with speaking(language):
        return function()
