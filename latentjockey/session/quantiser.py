"""Presses that wait for their beat. Thread ``conductor``; :meth:`Quantiser.waiting` may be asked by any.

One thing waits in each place: a deck goes to one place next, one preset is recalled, and the latest press is what is
meant. A press is handed on somewhat before its moment, with the moment as its time, so that the record of the movement
that it begins is with the engine when the first picture after the beat is made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from latentjockey.control.bay import Event
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import GHOST, LOOP, MODULATION, MORPH
from latentjockey.modulation.playhead import RESTART
from latentjockey.modulation.transport import Transport, grid_of, transport_of

LEAD_S = 0.012
"""How long before its moment a deck's press is carried out: a tick of the conductor, twice, and a thread's delay."""

PRESET_LEAD_S = 0.25
"""The same for a preset, which comes from the disk."""

RECALL = "/preset/recall"
_PANICS = ("/panic", "/panic/home")
_BUTTONS = ("randomise", "mutate", "breed")
_OWN_TIME = frozenset({GHOST.name, LOOP.name, MODULATION.name, MORPH.name})
_SAME = 1e-6
_TOO_LATE_S = 0.05
_SLIP = 1e-3


@dataclass(frozen=True, slots=True)
class Press:
    """A press to be carried out now, that counts from ``moment`` (s); ``on_beat`` where it has waited for that."""

    event: Event
    moment: float
    on_beat: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Event
    beat: float


class Quantiser:
    """Ask :meth:`due` at each tick. What plays by itself is never made to wait: it keeps the beat already."""

    def __init__(self) -> None:
        self._places: dict[str, _Waiting] = {}
        self._transport: Transport | None = None
        self._grid = 0.0
        self._shown: Mapping[str, float] = {}

    def waiting(self) -> Mapping[str, float]:
        """The addresses of the presses that wait, and the beat that each waits for. Any thread."""
        return self._shown

    def words(self) -> str:
        """What waits, for people."""
        return ", ".join(_words(waiting.event) for waiting in self._places.values())

    def due(self, events: Sequence[Event], snapshot: Snapshot, t: float) -> list[Press]:
        """What is to be carried out now, of what waits and of ``events``. The others of them wait from now on."""
        transport, grid = transport_of(snapshot), grid_of(snapshot)
        if self._places:
            self._keep_up(transport, grid, t)
        self._transport, self._grid = transport, grid
        at_once: list[Press] = []
        for event in events:
            if event.address in _PANICS:
                self._places.clear()
            place = _place(event, snapshot) if grid and event.source.name not in _OWN_TIME else ""
            if place:
                self._places.pop(place, None)
                self._places[place] = _Waiting(event, _next(transport.beat_at(event.time), grid))
            else:
                at_once.append(Press(event, t))
        presses = [*self._reached(transport, grid, t), *at_once]
        shown = {waiting.event.address: waiting.beat for waiting in self._places.values()}
        if shown != self._shown:
            self._shown = shown
        return presses

    def _reached(self, transport: Transport, grid: float, t: float) -> list[Press]:
        presses: list[Press] = []
        for place, waiting in list(self._places.items()):
            moment = transport.time_of(waiting.beat) if grid else t
            lead = PRESET_LEAD_S if waiting.event.address == RECALL else LEAD_S
            if t < moment - lead:
                continue
            if t - moment > _TOO_LATE_S:  # the beat was set beyond it
                moment = t
            del self._places[place]
            presses.append(Press(replace(waiting.event, time=moment), moment, on_beat=bool(grid)))
        return presses

    def _keep_up(self, transport: Transport, grid: float, t: float) -> None:
        """Another grid, or a beat that was set: what waits finds its next moment. A tempo alone changes no beat."""
        old = self._transport
        if not grid or old is None:
            return
        beat = transport.beat_at(t)
        slipped = transport.beat - old.beat_at(transport.since)
        if grid == self._grid and abs(slipped) < _SLIP:
            return
        for place, waiting in self._places.items():
            passed = 0.0 <= beat - waiting.beat <= slipped < 1.0  # by a tap, say: this was its moment
            if not passed or grid != self._grid:
                self._places[place] = replace(waiting, beat=_next(beat, grid))


def _next(beat: float, grid: float) -> float:
    """The first beat of the grid after ``beat``."""
    return (math.floor(beat / grid + _SAME) + 1.0) * grid


def _place(event: Event, snapshot: Snapshot) -> str:
    """Where a press that can wait does so; empty for one that cannot."""
    if event.address == RECALL:
        return RECALL
    if event.address.endswith(RESTART):
        return event.address
    parts = event.address.split("/")
    if parts[1] != "deck":
        return ""
    cue = parts[3] == "cue" and parts[5] == "recall" and snapshot.number(f"/deck/{parts[2]}/cue/{parts[4]}/filled")
    return f"/deck/{parts[2]}" if cue or parts[3] in _BUTTONS else ""


def _words(event: Event) -> str:
    if event.address == RECALL:
        return f"preset {event.text}"
    if event.address.endswith(RESTART):
        return "the clip's beginning"
    parts = event.address.split("/")
    what = f"cue {parts[4]}" if parts[3] == "cue" else parts[3]
    return f"{what} on deck {parts[2].upper()}"
