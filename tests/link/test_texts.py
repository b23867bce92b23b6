"""Texts that go ahead: whatever was said when, a snapshot is shown with the page it names, and all of it."""

from __future__ import annotations

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.values import LONGEST_TEXT
from latentjockey.link import messages as m
from latentjockey.link.texts import Pages, Told, sendable

ADDRESSES = st.sampled_from(["/gen/prompt/1", "/gen/prompt/2", "/deck/b/gen/word"])
TEXTS = st.dictionaries(ADDRESSES, st.text(max_size=20), max_size=3)
ANY = st.text(st.characters(exclude_categories=()), max_size=30)
"""Also halves of characters, which no message can hold."""


def through_the_pipe(message: m.Words) -> m.Words:
    read = m.read_to_engine(io.BytesIO(m.pack(message)))
    assert isinstance(read, m.Words)
    return read


@given(st.lists(st.dictionaries(ADDRESSES, st.text(max_size=20), min_size=3), max_size=8), st.data())
def test_every_page_is_what_was_said_with_it_however_late_it_is_looked_at(
    said: list[dict[str, str]], data: st.DataObject
) -> None:
    told, pages = Told(), Pages()
    numbers: list[int] = []
    for texts in said:
        news = told.news(texts)
        assert (news is None) == (bool(numbers) and texts == said[len(numbers) - 1])
        if news is not None:
            pages.add(through_the_pipe(news))
        numbers.append(told.page)
    looked = sorted(data.draw(st.lists(st.integers(0, len(said) - 1), max_size=5))) if said else []
    for at in looked:
        assert pages.turn_to(numbers[at]) == said[at]


def test_a_page_that_was_not_told_yet_is_none_and_loses_nothing() -> None:
    told, pages = Told(), Pages()
    assert pages.turn_to(0) == {}
    first = told.news({"/gen/word": "moon"})
    assert first is not None
    assert pages.turn_to(1) is None
    assert pages.turn_to(0) == {}
    pages.add(first)
    assert pages.turn_to(1) == {"/gen/word": "moon"}
    assert pages.turn_to(0) is None, "what lies behind is forgotten"


def test_only_what_changed_is_told() -> None:
    told = Told()
    told.news({"/gen/a": "1", "/gen/b": "2"})
    assert told.news({"/gen/a": "1", "/gen/b": "2"}) is None
    assert told.news({"/gen/a": "1", "/gen/b": "3"}) == m.Words(2, {"/gen/b": "3"})


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), max_size=9), ANY, max_size=5))
def test_whatever_a_text_is_made_of_it_can_be_sent(texts: dict[str, str]) -> None:
    message = m.Words(1, sendable(texts))
    read = through_the_pipe(message)
    assert read == message
    for address, text in texts.items():
        if text.isascii():
            assert read.texts[address] == text


def test_messages_are_bounded_in_length_and_number() -> None:
    many = {f"/gen/{n}": "x" * (LONGEST_TEXT + 9) for n in range(m.MOST_TEXTS + 9)}
    kept = through_the_pipe(m.Words(1, sendable(many))).texts
    assert (len(kept), {len(text) for text in kept.values()}) == (m.MOST_TEXTS, {LONGEST_TEXT})
    for texts in (many, {"/gen/a": "x" * (LONGEST_TEXT + 1)}):
        with pytest.raises(msgspec.ValidationError):
            through_the_pipe(m.Words(1, texts))
