"""Whose pictures are these: told by options, or asked in the terminal, where no manifest names their source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from latentjockey.data.dataset import DataError
from latentjockey.data.manifest import consent
from latentjockey.models.card import UNDISCLOSED, Source

CONSENT_WORDS = {
    "own": ("own", "I made them myself"),
    "asked": ("asked", "whoever made them was asked, and agreed to this"),
    "licensed": ("licensed, not asked", "an open licence permits it; nobody was asked"),
    "undisclosed": (UNDISCLOSED, "not known, or not told; it will be shown as that"),
}
"""What may be answered: the word for the command line, the state it means, and what that says."""


@dataclass(frozen=True, slots=True)
class Given:
    """What options say of the pictures that no manifest names; None where they say nothing."""

    consent: str | None = None
    author: str | None = None
    licence: str | None = None
    url: str | None = None
    name: str | None = None

    @property
    def anything(self) -> bool:
        """Whether any option was given."""
        return any(value is not None for value in (self.consent, self.author, self.licence, self.url, self.name))


def source_of(name: str, count: int, given: Given, ask: Callable[[str], str] | None) -> Source:
    """The source of ``count`` pictures from the folder ``name``. ``ask`` puts one question and returns the answer; None
    where nobody can be asked, which needs the consent to be given. Raises DataError."""
    if given.consent is not None:
        return _from_options(name, given)
    if ask is None:
        raise DataError(
            f"Whose are the {count} pictures in {name}? Say --consent own, asked, licensed or undisclosed, with"
            " --author, --licence and --url; or name the sources in a sources.csv beside them (docs/data.md)."
        )
    state = _consent(name, count, ask)
    author = given.author if given.author is not None else ask("Who made them? (Enter: not told)")
    licence = given.licence if given.licence is not None else ask("Under which licence? (Enter: not told)")
    url = given.url if given.url is not None else ask("Where can they be found, as an address? (Enter: nowhere)")
    answered = Given(state, author, licence, url, given.name)
    return _from_options(name, answered)


def _from_options(name: str, given: Given) -> Source:
    state = consent(given.consent or "", "--consent")
    return Source(
        _plain(given.name) or name, _plain(given.author) or UNDISCLOSED, _plain(given.licence) or UNDISCLOSED, state,
        _plain(given.url),
    )  # fmt: skip


def _consent(name: str, count: int, ask: Callable[[str], str]) -> str:
    words = list(CONSENT_WORDS)
    lines = [f"Whose are the {count} pictures in {name}? This is kept with everything that is learned from them."]
    lines += [f"  {i}  {word}: {CONSENT_WORDS[word][1]}" for i, word in enumerate(words, 1)]
    question = "\n".join([*lines, f"A number or a word, 1 to {len(words)}:"])
    for _ in range(5):
        answer = ask(question).strip().casefold().rstrip(".")
        if answer.isdecimal() and 1 <= int(answer) <= len(words):
            return CONSENT_WORDS[words[int(answer) - 1]][0]
        if answer in CONSENT_WORDS:
            return CONSENT_WORDS[answer][0]
        question = f"One of {', '.join(words)}:"
    raise DataError("No answer was one of the consent states; say it with --consent.")


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).encode("utf-8", "replace").decode()[:2000]
