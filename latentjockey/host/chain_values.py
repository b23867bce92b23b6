"""From the numbers of the bay to what the shaders of the chain get. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.frames.chain import ChainInput, ChainProgram
from latentjockey.link.effects_messages import InputValue, Step
from latentjockey.modulation.matrix import modulated, swinging

_WIDTHS = {"float": 1, "long": 1, "bool": 1, "event": 1, "color": 4, "point2D": 2}


@dataclass(frozen=True, slots=True)
class Moved:
    """What the chain is to draw at one time: its steps in order, none where it has nothing to do; and whether they
    may be others at another time, though nobody touches anything."""

    steps: tuple[Step, ...]
    moving: bool


class ChainReading:
    """Where the controls of ``programs`` lie in ``layout``. An input whose control is not there, or is of another
    shape, is left to the shader's own default."""

    def __init__(self, programs: Sequence[ChainProgram], layout: Layout) -> None:
        self.programs = tuple(programs)
        self.layout = layout
        self._slots = [_SlotReading(program, layout) for program in self.programs]

    def at(self, snapshot: Snapshot, t: float) -> Moved:
        """The steps of ``snapshot`` (whole) at ``t`` seconds, modulation included. A step that is off, or whose mix is
        exactly 0, is none."""
        effective = modulated(snapshot, t)
        active = [slot for slot in self._slots if slot.active(effective)]
        active.sort(key=lambda slot: (slot.place(effective), slot.number))
        moving = any(component >= self.layout.engine_size for component in swinging(snapshot))
        return Moved(tuple(slot.step(effective) for slot in active), moving)

    def bases(self, snapshot: Snapshot) -> dict[int, object]:
        """For each slot what hands have set it to: equal as long as nobody touches it."""
        return {slot.number: slot.bases(snapshot) for slot in self._slots}


class _SlotReading:
    """One slot's part of it."""

    def __init__(self, program: ChainProgram, layout: Layout) -> None:
        self.number = program.slot
        self._on, self._mix, self._place = (
            _place(layout, f"/fx/{program.slot}/{end}", 1) for end in ("on", "mix", "place")
        )
        self._texts = [(i.name, program.address(i)) for i in program.inputs if i.kind == "image"]
        places = [(i, _place(layout, program.address(i), _WIDTHS.get(i.kind, 0))) for i in program.inputs]
        self._numbers = [(item, place) for item, place in places if place is not None]

    def active(self, snapshot: Snapshot) -> bool:
        return _number(snapshot, self._on, 0.0) >= 0.5 and _number(snapshot, self._mix, 1.0) != 0.0

    def place(self, snapshot: Snapshot) -> float:
        return _number(snapshot, self._place, float(self.number))

    def step(self, snapshot: Snapshot) -> Step:
        values: dict[str, InputValue] = {
            item.name: _value(item, snapshot.values[place].tolist()) for item, place in self._numbers
        }
        values |= {name: snapshot.texts.get(address, "") for name, address in self._texts}
        return Step(self.number, _number(snapshot, self._mix, 1.0), values)

    def bases(self, snapshot: Snapshot) -> object:
        places = [p for p in (self._on, self._mix, self._place) if p is not None]
        places += [place for _, place in self._numbers]
        texts = tuple(snapshot.texts.get(address, "") for _, address in self._texts)
        return tuple(snapshot.values[place].tobytes() for place in places), texts


def _place(layout: Layout, address: str, width: int) -> slice | None:
    target = layout.resolve(address) if width else None
    if target is None or target.stop - target.start != width:
        return None
    return slice(target.start, target.stop)


def _number(snapshot: Snapshot, place: slice | None, otherwise: float) -> float:
    return otherwise if place is None else float(snapshot.values[place.start])


def _value(item: ChainInput, numbers: list[float]) -> InputValue:
    match item.kind:
        case "color" | "point2D":
            return tuple(numbers)
        case "bool":
            return numbers[0] >= 0.5
        case "long":
            index = round(numbers[0])
            return item.values[max(0, min(len(item.values) - 1, index))] if item.values else index
        case _:
            return numbers[0]
