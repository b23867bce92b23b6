"""What the effects chain is, as data: which shaders stand in which slots, and how they do. No OpenGL, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SLOTS = range(1, 9)
"""The numbers of the chain's slots."""

InputKind = Literal["float", "long", "bool", "event", "color", "point2D", "image", "audio", "audioFFT"]
SlotState = Literal["empty", "loading", "playing", "bypassed", "failed"]


@dataclass(frozen=True, slots=True)
class ChainInput:
    """One input of a shader: ``name`` in its source, ``segment`` the end of the control's address
    ``/fx/<slot>/<segment>``, ``kind`` as in its header. ``values`` are the integers behind the labels of a ``long``
    that is a choice; empty where the control's number is the value."""

    name: str
    segment: str
    kind: InputKind
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainProgram:
    """A shader in a slot (1..8): ``name`` for people, ``source`` and ``vertex`` its texts, ``folder`` where pictures
    that it imports lie."""

    slot: int
    name: str
    source: str
    vertex: str | None = None
    folder: str | None = None
    inputs: tuple[ChainInput, ...] = ()

    def address(self, item: ChainInput) -> str:
        """The control of an input of this program."""
        return f"/fx/{self.slot}/{item.segment}"


@dataclass(frozen=True, slots=True)
class Chain:
    """All shaders that are put in, at most one for each slot. The order of drawing is the controls' matter."""

    programs: tuple[ChainProgram, ...] = ()

    def program(self, slot: int) -> ChainProgram | None:
        """What stands in a slot."""
        return next((p for p in self.programs if p.slot == slot), None)


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """How a slot does. ``error`` is one sentence, or empty; ``line`` counts from 1 in the shader's own source;
    ``ms`` is what drawing the whole chain took last, in milliseconds.

    ``failed``: its newest source does not compile, its last good one plays if there was one. ``bypassed``: left out
    after a failure until the player switches it off and on.
    """

    slot: int
    state: SlotState
    error: str = ""
    line: int | None = None
    ms: float = 0.0
