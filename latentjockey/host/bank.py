"""The bank as the show sees it: which models are to be at hand, and which are, in the engine that stands by.

Thread ``supervisor``; ``state`` may be looked at by any.
"""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.host.readouts import Readouts
from latentjockey.host.seat import Seat
from latentjockey.link.messages import Holds, Keep
from latentjockey.models.pair import parts

ENGINES = 2
"""Who keep models: the one that plays, and the one that stands by."""


@dataclass(frozen=True, slots=True)
class BankState:
    """``ready`` are the models to which a switch is instant, by name with the bytes they take there, the least recently
    used first; ``loading`` is the one that is being made so. ``budget`` is how many bytes they may take, 0 before that
    is known."""

    ready: tuple[tuple[str, int], ...] = ()
    loading: str = ""
    budget: int = 0

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.ready)

    def is_ready(self, name: str) -> bool:
        """Whether a switch to this model, or to this pair, would be instant."""
        return {each for each, _ in self.ready} >= set(parts(name))


class BankKeeper:
    """Tells who stands by what to keep, and the player what became of it."""

    def __init__(self, readouts: Readouts) -> None:
        self._readouts = readouts
        self._wanted = Keep((), 0)
        self._told_of: set[str] = set()
        self.state = BankState()

    def keep(self, names: tuple[str, ...], budget: int, standby: Seat | None) -> None:
        """From now on these, the most wanted first, within so many bytes for all engines together."""
        wanted = Keep(names, max(0, budget) // ENGINES)
        if set(names) != set(self._wanted.models) or wanted.budget != self._wanted.budget:
            self._told_of.clear()
        if wanted != self._wanted:
            self._wanted = wanted
            if standby is not None and standby.loaded is not None:
                self.send(standby)

    def send(self, seat: Seat) -> None:
        """Tell an engine that stands by and has the model that plays."""
        seat.engine.send(self._wanted)

    def told(self, seat: Seat, holds: Holds) -> None:
        """An engine told what it has at hand. Why one cannot be is said once."""
        seat.holds = holds
        if holds.trouble and holds.trouble not in self._told_of:
            self._told_of.add(holds.trouble)
            self._readouts.post(holds.trouble)

    def show(self, standby: Seat | None) -> None:
        """Say what is at hand now, where that has changed."""
        holds = None if standby is None else standby.holds
        state = BankState()
        if holds is not None:
            state = BankState(tuple((held.model, held.bytes) for held in holds.models), holds.loading, holds.budget)
        if state == self.state:
            return
        self.state = state
        self._readouts.bank(", ".join(name for name, _ in state.ready), state.loading, round(state.bytes / 2**20, 1))
