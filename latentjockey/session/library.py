"""The library: presets and stills of this show, recalled into the bay and kept from it.

Methods that touch the disk are meant for the keeper's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from latentjockey.base.clock import Clock, wall_clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.base.paths import safe_name
from latentjockey.control.bay import Bay
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import RECALL
from latentjockey.control.values import Value
from latentjockey.frames.frame import Frame, FrameSource
from latentjockey.models import directions
from latentjockey.models.card import ModelCard
from latentjockey.models.library import spec_of
from latentjockey.models.pair import parts
from latentjockey.models.spec import ModelSpec
from latentjockey.modulation.matrix import modulated
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import Kept, Preset, Range, Resolved, batch, capture
from latentjockey.presets.still import write_still
from latentjockey.presets.store import PresetStore, load_file
from latentjockey.session.credit import credit_of
from latentjockey.session.onto_deck import onto_deck
from latentjockey.session.rack import Seat


class Fx(Protocol):
    """The shaders that a recall brings along; see :class:`latentjockey.session.rack.Rack`."""

    def ready(self, values: Mapping[str, Kept]) -> Mapping[int, Seat]: ...

    def arrange(
        self, seats: Mapping[int, Seat], values: Mapping[str, Kept], ranges: Mapping[str, Range]
    ) -> frozenset[str]: ...

    def tell(self) -> None: ...


Morphing = Callable[[Sequence[tuple[str, Value]], float], None]
"""Begins to go over to writes within so many seconds; see :meth:`latentjockey.session.morph.Morph.begin`."""

Appointing = Callable[[float, Callable[[], None]], None]
"""Has something done at a moment; see :meth:`latentjockey.session.appointed.Appointed.at`."""


class Library:
    """``model`` tells which model plays. A preset of another model waits until that one plays. ``morph`` is asked to
    carry out a recall that is to take its time; without it every recall cuts. ``texts`` tells what a model's own texts
    were in the snapshot with an epoch and a revision."""

    def __init__(
        self,
        bay: Bay,
        frames: FrameSource,
        clock: Clock,
        messages: Messages,
        store: PresetStore,
        pictures: Callable[[], Path],
        model: Callable[[], ModelSpec | None],
        morph: Morphing | None = None,
        fx: Fx | None = None,
        appoint: Appointing | None = None,
        texts: Callable[[int, int], Mapping[str, str]] = lambda epoch, revision: {},
    ) -> None:
        self._bay = bay
        self._texts = texts
        self._frames = frames
        self._clock = clock
        self._messages = messages
        self._store = store
        self._pictures = pictures
        self._model = model
        self._morph = morph
        self._fx = fx
        self._appoint = appoint
        self._lock = threading.Lock()
        self._waiting: Preset | None = None
        self._expected: tuple[str, ModelSpec | None] = ("", None)

    def card(self, deck: str = "") -> ModelCard:
        """Where the model on a deck comes from, or all that plays where no deck is named."""
        model = self._model() or self._coming()
        return model.of(deck).card if deck and model is not None else self._named()[1]

    def credit(self) -> str:
        """What is asked for now and what the model learned from, in full."""
        t = self._clock.now()
        return credit_of(modulated(self._bay.snapshot(), t), t, self.card())

    def names(self) -> list[str]:
        """The presets there are."""
        return self._store.names()

    # -- recall -------------------------------------------------------------------------------------------------------

    def recall(self, name: str, at: float = 0.0) -> None:
        """Recall a preset by name; its movement goes on from where it was. Where ``at`` (s) is still to come, it is
        made ready now and played then. Raises StageError."""
        self.recall_preset(self._store.load(name), at=at)

    def recall_file(self, path: Path) -> None:
        """Recall a preset file, or a still, which comes back held. Raises StageError."""
        self.recall_preset(load_file(path))

    def recall_onto_deck(self, what: str, deck: str) -> None:
        """Let ``deck`` alone glide to the place heard in a preset, by name, or in a file, by absolute path; it takes
        the deck's own glide time.

        Raises StageError, also for another model than the one on that deck: a place of that means nothing here.
        """
        path = Path(what)
        preset = load_file(path) if path.is_absolute() else self._store.load(what)
        playing = self._model()
        if playing is None or playing.of(deck).name not in parts(preset.model):
            now = "no model plays yet" if playing is None else f"{playing.of(deck).name} plays"
            raise StageError(
                f"{preset.name} is a place of the model {preset.model[:60]}, and {now}: recall it whole to change over."
            )
        with self._bay.alone():
            model = playing.of(deck)
            alone = model if playing.pair or preset.model != playing.name else None
            snapshot, t = self._bay.snapshot(), self._clock.now()
            writes = onto_deck(preset, snapshot, deck, t, directions.load(model.name), alone)
            seconds = self._bay.number(f"/deck/{deck}/glide/time")
            if self._morph is not None and seconds > 0:  # so that reach and equaliser do not jump while z glides
                self._morph(writes, seconds)
            else:
                self._bay.write(writes, RECALL)

    def recall_preset(self, preset: Preset, *, whole: bool = False, at: float = 0.0) -> None:
        """Recall a preset from any time: a still comes back held, anything else moves on from where it was.

        Where it belongs to a model that does not play yet, that is loaded first and the rest follows. While playing,
        a preset changes the picture: the size, the tempo and the cues stay, unless ``whole`` is asked for. It arrives
        within the seconds of ``/preset/morph``, a whole one or one of another model at once.
        """
        if not whole:
            preset = _of_the_picture(preset)
        on_our_clock = held if preset.resolved is not None else rebase
        now = self._clock.now()
        preset = on_our_clock(preset, max(at, now))
        seats = self._fx.ready(preset.values) if self._fx is not None else {}
        if at > now and self._appoint is not None:
            self._appoint(at, lambda: self._play(preset, seats, whole=whole))
        else:
            self._play(preset, seats, whole=whole)

    def _play(self, preset: Preset, seats: Mapping[int, Seat], *, whole: bool) -> None:
        """Carry out a recall whose movement is on our clock and whose shaders are ready. Does not wait."""
        playing = self._model()
        with self._lock:
            self._waiting = preset if playing is None or playing.name != preset.model else None
        with self._bay.alone():  # the controls of its shaders, and what it says of them, come in one moment
            later = self._fx.arrange(seats, preset.values, preset.ranges) if self._fx is not None else frozenset()
            recall = batch(preset, self._bay.layout)
            for address, (lo, hi) in recall.ranges.items():
                self._bay.set_range(address, lo, hi)
            seconds = self._bay.number("/preset/morph")
            if self._waiting is not None and playing is not None:  # its places mean nothing to what plays meanwhile
                shaders = [(address, value) for address, value in recall.writes if address.startswith("/fx/")]
                self._bay.write([*shaders, ("/model", preset.model)], RECALL)
            elif self._morph is not None and not whole and seconds > 0:
                self._morph(recall.writes, seconds)
            else:
                self._bay.write(recall.writes, RECALL)
        if self._fx is not None:
            self._fx.tell()
        missing = tuple(address for address in recall.missing if address not in later)
        waits = self._waiting is not None
        self._tell(preset, () if waits else missing, "" if waits else recall.note)

    def model_plays(self, name: str) -> None:
        """A model took over, or is said to play once more: what waited for it is recalled now. What waits for another
        goes on waiting as long as that one is chosen."""
        with self._lock:
            preset = self._waiting
            if preset is None or (preset.model != name and self._bay.value("/model") == preset.model):
                return
            self._waiting = None
        if preset.model == name:
            recall = batch(preset, self._bay.layout)
            self._bay.write(recall.writes, RECALL)
            self._tell(preset, recall.missing, recall.note)

    def _tell(self, preset: Preset, missing: tuple[str, ...], note: str) -> None:
        if preset.unknown:
            self._post(
                f"{preset.name} says things this version does not know, and keeps them: {_some(preset.unknown)}."
            )
        if missing:
            self._post(f"{preset.name} names controls that are not here now: {_some(missing)}.")
        if note:
            self._post(f"{preset.name} came without some of its classes: {note}.")

    # -- keeping ------------------------------------------------------------------------------------------------------

    def now(self, name: str) -> Preset:
        """Everything as it is at this moment."""
        return capture(self._bay.snapshot(), self._bay.ranges(), self._named(), name, now=self._clock.now())

    def save(self, name: str) -> None:
        """Keep a preset under a name. Raises StageError."""
        name = safe_name(name or wall_clock())
        self._store.save(name, _of_the_picture(self.now(name)))
        self._post(f"Preset {name} is kept.")

    def still(self, name: str) -> Path:
        """Keep the picture that is on stage, with everything it takes to have it again. Raises StageError."""
        return self.still_at(self._pictures() / f"{safe_name(name or f'latentjockey {wall_clock()}')}.png")

    def still_at(self, path: Path) -> Path:
        """The same, to a path that a person chose on this machine."""
        frame = self._frames.acquire()
        if frame is None:
            raise StageError("There is no picture yet: wait for the first one, then keep it.")
        self._write_still(path, frame)
        self._post(f"The picture is kept: {path.name}.")
        return path

    def last_still(self, path: Path, kept: tuple[int, int]) -> tuple[int, int]:
        """Keep the picture at ``path`` without a word, unless it is ``kept`` = (generation, number) or the stage is
        black; the one that is kept then. Raises StageError when the disk does not take it."""
        frame = self._frames.acquire()
        if frame is None:
            return kept
        shown = (frame.stamp.generation, frame.stamp.number)
        if shown == kept or self._bay.number("/stage/blackout"):
            frame.release()
            return kept
        self._write_still(path, frame)
        return shown

    def _write_still(self, path: Path, frame: Frame) -> None:
        with frame:
            texts = self._texts(frame.stamp.epoch, frame.stamp.revision)
            snapshot = _as_shown(self._bay.snapshot(), frame, texts)
            resolved = Resolved(frame.position.copy(), frame.stamp.time)
            rgb = frame.rgb()
        ranges, model, time = self._bay.ranges(), self._named(), self._clock.now()
        shown = capture(snapshot, ranges, model, path.stem, now=time, resolved=resolved)
        credit = credit_of(snapshot, frame.stamp.time, model[1])
        write_still(path, rgb, _of_the_picture(shown, size=True), {"Comment": credit})

    def _named(self) -> tuple[str, ModelCard]:
        model = self._model()
        if model is not None:
            return model.name, model.card
        known, name = self._coming(), str(self._bay.value("/model"))
        return name, ModelCard(name) if known is None else known.card

    def _coming(self) -> ModelSpec | None:
        """The model that is asked for: asked for often until it plays, and looked for on the disk once."""
        name = str(self._bay.value("/model"))
        if name != self._expected[0]:
            self._expected = name, spec_of(name)
        return self._expected[1]

    def _post(self, text: str) -> None:
        self._messages.post(self._clock.now(), "files", text)


def _of_the_picture(preset: Preset, *, size: bool = False) -> Preset:
    """The preset without what belongs to the evening: cues, tempo, frame rate and, unless asked for, size."""
    sizes = ("/engine/width", "/engine/height")

    def kept(address: str) -> bool:
        if address in sizes:
            return size
        return not address.startswith(("/engine/", "/transport/", "/stage/", "/audio/")) and "/cue/" not in address

    return replace(
        preset,
        values={a: v for a, v in preset.values.items() if kept(a)},
        ranges={a: r for a, r in preset.ranges.items() if kept(a)},
    )


def _as_shown(snapshot: Snapshot, frame: Frame, texts: Mapping[str, str]) -> Snapshot:
    """The snapshot that ``frame`` was made of, what modulation made of it and the model's own ``texts`` included: hands
    may have moved on since."""
    if frame.stamp.epoch != snapshot.layout.epoch or frame.effective.size != snapshot.layout.engine_size:
        return snapshot
    values = modulated(snapshot, frame.stamp.time).values.copy()
    values[: frame.effective.size] = frame.effective
    return replace(snapshot, values=values, texts={**snapshot.texts, **texts})


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
