"""The bay against a naive model, move by move, while the clock stands."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND, RECALL, Source
from latentjockey.control.spec import ControlSpec, Kind

WIDTH = 5
NUMBERS = ("/f", "/n", "/g", "/v")
LAYOUTS = (
    (
        ControlSpec("/f", Kind.FLOAT, 0.5),
        ControlSpec("/n", Kind.INT, 3),
        ControlSpec("/g", Kind.FLOAT, 1.0, guard=(0.0, 10.0), local=True),
        ControlSpec("/v", Kind.VECTOR, 0.0, size=WIDTH),
        ControlSpec("/go", Kind.TRIGGER, local=True),
        ControlSpec("/t", Kind.TEXT, "begin"),
    ),
    (
        ControlSpec("/v", Kind.VECTOR, 0.0, size=WIDTH),
        ControlSpec("/go", Kind.TRIGGER),
        ControlSpec("/t", Kind.TEXT, "begin"),
        ControlSpec("/n", Kind.INT, 3),
        ControlSpec("/other", Kind.VECTOR, 2.0, size=3),
    ),
)
SOURCES = st.sampled_from([HAND, RECALL, CONDUCTOR])
FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = FINITE | st.sampled_from([math.nan, math.inf, -math.inf])


def defaults() -> dict[str, list[float]]:
    found = {}
    for spec in (spec for layout in LAYOUTS for spec in layout if not spec.textual):
        assert not isinstance(spec.default, tuple | str)
        found[spec.address] = [float(spec.default)] * spec.size
    return found


class BayMachine(RuleBasedStateMachine):
    """The model is a list of floats per address, for ever; the bay has installs, arrays, holds and caches besides."""

    def __init__(self) -> None:
        super().__init__()
        self.which = 0
        self.bay = Bay(Layout(0, LAYOUTS[0]), ManualClock())
        self.numbers = defaults()
        self.text = "begin"
        self.touched: set[tuple[str, int]] = set()
        self.presses: Counter[str] = Counter()
        self.revision = self.bay.revision

    def here(self, address: str) -> bool:
        return any(spec.address == address for spec in LAYOUTS[self.which])

    def put(self, address: str, first: int, numbers: list[float], source: Source) -> None:
        for i, number in enumerate(numbers, start=first):
            if source is RECALL and (address, i) in self.touched:
                continue
            if address == "/n":
                number = float(round(max(-(2.0**53), min(2.0**53, number))))
            elif address == "/g":
                number = max(0.0, min(10.0, number))
            self.numbers[address][i] = number

    @rule(batch=st.lists(st.tuples(st.sampled_from(["/f", "/n", "/g", "/nobody"]), ANY), max_size=4), source=SOURCES)
    def write_numbers(self, batch: list[tuple[str, float]], source: Source) -> None:
        report = self.bay.write(batch, source)
        refused = []
        for address, number in batch:
            if self.here(address) and math.isfinite(number):
                self.put(address, 0, [number], source)
            else:
                refused.append(address)
        assert [address for address, _ in report.refused] == refused

    @rule(numbers=st.lists(ANY, max_size=WIDTH + 1), source=SOURCES)
    def write_the_whole(self, numbers: list[float], source: Source) -> None:
        report = self.bay.write([("/v", numbers)], source)
        fits = 0 < len(numbers) <= WIDTH and all(map(math.isfinite, numbers))
        assert bool(report.refused) != fits
        if fits:
            self.put("/v", 0, numbers, source)

    @rule(ends=st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH)), number=FINITE, source=SOURCES)
    def write_a_slice(self, ends: tuple[int, int], number: float, source: Source) -> None:
        first, last = ends
        numbers = [number + i for i in range(max(1, last - first + 1))]
        report = self.bay.write([(f"/v/{first}-{last}", numbers)], source)
        fits = first <= last < WIDTH and all(map(math.isfinite, numbers))
        assert bool(report.refused) != fits
        if fits:
            self.put("/v", first, numbers, source)

    @rule(text=st.text(max_size=5), source=SOURCES)
    def write_text(self, text: str, source: Source) -> None:
        assert not self.bay.write([("/t", text)], source).refused
        self.text = text

    @rule(down=st.booleans(), source=SOURCES)
    def press(self, down: bool, source: Source) -> None:
        gate = f"{source.name} is a gate"
        held = f"{source.name} is held"
        if down and not self.presses[held]:
            self.presses["all"] += 1
            self.presses["new"] += 1
        if not down:
            self.presses[gate] = 1
        self.presses[held] = int(down and bool(self.presses[gate]))
        self.bay.write([("/go", down)], source)
        self.numbers["/go"][0] = float(self.presses["all"])

    @rule(i=st.integers(0, WIDTH - 1))
    def touch(self, i: int) -> None:
        self.bay.touch(f"/v/{i}", HAND)
        self.touched.add(("/v", i))

    @rule(i=st.integers(0, WIDTH - 1))
    def release(self, i: int) -> None:
        self.bay.release(f"/v/{i}", HAND)
        self.touched.discard(("/v", i))

    @rule()
    def take_events(self) -> None:
        assert len(self.bay.drain_events()) == self.presses["new"]
        self.presses["new"] = 0

    @rule()
    def change_the_model(self) -> None:
        self.which = 1 - self.which
        self.bay.install(Layout(self.bay.layout.epoch + 1, LAYOUTS[self.which]))

    @invariant()
    def everything_agrees(self) -> None:
        snapshot = self.bay.snapshot()
        for spec in LAYOUTS[self.which]:
            if spec.textual:
                assert snapshot.text(spec.address) == self.text
            else:
                assert snapshot.vector(spec.address).tolist() == self.numbers[spec.address], spec.address
                assert np.atleast_1d(np.asarray(self.bay.value(spec.address))).tolist() == self.numbers[spec.address]
        assert snapshot.revision == self.bay.revision >= self.revision
        self.revision = self.bay.revision
        assert not self.bay.advance()
        assert (self.bay.holder("/v") != "") >= bool(self.touched)


TestBayMachine = BayMachine.TestCase
TestBayMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
