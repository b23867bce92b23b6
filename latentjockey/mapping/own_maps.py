"""The player's own maps on disk: one file a device, named after it, beside maps that the player put there by hand.

Read once, at the start; written through ``later``, which must keep the order of its jobs. Any thread, one at a time.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.mapping import map_file
from latentjockey.mapping.table import MidiMap

Job = Callable[[], None]


class OwnMaps:
    """``folder`` need not exist. A file that cannot be read is said so, kept aside once its device learns anew."""

    def __init__(self, folder: Path, later: Callable[[Job], None]) -> None:
        self._folder = folder
        self._later = later
        self._by_device: dict[str, MidiMap] = {}
        self._broken: set[Path] = set()
        self.others: tuple[MidiMap, ...] = ()

    def read(self) -> list[str]:
        """Read the folder; returns what went wrong, one sentence each."""
        wrong: list[str] = []
        others: list[MidiMap] = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                midi_map = map_file.load(path)
            except StageError as error:
                wrong.append(str(error))
                self._broken.add(path)
                continue
            if path == self._path(midi_map.port):
                self._by_device[midi_map.port] = midi_map
            else:
                others.append(midi_map)
        self.others = tuple(others)
        return wrong

    def of(self, device: str) -> MidiMap:
        """What was learnt for a device; an empty map where nothing was."""
        return self._by_device.get(device) or MidiMap(f"{device}, learnt", device)

    def keep(self, midi_map: MidiMap) -> None:
        """Keep what a device has learnt, under its ``port``. A map in which there is nothing is no file."""
        self._by_device[midi_map.port] = midi_map
        self._later(partial(self._write, midi_map))

    def add(self, midi_map: MidiMap, taken: Collection[str] = ()) -> MidiMap:
        """Keep a map that came from elsewhere beside the others, under a name that is not ``taken``; that map.

        Writes at once, so it belongs on the thread of ``later``. Raises StageError when the disk refuses.
        """
        names = itertools.chain([midi_map.name], (f"{midi_map.name} ({n})" for n in itertools.count(2)))
        paths = ((name, self._folder / f"map {safe_name(name)}.json") for name in names if name not in taken)
        name, path = next((name, path) for name, path in paths if not path.exists())
        kept = replace(midi_map, name=name)
        map_file.save(path, kept)
        self.others = (kept, *self.others)
        return kept

    def export_path(self, device: str) -> Path:
        """Where all that a device plays by is written for taking elsewhere; no map there is ever read from there."""
        return self._folder / "written" / f"{safe_name(device)}.json"

    def _write(self, midi_map: MidiMap) -> None:
        path = self._path(midi_map.port)
        if path in self._broken:
            os.replace(path, path.with_suffix(".unread"))
            self._broken.discard(path)
        if midi_map.bindings or midi_map.behind or midi_map.banks or midi_map.feedback is not None:
            map_file.save(path, midi_map)
        else:
            path.unlink(missing_ok=True)

    def _path(self, device: str) -> Path:
        return self._folder / f"{safe_name(device)}.json"
