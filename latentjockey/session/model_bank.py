"""The bank of models from the player's side: its list, and the steps through it. Called on the conductor's thread.

A step is written to ``/model`` at once, so the next press counts from there, whatever is still coming.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.paths import write_atomic
from latentjockey.control.bay import Bay, Event
from latentjockey.control.source import CONDUCTOR, HAND

BANK, SLOT, MEMORY, MODEL = "/bank", "/bank/slot", "/bank/mb", "/model"
STEPS = {"/bank/next": 1, "/bank/previous": -1}
MOST = 64
"""Models of a bank."""

Keep = Callable[[tuple[str, ...], int], None]


class _Kept(msgspec.Struct, frozen=True):
    """The bank as it is kept between sessions."""

    models: tuple[str, ...] = ()


class ModelBank:
    """``keep`` has models at hand, the most wanted first, within so many bytes (0: a share of what is free). ``later``
    does what waits for the disk; the list is kept at ``path``, or nowhere."""

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        keep: Keep,
        later: Callable[[Callable[[], None]], None],
        path: Path | None,
    ) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._keep = keep
        self._later = later
        self._path = path
        self._plays = str(bay.value(MODEL))
        self._played = ""
        self._told_slot = 0

    def begin(self) -> None:
        """What the bay holds now is where the show begins."""
        self._plays = str(self._bay.value(MODEL))
        self.tell()

    def recall(self) -> None:
        """The list of the last session. Before the show starts."""
        if self._path is None or not self._path.is_file():
            return
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError) as error:
            text = f"{self._path.name} does not hold a bank of models ({error}), so the bank is empty."
            self._messages.post(self._clock.now(), "files", text, serious=True)
            return
        self._bay.write([(BANK, ", ".join(kept.models))], CONDUCTOR)

    @property
    def models(self) -> tuple[str, ...]:
        """The models of the bank, in order."""
        return named(str(self._bay.value(BANK)))

    # -- what changes -------------------------------------------------------------------------------------------------

    def step(self, event: Event) -> None:
        """A press of next or previous."""
        models, wanted = self.models, str(self._bay.value(MODEL))
        by = STEPS[event.address]
        if not models:
            if self._played:
                self._write(self._played)
            else:
                text = "The bank is empty: put names of models into /bank, and step through them."
                self._messages.post(event.time, "model", text)
        elif wanted in models:
            self._write(models[(models.index(wanted) + by) % len(models)])
        else:
            self._write(models[0 if by > 0 else -1])

    def chosen(self, slot: float | str) -> None:
        """``/bank/slot`` was written. What was told there, and what is there no more, is nobody's choice."""
        models, n = self.models, int(float(slot))
        if models and n and n != self._told_slot and n == self._bay.number(SLOT):
            self._write(models[(n - 1) % len(models)])

    def follow(self, name: float | str) -> None:
        """``/model`` was written."""
        if name != self._plays:
            self._plays, self._played = str(name), self._plays
        self.tell()

    def listed(self, text: float | str) -> None:
        """``/bank`` was written."""
        self.tell()
        if self._path is not None:
            path, kept = self._path, msgspec.json.encode(_Kept(named(str(text))))
            self._later(lambda: write_atomic(path, kept))

    def tell(self, _: float | str = 0.0) -> None:
        """Have what is nearest kept at hand, and say which slot plays."""
        models, wanted = self.models, str(self._bay.value(MODEL))
        slot = models.index(wanted) + 1 if wanted in models else 0
        now = int(self._bay.number(SLOT))
        told = now if now and slot and (now - slot) % len(models) == 0 else slot
        if told != now:
            self._bay.write([(SLOT, told)], CONDUCTOR)
        self._told_slot = told
        self._keep(nearest(models, wanted), int(self._bay.number(MEMORY)) << 20)

    def _write(self, name: str) -> None:
        if name != self._bay.value(MODEL):
            self._bay.write([(MODEL, name)], HAND)


def named(text: str) -> tuple[str, ...]:
    """The names in a list with commas, or anything else that is in no name, between; each once, at most ``MOST``."""
    return tuple(dict.fromkeys(name for name in re.split(r"[,;\s]+", text) if name))[:MOST]


def nearest(models: Sequence[str], wanted: str) -> tuple[str, ...]:
    """The models in the order in which steps from ``wanted`` reach them, next before previous, ``wanted`` first."""
    if wanted not in models:
        return (wanted, *models)
    at, count = models.index(wanted), len(models)
    steps = (step for n in range(1, count // 2 + 1) for step in (n, -n))
    return tuple(dict.fromkeys((wanted, *(models[(at + step) % count] for step in steps))))
