"""The whole search: samples, candidates, what they change, and what becomes of them. One thread, for minutes.

How many places are looked at follows from how long one picture takes here and how long the search may take, so that
the slowest processor is done in minutes, and a fast one is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.finding import evening, sampling
from latentjockey.finding.candidates import Candidates, as_far_as_spread, signed
from latentjockey.finding.evening import Flags
from latentjockey.finding.measuring import MOVE, RANDOM_WAYS, Bench, Counter
from latentjockey.finding.probes import Probe
from latentjockey.jobs.directions_wish import DEFAULT_COUNT, DEFAULT_SECONDS
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import Step
from latentjockey.models.found_directions import MOST, Found
from latentjockey.navigation.arrays import F64

FOUND_AT, EVENED_AT, JUDGED_AT = 20_000, 40_000, 50_000
"""The first seeds of the places where ways are put in order, made alike, and judged at last."""
_FEWEST, _MOST_PLACES = 2, 16
_SPAN = 96
_VISIBLE_PLACES = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """How many directions, by which of :data:`latentjockey.jobs.directions_wish.METHODS`, all that suit where none is
    chosen, and about how many ``seconds`` the looking at pictures may take."""

    count: int = DEFAULT_COUNT
    method: str = ""
    seconds: float = DEFAULT_SECONDS


Tell = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """At how many places ways are put in order and made alike, and how many pictures that takes in all."""

    ordered: int
    evened: int
    pictures: int


def planned(seconds: float, picture: float, candidates: int, count: int) -> Plan:
    """What can be looked at in ``seconds``, when one ``picture`` takes so many of them: half goes into the order, half
    into three rounds of making alike. Where that is too little for anything, as little as gives an order at all."""
    first, later = 1 + 2 * (candidates + RANDOM_WAYS) + 1, 1 + 2 * min(count, candidates)
    able = 0.5 * seconds / picture
    ordered = max(_FEWEST, min(_MOST_PLACES, int(able / first)))
    evened = max(1, min(_MOST_PLACES, int(able / (3 * later))))
    return Plan(ordered, evened, ordered * first + 3 * evened * later)


def search(probe: Probe, wish: Wish, clock: Clock, tell: Tell, stopped: Callable[[], bool]) -> Found:
    """Find directions for a model. Raises StoppedError when that was asked for, StageError where none can be found."""

    def sampled(share: float) -> None:
        if stopped():
            raise StoppedError
        tell(Step("sampling", 0.1 * share))

    count = max(1, min(MOST, wish.count))
    spread = sampling.spread_of(probe, sampled)
    if not np.isfinite(spread).all() or not np.trace(spread) > 0.0:
        raise StageError("Its latents do not spread: every place is the same, so there is no way to go.")
    looking = _Looking(clock, tell, stopped)
    bench = Bench(probe, spread, Counter(looking.drew))
    methods = (wish.method,) if wish.method else sampling.suited(probe)
    cost = bench.seconds_a_picture()
    if sampling.VISIBLE in methods:
        ways = _visible(probe, bench, spread, count, wish.seconds, cost, looking)
    else:
        ways = sampling.candidates(probe, spread, methods, count, sampled)
    if not ways.labels:
        raise StageError("This way of looking knows nothing of such a network; try --method visible.")
    plan = planned(wish.seconds, cost, len(ways.labels), count)
    looking.expect(plan.pictures, cost)
    return _measured(probe, bench, ways, count, plan)


def _measured(probe: Probe, bench: Bench, ways: Candidates, count: int, plan: Plan) -> Found:
    """The ways that show most, as dials."""
    places = range(FOUND_AT, FOUND_AT + plan.ordered)
    seen = bench.changes(ways, np.full(len(ways.labels), MOVE), places)
    chance = bench.random(MOVE, places)
    order = np.argsort(-seen, kind="stable")[:count].tolist()
    ways, seen = ways.taken(order), seen[order]
    lives = evening.alive(seen, chance)
    steps, evened = _alike(bench, ways, seen, lives, plan.evened)
    return Found(
        space=probe.space,
        rows=np.asarray(ways.rows * steps[:, None], np.float32),
        layers=ways.layers,
        labels=ways.labels,
        effects=np.asarray(seen, np.float32),
        evened=np.asarray(evened, np.float32),
        alive=lives,
        random=chance,
        places=plan.ordered,
    )


def _alike(
    bench: Bench, ways: Candidates, seen: F64,
    lives: Flags, places: int,
) -> tuple[F64, F64]:  # fmt: skip
    """How many σ a turn of 1 goes along each way, so that as much is seen of all, and what is seen of it elsewhere."""
    at = range(EVENED_AT, EVENED_AT + places)
    one = np.ones(len(ways.labels))
    first = bench.changes(ways, one, at)
    wanted = evening.target(first, lives)
    steps = evening.lengths(one, first, wanted, evening.power(first, seen, MOVE))
    second = bench.changes(ways, steps, at)
    steps = evening.lengths(steps, second, wanted, evening.power(first, second, steps))
    return steps, bench.changes(ways, steps, range(JUDGED_AT, JUDGED_AT + places))


def _visible(
    probe: Probe, bench: Bench, spread: F64, count: int,
    seconds: float, cost: float, looking: _Looking,
) -> Candidates:  # fmt: skip
    """What shows most in the span of the first components, by small steps."""
    span = sampling.span(probe, spread, _SPAN)
    each = len(span.labels) + 1
    places = max(_FEWEST, min(_VISIBLE_PLACES * 4, int(0.4 * seconds / (cost * each))))
    looking.expect(places * each + planned(seconds, cost, count, count).pictures, cost)
    mixed = bench.visible(span, count, range(FOUND_AT - places, FOUND_AT))
    rows = signed(as_far_as_spread(mixed @ span.rows, spread))
    return Candidates(rows, span.layers[: len(rows)], tuple(f"visible {i + 1}" for i in range(len(rows))))


class _Looking:
    """Tells how far the pictures are."""

    def __init__(self, clock: Clock, tell: Tell, stopped: Callable[[], bool]) -> None:
        self._clock, self._tell, self._stopped = clock, tell, stopped
        self._expected, self._cost, self._began = 0, 0.0, clock.now()
        self._before = self._drawn = 0

    def expect(self, pictures: int, cost: float) -> None:
        """So many are still to be drawn, ``cost`` seconds each as far as is known. Said again, it is better known."""
        if not self._expected:
            self._began, self._before = self._clock.now(), self._drawn
        self._expected, self._cost = self._drawn - self._before + pictures, cost

    def drew(self, drawn: int) -> None:
        self._drawn = drawn
        if self._stopped():
            raise StoppedError
        if not self._expected:
            return
        mine = drawn - self._before
        far = min(1.0, mine / self._expected)
        took = (self._clock.now() - self._began) / mine if mine > 8 else self._cost
        self._tell(Step("looking", 0.1 + 0.9 * far, drawn, max(0.0, (self._expected - mine) * took)))
