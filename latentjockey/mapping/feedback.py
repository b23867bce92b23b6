"""What a controller is told, and when: the newest value of each light, in bounds, and never its own words. No ports.

One :class:`Teller` a controller; a thread that hears the controller and one that tells it share it. Rules:

1. After a plug everything is told anew, the profile's setup messages first; after a change of bank all lights are.
2. One message is told at most each ``EVERY`` seconds, the newest value wins, and all together take no more than a MIDI
   cable carries. What waited longest goes first.
3. What the controller sent itself is not told back for ``QUIET`` seconds. Then it is told what is true, unless it shows
   that already: a knob that was let through stands where the control does, one that a guard, a takeover or another
   writer overruled does not, and a button may show anything.
4. What was told and soon comes back is no hand's (its output may lead into its input): it is swallowed. A knob loses
   nothing by that, an encoder a step at most; a press is swallowed only while everything that is told comes back, and
   at once, so that none is lost by chance.
5. Nothing is told to a motor fader while a finger is on it.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Protocol

from latentjockey.control.bay import Change
from latentjockey.control.spec import Kind
from latentjockey.mapping.apply import Controls, focused, resolved
from latentjockey.mapping.event import Key, MidiEvent
from latentjockey.mapping.lamps import Lamp, encode, lamps, told
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import Page, Pages
from latentjockey.mapping.profile import Touch
from latentjockey.mapping.table import NOTHING

EVERY = 0.01
QUIET = 0.05
FLASH = 0.12
"""How long the light of a recall or the like shows that it was pressed."""
BYTES_A_SECOND = 3125.0
"""A MIDI cable's: about a thousand messages."""
AT_ONCE = 192.0
"""How many bytes may go out together."""
ECHO_WITHIN = 0.25
PRESS_WITHIN = 0.06
"""How soon what was told comes back at the latest, and how soon where it would be a press: fingers are fast too."""

_TURNED = frozenset({Kind.FLOAT, Kind.INT, Kind.CHOICE, Kind.VECTOR})


class Heard(enum.Enum):
    """What a message is. HAND: somebody's move. ECHO: what was told came back. PLACE: that, by all appearances; yet it
    may be a knob that says the very same, so that this is where it stands."""

    HAND = enum.auto()
    ECHO = enum.auto()
    PLACE = enum.auto()


class Bay(Controls, Protocol):
    """What is read of the bay."""

    def changes_since(self, revision: int, not_from: str | None = None) -> tuple[int, list[Change]]: ...


@dataclass(slots=True)
class _Spot:
    """What one light shows, as far as anybody knows (``None``: not), and what it should.

    ``turned``: what comes from there is no press.
    """

    lamp: Lamp
    wanted: int | None = None
    shown: int | None = None
    told_at: float = float("-inf")
    heard_at: float = float("-inf")
    touched: bool = False
    turned: bool = False

    def due(self) -> float:
        """When it may be told."""
        return max(self.told_at + EVERY, self.heard_at + QUIET)


@dataclass(frozen=True, slots=True)
class Telling:
    """What goes out, in order, and which of the controller's own knobs stand elsewhere for it (0..1)."""

    messages: tuple[bytes, ...] = ()
    moved: tuple[tuple[Key, float], ...] = ()


@dataclass(slots=True)
class _Echoes:
    """What was told and may come back. ``loop``: all of late did; ``None`` before anything could."""

    sent: dict[tuple[Key, int], deque[float]] = field(default_factory=dict)
    loop: bool | None = None

    def expect(self, spot: Key, value: int, now: float) -> None:
        self.sent.setdefault((spot, value), deque()).append(now)

    def returns(self, spot: Key, value: int, now: float, within: float) -> bool:
        """Whether this was told a moment ago; each telling comes back once."""
        self.expire(now)
        times = self.sent.get((spot, value))
        if not times or now - times[-1] > within:
            return False
        times.pop()
        if not times:
            del self.sent[spot, value]
        return True

    def expire(self, now: float) -> None:
        for what in [w for w, times in self.sent.items() if now - times[0] > ECHO_WITHIN]:
            times = self.sent[what]
            while times and now - times[0] > ECHO_WITHIN:
                times.popleft()
                self.loop = False
            if not times:
                del self.sent[what]


class Teller:
    """``turn`` is called often by one thread while a port is open, ``hear`` by another for all that comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._spots: dict[Key, _Spot] = {}
        self._made_of: tuple[Layers, Page] | None = None
        self._by_address: dict[str, list[_Spot]] = {}
        self._seen: tuple[object, ...] = ()
        self._revision = -1
        self._flashes: dict[str, float] = {}
        self._raw: deque[bytes] = deque()
        self._budget = (AT_ONCE, 0.0)
        self._echoes = _Echoes()
        self.count = 0

    # -- plugging ---------------------------------------------------------------------------------------------------

    def begin(self, layers: Layers) -> None:
        """A port is open: setup first, then everything."""
        with self._lock:
            self._open = True
            self._spots = {}
            self._made_of = None
            self._revision = -1
            self._flashes = {}
            self._raw = deque(layers.profile.setup)
            self._echoes = _Echoes()

    def end(self) -> None:
        """The port is gone."""
        with self._lock:
            self._open = False

    def farewell(self, layers: Layers) -> tuple[bytes, ...]:
        """What goes out when the program ends: all lights dark but for what moves, then the profile's teardown."""
        with self._lock:
            lit = [s for s in self._spots.values() if not s.lamp.light.moves and s.shown not in (None, s.lamp.dark)]
            dark = tuple(message for s in lit for message in encode(s.lamp.spot, s.lamp.dark))
        return (*dark, *layers.profile.teardown)

    # -- hearing ----------------------------------------------------------------------------------------------------

    def hear(self, event: MidiEvent) -> Heard:
        """Something came."""
        with self._lock:
            if not self._open or event.relative:
                return Heard.HAND
            for spot in self._spots.values():
                touch = spot.lamp.light.touch
                if touch is not None and _is_of(touch, event):
                    spot.touched = event.value > 0
            heard = self._spots.get(event.key)
            turned = heard is not None and heard.turned
            within = ECHO_WITHIN if turned else PRESS_WITHIN
            if self._echoes.returns(event.key, event.value, event.time, within):
                loop, self._echoes.loop = self._echoes.loop, True
                if heard is not None and turned and heard.lamp.shows_itself and not loop:
                    return Heard.PLACE
                if turned or loop is not False:
                    return Heard.ECHO
            if heard is not None and heard.lamp.binding.encoding is None:
                heard.heard_at = event.time
                if heard.shown != event.value:
                    heard.shown = event.value if heard.lamp.shows_itself else None
            return Heard.HAND

    # -- telling ----------------------------------------------------------------------------------------------------

    def turn(self, bay: Bay, layers: Layers, pages: Pages, now: float) -> Telling:
        """What goes out now. Raises nothing, waits for nothing."""
        with self._lock:
            self._echoes.expire(now)
            if self._raw:
                return Telling(self._take_raw(now))
            self._look(bay, layers, pages, now)
            return self._take(now)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to show at all."""
        return not self._spots and not self._raw

    def _look(self, bay: Bay, layers: Layers, pages: Pages, now: float) -> None:
        page = pages.now
        if self._made_of != (layers, page):
            self._arrange(layers, page)
        revision, changes = bay.changes_since(self._revision)
        seen = (bay.layout, focused(bay), page, pages.banks)
        whole = self._revision < 0 or seen != self._seen
        self._flash(changes if self._revision >= 0 else [], now)
        if whole:
            self._by_address = {}
            for spot in self._spots.values():
                target = bay.layout.resolve(resolved(spot.lamp.binding.address, bay))
                spec = bay.layout.specs[target.index] if target is not None else None
                spot.turned = spec is not None and spot.lamp.own and spec.kind in _TURNED and spot.lamp.turned
                if spec is not None:
                    self._by_address.setdefault(spec.address, []).append(spot)
            stale = list(self._spots.values())
        else:
            addresses = {change.spec.address for change in changes} | self._faded(now)
            stale = [spot for address in addresses for spot in self._by_address.get(address, ())]
        for spot in stale:
            spot.wanted = told(spot.lamp, bay, pages, self._flashes)
        self._revision, self._seen = revision, seen

    def _arrange(self, layers: Layers, page: Page) -> None:
        """Other lights: those that stay keep what they show, but for another bank, in which nobody knows."""
        other_bank = self._made_of is not None and self._made_of[1].bank != page.bank
        before, self._spots = self._spots, {}
        for lamp in lamps(layers, page):
            known = before.pop(lamp.spot, None)
            spot = replace(known, lamp=lamp, wanted=None) if known is not None else _Spot(lamp)
            if other_bank:
                spot.shown = None
            self._spots[lamp.spot] = spot
        for gone in before.values():  # they go dark, and are forgotten with the next change
            if not gone.lamp.light.moves and gone.shown not in (None, gone.lamp.dark):
                blank = replace(gone.lamp, binding=replace(gone.lamp.binding, address=NOTHING, feedback=()))
                self._spots[gone.lamp.spot] = replace(gone, lamp=blank)
        self._made_of = (layers, page)
        self._seen = ()

    def _flash(self, changes: list[Change], now: float) -> None:
        for change in changes:
            if change.spec.kind in (Kind.TRIGGER, Kind.COMMAND) and change.spec.address in self._by_address:
                self._flashes[change.spec.address] = now + FLASH

    def _faded(self, now: float) -> set[str]:
        over = {address for address, end in self._flashes.items() if now >= end}
        for address in over:
            del self._flashes[address]
        return over

    def _take(self, now: float) -> Telling:
        waiting = [
            spot
            for spot in self._spots.values()
            if spot.wanted is not None and spot.wanted != spot.shown and not spot.touched and now >= spot.due()
        ]
        messages: list[bytes] = []
        moved: list[tuple[Key, float]] = []
        for spot in sorted(waiting, key=lambda spot: spot.told_at):
            encoded = encode(spot.lamp.spot, spot.wanted or 0)
            if not self._afford(sum(map(len, encoded)), now):
                break
            messages += encoded
            spot.shown, spot.told_at = spot.wanted, now
            self._echoes.expect(spot.lamp.spot, spot.wanted or 0, now)
            if spot.lamp.light.moves and spot.lamp.shows_itself:
                kind, channel, number = spot.lamp.spot
                moved.append((spot.lamp.spot, MidiEvent(kind, channel, number, spot.wanted or 0, now).position))
        self.count += len(messages)
        return Telling(tuple(messages), tuple(moved))

    def _take_raw(self, now: float) -> tuple[bytes, ...]:
        messages: list[bytes] = []
        while self._raw and self._afford(len(self._raw[0]), now):
            messages.append(self._raw.popleft())
        self.count += len(messages)
        return tuple(messages)

    def _afford(self, size: int, now: float) -> bool:
        left, since = self._budget
        left = min(AT_ONCE, left + (now - since) * BYTES_A_SECOND)
        may = left >= min(size, AT_ONCE)  # one that is longer goes alone, and is paid for afterwards
        self._budget = (left - size if may else left, now)
        return may


def _is_of(touch: Touch, event: MidiEvent) -> bool:
    return touch.kind is event.kind and (touch.number or 0) == event.number and touch.channel in (None, event.channel)
