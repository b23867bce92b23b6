"""Which output shows on which display, and what to say of it. Pure: no Qt, no clock.

The rules, in their order:

1. Who shows keeps its display while that is there and still the one that is wished for.
2. A display wished for by name is that one or none: an output waits for it, however long.
3. No wish is the first display that is free and not the surface's. Where the surface's is the only one there is, an
   output that has never had another covers it; one that has had another waits, so that a cable pulled out never throws
   the stage over the surface.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Display:
    """A display as it is now: ``x y width height`` in device-independent pixels of the desktop, ``ratio`` device pixels
    for each, ``rate`` in Hz. ``name`` is unique among those present."""

    name: str
    x: int
    y: int
    width: int
    height: int
    ratio: float = 1.0
    rate: float = 60.0

    @property
    def pixels(self) -> tuple[int, int]:
        """(width, height) in device pixels."""
        return round(self.width * self.ratio), round(self.height * self.ratio)

    @property
    def size_text(self) -> str:
        """``1920×1080 · 60 Hz``."""
        wide, high = self.pixels
        return f"{wide}×{high} · {self.rate:.4g} Hz"

    @property
    def text(self) -> str:
        """``HDMI-1 · 1920×1080 · 60 Hz``."""
        return f"{self.name} · {self.size_text}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of an output: whether it shows, and on which display; an empty name is whichever is free."""

    on: bool = False
    display: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an output is: the name of its display or nothing, whether that covers the surface, and the same in
    words."""

    display: str = ""
    covers: bool = False
    words: str = "off"


@dataclass(frozen=True, slots=True)
class Plan:
    """A spot for every output, and what is new, one sentence each."""

    spots: Mapping[int, Spot]
    news: tuple[str, ...] = ()


@dataclass(slots=True)
class _Memory:
    """What is remembered of an output while it is on. ``forced``: it covers the surface since there was no other."""

    wished: str = ""
    last: str = ""
    waits: bool = False
    forced: bool = False


@dataclass(slots=True)
class Displays:
    """Decides anew whenever a display, a wish or the surface moves. Remembers where each output showed last."""

    _known: dict[int, _Memory] = field(default_factory=dict)

    def decide(self, present: Sequence[Display], wishes: Mapping[int, Wish], surface: str) -> Plan:
        """The plan for these displays and wishes, with the surface on the display of the name ``surface``."""
        here = {display.name: display for display in present}
        for number, wish in wishes.items():
            if not wish.on:
                self._known.pop(number, None)
            elif number not in self._known:
                self._known[number] = _Memory(wish.display)
            elif self._known[number].wished != wish.display:
                old = self._known[number]
                stays = old.last if not wish.display and not old.waits else ""
                self._known[number] = _Memory(wish.display, stays)
        places = self._places(here, surface)
        spots = {n: self._spot(n, places, here, surface) for n in wishes}
        return Plan(spots, tuple(self._news(places, surface)))

    # -- who goes where ---------------------------------------------------------------------------------------------

    def _places(self, here: Mapping[str, Display], surface: str) -> dict[int, str]:
        """The name of a display for each output that is on and has one."""
        places: dict[int, str] = {}
        by_name = [n for n in sorted(self._known) if self._known[n].wished]
        by_chance = [n for n in sorted(self._known) if not self._known[n].wished]
        for number in sorted(self._known):
            memory = self._known[number]
            free = memory.last in here and memory.last not in places.values()
            frees = memory.forced and len(here) > 1  # it may leave the surface alone now
            if memory.last and free and not frees and not memory.waits:
                places[number] = memory.last
        for number in by_name:
            wished = self._known[number].wished
            if number not in places and wished in here and wished not in places.values():
                places[number] = wished
        for number in by_chance:
            if number not in places:
                name = self._free(self._known[number], here, places.values(), surface)
                if name:
                    places[number] = name
        return places

    @staticmethod
    def _free(memory: _Memory, here: Mapping[str, Display], taken: Iterable[str], surface: str) -> str:
        """A display for an output that does not mind which, or nothing."""
        taken = set(taken)
        others = [name for name in here if name != surface and name not in taken]
        if memory.last in others:
            return memory.last
        if others:
            return others[0]
        if surface not in here or surface in taken:
            return ""
        stays = memory.forced and not memory.waits
        return surface if stays or (len(here) == 1 and memory.last in ("", surface)) else ""

    # -- what to say ------------------------------------------------------------------------------------------------

    def _spot(self, number: int, places: Mapping[int, str], here: Mapping[str, Display], surface: str) -> Spot:
        memory = self._known.get(number)
        if memory is None:
            return Spot()
        name = places.get(number, "")
        if name and name == surface:
            return Spot(name, True, f"covers the surface on {here[name].text}; held Esc leaves")
        if name:
            return Spot(name, False, f"on {here[name].text}")
        return Spot(words=self._why(memory, places, here))

    @staticmethod
    def _why(memory: _Memory, places: Mapping[int, str], here: Mapping[str, Display]) -> str:
        """Why an output that is on shows nowhere."""
        wanted = memory.wished or memory.last
        holder = next((n for n, name in places.items() if name == wanted), 0)
        if memory.wished and holder:
            return f"waits: output {holder} has {wanted}"
        if wanted and wanted not in here:
            return f"waits for {wanted}, which is not here"
        return "waits: no display is free"

    def _news(self, places: Mapping[int, str], surface: str) -> list[str]:
        """What changed since the last plan, and remember it."""
        news: list[str] = []
        for number, memory in sorted(self._known.items()):
            name = places.get(number, "")
            if name:
                if memory.waits:
                    news.append(f"Output {number} shows on {name}{' again' if name == memory.last else ''}.")
                if name != memory.last or memory.waits:
                    memory.forced = name == surface and not memory.wished
                memory.last, memory.waits = name, False
            elif not memory.waits:
                news.append(self._missed(number, memory, places))
                memory.waits = True
        return news

    @staticmethod
    def _missed(number: int, memory: _Memory, places: Mapping[int, str]) -> str:
        wanted = memory.wished or memory.last
        holder = next((n for n, name in places.items() if name == wanted), 0)
        if memory.last and not holder:
            return f"The display {memory.last} went away: output {number} is hidden and returns with it."
        if memory.wished and holder:
            return f"Output {number} waits: output {holder} has the display {wanted}; choose another or turn that off."
        if memory.wished:
            return f"Output {number} waits: there is no display {wanted} now; it opens there when it is plugged in."
        return f"Output {number} waits: no display is free; plug one in or choose one by name."


def unique_names(names: Sequence[str]) -> list[str]:
    """The names of displays told apart: the second ``DELL`` is ``DELL (2)``; one without a name is ``display``."""
    unique: list[str] = []
    for name in names:
        plain = name.strip() or "display"
        tries = itertools.chain([plain], (f"{plain} ({n})" for n in itertools.count(2)))
        unique.append(next(each for each in tries if each not in unique))
    return unique


def synchronised(spots: Mapping[int, Spot], can: Iterable[int]) -> int:
    """The one output that waits for its display: the first that shows, of those that ``can``; 0 for none."""
    able = set(can)
    return min((n for n, spot in spots.items() if spot.display and n in able), default=0)
