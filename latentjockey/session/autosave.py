"""Keeps the session: a journal of every change and, every two seconds, the whole position. Nothing is lost by a kill.

``note`` is called by the conductor and only collects; the writing is done by the keeper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from latentjockey.base.clock import Clock, wall_clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.source import CONDUCTOR
from latentjockey.presets.journal import Autosave, JournalWriter
from latentjockey.presets.preset import Kept, Preset
from latentjockey.session.keeper import Keeper
from latentjockey.session.running_mark import RunningMark

_JOURNAL_S = 0.25
_AUTOSAVE_S = 2.0


class SessionFiles:
    """``folder`` gets ``session.json`` and ``journal/``. ``state`` gives the whole position of now."""

    def __init__(
        self, folder: Path, keeper: Keeper, clock: Clock, messages: Messages, state: Callable[[], Preset]
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._messages = messages
        self._state = state
        self._autosave = Autosave(folder / "session.json")
        self._mark = RunningMark(folder)
        self._last = self._restore()
        self._folder = folder
        self._journal: JournalWriter | None = None
        self._lock = threading.Lock()
        self._pending: list[tuple[float, str, dict[str, Kept]]] = []
        self._written = -1.0
        self._saved = clock.now()

    @property
    def last(self) -> Preset | None:
        """Where the session before this one ended, if it left anything."""
        return self._last

    @property
    def ended_badly(self) -> bool:
        """Whether the session before this one left a position but no goodbye."""
        return self._mark.found and self._last is not None

    def _restore(self) -> Preset | None:
        try:
            return self._autosave.restore()
        except StageError as error:
            self._messages.post(self._clock.now(), "files", str(error), serious=True)
            return None

    def note(self, changes: Mapping[str, tuple[Kept, Kept]], time: float, source: str) -> None:
        """The bay changed. Writing follows within a quarter of a second."""
        after = {address: pair[1] for address, pair in changes.items()}
        with self._lock:
            last = self._pending[-1] if self._pending else None
            if last is not None and last[1] == source == CONDUCTOR.name:
                # nobody's hand: of what moves by itself, each writing keeps where it has come to
                self._pending[-1] = (time, source, last[2] | after)
            else:
                self._pending.append((time, source, after))
            if time - self._written < _JOURNAL_S:
                return
            self._written = time
        self._keeper.do(self._write)
        if time - self._saved >= _AUTOSAVE_S:
            self._saved = time
            self._keeper.do(self.save)

    def save(self) -> None:
        """Keep the whole position now. On the keeper's thread."""
        self._mark.set()
        self._autosave.save(self._state())

    def close(self) -> None:
        """Write what is left. On the keeper's thread."""
        try:
            self._write()
            self.save()
        finally:  # whatever the disk says: this is a goodbye
            if self._journal is not None:
                self._journal.close()
            self._mark.clear()

    def _write(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, []
        if self._journal is None:
            self._journal = JournalWriter(self._folder / "journal", wall_clock(), self._state)
        for time, source, after in pending:
            if not self._journal.append(after, time, source) and self._journal.error:
                self._messages.post(self._clock.now(), "files", self._journal.error, serious=True)
                return
