"""The rack: which shader stands in which slot, with what controls, and what the effects process is told of it.

``/fx/<slot>/shader`` says what is wanted, whoever wrote it: a hand, a sender, a recall, undo. The rack follows: what it
has in memory stands there at once, anything else is read by the keeper. What cannot be read leaves the show as it is,
with one sentence. State is changed under the bay's lock only, because controls and shaders change together.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.control.bay import Bay, Event
from latentjockey.control.epoch import Held
from latentjockey.control.names import FX_SLOTS
from latentjockey.control.source import RECALL
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.frames.chain import Chain
from latentjockey.presets.preset import Kept, Range
from latentjockey.session.shader_controls import Shader, read
from latentjockey.session.shader_files import ShaderFiles, Stamp, stamp
from latentjockey.stage.isf.fault import ShaderError

_READ = 64
_REMEMBERED = 256

Stamps = tuple[Stamp | None, Stamp | None]
_NO_STAMPS: Stamps = (None, None)


@dataclass(frozen=True, slots=True)
class Seat:
    """What stands in a slot. ``text`` is what ``/fx/<slot>/shader`` said; ``shader`` is what plays, the last good one;
    ``trouble`` says why a newer one does not, at ``line`` of its source where that is known."""

    text: str = ""
    shader: Shader | None = None
    trouble: str = ""
    line: int | None = None
    stamps: Stamps = _NO_STAMPS
    path: Path | None = None

    @property
    def missing(self) -> bool:
        """Whether a shader is wanted that nothing is known of."""
        return bool(self.text) and self.shader is None


_EMPTY = Seat()


@dataclass(frozen=True, slots=True)
class _Memory:
    """The values and ranges of a shader's controls while it is away from its slot."""

    values: Mapping[str, Held]
    ranges: Mapping[str, Range]


class Rack:
    """``use`` gets the whole chain whenever a shader in it changed, ``say`` a sentence for the messages; ``later`` does
    what waits for the disk, in order. Every method but :meth:`ready` and :meth:`settle` returns at once."""

    def __init__(
        self,
        bay: Bay,
        files: ShaderFiles,
        later: Callable[[Callable[[], None]], None],
        use: Callable[[Chain], None],
        say: Callable[[str], None],
    ) -> None:
        self._bay = bay
        self._files = files
        self._later = later
        self._use = use
        self._say = say
        self._seats: dict[int, Seat] = dict.fromkeys(FX_SLOTS, _EMPTY)
        self._read: OrderedDict[str, Seat] = OrderedDict()
        self._memory: OrderedDict[tuple[int, str], _Memory] = OrderedDict()
        self._glanced: dict[str, Stamps] = {}
        self._told = Chain()
        self._troubles: dict[int, str] = {}
        self._telling = threading.Lock()

    # -- looking ------------------------------------------------------------------------------------------------------

    def seats(self) -> Mapping[int, Seat]:
        """What stands in each slot 1..8. Any thread."""
        return dict(self._seats)

    def chain(self) -> Chain:
        """All shaders that are put in. Any thread."""
        seats = self._seats.items()
        return Chain(tuple(seat.shader.program(slot) for slot, seat in seats if seat.shader is not None))

    # -- hands --------------------------------------------------------------------------------------------------------

    def add(self, event: Event) -> None:
        """``/fx/add``: a shader comes into the first free slot, at the end of the chain."""
        text = event.text.strip()
        used = [n for n in FX_SLOTS if self._wanted(n)]
        free = next((n for n in FX_SLOTS if n not in used), None)
        if not text:
            self._say("No shader was named: /fx/add takes a name from the library, or a path.")
        elif free is None:
            self._say(f"All {len(FX_SLOTS)} slots have a shader: clear one, then put {text[:60]} in.")
        else:
            last = max((self._bay.number(f"/fx/{n}/place") for n in used), default=0.0)
            at = f"/fx/{free}"
            with self._bay.alone():  # a slot begins anew: nobody picks up softly where another shader was
                self._bay.write([(f"{at}/mix", 1.0), (f"{at}/place", math.floor(last) + 1.0)], RECALL)
                self._bay.write([(f"{at}/shader", text)], event.source)

    def clear(self, slot: int, event: Event) -> None:
        """``/fx/<slot>/clear``: the slot is empty."""
        self._bay.write([(f"/fx/{slot}/shader", "")], event.source)

    def follow(self, slot: int) -> None:
        """What is wanted in a slot changed. Of the conductor's thread."""
        with self._bay.alone():
            text = self._wanted(slot)
            if text == self._seats[slot].text:
                return
            known = self._read.get(text) if text else _EMPTY
            if known is not None:
                self._put({slot: known})
        self.tell()
        if text:  # also what is known may have been written anew in the meantime
            self._later(lambda: self.refresh(text))

    # -- recalls ------------------------------------------------------------------------------------------------------

    def ready(self, values: Mapping[str, Kept]) -> Mapping[int, Seat]:
        """Read the shaders that these values want, so that :meth:`arrange` can put them in. Waits for the disk."""
        wanted: dict[int, str] = {}
        for slot in FX_SLOTS:
            text = values.get(f"/fx/{slot}/shader")
            if isinstance(text, str):
                wanted[slot] = text
        known = {text: self._load(text) for text in set(wanted.values()) if text}
        return {slot: known.get(text, _EMPTY) for slot, text in wanted.items()}

    def arrange(
        self, seats: Mapping[int, Seat], values: Mapping[str, Kept], ranges: Mapping[str, Range]
    ) -> frozenset[str]:
        """Put these in, just before the values are written that belong to them; within ``Bay.alone``.

        Addresses of shaders that are missing: their values wait, and come with the shader.
        """
        waiting: set[str] = set()
        for slot, seat in seats.items():
            if seat.missing:
                mine = {a for a in (*values, *ranges) if a.startswith(f"/fx/{slot}/")} - self._fixed(slot)
                kept = _Memory(
                    {a: _held(values[a]) for a in mine if a in values}, {a: ranges[a] for a in mine & {*ranges}}
                )
                self._memory[slot, seat.text] = kept
                waiting |= mine
        self._put({slot: seat for slot, seat in seats.items() if seat.text != self._seats[slot].text})
        return frozenset(waiting)

    def settle(self) -> None:
        """Follow every slot now, on this thread, waiting for the disk: before the show begins."""
        wanted = {f"/fx/{slot}/shader": self._wanted(slot) for slot in FX_SLOTS}
        seats = self.ready(wanted)
        with self._bay.alone():
            self.arrange(seats, {}, {})
        self.tell()

    def tell(self) -> None:
        """Give the effects process the chain, if it is another one, and say what is new of troubles. Never within
        ``Bay.alone``."""
        with self._telling:
            chain = self.chain()
            if chain != self._told:
                self._told = chain
                self._use(chain)
            troubles = {slot: in_words(seat) for slot, seat in self.seats().items() if seat.trouble}
            news = {slot: words for slot, words in troubles.items() if self._troubles.get(slot) != words}
            self._troubles = troubles
            for words in dict.fromkeys(news.values()):
                self._say(words)

    # -- files --------------------------------------------------------------------------------------------------------

    def glance(self) -> None:
        """See whether files of what stands here changed, and have those read that did and then stayed as they are for
        one glance. Touches the disk, and waits for nothing."""
        for text, seat in {seat.text: seat for seat in self._seats.values() if seat.text}.items():
            path = self._path(seat)
            now = (stamp(path), stamp(path.with_suffix(".vs")))
            before, self._glanced[text] = self._glanced.get(text), now
            if now[0] is not None and now != seat.stamps and now == before:
                self._later(lambda text=text: self.refresh(text))  # type: ignore[misc]

    def refresh(self, text: str) -> None:
        """Read a shader anew where it stands, unless it is what was read last. Of the keeper's thread."""
        seat = self._load(text)
        with self._bay.alone():
            here = {n: self._seats[n] for n in FX_SLOTS if self._wanted(n) == text}
            self._put({n: seat for n, old in here.items() if old.text != text or old.stamps != seat.stamps})
        self.tell()

    # -- within -------------------------------------------------------------------------------------------------------

    def _wanted(self, slot: int) -> str:
        return str(self._bay.value(f"/fx/{slot}/shader"))

    def _load(self, text: str) -> Seat:
        """A shader as its files are now; with nothing but trouble where they are no shader. Waits for the disk."""
        known = self._read.get(text)
        try:
            found = self._files.load(text)
        except StageError as error:
            return Seat(text, None, str(error))
        if known is not None and known.stamps == found.stamps:
            return known
        try:
            seat = Seat(text, read(found), stamps=found.stamps, path=found.path)
        except ShaderError as error:
            return Seat(text, None, str(error), error.line, found.stamps, found.path)
        self._read[text] = seat
        while len(self._read) > _READ:
            self._read.popitem(last=False)
        return seat

    def _path(self, seat: Seat) -> Path:
        """Where the file of a seat lies, or would lie."""
        if seat.path is not None:
            return seat.path
        path = Path(seat.text)
        return path if path.is_absolute() else self._files.own / f"{safe_name(seat.text)}.fs"

    def _fixed(self, slot: int) -> set[str]:
        return {spec.address for spec in self._bay.layout.own if spec.address.startswith(f"/fx/{slot}/")}

    def _put(self, seats: Mapping[int, Seat]) -> None:
        """Other shaders in some slots, with their controls. Within ``Bay.alone``."""
        if not seats:
            return
        begin: dict[str, Held] = {}
        ranges: dict[str, Range] = {}
        for slot, seat in seats.items():
            old = self._seats[slot]
            again = seat.text == old.text
            if not again:
                self._remember(slot, old)
            elif seat.shader is None and old.shader is not None:  # the last good one plays on
                seat = replace(seat, shader=old.shader, path=old.path)
            self._seats[slot] = seat
            self._begin(slot, seat, old if again else _EMPTY, begin, ranges)
        guests = [c for slot, seat in self._seats.items() if seat.shader for c in seat.shader.controls(slot)]
        if begin or tuple(guests) != self._bay.layout.guests:
            self._bay.exchange(guests, begin, ranges)

    def _begin(self, slot: int, seat: Seat, before: Seat, begin: dict[str, Held], ranges: dict[str, Range]) -> None:
        """What the controls of a slot begin with, but for those that were here before: as they were left when this
        shader was here last, else their defaults."""
        if seat.shader is None:
            return
        here = {spec.address for spec in before.shader.controls(slot)} if before.shader is not None else set()
        kept = self._memory.pop((slot, seat.text), _Memory({}, {}))
        for spec in seat.shader.controls(slot):
            if spec.address not in here and spec.kind is not Kind.TRIGGER:  # presses are counted on, whoever counts
                begin[spec.address] = kept.values.get(spec.address, _default(spec))
                if spec.address in kept.ranges:
                    ranges[spec.address] = kept.ranges[spec.address]

    def _remember(self, slot: int, seat: Seat) -> None:
        """A shader leaves: keep what its controls hold."""
        if seat.shader is None:
            return
        known = self._bay.ranges()
        mine = [c.address for c in seat.shader.controls(slot) if self._bay.layout.resolve(c.address) is not None]
        values = {a: self._bay.value(a) for a in mine}
        self._memory[slot, seat.text] = _Memory(values, {a: known[a] for a in mine if a in known})
        while len(self._memory) > _REMEMBERED:
            self._memory.popitem(last=False)


def in_words(seat: Seat) -> str:
    """What is wrong with a seat, as a sentence for the messages; empty where nothing is."""
    if seat.line is None:
        return seat.trouble
    name = seat.path.name if seat.path is not None else seat.text
    return f"{name}, line {seat.line}: {seat.trouble}"


def _held(value: Kept) -> Held:
    """A value of a preset as the bay holds it."""
    return float(value) if isinstance(value, bool | int | float) else value


def _default(spec: ControlSpec) -> Held:
    if isinstance(spec.default, tuple):
        return np.asarray(spec.default, np.float64)
    return spec.default if isinstance(spec.default, str) else float(spec.default)
