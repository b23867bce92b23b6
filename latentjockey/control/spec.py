"""What a control is, as data. One address is OSC address, MIDI target, preset key, script name and tooltip at once."""

from __future__ import annotations

import enum
import math
import re
from dataclasses import dataclass

Default = float | int | bool | str | tuple[float, ...]

_ADDRESS = re.compile(r"(/[a-z0-9_]+)+\Z")


class Kind(enum.Enum):
    """FLOAT, INT, BOOL and CHOICE hold one number; VECTOR ``size`` numbers; TEXT a string.

    TRIGGER is a counter, so that no press is lost. COMMAND is a TRIGGER that carries text (a preset's name, say) and is
    queued, so that two of them in one tick are both carried out. READOUT belongs to the engine.
    """

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    CHOICE = "choice"
    TRIGGER = "trigger"
    VECTOR = "vector"
    TEXT = "text"
    COMMAND = "command"
    READOUT = "readout"


class Taper(enum.Enum):
    """How a slider's travel maps to values."""

    LINEAR = "linear"
    LOG = "log"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class ControlSpec:
    """A control, declared.

    ``lo..hi`` is the nominal range: what the slider spans at first, a hint for the hand. ``guard`` is a hard limit and
    is set only where the outside is meaningless (a picture is at least one pixel wide), never where it is ugly.
    ``default`` is a tuple or one number for all for VECTOR, the index of the choice for CHOICE. ``internal`` marks
    records that the conductor writes (anchors of movement); they are saved but not offered to hands. ``local`` values
    never travel to the engine. ``panic`` values return to their default on ``/panic``. ``elements`` names the
    components of a VECTOR, where they have names: then each has an address by its name, too, and values go by name from
    one model to the next. ``words`` are said of components that keep their number from one model to the next, empty for
    those that have none: names to people and to addresses, not to values. ``faint`` are the numbers of components of
    which little is seen: they are shown dimmed. ``field`` (C, h, w) says that a VECTOR is noise over a picture, and how
    its numbers lie there.
    """

    address: str
    kind: Kind
    default: Default = 0.0
    lo: float = 0.0
    hi: float = 1.0
    label: str = ""
    help: str = ""
    unit: str = ""
    taper: Taper = Taper.LINEAR
    guard: tuple[float | None, float | None] = (None, None)
    size: int = 1
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    faint: tuple[int, ...] = ()
    field: tuple[int, ...] = ()
    modulatable: bool = False
    saved: bool = True
    panic: bool = False
    internal: bool = False
    local: bool = False

    def __post_init__(self) -> None:
        for address in (self.address, *self.aliases):
            if not _ADDRESS.match(address):
                raise ValueError(f"{address!r} is no control address: lower-case segments after slashes")
        if self.size < 1:
            raise ValueError(f"{self.address}: a control has at least one component")
        if self.kind is Kind.CHOICE and not self.choices:
            raise ValueError(f"{self.address}: a CHOICE names its choices")
        if self.size > 1 and self.kind is not Kind.VECTOR:
            raise ValueError(f"{self.address}: only a VECTOR has more than one component")
        if self.elements and (self.kind is not Kind.VECTOR or len(self.elements) != self.size):
            raise ValueError(f"{self.address}: only a VECTOR has named components, and a name for each")
        if self.words and (self.kind is not Kind.VECTOR or len(self.words) != self.size or self.elements):
            raise ValueError(f"{self.address}: only a VECTOR without names has words for its components, one for each")
        if self.field and (self.kind is not Kind.VECTOR or math.prod(self.field) != self.size):
            raise ValueError(f"{self.address}: only a VECTOR of as many numbers lies in a field")
        if not all(0 <= index < self.size for index in self.faint):
            raise ValueError(f"{self.address}: only components that there are can be faint")
        if isinstance(self.default, str):
            if self.kind not in (Kind.TEXT, Kind.COMMAND, Kind.READOUT):
                raise ValueError(f"{self.address}: the default of a {self.kind.name} is no text")
        else:
            numbers = self.default if isinstance(self.default, tuple) else (self.default,)
            if not all(math.isfinite(number) for number in numbers):
                raise ValueError(f"{self.address}: the default must be finite")
            if isinstance(self.default, tuple) and len(numbers) != self.size:
                raise ValueError(f"{self.address}: the default has {len(numbers)} components, not {self.size}")
        low, high = self.guard
        if low is not None and high is not None and not low <= high:
            raise ValueError(f"{self.address}: the guard must rise")
        if not (math.isfinite(self.lo) and math.isfinite(self.hi) and self.lo < self.hi):
            raise ValueError(f"{self.address}: the nominal range must be finite and rising")

    @property
    def name(self) -> str:
        """The label, or the last segment of the address."""
        return self.label or self.address.rsplit("/", 1)[1]

    @property
    def called(self) -> tuple[str, ...]:
        """What each component of a VECTOR is called, empty where one has no name; none at all where none has."""
        return self.elements or self.words

    @property
    def textual(self) -> bool:
        """Whether the value is a string."""
        return self.kind in (Kind.TEXT, Kind.COMMAND) or isinstance(self.default, str)

    def guarded(self, number: float) -> float:
        """``number`` within the guard."""
        low, high = self.guard
        if low is not None and number < low:
            return low
        if high is not None and number > high:
            return high
        return number


def to_position(spec: ControlSpec, value: float, lo: float, hi: float) -> float:
    """Where on the slider ``lo..hi`` a value lies: 0..1 within, outside freely. Inverse of :func:`to_value`.

    On a LOG slider values from 0 down have no place of their own; they lie below its start.
    """
    if spec.taper is Taper.LOG and lo > 0 and value > 0:
        return (math.log(value) - math.log(lo)) / (math.log(hi) - math.log(lo))
    x = (value - lo) / (hi - lo)
    if spec.taper is Taper.SQUARE:
        return math.copysign(math.sqrt(abs(x)), x)
    return x


def to_value(spec: ControlSpec, position: float, lo: float, hi: float) -> float:
    """The value at a slider position; positions outside 0..1 continue the taper."""
    if spec.taper is Taper.LOG and lo > 0:
        return lo * math.exp(max(-700.0, min(700.0, position * math.log(hi / lo))))
    x = math.copysign(position * position, position) if spec.taper is Taper.SQUARE else position
    return lo + x * (hi - lo)
