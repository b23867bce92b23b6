"""Two models at once: their name, their card and their controls."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.layout import Layout
from latentjockey.link.messages import Loaded, pack, read_to_show
from latentjockey.models.builtin import CPPN, TESTCARD
from latentjockey.models.card import NO_DATA, UNDISCLOSED, WITHDRAWN, ModelCard, Source
from latentjockey.models.controls import controls_of
from latentjockey.models.library import slug
from latentjockey.models.pair import cards, joined, pair, part, parts

NAMES = st.text(min_size=1).map(slug)


@given(NAMES, NAMES)
def test_a_pair_is_taken_apart_as_it_was_joined(a: str, b: str) -> None:
    assert parts(joined(a, b)) == (a, b)
    assert (part(joined(a, b), "a"), part(joined(a, b), "b")) == (a, b)


@given(st.text())
def test_any_name_has_two_parts(name: str) -> None:
    a, b = parts(name)
    assert parts(joined(a, b))[0] == (a.strip() or b.strip())


@pytest.mark.parametrize(
    ("a", "b", "name"),
    [("x", "x", "x"), ("x", "", "x"), ("", "y", "y"), (" x ", " y", "x+y"), ("", "", "")],
)
def test_one_model_on_both_decks_is_no_pair(a: str, b: str, name: str) -> None:
    assert joined(a, b) == name


def test_each_deck_has_the_controls_of_its_own_model() -> None:
    small = replace(TESTCARD, z_dim=8, classes=("cat", "dog", "newt"), directions=2, controls=CPPN.controls[:2])
    both = pair(CPPN, replace(small, name="small"))
    layout = Layout(1, controls_of(both))
    assert layout.width("/deck/a/z") == CPPN.z_dim
    assert layout.width("/deck/b/z") == layout.width("/deck/b/cue/3/z") == 8
    assert layout.resolve("/deck/a/class") is None
    assert layout.spec("/deck/b/class").elements == ("cat", "dog", "newt")
    assert (layout.width("/deck/a/dir"), layout.width("/deck/b/dir")) == (CPPN.directions, 2)
    assert layout.resolve("/gen/zoom") is not None
    assert layout.resolve("/deck/b/gen/weights") is not None
    assert layout.resolve("/deck/b/gen/zoom") is None
    assert both.of("a") == CPPN
    assert both.of("b").name == "small"


def test_one_model_has_its_controls_once() -> None:
    addresses = {spec.address for spec in controls_of(CPPN)}
    assert not any(address.startswith("/deck/b/gen/") for address in addresses)
    assert CPPN.of("b") is CPPN


def test_pictures_are_as_large_as_the_larger_one() -> None:
    assert pair(replace(CPPN, size=(64, 64)), replace(TESTCARD, size=(128, 96))).size == (128, 96)


def test_a_pair_travels_to_the_show() -> None:
    said = Loaded(pair(CPPN, TESTCARD), "cpu")
    data = pack(said)

    class Pipe:
        def __init__(self) -> None:
            self.at = 0

        def read(self, size: int) -> bytes:
            self.at += size
            return data[self.at - size : self.at]

    assert read_to_show(Pipe()) == said


OPEN = ModelCard(
    "Ours", "we", "MIT", "drawings", "CC0 1.0", "own", sources=(Source("Drawings", "we", "CC0 1.0", "own"),)
)


def test_what_one_of_them_hides_is_hidden() -> None:
    both = cards(OPEN, ModelCard("Eyes"))
    assert not both.open
    assert UNDISCLOSED in (both.data_licence, both.consent)
    assert both.badge == "consent undisclosed"
    assert [source.name for source in both.sources] == ["Drawings", "Eyes"]


def test_what_one_of_them_withdrew_is_withdrawn() -> None:
    gone = replace(OPEN, name="Gone", sources=(Source("X", "x", "CC0 1.0", WITHDRAWN),))
    assert cards(OPEN, gone).withdrawn
    assert cards(OPEN, replace(OPEN, consent=WITHDRAWN)).withdrawn


def test_who_saw_no_picture_adds_no_source_and_hides_nothing() -> None:
    assert CPPN.card.data_licence == NO_DATA
    for both in (cards(OPEN, CPPN.card), cards(CPPN.card, OPEN)):
        assert both.sources == OPEN.sources
        assert both.open
        assert (both.data_licence, both.consent) == ("CC0 1.0", "own")
    assert cards(CPPN.card, TESTCARD.card).data_licence == NO_DATA
