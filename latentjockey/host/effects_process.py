"""One effects process as the show sees it: a child, the memory it shares with the show, and what it was asked for.

It gets one thing at a time to do that is answered, in order, so that it is known which shader it is at. Thread
``effects`` asks; answers are read on a thread ``effects N``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import Family
from latentjockey.host.child import Child
from latentjockey.host.effects_rings import EffectsRings
from latentjockey.link.effects_messages import (
    Compiled,
    Drawn,
    FromEffects,
    Refused,
    Taken,
    ToEffects,
    Unable,
    Up,
    pack,
    read_from_effects,
)

_STARTING_S = 30.0
_ANSWERS = (Up, Unable, Compiled, Refused, Drawn)


@dataclass(frozen=True, slots=True)
class _Owed:
    """What it was asked for: in words, and how long it may take (s)."""

    what: str
    allowed_s: float


class EffectsProcess(Child[FromEffects]):
    """Started at once; ``on_message(process, message)`` is called on the reading thread, with ``None`` at the end.
    ``guard`` is held by whoever looks at its pictures.

    Raises OSError when the system has no room for another process.
    """

    def __init__(
        self,
        number: int,
        family: Family,
        guard: AbstractContextManager[bool],
        on_message: Callable[[EffectsProcess, FromEffects | None], None],
    ) -> None:
        self.rings = EffectsRings(self.send, guard)
        self._on_message = on_message
        self._owed: deque[_Owed] = deque([_Owed("starting", _STARTING_S)])
        self._since = now_ns()
        super().__init__(f"effects {number}", "latentjockey.effects", family, {}, read_from_effects)

    def send(self, message: ToEffects) -> None:
        """Send what is not answered, or end the process when its pipe stays full."""
        self.send_bytes(pack(message))

    def ask(self, message: ToEffects, what: str, allowed_s: float) -> None:
        """Send what is answered within ``allowed_s`` seconds, once everything before it is."""
        if not self._owed:
            self._since = now_ns()
        self._owed.append(_Owed(what, allowed_s))
        self.send(message)

    def hear(self, message: FromEffects | None) -> None:
        if isinstance(message, Taken):
            self.rings.taken(message.ring, message.slot)
            return
        if isinstance(message, _ANSWERS) and self._owed:
            self._since = now_ns()
            self._owed.popleft()
        self._on_message(self, message)

    @property
    def busy(self) -> bool:
        """Whether it owes an answer."""
        return bool(self._owed)

    def late(self, now: int) -> float:
        """For how many seconds it has owed the answer that is due, at ``now`` ns; 0 where it owes none."""
        return max(0.0, (now - self._since) * 1e-9) if self._owed else 0.0

    def hung(self, now: int) -> str | None:
        """Why it counts as hung at ``now`` ns, or ``None``."""
        owed = next(iter(self._owed), None)
        if owed is None or self.late(now) <= owed.allowed_s:
            return None
        return f"{owed.what} took over {owed.allowed_s:.0f} s"

    def due(self, now: int) -> float:
        """In how many seconds from ``now`` ns it will count as hung, unless it answers; infinite where it owes none."""
        owed = next(iter(self._owed), None)
        return float("inf") if owed is None else max(0.0, owed.allowed_s - self.late(now))

    def forgive(self, now: int) -> None:
        """The show itself was asleep: count from now."""
        self._since = now

    def close(self) -> None:
        """End it, collect it, and give its memory back."""
        super().close()
        self.rings.close()
