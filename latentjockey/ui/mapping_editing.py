"""Changing a row of the mappings in place: a line to type in, or a short list to choose from. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtWidgets import QMenu, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.rows import Row
from latentjockey.mapping.table import MidiBinding
from latentjockey.ui import mapping_cells, mapping_words
from latentjockey.ui.actions import Mappings
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mapping_columns import BANK, LIGHT, MESSAGE, MODE, PLAYS, RANGE, SHIFT, TAKEOVER, TURNS

_CHOSEN = (MODE, TAKEOVER, TURNS, BANK, SHIFT, LIGHT)
_WORDS = {
    MODE: "Plays as",
    TAKEOVER: "When it stands elsewhere",
    TURNS: "Encoder",
    BANK: "Bank",
    SHIFT: "Shift",
    LIGHT: "Light",
}


class Editing:
    """``over`` is where lines are laid; ``changed`` is called after each change, with what the row was made."""

    def __init__(
        self, mappings: Mappings, controls: Controls, over: QWidget, changed: Callable[[MidiBinding | None], None]
    ) -> None:
        self._mappings = mappings
        self._controls = controls
        self._over = over
        self._changed = changed

    def begin(self, row: Row, column: str, box: QRectF) -> LineEditor | QMenu | None:
        """Change a cell that lies in ``box``: by a line, a list, or at once where there are but two ways."""
        if column == RANGE:
            return self._type(box, mapping_words.typed_range(row), partial(self._ranged, row), "nominal") if (
                mapping_words.has_range(row, self._controls)
            ) else None  # fmt: skip
        if column == MESSAGE:
            text = row.binding.words().removesuffix(" any channel")
            return self._type(box, text, partial(self._made, row, mapping_cells.with_message))
        if column == PLAYS:
            return self._type(box, row.binding.address, partial(self._made, row, mapping_cells.with_address))
        found = self.options(row, column)
        if len(found) == 2:
            self._change(row, next(option for option in found if not option.chosen).binding)
            return None
        if not found:
            return None
        menu = self._list(self._over, row, found)
        menu.popup(self._over.mapToGlobal(QPoint(round(box.left()), round(box.bottom()))))
        return menu

    def options(self, row: Row, column: str) -> list[mapping_cells.Option]:
        """What can be chosen in a column of a row."""
        if column == TAKEOVER and not mapping_words.takeover_text(row):
            return []
        return mapping_cells.options(row.binding, column, self.banks(row.device))

    def banks(self, device: str) -> Sequence[str]:
        """The banks of a device."""
        return next((d.banks for d in self._mappings.device_rows() if d.name == device), ())

    def menu(self, row: Row, box: QRectF, parent: QWidget, device_menu: Callable[[], object]) -> QMenu:
        """All that can be done with a row, for ``popup``; it deletes itself when it closes."""
        menu = empty_menu(parent)

        def act(text: str, call: Callable[[], object]) -> None:
            menu.addAction(text).triggered.connect(lambda _=False: call())

        act("Learn again: then move a knob\tM", partial(self.learn, row))
        if mapping_words.has_range(row, self._controls):
            act("Type the range…\tEnter", partial(self.begin, row, RANGE, box))
            if mapping_words.is_typed(row):
                act("Nominal range", partial(self._change, row, mapping_cells.nominal(row.binding)))
        act("Type the message…", partial(self.begin, row, MESSAGE, box))
        act("Type the address…", partial(self.begin, row, PLAYS, box))
        menu.addSeparator()
        for column in _CHOSEN:
            found = self.options(row, column)
            if found:
                inner = self._list(menu, row, found)
                inner.setTitle(_WORDS[column])
                menu.addMenu(inner)
        menu.addSeparator()
        act("Duplicate\tCtrl-D", partial(self.duplicate, row))
        act("Copy OSC address", partial(copy, row.binding.address))
        act("Delete\tDelete", partial(self.delete, row))
        menu.addSeparator()
        act(f"The map of {row.device}…", device_menu)
        return menu

    def learn(self, row: Row) -> None:
        """The next knob that moves takes over from this row."""
        self._mappings.arm(row.binding.address, row)
        self._changed(None)

    def duplicate(self, row: Row) -> None:
        """The row once more."""
        self._mappings.duplicate(row)
        self._changed(None)

    def delete(self, row: Row) -> None:
        """Take the binding away."""
        self._mappings.delete(row)
        self._changed(None)

    def next_takeover(self, row: Row) -> None:
        """Pick up, then jump, then scale."""
        found = self.options(row, TAKEOVER)
        if found:
            now = next(i for i, option in enumerate(found) if option.chosen)
            self._change(row, found[(now + 1) % len(found)].binding)

    def _list(self, parent: QWidget, row: Row, found: Sequence[mapping_cells.Option]) -> QMenu:
        menu = empty_menu(parent)
        for option in found:
            action = menu.addAction(("●  " if option.chosen else "    ") + option.words)
            action.triggered.connect(lambda _=False, new=option.binding: self._change(row, new))
        return menu

    def _change(self, row: Row, new: MidiBinding) -> None:
        self._mappings.change(row, new)
        self._changed(new)

    def _type(self, box: QRectF, text: str, accept: Callable[[str], str], prompt: str = "") -> LineEditor:
        line = LineEditor(self._over, box.toRect(), text, accept)
        line.setPlaceholderText(prompt)
        return line

    def _ranged(self, row: Row, text: str) -> str:
        return self._made(row, mapping_cells.with_range, text)

    def _made(self, row: Row, make: Callable[[MidiBinding, str], MidiBinding], text: str) -> str:
        """Change the row to what was typed; returns why not."""
        try:
            new = make(row.binding, text)
        except ValueError as why:
            return str(why)
        self._change(row, new)
        return ""
