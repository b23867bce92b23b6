"""Texts on their way to an engine: they go ahead by pipe, and the snapshot block holds the number of their page.

A model's own texts change seldom, and have no fixed size: they do not lie in the block. Each change makes a page, told
by :class:`~latentjockey.link.messages.Words` before the first snapshot that has it is written. A snapshot is shown with
the page that it names, and with no other (``docs/adr/0020-texts-go-ahead.md``). :class:`Told` is the show's side, used
under its lock for publishing; :class:`Pages` is the engine's, on its main thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from latentjockey.control.values import LONGEST_TEXT
from latentjockey.link.messages import MOST_TEXTS, Words

_NOTHING: Mapping[str, str] = {}


def sendable(texts: Mapping[str, str]) -> dict[str, str]:
    """As much of ``texts`` as a message takes. Halves of characters, as a damaged paste may have, become ``?``."""
    return {
        address: text[:LONGEST_TEXT].encode(errors="replace").decode()
        for address, text in islice(texts.items(), MOST_TEXTS)
    }


class Told:
    """What an engine was told in this turn; ``page`` is the number of the last page."""

    def __init__(self) -> None:
        self.page = 0
        self._texts: Mapping[str, str] = _NOTHING

    def news(self, texts: Mapping[str, str]) -> Words | None:
        """What there is to tell so that the engine has ``texts``, as a page of its own; ``None`` where it has them."""
        changed = {address: text for address, text in texts.items() if self._texts.get(address) != text}
        if not changed:
            return None
        self._texts = {**self._texts, **changed}
        self.page += 1
        return Words(self.page, sendable(changed))


class Pages:
    """The pages that were told in this turn and may still be named."""

    def __init__(self) -> None:
        self._pages: dict[int, Mapping[str, str]] = {0: _NOTHING}

    def clear(self) -> None:
        """Another turn begins."""
        self._pages = {0: _NOTHING}

    def add(self, words: Words) -> None:
        """A page was told."""
        newest = self._pages[max(self._pages)]
        self._pages[words.page] = {**newest, **words.texts}

    def turn_to(self, page: int) -> Mapping[str, str] | None:
        """All texts of a page, after which the pages before it are forgotten; ``None`` while it was not told yet."""
        texts = self._pages.get(page)
        if texts is not None and len(self._pages) > 1:
            self._pages = {number: one for number, one in self._pages.items() if number >= page}
        return texts
