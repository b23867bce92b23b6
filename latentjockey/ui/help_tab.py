"""The help tab: every gesture in words, every shortcut with its keys, and a line to search both. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui.button import Button
from latentjockey.ui.chips import ALL, Chips
from latentjockey.ui.help_page import HelpPage
from latentjockey.ui.help_text import TOPICS, found
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.search_field import SearchField
from latentjockey.ui.shortcut_editor import ShortcutEditor
from latentjockey.ui.shortcuts import ShortcutMap

KEYS = "keys"


class HelpTab(Painted):
    """``edited`` is called after each change of a key: the time to save them."""

    def __init__(self, shortcuts: ShortcutMap, edited: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self._edited = edited
        field = SearchField("search the help")
        field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.search = field.line
        self.chips = Chips("which explanations are shown")
        self.chips.show_counts({ALL: None} | {topic.title: None for topic in TOPICS} | {KEYS: None})
        self.page = HelpPage()
        self.editor = ShortcutEditor(shortcuts)
        self.all_back = Button("usual keys again")
        self._left, self._right = Scroll(self.page), Scroll(self.editor)
        top = Row(gap=8)
        top.addWidget(field)
        top.addWidget(self.chips, 1)
        top.addWidget(self.all_back)
        below = Row(gap=18)
        below.addWidget(self._left, 64)
        below.addWidget(self._right, 40)
        column = Column((10, 8, 8, 6), 8)
        self.setLayout(column)
        column.addLayout(top)
        column.addLayout(below, 1)
        field.changed.connect(self._show)
        field.left.connect(self.search.clearFocus)
        self.chips.chosen.connect(self._show)
        self.editor.edited.connect(self._changed)
        self.all_back.pressed.connect(self._reset)
        self._tell()

    def showEvent(self, event: object) -> None:  # noqa: N802
        if not self.page.topics and not self.search.text():  # nothing is measured before somebody looks
            self._show()

    def show_topic(self, title: str) -> None:
        """Show one of :data:`TOPICS` by its title, ``KEYS``, or ``ALL``."""
        self.chips.choose(title)

    def _show(self) -> None:
        words, choice = self.search.text(), self.chips.choice
        topics = found(words)
        if choice not in (ALL, KEYS):
            topics = tuple(topic for topic in topics if topic.title == choice)
        self.page.show_topics(topics)
        self.editor.search(words)
        self._left.setVisible(choice != KEYS)
        self._right.setVisible(choice in (ALL, KEYS))
        for scroll in (self._left, self._right):
            scroll.verticalScrollBar().setValue(0)

    def _changed(self) -> None:
        self._tell()
        self._edited()

    def _reset(self) -> None:
        self._shortcuts.reset()
        self.editor.refresh()
        self._changed()

    def _tell(self) -> None:
        self.all_back.setVisible(bool(self._shortcuts.given))
