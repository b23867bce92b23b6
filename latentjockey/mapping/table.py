"""MIDI maps: which message moves which control, over which range. Pure data; files are :mod:`.map_file`'s.

A map names addresses only, so that it outlives models: a binding whose address is not in the layout sleeps and is
listed, and wakes when the address returns. Banks and shift are :mod:`.page`'s, lights :mod:`.profile`'s.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS, on_deck
from latentjockey.control.spec import Kind
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import LABELS, NUMBERLESS_KINDS, Key, MessageKind
from latentjockey.mapping.page import BANK, MOST_BANKS, NEXT, PREVIOUS, SHIFT, Page, turns_page, why_no_bank
from latentjockey.mapping.profile import LARGEST_NUMBER, Light, Profile

CHANNELS = range(1, 17)
PARAMETER_CCS = frozenset({6, 38, 96, 97, 98, 99, 100, 101})
"""The controllers that (N)RPN messages are made of."""

NOTHING = "/nothing"
"""The address of a binding that only keeps its message from the maps behind: no control ever has it."""

FASTEST = 100.0
"""The most that ``accelerate`` may be."""

_PARAMETERS = frozenset({MessageKind.NRPN, MessageKind.RPN})


def _nothing() -> Mapping[str, object]:
    return MappingProxyType({})


class Mode(enum.StrEnum):
    """What a message does to a control that holds numbers.

    VALUE: its value is a place in the range. MOMENTARY: ``hi`` while down, ``lo`` when let go. TOGGLE: each press goes
    to the end where the control is not. TRIGGER: each press sets ``hi``. A control that is a press itself (TRIGGER,
    COMMAND, TEXT) is pressed in any mode.
    """

    VALUE = "value"
    MOMENTARY = "momentary"
    TOGGLE = "toggle"
    TRIGGER = "trigger"


class Takeover(enum.StrEnum):
    """What a knob does whose control was moved by something else meanwhile.

    PICKUP: nothing, until it reaches or crosses the value. JUMP: it takes the value along. SCALE: it moves the value by
    less or more than itself, so that both arrive at an end of the travel together.
    """

    PICKUP = "pickup"
    JUMP = "jump"
    SCALE = "scale"


_POSITIONS = frozenset({MessageKind.CC, MessageKind.CC14, MessageKind.NRPN, MessageKind.RPN, MessageKind.PITCHBEND})
"""Kinds whose value is where something stands, and not how hard it is hit."""

_RETURNING = frozenset({MessageKind.NOTE, MessageKind.AFTERTOUCH, MessageKind.POLYTOUCH})


@dataclass(frozen=True, slots=True)
class MidiBinding:
    """One line of a map.

    ``address`` may be a component or slice of a VECTOR; ``@`` in place of the deck's letter follows the focused deck
    (``/deck/@/reach``). ``channel`` 1..16, ``None`` is any. ``number`` 0..127 (cc14
    0..31, nrpn and rpn 0..16383), ``None`` where the kind has none and for any program. ``lo`` and ``hi`` are what the
    ends of the travel give, in the control's unit: free, beyond nominal, lo > hi turns it round; ``None`` is the
    nominal range of the day. ``mode`` ``None`` is what is natural: notes MOMENTARY, a numbered program TRIGGER, else
    VALUE. ``text`` is what a press says to a COMMAND or TEXT. ``takeover`` ``None`` is PICKUP where a knob can pick up.
    ``extra`` holds the file's keys unknown to this version.

    Raises ValueError for what no message can be.
    """

    kind: MessageKind
    address: str
    number: int | None = None
    channel: int | None = None
    lo: float | None = None
    hi: float | None = None
    mode: Mode | None = None
    text: str = ""
    takeover: Takeover | None = None
    bank: str | None = None
    shift: bool | None = None
    encoding: Encoding | None = None
    accelerate: float | None = None
    feedback: tuple[Light, ...] = ()
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)

    def __post_init__(self) -> None:
        if not self.address.startswith("/"):
            raise ValueError(f"the address {self.address[:60]!r} does not begin with /")
        if self.channel is not None and self.channel not in CHANNELS:
            raise ValueError(f"channel {self.channel} is not one of 1 to 16")
        for bound in (self.lo, self.hi):
            if bound is not None and not math.isfinite(bound):
                raise ValueError("lo and hi must be finite")
        if self.bank is not None and (why := why_no_bank(self.bank)):
            raise ValueError(why)
        if self.encoding is not None and self.kind is not MessageKind.CC:
            raise ValueError(f"an encoding is for cc, not for {self.kind}")
        if self.accelerate is not None and not 0 <= self.accelerate <= FASTEST:
            raise ValueError(f"accelerate {self.accelerate:g} is not one of 0 to {FASTEST:g}")
        if any(light.address for light in self.feedback):
            raise ValueError("the feedback of a binding shows its own address, and names none")
        if self.kind in NUMBERLESS_KINDS:
            if self.number is not None:
                raise ValueError(f"{self.kind} has no number")
            return
        if self.number is None:
            if self.kind is not MessageKind.PROGRAM:
                raise ValueError(f"{self.kind} needs a number")
            return
        largest = LARGEST_NUMBER.get(self.kind, 127)
        if not 0 <= self.number <= largest:
            raise ValueError(f"number {self.number} is not one of 0 to {largest} for {self.kind}")

    @property
    def natural_mode(self) -> Mode:
        """The mode given, or the one that suits the kind."""
        if self.mode is not None:
            return self.mode
        if self.kind is MessageKind.NOTE:
            return Mode.MOMENTARY
        if self.kind is MessageKind.PROGRAM and self.number is not None:
            return Mode.TRIGGER
        return Mode.VALUE

    @property
    def is_knob(self) -> bool:
        """Whether the message is a position, so that its control may stand elsewhere."""
        return self.kind in _POSITIONS and self.natural_mode is Mode.VALUE and self.encoding is None

    @property
    def picks_up(self) -> bool:
        """Whether the message is a position that waits for the control's value before it moves it."""
        return self.is_knob and self.takeover in (None, Takeover.PICKUP)

    @property
    def scales(self) -> bool:
        """Whether the message is a position that approaches the control's value on its way."""
        return self.is_knob and self.takeover is Takeover.SCALE

    def hears(self, key: Key) -> bool:
        """Whether it is for what comes from one knob, key or pad, on whatever page."""
        kind, channel, number = key
        if self.kind is not kind or self.channel not in (None, channel):
            return False
        return kind in NUMBERLESS_KINDS or self.number in (None, number)

    @property
    def is_gesture(self) -> bool:
        """Whether its message comes back to rest by itself, so that where it began it also ends."""
        return self.kind in _RETURNING or self.natural_mode is Mode.MOMENTARY or self.address == SHIFT

    def plays_on(self, page: Page) -> bool:
        """Whether it plays on a page."""
        return page.shows(self.bank, self.shift)

    @property
    def claims(self) -> tuple[tuple[str, int], ...]:
        """The kinds and numbers that it takes for itself on its channel; a pair takes both halves."""
        number = -1 if self.number is None else self.number
        if self.kind is MessageKind.CC14:
            return (("cc", number), ("cc", number + 32))
        return ((str(self.kind), number),)

    def rivals(self, other: MidiBinding) -> bool:
        """Whether both hear one message on one page."""
        return _overlap(self, other) and not set(self.claims).isdisjoint(other.claims)

    def covers(self, other: MidiBinding) -> bool:
        """Whether, of the messages of ``other``, there is none that it does not hear on every page too."""
        where = self.channel in (None, other.channel)
        return where and self.bank in (None, other.bank) and self.shift in (None, other.shift) and self.rivals(other)

    def words(self) -> str:
        """The message that it hears, for people, e.g. ``CC 21 ch 1``."""
        number = "" if self.number is None else f" {self.number}"
        return f"{LABELS[self.kind]}{number} " + ("any channel" if self.channel is None else f"ch {self.channel}")


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A binding that does nothing in a layout, and the reason."""

    binding: MidiBinding
    why: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two bindings of one map that claim the same message, and what comes of it."""

    first: MidiBinding
    second: MidiBinding
    why: str


@dataclass(frozen=True, slots=True)
class Listening:
    """What a decoder must know of a map, because the wire alone does not tell.

    ``pairs`` are (channel, n) whose controllers n and n+32 are one 14-bit number; on ``parameters`` channels the
    controllers of ``PARAMETER_CCS`` are (N)RPN messages.
    """

    pairs: frozenset[tuple[int, int]] = frozenset()
    parameters: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MidiMap:
    """A table of bindings. ``port`` is the part of a port's name that it is for; empty suits every port.

    ``banks`` are the names of its banks (see :mod:`.page`), the first is the one of the start; ``feedback`` is the
    controller's profile (see :mod:`.profile`); ``notes`` are for people. ``behind``, in a player's own map, is the name
    of the map that was chosen to play behind it; empty is the one that suits the port. Raises ValueError for names that
    no banks can have.
    """

    name: str
    port: str = ""
    bindings: tuple[MidiBinding, ...] = ()
    banks: tuple[str, ...] = ()
    feedback: Profile | None = None
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)
    notes: str = ""
    behind: str = ""

    def __post_init__(self) -> None:
        if len(self.banks) > MOST_BANKS or len(set(self.banks)) < len(self.banks):
            raise ValueError(f"a map has up to {MOST_BANKS} banks, each with a name of its own")
        for name in self.banks:
            if why := why_no_bank(name):
                raise ValueError(why)

    def listening(self) -> Listening:
        """Which controllers must be read together."""
        pairs: set[tuple[int, int]] = set()
        parameters: set[int] = set()
        for binding in self.bindings:
            if binding.kind is MessageKind.CC14 and binding.number is not None:
                pairs.update((channel, binding.number) for channel in _channels(binding))
            elif binding.kind in _PARAMETERS:
                parameters.update(_channels(binding))
        return Listening(frozenset(pairs), frozenset(parameters))

    def asleep(self, layout: Layout) -> tuple[Sleeper, ...]:
        """The bindings that do nothing in ``layout``, with the reason, in the order of the table."""
        found = ((binding, why_asleep(binding, layout, self.banks)) for binding in self.bindings)
        return tuple(Sleeper(binding, why) for binding, why in found if why)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Bindings that claim a message which an earlier one claims: legal, but seldom meant."""
        claims: dict[tuple[str, int], list[MidiBinding]] = {}
        found: list[Conflict] = []
        for binding in self.bindings:
            for claim in binding.claims:
                earlier = next((b for b in claims.get(claim, ()) if _overlap(b, binding)), None)
                if earlier is not None:
                    found.append(Conflict(earlier, binding, _why_conflict(earlier, binding)))
                    break
            for claim in binding.claims:
                claims.setdefault(claim, []).append(binding)
        return tuple(found + self._parameter_conflicts())

    def _parameter_conflicts(self) -> list[Conflict]:
        parameters = [b for b in self.bindings if b.kind in _PARAMETERS]
        found: list[Conflict] = []
        for binding in self.bindings:
            if any(kind == "cc" and number in PARAMETER_CCS for kind, number in binding.claims):
                other = next((p for p in parameters if _overlap(p, binding)), None)
                if other is not None:
                    found.append(Conflict(other, binding, f"{binding.words()} is a part of {other.words()}"))
        return found

    def unknown_keys(self) -> tuple[str, ...]:
        """The keys of the file that this version does not know: kept when saved, and to be named on load."""
        inner = [f"bindings[{i}].{key}" for i, binding in enumerate(self.bindings) for key in _unknown_of(binding)]
        profile = self.feedback or Profile()
        lights = [f"lights[{i}].{key}" for i, light in enumerate(profile.lights) for key in _unknown_in(light)]
        return (*self.extra, *inner, *(f"feedback.{key}" for key in (*profile.extra, *lights)))


def choose(maps: Iterable[MidiMap], port: str) -> MidiMap | None:
    """The map for a port's name: the one that matches most of it, of equals the first. Case does not matter."""
    fitting: Sequence[MidiMap] = [m for m in maps if m.port.casefold() in port.casefold()]
    return max(fitting, key=lambda m: len(m.port), default=None)


def _channels(binding: MidiBinding) -> Iterable[int]:
    return CHANNELS if binding.channel is None else (binding.channel,)


def _overlap(one: MidiBinding, other: MidiBinding) -> bool:
    pairs = ((one.channel, other.channel), (one.bank, other.bank), (one.shift, other.shift))
    return all(a is None or b is None or a == b for a, b in pairs)


def _unknown_of(binding: MidiBinding) -> list[str]:
    inner = [f"feedback[{i}].{key}" for i, light in enumerate(binding.feedback) for key in _unknown_in(light)]
    return [*binding.extra, *inner]


def _unknown_in(light: Light) -> list[str]:
    colours = [f"colours.{key}" for key in light.colours.extra] if light.colours is not None else []
    touch = [f"touch.{key}" for key in light.touch.extra] if light.touch is not None else []
    return [*light.extra, *colours, *touch]


def _why_conflict(first: MidiBinding, second: MidiBinding) -> str:
    if first.kind is not second.kind:
        pair, single = (first, second) if first.kind is MessageKind.CC14 else (second, first)
        return f"{single.words()} is a half of {pair.words()}, which takes it"
    if first.number != second.number:
        return f"{first.words()} and {second.words()} share a controller"
    if first.address == second.address:
        return f"{second.words()} moves {second.address} twice"
    return f"{second.words()} moves both {first.address} and {second.address}"


def why_asleep(binding: MidiBinding, layout: Layout, banks: Collection[str] = ()) -> str:
    """Why a binding does nothing in ``layout`` and with the map's ``banks``; empty when it is awake.

    Awake is also what plays on one of the decks only, and what plays in another bank than that of now.
    """
    if binding.bank is not None and binding.bank not in banks:
        return f"the map has no bank {binding.bank}"
    if turns_page(binding.address):
        name = binding.address.removeprefix(BANK)
        known = not binding.address.startswith(BANK) or name in banks or (banks and binding.address in (NEXT, PREVIOUS))
        return "" if known else f"the map has no bank {name}" if banks else "the map has no banks"
    reasons = [_why_not(binding, on_deck(binding.address, deck), layout) for deck in DECKS]
    return reasons[0] if all(reasons) else ""


def _why_not(binding: MidiBinding, address: str, layout: Layout) -> str:
    target = layout.resolve(address)
    if target is None:
        return f"there is no control {binding.address} now"
    spec = layout.specs[target.index]
    if spec.kind is Kind.READOUT:
        return f"{binding.address} is the engine's to write"
    if spec.kind is Kind.TEXT and not binding.text:
        return f"{binding.address} takes text, and the binding names none"
    return ""
