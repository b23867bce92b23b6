"""The control bay: the one place where values live. Any thread may write; nobody subscribes, everybody polls.

``write`` is atomic: a batch (an OSC bundle, a preset) appears whole or, item by item, is refused with a reason.
``snapshot`` is immutable and cached per revision. Precedence is stated in :mod:`latentjockey.control.source`; holding,
repeating streams and soft pick-up are decided in :mod:`latentjockey.control.holding`.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock, now_ns
from latentjockey.control.epoch import Held, moved, settle
from latentjockey.control.holding import Holding
from latentjockey.control.layout import Layout, Target
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import AUDIO, CONDUCTOR, ENGINE, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import RefusedError, Value, as_text, coerce, pressed

Batch = Iterable[tuple[str, Value]]
Companion = Callable[[ControlSpec, float], list[tuple[str, Value]]]
TextCompanion = Callable[[ControlSpec, str], list[tuple[str, Value]]]


_NO_HANDS = frozenset({CONDUCTOR.name, ENGINE.name, AUDIO.name, "layout", "range"})
"""Who changes values without anybody having moved: latency is not counted from these."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch: the revision after it, and each refused item with its reason."""

    revision: int
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A press of a TRIGGER (``text`` empty) or a COMMAND, in order of arrival. ``time`` in seconds."""

    address: str
    text: str
    source: Source
    time: float


@dataclass(frozen=True, slots=True)
class Change:
    """A control that changed: its whole value and who changed it last."""

    spec: ControlSpec
    value: Held
    source: str


@dataclass(slots=True)
class Counts:
    """What was refused, by the name of the source: shown in the messages panel."""

    not_finite: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    unfit: Counter[str] = field(default_factory=Counter)


class Bay:
    """Every control's base value.

    ``companions`` maps an address to a rule that adds writes to the same batch when a hand (not a recall) writes it: a
    seed fills its z; ``text_companions`` do so for TEXTs. ``seed_from`` turns words into seeds.
    """

    def __init__(
        self,
        layout: Layout,
        clock: Clock,
        companions: Mapping[str, Companion] = MappingProxyType({}),
        seed_from: Callable[[str], int] = hash,
        text_companions: Mapping[str, TextCompanion] = MappingProxyType({}),
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._companions = companions
        self._text_companions = text_companions
        self._seed_from = seed_from
        self._revision = 0
        self._changed_ns = now_ns()
        self._asleep: dict[str, Held] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        self._events: deque[Event] = deque(maxlen=10_000)
        self._cached: Snapshot | None = None
        values, texts = settle(layout, {})
        self._adopt(layout, values, texts, Holding(values))
        self.counts = Counts()
        self.wake = threading.Event()

    # -- layout -----------------------------------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        return self._layout

    def install(self, layout: Layout) -> None:
        """Begin a new epoch: values keep by address, what vanishes sleeps, what returns wakes with its old value."""
        with self._lock:
            known = self._asleep | {s.address: self._value(i) for i, s in enumerate(self._layout.specs)}
            self._names |= {s.address: s.elements for s in self._layout.specs if s.elements}
            values, texts = settle(layout, known, names=self._names)
            holding = Holding(values)
            holding.carry(self._holding, moved(self._layout, layout))
            self._asleep = known
            self._adopt(layout, values, texts, holding)
            self._stamp(range(len(layout.specs)), "layout")
        self.wake.set()

    def begin_epoch(self, specs: Iterable[ControlSpec]) -> None:
        """Another model brings other controls: a new epoch with these, and the guests of now. Nothing happens where
        they are the same."""
        wanted = tuple(specs)
        with self._lock:
            old = self._layout
            if set(wanted) != set(old.own):
                self.install(Layout(old.epoch + 1, wanted, old.guests))

    def exchange(
        self,
        guests: Iterable[ControlSpec],
        begin: Mapping[str, Held] = MappingProxyType({}),
        ranges: Mapping[str, tuple[float, float]] = MappingProxyType({}),
    ) -> None:
        """Put other guests in place of those of now, within the epoch: no other control notices.

        Guests that are here again keep their values and nominal ranges by address, but for those in ``begin``: they
        begin with that value, and with the range in ``ranges`` or else their own.
        """
        with self._lock:
            old, layout = self._layout, self._layout.with_guests(guests)
            own, stays = len(old.own), old.offsets[len(old.own)]
            guests_now = {spec.address: self._value(i) for i, spec in enumerate(old.guests, own)}
            known = self._asleep | guests_now | dict(begin)
            values, texts = settle(layout, known, own)
            values[:stays] = self._values[:stays]
            texts |= {spec.address: self._texts[spec.address] for spec in old.own if spec.textual}
            holding = Holding(values)
            holding.carry(self._holding, moved(old, layout))
            stamps = self._changed_at, self._changed_by, self._others_at
            self._asleep = known
            self._ranges = {a: r for a, r in self._ranges.items() if a not in begin} | dict(ranges)
            self._adopt(layout, values, texts, holding)
            new = self._carry_stamps(old, stamps, frozenset(begin))
            self._stamp(new, "layout")
        self.wake.set()

    def _carry_stamps(
        self, old: Layout, stamps: tuple[NDArray[np.int64], list[str], NDArray[np.int64]], begun: frozenset[str]
    ) -> list[int]:
        """Who changed what when, for all that is here again as it was; the indices of what is new."""
        changed_at, changed_by, others_at = stamps
        own = len(old.own)
        self._changed_at[:own], self._others_at[:own] = changed_at[:own], others_at[:own]
        self._changed_by[:own] = changed_by[:own]
        places = {spec.address: i for i, spec in enumerate(old.guests, own)}
        new: list[int] = []
        for i, spec in enumerate(self._layout.guests, own):
            was = places.get(spec.address, -1)
            if was < 0 or old.specs[was] != spec or spec.address in begun:
                new.append(i)
                continue
            self._changed_at[i], self._changed_by[i] = changed_at[was], changed_by[was]
            self._others_at[i] = others_at[was]
        return new

    def asleep(self) -> tuple[str, ...]:
        """Addresses that were here in an earlier epoch and wait to return."""
        with self._lock:
            return tuple(sorted(self._asleep))

    def _adopt(self, layout: Layout, values: NDArray[np.float64], texts: dict[str, str], holding: Holding) -> None:
        self._layout = layout
        self._values = values
        self._texts = texts
        self._changed_at = np.zeros(len(layout.specs), np.int64)
        self._changed_by = [""] * len(layout.specs)
        self._others_at = np.zeros(len(layout.specs), np.int64)
        self._holding = holding

    # -- writing ----------------------------------------------------------------------------------------------------

    def write(self, batch: Batch, source: Source) -> Report:
        """Write a batch of (address, value). Nothing is clamped but by guards; NaN and Inf are refused and counted.

        Returns what was refused; raises nothing for bad input.
        """
        refused: list[tuple[str, str]] = []
        touched: list[int] = []
        with self._lock:
            now = self._clock.now()
            queue = deque(batch)
            while queue:
                address, value = queue.popleft()
                target = self._layout.resolve(address)
                if target is None:
                    self.counts.unknown[source.name] += 1
                    refused.append((address, f"there is no control {address[:80]}"))
                    continue
                try:
                    extra = self._write_one(target, value, source, now, touched)
                except RefusedError as error:
                    counter = self.counts.not_finite if error.not_finite else self.counts.unfit
                    counter[source.name] += 1
                    refused.append((address, str(error)))
                    continue
                queue.extendleft(reversed(extra))
            if touched:
                self._stamp(touched, source.name)
            revision = self._revision
        if touched:
            self.wake.set()
        return Report(revision, tuple(refused))

    def _write_one(
        self, target: Target, value: Value, source: Source, now: float, touched: list[int]
    ) -> list[tuple[str, Value]]:
        spec = self._layout.specs[target.index]
        if spec.kind is Kind.READOUT and source.rank is not Rank.SYSTEM:
            raise RefusedError(f"{spec.address} is the engine's to write")
        if spec.kind is Kind.TRIGGER:
            if self._holding.pressed(target.start, pressed(spec, value), source):
                self._values[target.start] += 1
                self._events.append(Event(spec.address, "", source, now))
                touched.append(target.index)
            return []
        if spec.textual:
            return self._write_text(spec, target, value, source, now, touched)
        numbers = coerce(spec, value, target.stop - target.start, self._seed_from)
        stop = target.start + (1 if isinstance(numbers, float) else numbers.size)
        soft = spec.kind in (Kind.FLOAT, Kind.VECTOR)
        if self._holding.admit(target.start, stop, numbers, source, now, soft=soft):
            touched.append(target.index)
            rule = self._companions.get(spec.address)
            if rule is not None and source.rank not in (Rank.RECALL, Rank.SYSTEM) and isinstance(numbers, float):
                return rule(spec, numbers)
        return []

    def _write_text(
        self, spec: ControlSpec, target: Target, value: Value, source: Source, now: float, touched: list[int]
    ) -> list[tuple[str, Value]]:
        text = as_text(spec, value)
        if spec.kind is Kind.COMMAND:
            self._events.append(Event(spec.address, text, source, now))
        elif self._texts[spec.address] == text:
            return []
        self._texts[spec.address] = text
        touched.append(target.index)
        rule = self._text_companions.get(spec.address)
        return rule(spec, text) if rule is not None and source.rank not in (Rank.RECALL, Rank.SYSTEM) else []

    def _stamp(self, indices: Iterable[int], by: str) -> None:
        self._revision += 1
        if by not in _NO_HANDS:
            self._changed_ns = now_ns()
        self._cached = None
        for index in indices:
            if self._changed_by[index] != by:
                self._others_at[index] = self._changed_at[index]
                self._changed_by[index] = by
            self._changed_at[index] = self._revision

    # -- holding ----------------------------------------------------------------------------------------------------

    def touch(self, address: str, source: Source) -> None:
        """``source`` takes hold of a control until it releases it: lower sources wait."""
        with self._lock:
            target = self._layout.resolve(address)
            if target is not None:
                self._holding.touch(target.start, target.stop, source, self._clock.now())

    def release(self, address: str, source: Source) -> None:
        """Let go of a touched control."""
        with self._lock:
            target = self._layout.resolve(address)
            if target is not None:
                self._holding.release(target.start, target.stop, source, self._clock.now())
        self.wake.set()

    def holder(self, address: str) -> str:
        """The name of who holds the control now, or an empty string."""
        with self._lock:
            target = self._layout.resolve(address)
            return "" if target is None else self._holding.holder(target.start, target.stop, self._clock.now())

    def advance(self) -> bool:
        """Carry soft pick-ups on and let waiting writers in. Called by the conductor each tick.

        Returns whether anything still moves or waits.
        """
        with self._lock:
            if not self._holding.busy:
                return False
            for components, source in self._holding.advance(self._clock.now()):
                indices = np.unique(np.searchsorted(self._layout.offsets, components, side="right") - 1).tolist()
                self._stamp(indices, source.name)
                for index in indices:
                    spec = self._layout.specs[index]
                    rule = self._companions.get(spec.address)
                    if rule is not None and spec.kind is not Kind.VECTOR:
                        number = float(self._values[self._layout.offsets[index]])
                        self.write(rule(spec, number), source)
            return self._holding.busy

    # -- reading ----------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        return self._revision

    def snapshot(self) -> Snapshot:
        """Everything at this moment; the same object until something changes."""
        with self._lock:
            if self._cached is None:
                values = self._values.copy()
                values.setflags(write=False)
                texts = MappingProxyType(dict(self._texts))
                self._cached = Snapshot(self._layout, self._revision, self._changed_ns, values, texts)
            return self._cached

    def value(self, address: str) -> Held:
        """The base value behind an address: a number, a string, or a copy of the components. Raises KeyError."""
        with self._lock:
            target = self._layout.resolve(address)
            if target is None:
                raise KeyError(address)
            spec = self._layout.specs[target.index]
            if spec.textual:
                return self._texts[spec.address]
            if spec.kind is Kind.VECTOR:
                return self._values[target.start : target.stop].copy()
            return float(self._values[target.start])

    def number(self, address: str) -> float:
        """The value of a control of one number. Raises KeyError; TypeError for text and vectors."""
        value = self.value(address)
        if not isinstance(value, float):
            raise TypeError(f"{address} does not hold one number")
        return value

    def _value(self, index: int) -> Held:
        return self.value(self._layout.specs[index].address)

    def last_change(self, address: str) -> tuple[int, str]:
        """The revision of a control's newest change and who made it; 0 and nobody before the first. Raises KeyError."""
        with self._lock:
            target = self._layout.resolve(address)
            if target is None:
                raise KeyError(address)
            return int(self._changed_at[target.index]), self._changed_by[target.index]

    def changes_since(self, revision: int, not_from: str | None = None) -> tuple[int, list[Change]]:
        """The present revision, and every control changed after ``revision`` by anyone but ``not_from``.

        A VECTOR is named, whole, also when ``not_from`` was the last to change it, if others did since ``revision``.
        """
        with self._lock:
            indices = np.flatnonzero(self._changed_at > revision) if self._revision > revision else ()
            changes = [
                Change(self._layout.specs[i], self._value(i), self._changed_by[i])
                for i in map(int, indices)
                if self._changed_by[i] != not_from
                or (self._layout.specs[i].kind is Kind.VECTOR and self._others_at[i] > revision)
            ]
            return self._revision, changes

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile: for what must see and change a moment as a whole. Only ever for a moment."""
        with self._lock:
            yield

    def drain_events(self) -> list[Event]:
        """Take all presses and commands that came since the last call, oldest first. For the conductor alone."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
            return events

    # -- nominal ranges ---------------------------------------------------------------------------------------------

    def range(self, address: str) -> tuple[float, float]:
        """The nominal range today. Raises KeyError."""
        spec = self._layout.spec(address)
        return self._ranges.get(spec.address, (spec.lo, spec.hi))

    def set_range(self, address: str, lo: float, hi: float) -> None:
        """Widen or narrow what the slider spans. Raises KeyError, ValueError for a range that is none."""
        if not (math.isfinite(lo) and math.isfinite(hi) and lo < hi):
            raise ValueError(f"{address}: a range goes from a finite number up to a larger one, not {lo:g} to {hi:g}")
        with self._lock:
            target = self._layout.resolve(address)
            if target is None:
                raise KeyError(address)
            self._ranges[self._layout.specs[target.index].address] = (lo, hi)
            self._stamp([target.index], "range")

    def ranges(self) -> dict[str, tuple[float, float]]:
        """The ranges that differ from the catalogue's."""
        with self._lock:
            return dict(self._ranges)
