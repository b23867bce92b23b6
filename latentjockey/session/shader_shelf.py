"""The shader library for a window: what there is, from memory, so that nobody waits for a disk.

Every method returns at once and may be called from any thread; looking, reading and copying are done by the keeper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.frames.chain import SlotStatus
from latentjockey.session.keeper import Keeper
from latentjockey.session.rack import Rack, Seat
from latentjockey.session.shader_controls import read
from latentjockey.session.shader_files import ShaderFile, ShaderFiles

_AT_ONCE = 32
"""Headers read in one job, so that other jobs come in between when somebody brings hundreds."""


@dataclass(frozen=True, slots=True)
class ShaderEntry:
    """A shader of the library as its header tells of it; ``trouble`` says why it is of no use."""

    file: ShaderFile
    description: str = ""
    categories: tuple[str, ...] = ()
    credit: str = ""
    inputs: int = 0
    trouble: str = ""

    @property
    def name(self) -> str:
        return self.file.name


class ShaderShelf:
    """``shaders`` answers from memory, ``look`` has the folders looked at anew. ``status`` is the effects process's."""

    def __init__(
        self,
        files: ShaderFiles,
        keeper: Keeper,
        bay: Bay,
        rack: Rack,
        status: Callable[[], Iterable[SlotStatus]] = tuple,
    ) -> None:
        self._files = files
        self._keeper = keeper
        self._bay = bay
        self._rack = rack
        self._status = status
        self._known: dict[ShaderFile, ShaderEntry] = {}
        self._entries: tuple[ShaderEntry, ...] = ()
        self._looking = False
        self._lock = threading.Lock()

    def shaders(self) -> tuple[ShaderEntry, ...]:
        """What there was when last looked, by name; the same object as long as nothing changed."""
        return self._entries

    def look(self) -> None:
        """Have the folders looked at soon."""
        with self._lock:
            if self._looking:
                return
            self._looking = True
        self._keeper.do(self._look)

    def folder(self) -> Path:
        """Where the player's own shaders lie."""
        return self._files.own

    def seats(self) -> Mapping[int, Seat]:
        """What stands in each slot 1..8."""
        return self._rack.seats()

    def status(self) -> Mapping[int, SlotStatus]:
        """How each slot does in the effects process; what it says nothing of is left out."""
        return {status.slot: status for status in self._status()}

    def bring(self, path: Path, slot: int = 0) -> None:
        """A shader file comes in from outside: it is copied into the player's folder and put into a slot, or with 0
        into the first that is free. Why it cannot be is told in the messages."""
        self._keeper.do(lambda: self._bring(path, slot))

    # -- on the keeper's thread ---------------------------------------------------------------------------------------

    def _bring(self, path: Path, slot: int) -> None:
        shader = read(self._files.load(str(path)))
        # pictures that a shader imports lie beside it, so it plays from there
        text = str(path) if shader.header.imported else self._files.take(path)
        address = f"/fx/{slot}/shader" if slot else "/fx/add"
        self._bay.write([(address, text)], HAND)
        self.look()

    def _look(self) -> None:
        with self._lock:
            self._looking = False
        found = self._files.stored()
        unread = [file for file in found if file not in self._known]
        for file in unread[:_AT_ONCE]:
            self._known[file] = self._entry(file)
        self._known = {file: self._known[file] for file in found if file in self._known}
        entries = tuple(self._known.values())
        if entries != self._entries:
            self._entries = entries
        if len(unread) > _AT_ONCE:
            self.look()

    def _entry(self, file: ShaderFile) -> ShaderEntry:
        try:
            shader = read(self._files.load(str(file.path)))
        except StageError as error:
            return ShaderEntry(file, trouble=str(error))
        header = shader.header
        told = " ".join(header.description.split())
        return ShaderEntry(file, told, header.categories, header.credit, len(shader.inputs))
