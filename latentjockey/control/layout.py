"""A layout: which controls exist in one epoch, and where their numbers lie.

All numbers of all controls stand in one float64 array, VECTORs as runs; what travels to the engine comes first, so that
a snapshot for the engine is one copy of a prefix. Last come the guests: local controls that come and go within an
epoch, such as the inputs of a shader, so that no other control ever moves because of them. Layouts are immutable and
may be shared between threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.elements import places
from latentjockey.control.names import DECKS, OWN, own_address
from latentjockey.control.spec import ControlSpec, Kind

_TAIL = re.compile(r"([0-9]{1,7})(?:-([0-9]{1,7}))?\Z")
_REMEMBER = 100_000
_OWN = tuple(own_address(OWN, deck) for deck in DECKS)


@dataclass(frozen=True, slots=True)
class Target:
    """What an address means: control ``index`` of the layout, components ``start..stop`` of the value array."""

    index: int
    start: int
    stop: int


class Layout:
    """The controls of one epoch, in order: first those that travel to the engine, then the local ones, then ``guests``.

    Raises ValueError when two controls claim one address, be it as a component of a VECTOR, and for a guest that would
    travel to the engine.
    """

    def __init__(self, epoch: int, specs: Iterable[ControlSpec], guests: Iterable[ControlSpec] = ()) -> None:
        self.guests: tuple[ControlSpec, ...] = tuple(guests)
        travelling = [guest.address for guest in self.guests if _travels(guest)]
        if travelling:
            raise ValueError(f"{travelling[0]} travels to the engine, so it is no guest")
        given = [*specs, *self.guests]
        self.epoch = epoch
        self.specs: tuple[ControlSpec, ...] = tuple(
            [s for s in given if _travels(s)] + [s for s in given if not _travels(s)]
        )
        self._index: dict[str, int] = {}
        for i, spec in enumerate(self.specs):
            for address in (spec.address, *spec.aliases):
                if address in self._index:
                    raise ValueError(f"two controls claim the address {address}")
                self._index[address] = i
        for address in self._index:
            if self._component(address) is not None:
                raise ValueError(f"{address} is a control and a component of a vector at once")
        widths = [_width(s) for s in self.specs]
        offsets = np.concatenate([[0], np.cumsum(widths, dtype=np.int64)])
        self.offsets: tuple[int, ...] = tuple(int(o) for o in offsets)
        self.size = self.offsets[-1]
        self.engine_size = sum(w for w, s in zip(widths, self.specs, strict=True) if _travels(s))
        self.own_texts: tuple[str, ...] = tuple(s.address for s in self.specs if _goes_ahead(s))
        """The addresses of the texts that are a model's own: they go to the engine, ahead of the numbers."""
        below = own_address(OWN, DECKS[1])
        self._decks_apart = any(address.startswith(below) for address in self._index)
        self._cache: dict[str, Target] = {}

    @property
    def own(self) -> tuple[ControlSpec, ...]:
        """The controls that stay for the whole epoch: all but the guests."""
        return self.specs[: len(self.specs) - len(self.guests)]

    def with_guests(self, guests: Iterable[ControlSpec]) -> Layout:
        """The same epoch with other guests: everything else stays exactly where it is."""
        made = Layout(self.epoch, self.own, guests)
        own = len(self.own)
        assert made.engine_size == self.engine_size
        assert made.offsets[: own + 1] == self.offsets[: own + 1]
        return made

    def own_deck(self, deck: str) -> str:
        """The deck under which the controls of what ``deck`` plays stand: the first where both play one model."""
        return deck if self._decks_apart else DECKS[0]

    def engine_specs(self) -> tuple[ControlSpec, ...]:
        """The specs of what travels: a layout made of them has the same offsets. The names of components stay here."""
        travelling = (spec for spec in self.specs if _travels(spec))
        return tuple(replace(s, elements=(), words=(), faint=()) if s.called or s.faint else s for s in travelling)

    def width(self, address: str) -> int:
        """How many numbers stand behind an address; 0 where there is no such control."""
        target = self.resolve(address)
        return 0 if target is None else target.stop - target.start

    def resolve(self, address: str) -> Target | None:
        """The target of an address, a component ``ADDRESS/3`` or ``ADDRESS/name``, or a slice ``ADDRESS/8-15`` (both
        ends included).

        ``None`` when there is no such control or the components lie outside it.
        """
        known = self._cache.get(address)
        if known is not None:
            return known
        target = self._resolve(address)
        if target is not None:  # only what exists is kept: a sender inventing addresses must not fill the memory
            if len(self._cache) >= _REMEMBER:
                self._cache.clear()
            self._cache[address] = target
        return target

    def _resolve(self, address: str) -> Target | None:
        index = self._index.get(address)
        if index is not None:
            return Target(index, self.offsets[index], self.offsets[index + 1])
        found = self._component(address)
        if found is None:
            return None
        index, first, last = found
        base = self.offsets[index]
        return Target(index, base + first, base + last + 1)

    def _component(self, address: str) -> tuple[int, int, int] | None:
        """The VECTOR whose components ``address`` names, the first and the last of them."""
        head, _, tail = address.rpartition("/")
        index = self._index.get(head)
        if index is None or self.specs[index].kind is not Kind.VECTOR:
            return None
        match = _TAIL.match(tail)
        if match is None:
            named = places(self.specs[index].called).get(tail)
            return None if named is None else (index, named, named)
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        return (index, first, last) if first <= last < self.specs[index].size else None

    def spec(self, address: str) -> ControlSpec:
        """The spec behind an address. Raises KeyError."""
        target = self.resolve(address)
        if target is None:
            raise KeyError(address)
        return self.specs[target.index]

    def element(self, address: str) -> str:
        """How the one component behind an address is called; empty where it has no name."""
        target = self.resolve(address)
        if target is None or target.stop - target.start != 1:
            return ""
        names = self.specs[target.index].called
        return names[target.start - self.offsets[target.index]] if names else ""

    def addresses(self) -> Sequence[str]:
        return [s.address for s in self.specs]

    def defaults(self) -> NDArray[np.float64]:
        """The numbers of all controls at their defaults, float64 (size,)."""
        values = np.zeros(self.size)
        for i, spec in enumerate(self.specs):
            if not spec.textual:
                values[self.offsets[i] : self.offsets[i + 1]] = spec.default
        return values


def _travels(spec: ControlSpec) -> bool:
    return not (spec.local or spec.textual or spec.kind is Kind.READOUT)


def _goes_ahead(spec: ControlSpec) -> bool:
    return spec.kind is Kind.TEXT and not spec.local and spec.address.startswith(_OWN)


def _width(spec: ControlSpec) -> int:
    return 0 if spec.textual else spec.size
