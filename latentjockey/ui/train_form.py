"""What is to be trained, as a form: from which pictures, into which model, whose they are. GUI thread only, no disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.jobs.material import Material
from latentjockey.jobs.runs import DIFFUSION
from latentjockey.jobs.wish import CONSENT_MEANS, DEFAULT_MINUTES, DEFAULT_STEPS, NO_START, SIZES, STEPS, Wish
from latentjockey.ui import theme
from latentjockey.ui.actions import Jobs, Models
from latentjockey.ui.button import Button
from latentjockey.ui.dropping import DropTarget
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.entry_fields import Option, Pick, Prose, Segments, TextEntry
from latentjockey.ui.painted import Caption, Column, Painted, Row
from latentjockey.ui.path_dialog import choose_path
from latentjockey.ui.train_words import (
    KIND_MEANS,
    KIND_WORDS,
    SHARED,
    minutes_text,
    parsed_minutes,
    run_words,
    stepped_minutes,
)

_NOTHING = "from nothing"
_WHAT = "A folder of pictures, its subfolders as classes; a packed data set; or a recipe that draws them."
_KINDS = tuple(KIND_WORDS)
_PACKED = "Packed data sets (*.ljdata)"


class Part(Painted):
    """A caption over a few rows."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = Column(gap=4)
        self.setLayout(self.rows)
        self.rows.addWidget(Caption(title))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def add(self, *widgets: QWidget, stretch: int = 0) -> None:
        """A row of widgets, or one."""
        if len(widgets) == 1:
            self.rows.addWidget(widgets[0], stretch)
            return
        row = Row(gap=6)
        for widget in widgets:
            row.addWidget(widget)
        self.rows.addLayout(row, stretch)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(230), theme.px(140))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(120))


class TrainForm(Painted):
    """``began`` tells that something was started. What it offers comes from ``jobs`` and ``models``."""

    began = Signal()

    def __init__(self, jobs: Jobs, models: Models | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._models = jobs, models
        self._material: Material | None = None
        row = Row((12, 2, 12, 8), 18)
        self.setLayout(row)
        for part, share in ((self._data(), 27), (self._model(), 27), (self._whose(), 27), (self._go(), 22)):
            row.addWidget(part, share)
        self._drop = DropTarget(self, self.learn_from, "drop to learn from this", takes=dropped_path)
        self.refresh()

    # -- its parts --------------------------------------------------------------------------------------------------

    def _data(self) -> Part:
        part = Part("learn from")
        further = (
            ("a folder of pictures …", lambda: choose_path(self, "Learn from a folder", self.learn_from, folder=True)),
            (
                "a packed data set …",
                lambda: choose_path(self, "Learn from a packed data set", self.learn_from, _PACKED),
            ),
            ("type a path …", self.type_path),
        )
        self.data = Pick("", "drop a folder here, or choose", self._recipes, further)
        self.about = Prose()
        self.data.chosen.connect(self._chosen)
        part.add(self.data)
        part.add(self.about, stretch=1)
        return part

    def _model(self) -> Part:
        part = Part("into a model")
        self.kind = Segments("what is trained", [KIND_WORDS[kind] for kind in _KINDS])
        self.name = TextEntry("name", "such as moths")
        self.side = Segments("size in pixels", [f"{size}" for size in SIZES], SIZES.index(128))
        self.minutes = TextEntry(
            "for", text=minutes_text(DEFAULT_MINUTES), accept=lambda text: minutes_text(parsed_minutes(text)),
            nudge=stepped_minutes,
        )  # fmt: skip
        self.start = Pick("begin", _NOTHING, self._starts)
        self.start.set_value(NO_START, _NOTHING)
        self.steps = Segments(
            "steps it draws in", [f"{n} step{'' if n == 1 else 's'}" for n in STEPS], STEPS.index(DEFAULT_STEPS)
        )
        self.about_kind = Prose()
        self.kind.chosen.connect(lambda _index: self.refresh())
        self.kind.setToolTip("a generator makes a picture at once; a diffusion draws it out of noise, in a few steps")
        self.side.setToolTip("side of its pictures in pixels: twice the side takes about four times as long")
        self.minutes.setToolTip("how long it may train: 45 min, 2 h")
        self.start.setToolTip("a model to begin with: a hundred own pictures are enough then")
        self.steps.setToolTip("in how few steps it learns to draw: fewer are faster to play, and softer")
        part.add(self.kind, self.name)
        part.add(self.side, self.minutes)
        part.add(self.start)
        part.add(self.steps)
        part.add(self.about_kind, stretch=1)
        return part

    def _whose(self) -> Part:
        part = Part("whose pictures")
        self.consent = Pick("", "made by me, asked, licensed …?", lambda: [(c, c) for c in CONSENT_MEANS])
        self.author = TextEntry("by", "who made them")
        self.licence = TextEntry("licence", "such as CC BY 4.0")
        self.why = Prose()
        part.add(self.consent)
        part.add(self.author, self.licence)
        part.add(self.why, stretch=1)
        return part

    def _go(self) -> Part:
        part = Part("go")
        self.button = Button("start training")
        self.again = Pick("", "resume …", self._runs)
        self.missing = Prose()
        self.shared = Prose(SHARED, 11)
        self.button.pressed.connect(self._start)
        self.again.chosen.connect(self._resume)
        part.add(self.button, self.again)
        part.add(self.missing, stretch=1)
        part.add(self.shared, stretch=1)
        return part

    # -- what is chosen ---------------------------------------------------------------------------------------------

    @property
    def wish(self) -> Wish:
        """What is wished for now. Consent, author and licence only count where nothing else tells them; a model to
        begin with and steps only with the kind that knows them."""
        made = Wish(self.data.value, self.name.text, SIZES[self.side.index], parsed_minutes(self.minutes.text))
        if _KINDS[self.kind.index] == DIFFUSION:
            made = replace(made, kind=DIFFUSION, steps=STEPS[self.steps.index])
        else:
            made = replace(made, start=self.start.value)
        if self._material is None or not self._material.asks:
            return made
        return replace(made, consent=self.consent.value, author=self.author.text, licence=self.licence.text)

    def learn_from(self, data: str) -> None:
        """A recipe's name, or the path of a folder or packed file."""
        self.data.set_value(data, Path(data).name if Path(data).is_absolute() else data)

    def type_path(self) -> LineEditor:
        """A line for a path."""
        return LineEditor(self.data, self.data.rect(), self.data.value, self._typed_path)

    def _typed_path(self, text: str) -> str:
        path = Path(text.strip()).expanduser()
        if not text.strip() or (str(path) not in self._jobs.recipes() and not path.is_absolute()):
            return "a whole path, such as ~/pictures"
        self.learn_from(str(path))
        return ""

    def _chosen(self, data: str) -> None:
        self._jobs.look(data)
        self.refresh()

    def _recipes(self) -> Sequence[Option]:
        here = self.data.value
        own = [(here, self.data.text)] if here and here not in self._jobs.recipes() else []
        return [*((name, name) for name in self._jobs.recipes()), *own]

    def _starts(self) -> Sequence[Option]:
        entries = self._models.models() if self._models is not None else ()
        trained = [(e.name, e.title) for e in entries if e.spec is not None and e.path is not None]
        return [(NO_START, _NOTHING), *trained]

    def _runs(self) -> Sequence[Option]:
        found = [(run.folder.name, run_words(run)) for run in self._jobs.runs()]
        return found or [("", "there is no training to go on with")]

    # -- going ------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        why = self._jobs.start(self.wish)
        if why:
            self.missing.say(why, warning=True)
        else:
            self.began.emit()

    def _resume(self, name: str) -> None:
        self.again.set_value("", "")
        run = next((run for run in self._jobs.runs() if run.folder.name == name), None)
        if not name or run is None:
            return
        why = self._jobs.resume(run, parsed_minutes(self.minutes.text))
        if why:
            self.missing.say(why, warning=True)
        else:
            self.began.emit()

    def refresh(self) -> None:
        """Look anew at what is known of the pictures, and what is missing."""
        data = self.data.value
        self._material = found = self._jobs.material(data) if data else None
        trouble = found is not None and bool(found.trouble)
        if found is not None:
            notes = " ".join(found.notes)
            self.about.say(found.trouble or f"{found.words}. {notes}".strip(), warning=trouble)
        else:
            self.about.say("Looking through the pictures." if data else _WHAT)
        asks = found is not None and found.asks
        for field in (self.consent, self.author, self.licence):
            field.setVisible(asks)
        if asks:
            self.why.say(CONSENT_MEANS.get(self.consent.value, "It is kept with everything that is learned from them."))
        elif found is not None and not trouble:
            self.why.say(found.whose or "The recipe tells it, and the model's card will.")
        else:
            self.why.say("Every model says whose pictures it learned from.")
        kind = _KINDS[self.kind.index]
        self.start.setVisible(kind != DIFFUSION)
        self.steps.setVisible(kind == DIFFUSION)
        self.about_kind.say(KIND_MEANS[kind])
        why = self._jobs.missing(self.wish)
        self.missing.say(why)
        self.button.outlined = self.button.lit = not why
        self.button.setEnabled(not why)
        self.again.setVisible(bool(self._jobs.runs()))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), theme.px(120))


def dropped_path(data: QMimeData) -> str:
    """The absolute path of the first thing on this machine in a drag; empty for none."""
    for url in data.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else Path()
        if path.is_absolute():
            return str(path)
    return ""
