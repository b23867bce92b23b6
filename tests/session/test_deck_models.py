"""The models of the decks and the one name of both follow each other, whoever writes which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.deck_models import DeckModels, deck_model


class Desk:
    """A conductor that keeps the names in step, and what was asked of the supervisor."""

    def __init__(self) -> None:
        self.clock = ManualClock(1.0)
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.asked: list[str] = []
        models = DeckModels(self.bay)

        def chosen(name: float | str) -> None:
            called = models.told(str(name))
            if called not in self.asked[-1:]:
                self.asked.append(called)

        decks = {deck_model(deck): lambda name: models.chosen() for deck in "ab"}
        self.conductor = Conductor(
            self.bay, self.clock, Messages(), Outside(lambda snapshot: None, watchers={"/model": chosen, **decks})
        )
        self.write(("/model", "one"))

    def write(self, *writes: tuple[str, str]) -> tuple[str, str, str]:
        self.bay.write(writes, HAND)
        for _ in range(4):
            self.clock.advance(0.01)
            self.conductor.tick()
        return self.names

    @property
    def names(self) -> tuple[str, str, str]:
        a, b, both = (str(self.bay.value(address)) for address in (deck_model("a"), deck_model("b"), "/model"))
        return a, b, both


def test_each_way_of_choosing_leads_to_the_same() -> None:
    desk = Desk()
    assert desk.names == ("one", "one", "one")
    assert desk.write(("/deck/b/model", "two")) == ("one", "two", "one+two")
    assert desk.write(("/deck/a/model", "three")) == ("three", "two", "three+two")
    assert desk.write(("/deck/b/model", "")) == ("three", "three", "three")
    assert desk.write(("/model", "four + five")) == ("four", "five", "four+five")
    assert desk.write(("/deck/b/model", "four")) == ("four", "four", "four")
    assert desk.write(("/deck/a/model", "six"), ("/deck/b/model", "seven")) == ("six", "seven", "six+seven")
    assert desk.asked == ["one", "one+two", "three+two", "three", "four+five", "four", "six+seven"]


NAMES = st.sampled_from(["", "one", "two", "three"])
WRITES = st.lists(st.tuples(st.sampled_from(["/deck/a/model", "/deck/b/model"]), NAMES), max_size=6)


@given(WRITES)
def test_it_always_comes_to_rest_and_agrees(writes: list[tuple[str, str]]) -> None:
    desk = Desk()
    for write in writes:
        desk.write(write)
    a, b, both = desk.names
    before = len(desk.asked)
    desk.write()
    assert len(desk.asked) == before
    assert both == (a if a == b else f"{a}+{b}")
    assert both
