"""The model's own controls, made from the specs of the layout that is playing. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.field import Field
from latentjockey.ui.flow import Columns
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.painted import Caption, Column, Panel
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.slider import Slider


class ModelPanel(Panel):
    """Follows the layout: another model brings other controls."""

    def __init__(self, binder: Binder, prefix: str = "/gen/", parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self._binder = binder
        self._prefix = prefix
        self.controls: list[QWidget] = []
        self._content = QWidget()
        self._scroll = Scroll(self._content)
        column = Column((10, 8, 8, 8), 2)
        self.setLayout(column)
        column.addWidget(Caption("model"))
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
            if isinstance(old, Slider | Choice | Field | ControlButton | LatentStrip):
                self._binder.unbind(old)
        old_content = self._scroll.takeWidget()
        self._content = QWidget()
        columns = Columns(138, 8)
        self._content.setLayout(columns)
        self.controls = []
        for spec in self._binder.bay.layout.specs:
            if spec.address.startswith(self._prefix) and not spec.internal:
                widget = control_for(self._binder, spec)
                if widget is not None:
                    self.controls.append(widget)
                    columns.addWidget(widget)
        self._scroll.show_content(self._content)
        if old_content is not None:
            old_content.deleteLater()  # not at once: one of its widgets may be in the middle of an event


def control_for(binder: Binder, spec: ControlSpec) -> QWidget | None:
    """The widget that suits a control; none for what the surface has no hand for."""
    match spec.kind:
        case Kind.FLOAT:
            return Slider(binder, spec.address, stacked=True)
        case Kind.INT:
            if spec.unit == "seed":
                return Field(binder, spec.address, width=138)
            return Slider(binder, spec.address, stacked=True)
        case Kind.CHOICE:
            return Choice(binder, spec.address, stacked=True)
        case Kind.BOOL:
            return Toggle(binder, spec.address, spec.name)
        case Kind.TRIGGER:
            return ControlButton(binder, spec.address, spec.name)
        case Kind.TEXT:
            return Field(binder, spec.address, width=138)
        case Kind.VECTOR:
            return LatentStrip(binder, spec.address)
        case _:
            return None
