"""Whose pictures they are is asked for where nothing says so."""

from __future__ import annotations

import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import Source
from latentjockey.training.config import Plan
from latentjockey.training.consent import asked

PLAN = Plan(name="x", data="y")
TOLD = Source("told", "somebody", "CC0-1.0", "asked")
UNTOLD = Source("untold")


def test_nothing_is_asked_of_pictures_that_have_a_manifest() -> None:
    assert asked(PLAN, (TOLD,), None) == PLAN


def test_without_anybody_to_ask_it_is_a_sentence_with_what_to_do() -> None:
    with pytest.raises(StageError, match="--author … --licence … --consent"):
        asked(PLAN, (TOLD, UNTOLD), None)


def test_what_the_command_line_says_is_not_asked_again() -> None:
    answers = iter(["2"])
    said = asked(Plan(name="x", data="y", author="me", licence="all mine"), (UNTOLD,), lambda _: next(answers))
    assert (said.author, said.licence, said.consent) == ("me", "all mine", "asked")


def test_an_answer_that_is_none_is_asked_for_again_and_enter_leaves_it_untold() -> None:
    answers = iter(["", "", "perhaps", "9", ""])
    said = asked(PLAN, (UNTOLD,), lambda _: next(answers))
    assert (said.author, said.licence, said.consent) == ("undisclosed", "undisclosed", "undisclosed")
    assert asked(said, (UNTOLD,), None) == said
