"""The desk with its maps: which map a device plays by, files taken in and written, banks and copies. Any thread.

Files are read and written through ``later``, in order, never on the calling thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.mapping import map_file
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.own_maps import Job, OwnMaps
from latentjockey.mapping.rows import DeviceRow, Row
from latentjockey.mapping.table import MidiMap
from latentjockey.surfaces.desk_device import DeskDevice
from latentjockey.surfaces.midi_desk import MidiDesk


def _at_once(job: Job) -> None:
    job()


def _nobody(maps: Sequence[MidiMap]) -> None:
    """Nobody else wants to hear of other maps."""


class MapDesk(MidiDesk):
    """``told`` hears of all maps when others are there, to choose among them by the names of ports."""

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        own: OwnMaps | None = None,
        *,
        take_eight: bool = False,
        later: Callable[[Job], None] = _at_once,
    ) -> None:
        super().__init__(bay, messages, clock, own, take_eight=take_eight)
        self._later = later
        self.told: Callable[[Sequence[MidiMap]], None] = _nobody

    # -- what there is ----------------------------------------------------------------------------------------------

    def maps(self) -> tuple[str, ...]:
        """The names of all maps that a device can play by."""
        return tuple(dict.fromkeys(midi_map.name for midi_map in self._maps))

    def device_rows(self) -> tuple[DeviceRow, ...]:
        """All devices that were met, in that order."""
        return tuple(_row(device) for device in self.devices())

    # -- which map --------------------------------------------------------------------------------------------------

    def choose_map(self, device: str, name: str) -> None:
        """Let a device play by a map, what was learnt still in front; an empty name is the map that suits its own."""
        with self._lock:
            known = self._devices.get(device)
            if known is None or (name and name not in self.maps()):
                return
            front = replace(known.layers.front, behind=name)
            behind = self._behind(front, known.suits)
            if (front.behind, behind) != (known.layers.front.behind, known.layers.back):
                self._change(known, Layers(front, behind), f"{device} plays by {behind.name}")

    def reset(self, device: str) -> None:
        """Drop all that was learnt and changed for a device, and play by the map for its name."""
        with self._lock:
            known = self._devices.get(device)
            if known is not None and _row(known).changed:
                front = MidiMap(known.layers.front.name, known.layers.front.port)
                self._change(known, Layers(front, known.suits), f"all changes of {device} were dropped")

    def add_bank(self, device: str) -> None:
        """Give a device one more bank; its first two come together, since one alone is none."""
        with self._lock:
            known = self._devices.get(device)
            if known is None:
                return
            banks = known.layers.banks
            for _ in range(1 if banks else 2):
                free = (f"{n}" for n in range(1, len(banks) + 2) if f"{n}" not in banks)
                banks = (*banks, next(free))
            layers = Layers(replace(known.layers.front, banks=banks), known.layers.back)
            self._change(known, layers, f"{device} has the banks {', '.join(banks)}")

    def duplicate(self, row: Row) -> None:
        """Let the message of a row play its control twice, so that one of the two can be given something else."""
        with self._lock:
            known = self._devices.get(row.device)
            if known is None or row.binding not in known.layers.bindings:
                return
            front, back = known.layers.front, known.layers.back
            more = [row.binding]
            if row.binding not in known.layers.own:  # what came with the program stays beside its copy
                more += [b for b in back.bindings if b.rivals(row.binding)]
            front = replace(front, bindings=(*front.bindings, *more))
            self._change(known, Layers(front, back), f"{row.binding.words()} plays twice")

    # -- files ------------------------------------------------------------------------------------------------------

    def take_in(self, path: str, device: str = "") -> None:
        """Keep a map file with the player's own, and let a device play by it: the named one, or those that it suits."""
        self._later(lambda: self._take_in(Path(path).expanduser(), device))

    def _take_in(self, path: Path, device: str) -> None:
        try:
            midi_map = map_file.load(path)
            midi_map = midi_map if self._own is None else self._own.add(midi_map, self.maps())
        except StageError as error:
            self._say(str(error), serious=True)
            return
        with self._lock:
            maps = (midi_map, *(m for m in self._maps if m.name != midi_map.name))
        self.offer(maps)
        self.told(maps)
        if device:
            self.choose_map(device, midi_map.name)
        self._say(f"The MIDI map {midi_map.name} was taken in{f': {device} plays by it' if device else ''}.")

    def export_map(self, device: str) -> str:
        """Write all that a device plays by as one map file; its path at once, empty for a device that is not known."""
        known = self._devices.get(device)
        if known is None or self._own is None:
            return ""
        path = self._own.export_path(device)
        midi_map = known.layers.merged(device, known.suits.port or device)
        self._later(lambda: self._export(path, midi_map))
        return str(path)

    def _export(self, path: Path, midi_map: MidiMap) -> None:
        try:
            map_file.save(path, midi_map)
        except StageError as error:
            self._say(str(error), serious=True)
            return
        self._say(f"The MIDI map was written to {path}.")


def _row(device: DeskDevice) -> DeviceRow:
    front, page = device.layers.front, device.pages.now
    return DeviceRow(
        device.name,
        device.plugged,
        device.layers.back.name,
        device.suits.name,
        bool(front.behind) and device.layers.back.name == front.behind,
        len(front.bindings),
        bool(front.bindings or front.behind or front.banks or front.feedback),
        device.layers.banks,
        page.bank,
        page.shift,
    )
