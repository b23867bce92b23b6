"""A deck's place in bars: the model's classes or prompts, its directions, most visible first, or the raw vector, which
may be noise, by a switch. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base import paths
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_list import DIRECTIONS as STEPS
from latentjockey.ui.class_list import ClassList
from latentjockey.ui.clip_strip import ClipStrip
from latentjockey.ui.find_offer import FindOffer
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.noise_strip import NoiseStrip
from latentjockey.ui.painted import CENTRE, Column, Painted, Row, fill, write
from latentjockey.ui.prompt_bank import PromptBank

CLIP, CLASSES, DIRECTIONS, RAW = "clip", "classes", "directions", "z"
PROMPTS, NOISE = "prompts", "noise"
"""What classes and z are called where they are that."""
_PARTS = {CLASSES: "class", DIRECTIONS: "dir", RAW: "z"}
_TELLS = {
    CLIP: "the clip's time, and how it plays",
    CLASSES: "how much of each class",
    PROMPTS: "how much of each prompt, and what it says",
    DIRECTIONS: "the model's directions, the most visible first",
    RAW: "every component of z",
    NOISE: "the noise that the picture begins with, from coarse to fine",
}


class StripSwitch(Painted):
    """A few words, the chosen one lit; a press on another, arrows, or space, change over."""

    chosen = Signal(str)

    def __init__(self, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.word = DIRECTIONS
        self.words: tuple[str, ...] = (DIRECTIONS, RAW)
        self._colour = colour
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._say()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(sum(map(self._width, self.words))), theme.px(18))

    @staticmethod
    def _width(word: str) -> float:
        return theme.text_width(word, 11, theme.MEDIUM) + theme.px(11)

    def show_words(self, words: tuple[str, ...], word: str) -> None:
        """Offer these, of which ``word`` is the chosen one."""
        if words != self.words:
            self.words = words
            self._say()
            self.updateGeometry()
        self.word = word
        self.update()

    def _say(self) -> None:
        self.setAccessibleName(" or ".join(self.words))
        self.setToolTip(", or ".join(_TELLS[word] for word in self.words))

    def box_of(self, word: str) -> QRectF:
        """Where a word stands."""
        before = self.words[: self.words.index(word)]
        return QRectF(sum(map(self._width, before)), 0, self._width(word), self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            at = QPointF(event.position())
            self.chosen.emit(next((w for w in self.words if self.box_of(w).contains(at)), self.word))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if event.key() == Qt.Key.Key_Left else 1
            self.chosen.emit(self.words[(self.words.index(self.word) + step) % len(self.words)])
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        for word in self.words:
            box, lit = self.box_of(word), word == self.word
            if lit:
                fill(painter, box, theme.mixed(theme.RAISED, self._colour, 0.16), theme.px(4))
            write(painter, box, word, theme.TEXT if lit else theme.QUIET, 11, theme.MEDIUM, CENTRE)
        self.draw_ring(painter, 4)


class DeckStrip(Painted):
    """Shows what of the place the model has a name for: classes where it knows any, with their texts where they are
    prompts, else directions, else z, unless somebody chose another; where there is only z there is no switch. Where the
    model has no directions, finding some is offered beside it.

    The choice is kept in ``settings``, the window's own when not given, and holds for both decks' next start.
    """

    def __init__(
        self,
        binder: Binder,
        deck: str,
        colour: QColor,
        parent: QWidget | None = None,
        settings: QSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._at = f"/deck/{deck}"
        self._key = f"strip/{deck}"
        self._settings = settings
        self.switch = StripSwitch(colour)
        self.classes = ClassList(binder, f"/deck/{deck}/class", colour)
        self.prompts = PromptBank(binder, deck, colour)
        self.directions = LatentStrip(binder, f"/deck/{deck}/dir", colour)
        self.named = ClassList(binder, f"/deck/{deck}/dir", colour, STEPS)
        self.raw = LatentStrip(binder, f"/deck/{deck}/z", colour)
        self.noise = NoiseStrip(binder, f"/deck/{deck}/z", colour)
        self.clip = ClipStrip(binder, deck, colour)
        self._parts = (self.clip, self.classes, self.prompts, self.directions, self.named, self.raw, self.noise)
        column = Column(gap=4)
        self.setLayout(column)
        head = Row()
        head.addWidget(self.switch)
        self.offer = FindOffer(binder, deck)
        head.addWidget(self.offer, 1)
        head.addStretch(0)
        self._head = head
        column.addLayout(head)
        for part in self._parts:
            column.addWidget(part, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.switch.chosen.connect(self.choose)
        binder.epoch_changed.connect(self._follow)
        self._choice = str(self._kept().value(self._key, ""))
        self._arrange()

    def add_beside(self, widget: QWidget) -> None:
        """Put something small at the right of the switch."""
        self._head.addWidget(widget)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(118))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(60))

    @property
    def strip(self) -> LatentStrip | ClassList | PromptBank | ClipStrip:
        """What is in sight."""
        word = self._shown()
        if word == CLIP:
            return self.clip
        if word == CLASSES:
            return self.prompts if self.prompts.rows else self.classes
        if word == DIRECTIONS:
            return self.named if self._has_words() else self.directions
        return self.noise if self._is_noise() else self.raw

    def choose(self, word: str) -> None:
        """Show ``classes``, ``directions`` or ``z`` from now on, by those words or by what they are here. What comes
        first anyway is no choice to be kept: the next model may know something better."""
        word = {PROMPTS: CLASSES, NOISE: RAW}.get(word, word)
        if word != self._shown():
            self._choice = "" if word == self._words()[0] else word
            self._kept().setValue(self._key, self._choice)
            self._arrange()

    def _words(self) -> tuple[str, ...]:
        layout = self._binder.bay.layout
        clip = (CLIP,) if self.clip.there else ()
        named = (w for w, part in _PARTS.items() if w == RAW or layout.resolve(f"{self._at}/{part}") is not None)
        return (*clip, *named)

    def _has_words(self) -> bool:
        """Whether directions are to be read, and so are rows; without words they are bars beside each other."""
        target = self._binder.bay.layout.resolve(f"{self._at}/dir")
        return target is not None and bool(self._binder.bay.layout.specs[target.index].words)

    def _is_noise(self) -> bool:
        """Whether z is noise over a picture."""
        layout = self._binder.bay.layout
        target = layout.resolve(f"{self._at}/z")
        return target is not None and bool(layout.specs[target.index].field)

    def _called(self, word: str) -> str:
        """What classes or z are here."""
        if word == CLASSES and self.prompts.rows:
            return PROMPTS
        return NOISE if word == RAW and self._is_noise() else word

    def _shown(self) -> str:
        words = self._words()
        return self._choice if self._choice in words else words[0]

    def _follow(self) -> None:
        """Another model may play."""
        self.prompts.follow()
        self.clip.follow()
        self._arrange()

    def _arrange(self) -> None:
        words = self._words()
        self.switch.show_words(tuple(map(self._called, words)), self._called(self._shown()))
        self.switch.setVisible(len(words) > 1 or self._is_noise())
        shown = self.strip
        for part in self._parts:
            part.setVisible(part is shown)

    def _kept(self) -> QSettings:
        return self._settings or QSettings(str(paths.state_dir() / "window.ini"), QSettings.Format.IniFormat)
