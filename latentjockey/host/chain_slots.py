"""The slots of the effects chain: what stands in each, what of it plays, and what is left out. Thread ``effects``.

A shader that does not compile leaves the one before it in its slot. A slot that is left out after a failure comes back
when the player switches it off and on, or puts another shader into it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from latentjockey.frames.chain import SLOTS, Chain, ChainProgram, SlotStatus
from latentjockey.link.effects_messages import Put, ToEffects

_COMPILING_S = 5.0

Ask = Callable[[ToEffects, str, float], None]
"""Sends what is answered: the message, in words what it is, and the seconds that it may take."""


@dataclass(slots=True)
class _Slot:
    """``wanted`` is the newest program, ``good`` the newest that compiled, ``present`` what the process of now has.
    ``bypassed`` and ``error`` are sentences, or empty; ``was_off`` is whether it has been off since it was left out."""

    wanted: ChainProgram
    good: ChainProgram | None = None
    present: ChainProgram | None = None
    error: str = ""
    line: int | None = None
    bypassed: str = ""
    was_off: bool = False


class ChainSlots:
    """Everything that is put in, whatever becomes of the processes that draw it."""

    def __init__(self) -> None:
        self._slots: dict[int, _Slot] = {}
        self._ident = 0
        self._asked: dict[int, ChainProgram] = {}
        self._void: set[int] = set()

    @property
    def wanted(self) -> bool:
        """Whether there is anything to draw with that is not left out."""
        return any(not slot.bypassed for slot in self._slots.values())

    @property
    def compiling(self) -> bool:
        return bool(self._asked)

    def compiling_now(self) -> int | None:
        """The slot whose shader the process is at, if it is at one."""
        return next((program.slot for program in self._asked.values()), None)

    def programs(self) -> tuple[ChainProgram, ...]:
        """What the process has, but for what is left out."""
        slots = self._slots.values()
        return tuple(slot.present for slot in slots if slot.present is not None and not slot.bypassed)

    def name(self, slot: int) -> str:
        """What stands in a slot, for people."""
        found = self._slots.get(slot)
        return f"slot {slot}" if found is None else found.wanted.name

    # -- what the player does -----------------------------------------------------------------------------------------

    def use(self, chain: Chain) -> list[int]:
        """From now on this chain is wanted. Returns the slots that are empty now and were not."""
        gone = [number for number in self._slots if chain.program(number) is None]
        for number in gone:
            del self._slots[number]
            self._void |= {ident for ident, program in self._asked.items() if program.slot == number}
        for program in chain.programs:
            slot = self._slots.get(program.slot)
            if slot is None:
                self._slots[program.slot] = _Slot(program)
            elif slot.wanted != program:
                slot.wanted, slot.error, slot.line, slot.bypassed = program, "", None, ""
        return gone

    def retry(self, on: Callable[[int], bool], were_off: Container[int]) -> bool:
        """Take back in what is on and has been off since it was left out, be it that it ``were_off`` for a moment.
        Whether there was any."""
        back = False
        for number, slot in self._slots.items():
            if not slot.bypassed:
                continue
            slot.was_off = slot.was_off or number in were_off or not on(number)
            if slot.was_off and on(number):
                slot.bypassed, slot.error, slot.line, back = "", "", None, True
        return back

    # -- what the process does ----------------------------------------------------------------------------------------

    def put_missing(self, ask: Ask) -> None:
        """Ask for what the process lacks."""
        coming = {p.slot: p for ident, p in self._asked.items() if ident not in self._void}
        for number, slot in self._slots.items():
            program = slot.good if slot.error else slot.wanted
            there = coming.get(number, slot.present)
            if slot.bypassed or program is None:
                continue
            if there is None or not same_code(there, program):
                self._put(program, ask)
            elif number not in coming:
                slot.present = slot.good = program  # other addresses of its inputs need no compiling

    def _put(self, program: ChainProgram, ask: Ask) -> None:
        self._ident += 1
        self._asked[self._ident] = program
        events = tuple(item.name for item in program.inputs if item.kind == "event")
        put = Put(self._ident, program.slot, program.source, program.vertex, program.folder, events)
        ask(put, f"compiling {program.name}", _COMPILING_S)

    def compiled(self, ident: int) -> None:
        """The process has a program ready."""
        program = self._answered(ident)
        slot = self._slots.get(program.slot) if program is not None else None
        if program is not None and slot is not None:
            slot.present = slot.good = program

    def refused(self, ident: int, error: str, line: int | None) -> ChainProgram | None:
        """A program does not compile. Returns it, unless it is not wanted any more."""
        program = self._answered(ident)
        slot = self._slots.get(program.slot) if program is not None else None
        if program is None or slot is None or slot.wanted is not program:
            return None
        slot.error, slot.line = error, line
        return program

    def _answered(self, ident: int) -> ChainProgram | None:
        """What was asked for under a number, unless it was taken out before it was ready."""
        program = self._asked.pop(ident, None)
        if ident in self._void:
            self._void.discard(ident)
            return None
        return program

    def lost(self) -> None:
        """The process is gone with all it had."""
        self._asked.clear()
        self._void.clear()
        for slot in self._slots.values():
            slot.present = None

    def bypass(self, slots: Iterable[int], why: str) -> None:
        """Leave these out until the player tries again."""
        for number in slots:
            if number in self._slots:
                self._slots[number].bypassed, self._slots[number].was_off = why, False

    def numbers(self) -> tuple[int, ...]:
        """The slots that are not empty."""
        return tuple(sorted(self._slots))

    def statuses(self, ms: float, lacking: Mapping[int, str] = MappingProxyType({})) -> tuple[SlotStatus, ...]:
        """How each slot does; ``lacking`` tells for those that play what they go without."""
        return tuple(self._status(number, ms, lacking.get(number, "")) for number in SLOTS)

    def _status(self, number: int, ms: float, lacking: str) -> SlotStatus:
        slot = self._slots.get(number)
        if slot is None:
            return SlotStatus(number, "empty")
        if slot.bypassed:
            return SlotStatus(number, "bypassed", slot.bypassed)
        if slot.error:
            return SlotStatus(number, "failed", slot.error, slot.line, ms)
        if slot.present is None or not same_code(slot.present, slot.wanted):
            return SlotStatus(number, "loading")
        return SlotStatus(number, "playing", lacking, ms=ms)


def same_code(one: ChainProgram, other: ChainProgram) -> bool:
    """Whether a program needs no compiling where the other is ready."""
    return (one.source, one.vertex, one.folder) == (other.source, other.vertex, other.folder)
