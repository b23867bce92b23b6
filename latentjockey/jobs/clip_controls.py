"""Renders clips as the bay's ``/clip`` says, and tells there how it goes: for hands that have no window.

What comes through the bay may come from a network: it names models by the library's names and nothing by paths, and
what cannot be is refused in a sentence. ``move``, ``render`` and ``cancel`` are called by the conductor and wait for
nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import msgspec

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR
from latentjockey.control.values import Value
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.clips_desk import ClipsDesk
from latentjockey.models import library
from latentjockey.models.clip_folder import MOST_PLACE
from latentjockey.models.library import Entry
from latentjockey.models.pair import part

_EVERY_S = 0.2
_CATEGORY = "clips"
_PRESSED, _RELEASED = "1", "0"
"""What a button sends that knows no text."""
_HELD_S = 1.0
"""A button that is pressed again within this time, and was not let go meanwhile, is one that is sent all the time."""


class ClipControls:
    """``desk`` renders; ``later`` does what waits for the disk, on another thread; ``entries`` are the library's."""

    def __init__(
        self,
        bay: Bay,
        desk: ClipsDesk,
        messages: Messages,
        clock: Clock,
        later: Callable[[Callable[[], None]], None],
        entries: Callable[[], Sequence[Entry]] = library.entries,
    ) -> None:
        self._bay, self._desk, self._messages, self._clock = bay, desk, messages, clock
        self._later, self._entries = later, entries
        self._lock = threading.Lock()
        self._coming = False
        self._refused: tuple[object, str] | None = None
        self._next = self._pressed = float("-inf")

    # -- on the conductor's thread ------------------------------------------------------------------------------------

    def render(self, event: Event) -> None:
        """Render what ``/clip`` says, of the text that the press brings, where it brings one."""
        said = event.text.strip()
        if said in (_PRESSED, _RELEASED):
            held = said == _RELEASED or event.time - self._pressed < _HELD_S
            self._pressed = event.time if said == _PRESSED else float("-inf")
            if held:
                return
        making = self._desk.making()
        if making is not None and not making.over:
            self._refuse(f"The clip {making.wish.called} is being made: wait, or stop that first.")
            return
        with self._lock:
            if self._coming:
                return  # two presses at once are one
            self._coming = True
        wish = _wish(self._bay.snapshot(), "" if said == _PRESSED else said)
        self._later(lambda: self._start(wish))

    def cancel(self, presses: float | str) -> None:
        """Give up what is made."""
        self._desk.stop()

    def move(self, t: float) -> bool:
        """Say anew what has changed. Nothing else moves by it."""
        if t < self._next:
            return False
        self._next = t + _EVERY_S
        now = self._told()
        changed = [(address, value) for address, value in now.items() if self._bay.value(address) != value]
        if changed:
            self._bay.write(changed, CONDUCTOR)
        return False

    def _told(self) -> Mapping[str, Value]:
        making = self._desk.making()
        with self._lock:
            refused = self._refused
        if refused is not None and refused[0] is making and (making is None or making.over):
            return {"/clip/state": "refused", "/clip/words": refused[1]}
        if making is None:
            return {}
        told: dict[str, Value] = {
            "/clip/state": making.state,
            "/clip/words": making.words,
            "/clip/progress": 1.0 if making.state == "finished" else making.done,
        }
        if making.clip:
            told["/clip/made"] = making.clip
        return told

    # -- on the thread of what waits for the disk ---------------------------------------------------------------------

    def _start(self, wish: ClipWish) -> None:
        try:
            why = self._begin(wish)
        finally:
            with self._lock:
                self._coming = False
        if why:
            self._refuse(why)

    def _begin(self, wish: ClipWish) -> str:
        """Why it cannot be rendered, in a sentence, or nothing."""
        renderers = [entry.name for entry in self._entries() if entry.renders]
        known = ", ".join(renderers[:12])
        if not renderers:
            return "There is no video model in the library to render a clip: add one first."
        if not wish.model and len(renderers) > 1:
            return f"Say in /clip/model which of the video models renders: {known}."
        if wish.model and wish.model not in renderers:
            return f"No video model is called {wish.model[:60]!r}; there are: {known}."
        return self._desk.start(msgspec.structs.replace(wish, model=wish.model or renderers[0]))

    def _refuse(self, why: str) -> None:
        with self._lock:
            self._refused = self._desk.making(), why
        self._messages.post(self._clock.now(), _CATEGORY, why)


def _wish(snapshot: Snapshot, text: str) -> ClipWish:
    """The wish that the bay's values are; ``text`` comes before its prompt."""

    def whole(name: str) -> int:
        return int(snapshot.number(f"/clip/{name}"))

    def words(name: str) -> str:
        return _whole(snapshot.text(f"/clip/{name}"))

    begins, place_of, place = whole("begins"), "", ()
    if 0 < begins <= len(DECKS):
        deck = DECKS[begins - 1]
        place_of = part(snapshot.text("/engine/model"), deck)
        place = tuple(snapshot.vector(f"/deck/{deck}/z")[:MOST_PLACE].tolist())
    return ClipWish(
        name=words("name"), model=words("model").strip(),
        prompt=_whole(text) or words("prompt"), negative=words("negative"),
        seed=whole("seed"), width=whole("width"), height=whole("height"), frames=whole("frames"),
        fps=snapshot.number("/clip/fps"), steps=whole("steps"), guidance=snapshot.number("/clip/guidance") or None,
        place=place, place_of=place_of,
    )  # fmt: skip


def _whole(text: str) -> str:
    """Without halves of characters, which a command line may bring and no file can hold."""
    return text.encode("utf-8", "replace").decode()
