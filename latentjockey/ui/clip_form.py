"""What clip is to be rendered, as a form: by which model, from which words, how large, from where. GUI thread only, no
disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QSize, Signal
from PySide6.QtWidgets import QWidget

from latentjockey.jobs.clip_wish import ClipWish, missing
from latentjockey.models.clip_adding import FILMS
from latentjockey.models.clip_folder import MadeOf
from latentjockey.ui import clip_words, theme
from latentjockey.ui.actions import Clips, Models
from latentjockey.ui.button import Button
from latentjockey.ui.clip_words import PLACES
from latentjockey.ui.dropping import DropTarget, dropped_file
from latentjockey.ui.entry_fields import Option, Pick, Prose, Segments, TextEntry
from latentjockey.ui.painted import Painted, Row
from latentjockey.ui.path_dialog import choose_path
from latentjockey.ui.train_form import Part

_NONE = "No video model is here: put the folder of one (LTX-Video, CogVideoX, Mochi, Wan) among your models."
_FILMS = f"Films ({' '.join(f'*{suffix}' for suffix in FILMS)})"
Place = Callable[[str], tuple[str, NDArray[np.float64]]]
"""The model on a deck, by its name, and the place there."""


class ClipForm(Painted):
    """``began`` tells that something was started. ``place`` tells where a deck is."""

    began = Signal()

    def __init__(self, clips: Clips, models: Models, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clips, self._models, self._place = clips, models, place
        self._recalled: MadeOf | None = None
        self._refused: tuple[ClipWish | None, str] = (None, "")
        row = Row((12, 2, 0, 8), 18)
        self.setLayout(row)
        for part, share in ((self._what(), 34), (self._how(), 26), (self._go(), 22)):
            row.addWidget(part, share)
        self._drop = DropTarget(self, self.convert, "drop to make this film a clip", takes=_dropped_film)
        self.refresh()

    def _what(self) -> Part:
        part = Part("render")
        self.model = Pick("by", "choose a video model", self._renderers)
        self.prompt = TextEntry("prompt", "what it shows")
        self.negative = TextEntry("not", "what it is led away from")
        self.name = TextEntry("name", "by the prompt")
        for field in (self.model, self.prompt, self.negative, self.name):
            part.add(field)
        part.rows.addStretch(1)
        return part

    def _how(self) -> Part:
        part = Part("how")
        self.extent = TextEntry("size", "as the model has it", accept=clip_words.kept_size)
        self.frames = TextEntry("frames", "…", accept=clip_words.whole)
        self.steps = TextEntry("steps", "…", accept=clip_words.whole)
        self.guidance = TextEntry("CFG", "…", accept=clip_words.any_number)
        self.seed = TextEntry("seed", "0", accept=lambda text: clip_words.whole(text, -(10**18)))
        self.fps = TextEntry("fps", "…", accept=clip_words.any_number)
        self.guidance.setToolTip("how far it is led beyond the prompt; any number")
        part.add(self.extent)
        part.add(self.frames, self.fps)
        part.add(self.steps, self.guidance)
        part.add(self.seed)
        part.rows.addStretch(1)
        return part

    def _go(self) -> Part:
        part = Part("begin at")
        self.begin = Segments("where it begins", PLACES)
        self.begin.setToolTip("the place of a deck is the coarsest part of the noise, the rest comes of the seed")
        self.button = Button("render it")
        self.film = Button("a film …")
        self.film.tip = "makes a video file a clip"
        self.missing = Prose()
        self.button.pressed.connect(self._start)
        self.film.pressed.connect(lambda: choose_path(self, "Make a film a clip", self.convert, _FILMS))
        self.begin.chosen.connect(self._forget)
        part.add(self.begin)
        part.add(self.button, self.film)
        part.add(self.missing, stretch=1)
        return part

    # -- what is wished for -------------------------------------------------------------------------------------------

    @property
    def wish(self) -> ClipWish:
        """What is wished for now."""
        width, height = clip_words.size(self.extent.text)
        place_of, place, share = self._beginning()
        return ClipWish(
            name=self.name.text, model=self.model.value, prompt=self.prompt.text, negative=self.negative.text,
            seed=int(self.seed.text or 0), width=width, height=height, frames=int(self.frames.text or 0),
            fps=float(self.fps.text or 0.0), steps=int(self.steps.text or 0),
            guidance=float(self.guidance.text) if self.guidance.text else None,
            place=place, place_of=place_of, place_share=share,
        )  # fmt: skip

    def _beginning(self) -> tuple[str, tuple[float, ...], float]:
        """The place that it begins at: that of the clip which was recalled, or of a deck."""
        made = self._recalled
        if made is not None:
            return made.place_of, made.place, made.place_share
        if not self.begin.index:
            return "", (), 1.0
        name, z = self._place("ab"[self.begin.index - 1])
        return name, tuple(float(number) for number in z), 1.0

    def recall(self, made: MadeOf) -> None:
        """Wish for what a clip was made of, its place included, until another beginning is chosen."""
        names = {entry.title: entry.name for entry in clip_words.renderers_of(self._models.models())}
        self.model.set_value(names.get(made.model, ""), made.model)
        for field, text in (
            (self.prompt, made.prompt), (self.negative, made.negative), (self.seed, f"{made.seed}"), (self.name, ""),
            (self.extent, clip_words.size_text(made.width, made.height)), (self.frames, f"{made.frames}"),
            (self.fps, f"{made.fps:g}"), (self.steps, f"{made.steps}"), (self.guidance, f"{made.guidance:g}"),
        ):  # fmt: skip
            field.set_text(text)
        self._recalled = made if made.place else None
        self.begin.index = 0
        self.begin.update()
        self.refresh()

    def _forget(self, index: int) -> None:
        self._recalled = None
        self.refresh()

    def _renderers(self) -> Sequence[Option]:
        found = [(entry.name, entry.title) for entry in clip_words.renderers_of(self._models.models())]
        return found or [("", "there is no video model")]

    # -- going --------------------------------------------------------------------------------------------------------

    def convert(self, path: str) -> None:
        """Make the film at ``path`` a clip."""
        self._told(self._clips.convert(Path(path)))

    def _start(self) -> None:
        self._told(self._clips.start(self.wish))

    def _told(self, why: str) -> None:
        self._refused = (self.wish, why)
        if why:
            self.refresh()
        else:
            self.began.emit()

    def refresh(self) -> None:
        """Look anew at what is missing."""
        here = clip_words.renderers_of(self._models.models())
        if not self.model.value and len(here) == 1 and not self.model.text:
            self.model.set_value(here[0].name, here[0].title)
        wish = self.wish
        why = missing(wish) if here else _NONE
        refused = self._refused[1] if self._refused[0] == wish else ""  # until something else is wished for
        held = f"It begins at the place of {self._recalled.place_of} that the clip began at." if self._recalled else ""
        calm = why or held or "It takes minutes, in a process of its own; what plays goes on."
        self.missing.say(refused or calm, warning=bool(refused))
        self.button.outlined = self.button.lit = not why
        self.button.setEnabled(not why)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(700), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(480), theme.px(120))


def _dropped_film(data: QMimeData) -> str:
    return dropped_file(data, FILMS)
