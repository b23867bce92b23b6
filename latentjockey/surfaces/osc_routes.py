"""From OSC messages to writes: which controls an address or pattern means in this epoch, and what its arguments say.

Used on the OSC thread only. One :class:`Routes` per layout; what it remembers is bounded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from latentjockey.control.layout import Layout
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.surfaces.osc_decode import Arg
from latentjockey.surfaces.osc_pattern import Candidate, Pattern, PatternError, has_pattern

MOST_MATCHES = 1_024
"""Controls that one pattern may mean."""
MOST_SEARCHES = 128
"""Patterns not met before that one packet may bring: each is held against every address."""
_REMEMBER = 2_048
_Kept = TypeVar("_Kept")


class UnfitError(ValueError):
    """Arguments or an address that mean nothing here; ``str()`` says why."""


class Route(NamedTuple):
    """An address that exists: components ``first..stop`` of the control ``spec``."""

    address: str
    spec: ControlSpec
    first: int
    stop: int


class Routes:
    """The addresses of one layout, as OSC sees them."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.searches_left = MOST_SEARCHES  # the owner fills it up for each packet
        self._known: dict[str, tuple[Route, ...]] = {}
        self._writable: dict[str, tuple[Route, ...]] = {}
        self._watched: dict[str, dict[str, tuple[Route, ...]]] = {}
        self._candidates = [
            (spec, Candidate(address)) for spec in layout.specs for address in (spec.address, *spec.aliases)
        ]

    def find(self, address: str) -> tuple[Route, ...]:
        """What an address or pattern means: one control, or every matching one that is not internal; maybe none.

        A pattern that ends in a component or slice, ``/deck/*/z/0-7``, means that part of the matching VECTORs; so does
        one that ends in the name of a component, ``/deck/*/class/moth``.
        Raises :class:`UnfitError` for a malformed pattern or one that means too much.
        """
        known = self._known.get(address)
        if known is None:
            known = _remember(self._known, address, self._find(address))
        return known

    def targets(self, address: str) -> tuple[Route, ...]:
        """Like :meth:`find`, but only what a sender may write; empty when there is no control of this plain address.

        Raises :class:`UnfitError` when a pattern means nothing, or the control is not for senders.
        """
        known = self._writable.get(address)
        if known is None:
            known = _remember(self._writable, address, self._targets(address))
        return known

    def watched(self, address: str) -> Mapping[str, tuple[Route, ...]]:
        """What :meth:`find` finds, by the address of the whole control. Nothing for a malformed pattern."""
        known = self._watched.get(address)
        if known is None:
            known = {}
            with contextlib.suppress(UnfitError):
                for route in self.find(address):
                    known[route.spec.address] = (*known.get(route.spec.address, ()), route)
            _remember(self._watched, address, known)
        return known

    def _targets(self, address: str) -> tuple[Route, ...]:
        routes = self.find(address)
        if has_pattern(address):
            routes = tuple(r for r in routes if r.spec.kind is not Kind.READOUT)
            if not routes:
                raise UnfitError(f"no control matches {address}")
        elif routes and routes[0].spec.internal:
            raise UnfitError(f"{address} is a record of the instrument's own, not to be written")
        return routes

    def _find(self, address: str) -> tuple[Route, ...]:
        route = self._route(address)
        if route is not None:
            return (route,)
        if not has_pattern(address):
            return ()
        try:
            whole = Pattern(address)
            head, _, tail = address.rpartition("/")
            part = Pattern(head) if tail and not has_pattern(tail) else None
        except PatternError as error:
            raise UnfitError(str(error)) from None
        if self.searches_left <= 0:
            raise UnfitError(f"a packet may bring {MOST_SEARCHES} new patterns; {address} is one more")
        self.searches_left -= 1
        numbered = tail[:1].isdigit()
        routes: dict[str, Route] = {}
        for spec, candidate in self._candidates:
            if spec.internal:
                continue
            route = None
            if whole.matches(candidate):
                route = Route(spec.address, spec, 0, spec.size)
            elif (
                part is not None
                and (spec.called or (numbered and spec.kind is Kind.VECTOR))
                and part.matches(candidate)
            ):
                route = self._route(f"{spec.address}/{tail}")
            if route is not None:
                routes[route.address] = route
        if len(routes) > MOST_MATCHES:
            raise UnfitError(f"{address} means {len(routes)} controls; up to {MOST_MATCHES} at once")
        return tuple(routes.values())

    def _route(self, address: str) -> Route | None:
        target = self.layout.resolve(address)
        if target is None:
            return None
        base = self.layout.offsets[target.index]
        return Route(address, self.layout.specs[target.index], target.start - base, target.stop - base)


def _remember(memory: dict[str, _Kept], address: str, what: _Kept) -> _Kept:
    if len(memory) >= _REMEMBER:
        memory.clear()
    memory[address] = what
    return what


def value_from(route: Route, args: Sequence[Arg]) -> Value:
    """What the bay is to be told when ``args`` arrive at ``route``. Raises :class:`UnfitError`.

    A VECTOR takes all numbers, or one blob of big-endian float32. Whatever holds one value takes the last argument,
    since senders that sample faster than they send put all samples into one message, oldest first. A TEXT or COMMAND
    takes all where words are among them, with blanks between, since Max and Pure Data send a line so, word by word. A
    TRIGGER is pressed by no argument at all and by anything but 0 or False; a COMMAND without argument carries no text.
    """
    kind = route.spec.kind
    if kind is Kind.TRIGGER:
        return _press(route, args)
    if not args:
        if kind is Kind.COMMAND:
            return ""
        raise UnfitError(f"{route.address} needs a value")
    if kind is Kind.VECTOR and (route.stop - route.first > 1 or isinstance(args[-1], bytes)):
        if isinstance(args[0], bytes):
            return _from_blob(route, args)
        return [_number(route, arg) for arg in args]
    if kind in (Kind.TEXT, Kind.COMMAND) and len(args) > 1 and any(isinstance(arg, str) for arg in args):
        return " ".join(_word(route, arg) for arg in args)
    return _single(route, args[-1])


def _word(route: Route, arg: Arg) -> str:
    value = _single(route, arg)
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else f"{int(value)}"


def _press(route: Route, args: Sequence[Arg]) -> Value:
    if not args or args[-1] is None:
        return True
    if len(args) == 1:
        return _single(route, args[0])
    return any(bool(_single(route, arg)) for arg in args)


def _single(route: Route, arg: Arg) -> float | int | bool | str:
    if isinstance(arg, float | int | str):  # bool is an int
        return arg
    what = "a blob" if isinstance(arg, bytes) else "a MIDI message" if isinstance(arg, tuple) else "nil"
    raise UnfitError(f"{route.address} cannot use {what}")


def _number(route: Route, arg: Arg) -> float:
    if isinstance(arg, float | int):
        return arg
    raise UnfitError(f"{route.address} takes numbers only, or one blob")


def _from_blob(route: Route, args: Sequence[Arg]) -> Value:
    blob = args[0]
    if len(args) > 1 or not isinstance(blob, bytes):
        raise UnfitError(f"{route.address} takes one blob or numbers, not both")
    if not blob or len(blob) % 4:
        raise UnfitError(f"{route.address} takes a blob of float32 numbers, 4 bytes each, not {len(blob)} bytes")
    return np.frombuffer(blob, dtype=">f4").astype(np.float64)
