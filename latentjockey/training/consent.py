"""Asking whose pictures they are, where no manifest says so. A model without that has an author nobody knows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import CONSENTS, UNDISCLOSED, Source
from latentjockey.training.config import Plan

_ANSWERS = CONSENTS[:-1]  # nobody trains on what was withdrawn


def untold(source: Source, plan: Plan) -> list[str]:
    """What neither the source nor the command line tells: of ``author``, ``licence`` and ``consent``."""
    wanted = ("author", "licence", "consent")
    return [name for name in wanted if getattr(source, name) == UNDISCLOSED and not getattr(plan, name)]


def asked(plan: Plan, sources: tuple[Source, ...], ask: Callable[[str], str] | None) -> Plan:
    """The plan with what was told of the sources that tell nothing themselves. ``ask`` puts a question to a person.

    Raises StageError where there is nobody to ask: "undisclosed" is an answer, silence is none.
    """
    missing = sorted(
        {name for source in sources for name in untold(source, plan)}, key=["author", "licence", "consent"].index
    )
    if not missing:
        return plan
    if ask is None:
        options = " ".join(f"--{name} …" for name in missing)
        raise StageError(
            f"Nothing says whose pictures these are: add {options} (each may be 'undisclosed'), or a sources.csv "
            "(docs/data.md)."
        )
    told: dict[str, str] = {}
    for name in missing:
        if name == "consent":
            told[name] = _choice(ask)
        else:
            question = "Who made the pictures?" if name == "author" else "Under which licence are they?"
            told[name] = ask(f"{question} (Enter: undisclosed) ").strip() or UNDISCLOSED
    return replace(plan, **told)  # type: ignore[arg-type]


def at_terminal() -> Callable[[str], str] | None:
    """How to ask whoever started this; None where nobody sits there."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return _ask


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def _choice(ask: Callable[[str], str]) -> str:
    listed = ", ".join(f"{number} {word}" for number, word in enumerate(_ANSWERS, 1))
    while True:
        answer = ask(f"What did their makers say to this? {listed} (Enter: undisclosed) ").strip()
        if not answer:
            return UNDISCLOSED
        if answer in _ANSWERS:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(_ANSWERS):
            return _ANSWERS[int(answer) - 1]
