"""Texts by the revision of the picture that was made of them."""

from __future__ import annotations

from latentjockey.host.said import Said


def test_a_picture_has_the_texts_of_its_revision() -> None:
    said = Said()
    assert said.at(1, 5) == {}
    said.note(1, 3, {"/gen/word": "moon"})
    said.note(1, 4, {"/gen/word": "moon"})
    said.note(1, 7, {"/gen/word": "moth"})
    told = [said.at(1, revision) for revision in (2, 3, 6, 7, 99)]
    assert [texts.get("/gen/word") for texts in told] == [None, "moon", "moon", "moth", "moth"]
    assert said.at(2, 9) == {}, "another layout has texts of its own"


def test_another_epoch_begins_with_what_it_says_though_it_is_the_same() -> None:
    said = Said()
    said.note(1, 3, {"/gen/word": "moon"})
    said.note(2, 8, {"/gen/word": "moon"})
    assert said.at(2, 8) == {"/gen/word": "moon"}


def test_what_lies_long_back_is_forgotten() -> None:
    said = Said()
    for revision in range(2000):
        said.note(1, revision, {"/gen/word": str(revision)})
    assert said.at(1, 10) == {}
    assert said.at(1, 1990) == {"/gen/word": "1990"}
