"""Keeps to ``/engine/fps_floor``, and says what that costs. Main thread of the engine; the rule is in ``pace``."""

from __future__ import annotations

from collections.abc import Callable

from latentjockey.control.names import DECKS, own_address
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.pace import Effort, Pace, paced_word
from latentjockey.frames.stages import DENOISE, Stages
from latentjockey.link.messages import Paced, ToShow
from latentjockey.models.diffusion_spec import MOST_STEPS, STEPS, STREAM

_FLOOR = "/engine/fps_floor"


class Floor:
    """``send`` tells the show."""

    def __init__(self, send: Callable[[ToShow], None]) -> None:
        self._send = send
        self._pace = Pace()
        self._word = ""
        self.most_steps = 0
        """No more steps than these are to be made; 0 is as many as are asked for."""

    def clear(self) -> None:
        """Another model plays, or another turn begins."""
        self._pace, self._word, self.most_steps = Pace(), "", 0

    def effort(self, snapshot: Snapshot, size: tuple[int, int]) -> Effort:
        """What is played where pictures of ``size`` are asked for."""
        wish, floor = Effort(steps_of(snapshot), *size), snapshot.number(_FLOOR)
        played = self._pace.effort(wish, floor)
        self.most_steps = played.steps if played.steps < wish.steps else 0
        word = paced_word(played, wish)
        if word != self._word:
            why = ""
            if not self._word:
                why = f"Fewer than {floor:g} pictures a second came: playing on with {word} until there is time again."
            elif not word and floor > 0.0:
                why = "There is time again: all steps and the whole size are played."
            self._word = word
            self._send(Paced(word, why))
        return played

    def took(self, seconds: float, stages: Stages) -> None:
        """A picture was made in so many seconds; one that was there already says nothing."""
        if not stages.cached >> DENOISE & 1:
            self._pace.took(seconds)


def steps_of(snapshot: Snapshot) -> int:
    """The most steps that a model is asked for; 1 where none makes any."""
    there = (own_address(STEPS, deck) for deck in DECKS)
    asked = [snapshot.number(address) for address in there if snapshot.layout.resolve(address) is not None]
    return int(max(1.0, min(float(MOST_STEPS), max(asked, default=1.0))))


def steps_at_once(snapshot: Snapshot) -> int:
    """How many steps may be made of one reading of the controls: 1, and all where they are made as one batch."""
    there = (own_address(STREAM, deck) for deck in DECKS)
    streams = any(snapshot.number(address) for address in there if snapshot.layout.resolve(address) is not None)
    return steps_of(snapshot) if streams else 1
