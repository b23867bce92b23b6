"""What Qt's Python side makes at first use, made before the surface is. Any thread."""

from __future__ import annotations

from PySide6 import QtWidgets


def make_widget_types() -> None:
    """Have Python's types of all widgets there. They are made when first asked for, and the first ``viewport()`` asks
    for all of them at once, to find which of them fits: 10 to 15 ms in which the surface would stand still."""
    for name in dir(QtWidgets):
        getattr(QtWidgets, name)
