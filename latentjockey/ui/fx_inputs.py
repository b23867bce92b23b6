"""The inputs of a shader as widgets, by their kind, and how they stand under and beside each other. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton
from latentjockey.ui.colour_bars import ColourBars
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.controls_tab import control_for
from latentjockey.ui.image_field import ImageField
from latentjockey.ui.xy_pad import XYPad

ROW = theme.STACKED + 2
_ROOMY = ROW + 8
COLUMN = 122
GAP = 4


def input_for(binder: Binder, spec: ControlSpec) -> QWidget | None:
    """The widget that suits an input."""
    if spec.kind is Kind.VECTOR:
        if spec.size == 4:
            return ColourBars(binder, spec.address)
        x, y = (f"{spec.address}/{n}" for n in range(2))
        return XYPad(binder, x, y, labels=("x", spec.name))
    if spec.kind is Kind.TEXT:
        return ImageField(binder, spec.address)
    return control_for(binder, spec)


def release(binder: Binder, widget: QWidget) -> None:
    """A widget goes: it lets go of what it holds and hears nothing more."""
    widget.hide()
    if isinstance(widget, ColourBars):
        widget.unbind()
    elif isinstance(widget, XYPad):
        for axis in widget.axes:
            binder.unbind(axis)
    elif isinstance(widget, ControlWidget | ControlButton | ImageField):
        binder.unbind(widget)
    widget.deleteLater()


def rows_of(widget: QWidget) -> int:
    """How many rows a widget wants."""
    return 3 if isinstance(widget, XYPad) else 2 if isinstance(widget, ColourBars) else 1


def columns(spans: Sequence[int], rows: int) -> list[tuple[int, int, int]]:
    """Where widgets that want so many rows stand, column by column: (column, row, rows taken) for each, in order."""
    places: list[tuple[int, int, int]] = []
    column = row = 0
    for span in spans:
        takes = min(span, rows)
        if row + takes > rows:
            column, row = column + 1, 0
        places.append((column, row, takes))
        row += takes
    return places


def width_of(widgets: Sequence[QWidget], rows: int) -> int:
    """How wide these are in so many rows, in present pixels."""
    places = columns([rows_of(widget) for widget in widgets], rows)
    count = 1 + max((column for column, _, _ in places), default=-1)
    return count * theme.px(COLUMN) + max(0, count - 1) * theme.px(GAP)


def arrange(widgets: Sequence[QWidget], box: QRect, rows: int) -> None:
    """Put them into ``box``, from its left upper corner on."""
    wide, gap = theme.px(COLUMN), theme.px(GAP)
    row = max(theme.px(ROW), min(theme.px(_ROOMY), box.height() // rows))
    for widget, (column, at, takes) in zip(
        widgets, columns([rows_of(widget) for widget in widgets], rows), strict=True
    ):
        high = takes * row - theme.px(2)
        if rows_of(widget) == 1:
            high = min(high, max(widget.sizeHint().height(), widget.minimumSizeHint().height()))
        top = box.top() + at * row + (takes * row - theme.px(2) - high) // 2
        widget.setGeometry(QRect(box.left() + column * (wide + gap), top, wide, high))
