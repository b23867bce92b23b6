"""What the decks' own pictures cost the output, and how many a second come: wanted and not wanted by turns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.figures import Row, number, spread
from benchmarks.stage import Listening, own_folders, playing, put, rate, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns
from latentjockey.control.names import DECKS

_CAP = 60.0
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class _Case:
    """``both``: both decks wander and the stage shows a mix, so that each deck's picture has to be drawn."""

    model: str
    both: bool

    def __str__(self) -> str:
        where = "both decks wander, mixed" if self.both else "deck A wanders, alone on stage"
        return f"{self.model} 256², {where}"


_CASES = tuple(_Case(model, both) for model in ("cppn", "testcard") for both in (True, False))


@dataclass(slots=True)
class _Found:
    """Round by round: frames a second, and the share of the time in which no frame was being made; pictures a second of
    each deck."""

    rates: list[float] = field(default_factory=list)
    between: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)


def run(quick: bool) -> list[Row]:
    """One show for each case, in it wanted and not wanted by turns."""
    rounds, seconds = (2, 4.0) if quick else (4, 8.0)
    return [row for case in _CASES for row in _rows(case, *_measure(case, rounds, seconds))]


def _measure(case: _Case, rounds: int, seconds: float) -> tuple[_Found, _Found]:
    """Without and with the decks' own pictures."""
    without, wanted = _Found(), _Found()
    with own_folders(), playing(case.model, cap=_CAP) as (show, heard):
        put(show, ("/mix/even", False), ("/mix/crossfade", 0.5 if case.both else 0.0))
        for deck in DECKS if case.both else "a":
            put(show, (f"/deck/{deck}/drift/spread", 0.5), (f"/deck/{deck}/drift/speed", 0.2))
        for _ in range(rounds):
            for on, found in ((False, without), (True, wanted)):
                show.previews.want_solo(on)
                rest(0.5)
                _listen(show, heard, seconds, found, "ab" if case.both else "a")
    return without, wanted


def _listen(show: Show, heard: Listening, seconds: float, found: _Found, decks: str) -> None:
    heard.take()
    seen = dict.fromkeys(decks, 0)
    for deck, _ in _pictures(show, seconds, decks):
        seen[deck] += 1
    arrivals = heard.take()
    found.rates.append(rate(arrivals))
    stamps = [arrival.stamp for arrival in arrivals]
    between = sum(b.render_start_ns - a.render_end_ns for a, b in itertools.pairwise(stamps))
    found.between.append(between * 1e-9 / seconds)
    found.pictures += [count / seconds for count in seen.values()]


def _pictures(show: Show, seconds: float, decks: str) -> Iterator[tuple[str, int]]:
    """Each new picture of a deck, as a window that looks fifty times a second would see it."""
    last: dict[str, int] = {}
    for deck in decks:
        now = show.previews.solo(deck)
        last[deck] = -1 if now is None else now[0]
    end = now_ns() + seconds * 1e9
    while now_ns() < end:
        rest(_LOOK_S)
        for deck in decks:
            now = show.previews.solo(deck)
            if now is not None and now[0] != last[deck]:
                last[deck] = now[0]
                yield deck, now[0]


def _rows(case: _Case, without: _Found, wanted: _Found) -> Iterator[Row]:
    plain, paid = spread(without.rates), spread(wanted.rates)
    ratios = spread([b / a for a, b in zip(without.rates, wanted.rates, strict=True) if a])
    between = spread(without.between), spread(wanted.between)
    pictures = spread(wanted.pictures)
    yield Row(
        f"{case}: frames with the decks' own pictures against without",
        f"{number(ratios.p50)} times as many",
        note=f"median of {ratios.n} rounds, {number(ratios.least)} to {number(ratios.most)}; "
        f"{number(paid.p50)} against {number(plain.p50)} fps; "
        f"between frames {between[1].p50:.1%} against {between[0].p50:.1%} of the time",
    )
    yield Row(
        f"{case}: pictures of a deck",
        f"{number(pictures.p50)} a second",
        "≥ 5 a second",
        pictures.p50 >= 5.0,
        f"the least in a round {number(pictures.least)}",
    )
