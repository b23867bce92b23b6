"""Everything else: the model's own controls, or all that has no place of its own above. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.names import DECKS
from latentjockey.control.prompts import negative_of, texts_of
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.field import Field
from latentjockey.ui.flow import Columns
from latentjockey.ui.knob import Knob
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.painted import Caption, Column, Painted, Row
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.slider import Slider

MODEL = (("", ("/gen/",)), ("deck B", ("/deck/b/gen/",)))
"""Whatever the model brings along, and that of deck B where it is another one."""

MORE = (
    ("break and echo", ("/break/amount", "/break/seed", "/echo/")),
    ("deck A", ("/deck/a/mutate/amount", "/deck/a/drift/seed", "/deck/a/glide/curve", "/deck/a/centre")),
    ("deck B", ("/deck/b/mutate/amount", "/deck/b/drift/seed", "/deck/b/glide/curve", "/deck/b/centre")),
    ("picture", ("/engine/width", "/engine/height", "/engine/fps_cap", "/model", "/stage/credit")),
    ("models", ("/bank",)),
    ("time", ("/transport/playing",)),
)
"""What stands nowhere else on the surface: a word, and what the addresses begin with."""

KNOBS = {
    "/gen/steps": "steps",
    "/gen/cfg": "CFG",
    "/gen/start": "σ start",
    "/gen/end": "σ end",
    "/gen/eta": "eta",
    "/gen/grain": "grain",
}
"""How noise becomes a picture: what is a knob where the model has it, in this order, and what it is called there."""

_ROWS = 4
_KNOB, _KNOB_HIGH = 40, 86


class ControlsTab(Painted):
    """``groups`` are words and the beginnings of addresses. Follows the layout: another model brings other controls."""

    def __init__(
        self, binder: Binder, groups: Sequence[tuple[str, Sequence[str]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._groups = tuple((word, tuple(heads)) for word, heads in groups)
        self._content = QWidget()
        self._scroll = Scroll(self._content)
        self.controls: list[QWidget] = []
        column = Column((10, 6, 8, 8), 2)
        self.setLayout(column)
        column.addWidget(self._scroll, 1)
        self.rebuild()
        binder.epoch_changed.connect(self.rebuild)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(700), theme.px(160))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(96))

    def rebuild(self) -> None:
        """Make the widgets anew from the specs."""
        for old in self.controls:
            if isinstance(old, Slider | Choice | Field | ControlButton | LatentStrip | Knob):
                self._binder.unbind(old)
        old_content = self._scroll.takeWidget()
        self._content = QWidget()
        self.controls = []
        column = Column()
        self._content.setLayout(column)
        beside = Row(gap=16)
        there = [(word, specs) for word, heads in self._groups if (specs := self._specs(heads))]
        for word, specs in there:
            self._add_group(beside, word, specs, alone=len(there) == 1)
        column.addLayout(beside)
        column.addStretch(1)
        self._scroll.show_content(self._content)
        if old_content is not None:
            old_content.deleteLater()  # not at once: one of its widgets may be in the middle of an event

    def _specs(self, heads: tuple[str, ...]) -> list[ControlSpec]:
        layout = self._binder.bay.layout
        in_bank = {address for deck in DECKS for address in (*texts_of(layout, deck), negative_of(layout, deck))}
        there = [spec for spec in layout.specs if spec.address.startswith(heads) and not spec.internal]
        return [spec for spec in there if spec.address not in in_bank]  # the prompt bank has those

    def _add_group(self, beside: Row, word: str, specs: Sequence[ControlSpec], *, alone: bool) -> None:
        """The only group takes as many columns as fit; several stand side by side, as wide as they have columns."""
        knobs = self._knobs(specs)
        turned = {knob.address for knob in knobs}
        made = (control_for(self._binder, spec) for spec in specs if spec.address not in turned)
        widgets = [widget for widget in made if widget is not None]
        if not widgets and not knobs:
            return
        columns = Columns(138, 8) if alone else Columns(96, 8, rows=_ROWS)
        group = QWidget()
        group.setLayout(columns)
        for widget in widgets:
            columns.addWidget(widget)
        self.controls += [*knobs, *widgets]
        column = Column()
        if word:
            column.addWidget(Caption(word))
        if knobs:
            column.addWidget(_side_by_side(knobs))
        column.addWidget(group)
        column.addStretch(1)
        beside.addLayout(column, max(-(-len(widgets) // _ROWS), len(knobs) // 2))

    def _knobs(self, specs: Sequence[ControlSpec]) -> list[Knob]:
        """Knobs for what turns noise into a picture, of the model on either deck."""
        there = {spec.address.removeprefix(f"/deck/{DECKS[1]}"): spec.address for spec in specs}
        return [Knob(self._binder, there[own], label=label) for own, label in KNOBS.items() if own in there]


def _side_by_side(knobs: Sequence[Knob]) -> QWidget:
    """Knobs in as many columns as fit."""
    row, columns = QWidget(), Columns(_KNOB, 1, _KNOB_HIGH)
    row.setLayout(columns)
    for knob in knobs:
        columns.addWidget(knob)
    return row


def control_for(binder: Binder, spec: ControlSpec) -> QWidget | None:
    """The widget that suits a control; none for what the surface has no hand for."""
    match spec.kind:
        case Kind.FLOAT:
            return Slider(binder, spec.address, stacked=True)
        case Kind.INT:
            if spec.unit == "seed":
                return _field(binder, spec)
            return Slider(binder, spec.address, stacked=True)
        case Kind.CHOICE:
            return Choice(binder, spec.address, stacked=True)
        case Kind.BOOL:
            toggle = Toggle(binder, spec.address, spec.name)
            toggle.calm = True
            return toggle
        case Kind.TRIGGER:
            return ControlButton(binder, spec.address, spec.name)
        case Kind.TEXT:
            return _field(binder, spec)
        case Kind.VECTOR:
            return LatentStrip(binder, spec.address)
        case _:
            return None


def _field(binder: Binder, spec: ControlSpec) -> Field:
    """As wide as its column."""
    made = Field(binder, spec.address, width=96)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made
